"""Builds the profile of a repository from its listing and the contents of its `evidence_paths`."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from codex.profile import attributes, paths
from codex.profile.boundaries import boundaries
from codex.profile.conventions import conventions_that_hold, without_single_test
from codex.profile.ecosystems import ci
from codex.profile.ecosystems.python_tools import with_groups
from codex.profile.ecosystems.registry import READERS, is_package_file, manifest_languages
from codex.profile.evidence import oversized_evidence
from codex.profile.evidence_files import EvidenceFiles, EvidenceFolder
from codex.profile.families import is_own_manager, secondary_programs
from codex.profile.kinds.registry import READERS as KIND_READERS
from codex.profile.kinds.registry import unique_kinds
from codex.profile.languages import CountedFile, count_languages, counted_files
from codex.profile.model import (
    CiCommand,
    Command,
    DetectedKind,
    Fact,
    Language,
    LayoutFolder,
    Listing,
    Member,
    Package,
    PackageManager,
    ProfileNote,
    RepositoryKind,
    RepositoryProfile,
    Runtime,
    TaskTarget,
    Technology,
    Title,
)
from codex.profile.owners import code_owners, components
from codex.profile.ranking import commands
from codex.profile.technologies import of_paths
from skills_build.frozen import dataclass
from skills_build.globs import matches_plain

MAX_PACKAGES: Final = 100
MAX_PATHS: Final = 5000
PATH_DEPTH: Final = 3
Kind = TypeVar("Kind")
Item = TypeVar("Item")

_ROLES: Final = {
    **dict.fromkeys(("src", "lib", "app", "apps", "cmd", "internal", "pkg", "packages", "crates", "source"), "source"),
    **dict.fromkeys(("services", "libs", "modules", "components"), "source"),
    **dict.fromkeys(("test", "tests", "spec", "specs", "__tests__", "e2e", "integration", "testing"), "tests"),
    **dict.fromkeys(("doc", "docs", "documentation", "website", "site"), "documentation"),
    **dict.fromkeys((".github", ".gitlab", ".circleci", "ci", ".buildkite"), "ci"),
    **dict.fromkeys(("scripts", "bin", "tools", "hack", "script", "build", "make"), "tooling"),
    **dict.fromkeys(("examples", "example", "samples"), "examples"),
    **dict.fromkeys(("deploy", "infra", "terraform", "k8s", "charts", "helm", "ansible", "docker"), "infrastructure"),
    **dict.fromkeys(("migrations", "db", "sql", "schema"), "data"),
    **dict.fromkeys(("proto", "protos", "api", "openapi"), "interfaces"),
    **dict.fromkeys(("vendor", "third_party", "node_modules"), "vendored"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _FolderFacts:
    """The facts of one folder."""

    folder: str
    facts: tuple[Fact, ...]

    def of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """Return the facts of one kind, in order."""
        return tuple(fact for fact in self.facts if isinstance(fact, kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    """What the commands of a folder depend on in addition to its own facts; `languages` are those of the whole tree."""

    sources: EvidenceFiles
    ci_lines: Mapping[str, tuple[CiCommand, ...]]
    languages: tuple[Language, ...]


def build_profile(
    listing: Listing, contents: Mapping[str, bytes], *, owner_files: Sequence[str] = ()
) -> RepositoryProfile:
    """Build the profile of a repository. `owner_files` are the CODEOWNERS files that its forge reads, if known.

    Never raises for the contents of files: what cannot be read is a note.
    """
    sources = EvidenceFiles(listing, contents)
    names = sorted(listing)
    no_attributes: Mapping[str, attributes.Attributes] = {}
    attributes_by_path = sources.attempt(
        "attributes", lambda: attributes.attributes_of(names, _attribute_rules(sources, names)), no_attributes
    )
    root = _read_folder(sources, "")
    folders = sources.attempt("packages", lambda: tuple(_package_folders(sources, root)), ())
    package_facts = [_read_folder(sources, folder) for folder in folders[:MAX_PACKAGES]]
    no_lines: Mapping[str, tuple[CiCommand, ...]] = {}
    ci_lines = sources.attempt("CI commands", lambda: _lines_by_folder(ci.lines(sources, names)), no_lines)
    counted = sources.attempt("languages", lambda: counted_files(listing, contents, attributes_by_path), ())
    technology_paths = [
        path for path in names if listing[path].regular and not paths.is_auxiliary(path) and path[:8] != ".github/"
    ]
    files_by_package = _by_package(counted, package_facts, lambda file: file.path)
    paths_by_package = _by_package(technology_paths, package_facts, str)
    languages = count_languages(counted, _manifests(names))
    tree = _Tree(sources=sources, ci_lines=ci_lines, languages=languages)
    packages = [
        _package(tree, facts, files_by_package[facts.folder], paths_by_package[facts.folder]) for facts in package_facts
    ]
    own_packages = [facts for facts in package_facts if not _is_aside(f"{facts.folder}/")]
    found_technologies = [*of_paths(technology_paths), *root.of(Technology), *_facts_of_kind(Technology, own_packages)]
    own = _package(tree, root, files_by_package[""], paths_by_package[""])
    owners = sources.attempt("code owners", lambda: code_owners(sources, owner_files), None)
    catalog_components = sources.attempt("components", lambda: tuple(components(sources)), ())
    found_boundaries = sources.attempt("boundaries", lambda: boundaries(listing, contents, attributes_by_path), ())
    return RepositoryProfile(
        languages=languages,
        technologies=_unique_technologies(found_technologies),
        kinds=unique_kinds(kind for facts in (root, *own_packages) for kind in _kinds(facts)),
        package_managers=_package_managers(root, own, packages),
        commands=own.commands,
        packages=tuple(packages),
        own=own,
        runtimes=tuple(dict.fromkeys(root.of(Runtime))),
        ci=sources.attempt("CI systems", lambda: tuple(ci.systems(names)), ()),
        code_owners=owners,
        components=catalog_components,
        boundaries=found_boundaries,
        layout=_layout(names),
        notes=_notes(sources, len(folders)),
        paths=_shortened_paths(names),
    )


def _by_package(
    items: Iterable[Item], package_facts: list[_FolderFacts], path_of: Callable[[Item], str]
) -> dict[str, list[Item]]:
    """Group items by the innermost package that contains them; items outside all packages are under `""`."""
    folders = {facts.folder for facts in package_facts}
    by_package: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        folder = path_of(item).rpartition("/")[0]
        while folder and folder not in folders:
            folder = folder.rpartition("/")[0]
        by_package[folder].append(item)
    return by_package


def _notes(sources: EvidenceFiles, package_count: int) -> tuple[ProfileNote, ...]:
    for path in oversized_evidence(sources.listing):
        sources.note_oversized(path)
    notes = sorted(sources.notes.values(), key=lambda note: (note.path, note.message))
    if package_count > MAX_PACKAGES:
        notes.append(
            ProfileNote(path="", message=f"{package_count:,} packages; only the first {MAX_PACKAGES} were read")
        )
    return tuple(notes)


def _attribute_rules(sources: EvidenceFiles, names: list[str]) -> tuple[attributes.AttributeRule, ...]:
    """Return the rules of all `.gitattributes` files that were read, outer folders first."""
    files = [path for path in names if path.rpartition("/")[2] == ".gitattributes"]
    ordered = sorted(files, key=lambda path: (path.count("/"), path))
    rules = (
        rule
        for path in ordered
        for rule in attributes.parse_attributes(path.rpartition("/")[0], path, sources.text(path) or "")
    )
    return tuple(rules)[: attributes.MAX_RULES]


def _read_folder(sources: EvidenceFiles, folder: str) -> _FolderFacts:
    evidence = EvidenceFolder(sources, folder)
    facts: list[Fact] = []
    for reader in (*READERS, *KIND_READERS):
        name = reader.__module__.removeprefix("codex.profile.").replace("ecosystems.", "")
        facts += sources.attempt(f"facts about {name}", partial(_facts, reader, evidence), (), path=folder)
    return _FolderFacts(folder=folder, facts=tuple(facts))


def _facts(reader: Callable[[EvidenceFolder], Iterator[Fact]], folder: EvidenceFolder) -> tuple[Fact, ...]:
    return tuple(reader(folder))


def _kinds(facts: _FolderFacts) -> tuple[DetectedKind, ...]:
    """Return what a package is; evidence in its tests and examples does not count."""
    found = unique_kinds(facts.of(DetectedKind))
    if "internal" in facts.folder.split("/"):
        found = tuple(kind for kind in found if kind.name is not RepositoryKind.LIBRARY)
    own = (kind for kind in found if not _is_aside(kind.evidence.partition("#")[0].partition(",")[0]))
    return found if _is_aside(f"{facts.folder}/") else tuple(own)


def _is_aside(path: str) -> bool:
    """Return whether a path belongs to tests, examples or documentation: its packages are not the product."""
    return paths.is_auxiliary(path) or paths.is_documentation(path) or paths.is_trial(path)


def _package_folders(sources: EvidenceFiles, root: _FolderFacts) -> list[str]:
    """Return the folders below the root that are packages: with a manifest, or declared by a workspace."""
    globs = [member.glob for member in root.of(Member)]
    included = [glob.removeprefix("./").rstrip("/") for glob in globs if not glob.startswith("!")]
    excluded = [glob[1:].removeprefix("./").rstrip("/") for glob in globs if glob.startswith("!")]
    folders: dict[str, None] = {}
    for path in sorted(sources.listing):
        folder, _, name = path.rpartition("/")
        if (
            not folder
            or folder in folders
            or not sources.listing[path].regular
            or not _is_manifest(sources, folder, name)
        ):
            continue
        is_member = any(matches_plain(folder, glob) for glob in included if glob)
        if any(matches_plain(folder, glob) for glob in excluded if glob):
            continue
        if not paths.is_auxiliary(path) or (is_member and not paths.is_test_data(path)):
            folders[folder] = None
    return list(folders)


def _is_manifest(sources: EvidenceFiles, folder: str, name: str) -> bool:
    """Return whether a file makes its folder a package; requirements.txt does so only next to Python code."""
    if name != "requirements.txt":
        return is_package_file(name)
    is_hidden_or_docs = folder.startswith(".") or paths.is_documentation(f"{folder}/")
    return not is_hidden_or_docs and any(sibling.endswith(".py") for sibling in sources.names(folder))


def _package(tree: _Tree, folder_facts: _FolderFacts, files: Sequence[CountedFile], own_paths: list[str]) -> Package:
    languages = count_languages(files, _manifests(own_paths))
    return Package(
        folder=folder_facts.folder,
        name=next((title.name for title in folder_facts.of(Title)), folder_facts.folder),
        languages=languages,
        technologies=_unique_technologies((*of_paths(own_paths), *folder_facts.of(Technology))),
        kinds=_kinds(folder_facts),
        package_manager=next(iter(folder_facts.of(PackageManager)), None),
        commands=_commands(tree, folder_facts, languages),
    )


def _commands(tree: _Tree, folder_facts: _FolderFacts, languages: tuple[Language, ...]) -> tuple[Command, ...]:
    def ranked() -> tuple[Command, ...]:
        lines = tree.ci_lines.get(folder_facts.folder, ())
        folder = EvidenceFolder(tree.sources, folder_facts.folder)
        secondary = secondary_programs(languages)
        if not folder_facts.folder:  # its commands also build the packages
            secondary &= secondary_programs(tree.languages)
        found = commands(
            folder_facts.of(TaskTarget),
            lines,
            conventions_that_hold(folder, folder_facts.of(Command)),
            secondary=secondary,
            without_single_test=without_single_test(folder),
        )
        return tuple(with_groups(found, folder))

    return tree.sources.attempt("commands", ranked, (), path=folder_facts.folder)


def _lines_by_folder(lines: Iterable[CiCommand]) -> dict[str, tuple[CiCommand, ...]]:
    by_folder: dict[str, list[CiCommand]] = defaultdict(list)
    for line in lines:
        by_folder[line.folder].append(line)
    return {folder: tuple(ci_commands) for folder, ci_commands in by_folder.items()}


def _facts_of_kind(kind: type[Kind], folders: Iterable[_FolderFacts]) -> Iterator[Kind]:
    for folder_facts in folders:
        yield from folder_facts.of(kind)


def _manifests(names: Iterable[str]) -> dict[str, str]:
    """Return the languages that manifests declare, each with the file that is nearest to the root."""
    by_language: dict[str, str] = {}
    for path in sorted(names, key=lambda path: (path.count("/"), path)):
        declared = manifest_languages(path.rpartition("/")[2])
        for language in declared if declared and not paths.is_auxiliary(path) else ():
            by_language.setdefault(language, path)
    return by_language


def _unique_technologies(technologies: Iterable[Technology]) -> tuple[Technology, ...]:
    """Return each technology once, with its first evidence, by name."""
    by_name: dict[str, Technology] = {}
    for technology in technologies:
        by_name.setdefault(technology.name, technology)
    return tuple(by_name[name] for name in sorted(by_name))


def _package_managers(root: _FolderFacts, own: Package, packages: Iterable[Package]) -> tuple[PackageManager, ...]:
    """Return those of the root, the main language's first, and those of packages with code in their language."""
    secondary = secondary_programs(own.languages)
    below = (
        package.package_manager
        for package in packages
        if package.package_manager is not None
        and not _is_aside(f"{package.folder}/")
        and is_own_manager(package.package_manager.name, package.languages)
    )
    at_root = sorted(root.of(PackageManager), key=lambda manager: manager.name in secondary)
    return _unique_managers((*at_root, *below))


def _unique_managers(package_managers: Iterable[PackageManager]) -> tuple[PackageManager, ...]:
    """Return each package manager once, those of the root first."""
    by_name: dict[str, PackageManager] = {}
    for package_manager in package_managers:
        by_name.setdefault(package_manager.name, package_manager)
    return tuple(by_name.values())


def _layout(names: list[str]) -> tuple[LayoutFolder, ...]:
    counts: dict[str, int] = defaultdict(int)
    for path in names:
        if "/" in path:
            counts[path.partition("/")[0]] += 1
    return tuple(
        LayoutFolder(path=name, role=_ROLES.get(name.lower()), files=count) for name, count in sorted(counts.items())
    )


def _shortened_paths(names: list[str]) -> tuple[str, ...]:
    """Return the paths, cut at the greatest depth that leaves at most five thousand."""
    for depth in range(PATH_DEPTH, 1, -1):
        cut = tuple(dict.fromkeys("/".join(path.split("/")[:depth]) for path in names))
        if len(cut) <= MAX_PATHS:
            return cut
    return tuple(dict.fromkeys(path.partition("/")[0] for path in names))
