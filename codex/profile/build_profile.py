"""Makes the profile of a repository from its listing and the contents that `evidence.wanted` asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from codex.profile import attributes, paths
from codex.profile.boundaries import boundaries
from codex.profile.ecosystems import ci
from codex.profile.ecosystems.registry import READERS, is_package_file
from codex.profile.evidence_files import EvidenceFiles, EvidenceFolder
from codex.profile.languages import CountedFile, count_languages, counted_files
from codex.profile.model import (
    CiCommand,
    Command,
    Fact,
    LayoutFolder,
    Listing,
    Member,
    Package,
    PackageManager,
    ProfileNote,
    RepositoryProfile,
    Runtime,
    TaskTarget,
    Technology,
    Title,
)
from codex.profile.owners import code_owners, components
from codex.profile.ranking import commands
from codex.profile.technologies import of_paths
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
class _Found:
    """The facts of one folder."""

    folder: str
    facts: tuple[Fact, ...]

    def of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """Those facts that are of a kind, in order."""
        return tuple(fact for fact in self.facts if isinstance(fact, kind))


def build_profile(listing: Listing, contents: Mapping[str, bytes]) -> RepositoryProfile:
    """Tell what a repository is. Never raises for what the files hold: what cannot be read is a note."""
    tree = EvidenceFiles(listing, contents)
    names = sorted(listing)
    unsaid: Mapping[str, attributes.Attributes] = {}
    attributed = tree.tried("attributes", lambda: attributes.attributes_of(names, _rules(tree, names)), unsaid)
    root = _read(tree, "")
    folders = tree.tried("packages", lambda: tuple(_packages(tree, root)), ())
    found = [_read(tree, folder) for folder in folders[:MAX_PACKAGES]]
    unlisted: Mapping[str, tuple[CiCommand, ...]] = {}
    lines = tree.tried("commands of CI", lambda: _by_folder(ci.lines(tree, names)), unlisted)
    files = tree.tried("languages", lambda: counted_files(listing, contents, attributed), ())
    stack = [path for path in names if listing[path].regular and not paths.aside(path) and path[:8] != ".github/"]
    own_files = _owned(files, found, lambda one: one.path)
    own_paths = _owned(stack, found, str)
    packages = [_package(tree, one, own_files[one.folder], own_paths[one.folder], lines) for one in found]
    own = [one for one in found if not paths.aside(f"{one.folder}/")]
    named = [*of_paths(stack), *root.of(Technology), *_all(Technology, own)]
    owners = tree.tried("code owners", lambda: code_owners(tree), None)
    described = tree.tried("components", lambda: tuple(components(tree)), ())
    bounds = tree.tried("boundaries", lambda: boundaries(listing, contents, attributed), ())
    return RepositoryProfile(
        languages=count_languages(files),
        technologies=_technologies(named),
        package_managers=_managers(_all(PackageManager, (root, *own))),
        commands=_commands(tree, root, lines),
        packages=tuple(packages),
        own=_package(tree, root, own_files[""], own_paths[""], lines),
        runtimes=tuple(dict.fromkeys(root.of(Runtime))),
        ci=tree.tried("CI systems", lambda: tuple(ci.systems(names)), ()),
        code_owners=owners,
        components=described,
        boundaries=bounds,
        layout=_layout(names),
        notes=_notes(tree, len(folders)),
        paths=_paths(names),
    )


def _owned(several: Iterable[Item], found: list[_Found], path_of: Callable[[Item], str]) -> dict[str, list[Item]]:
    """Things by the innermost package they lie in; those of no package by `""`."""
    known = {one.folder for one in found}
    owned: dict[str, list[Item]] = defaultdict(list)
    for item in several:
        folder = path_of(item).rpartition("/")[0]
        while folder and folder not in known:
            folder = folder.rpartition("/")[0]
        owned[folder].append(item)
    return owned


def _notes(tree: EvidenceFiles, packages: int) -> tuple[ProfileNote, ...]:
    notes = sorted(tree.notes.values(), key=lambda note: (note.path, note.message))
    if packages > MAX_PACKAGES:
        notes.append(ProfileNote(path="", message=f"{packages:,} packages; only the first {MAX_PACKAGES} were read"))
    return tuple(notes)


def _rules(tree: EvidenceFiles, names: list[str]) -> tuple[attributes.AttributeRule, ...]:
    """The rules of all `.gitattributes` that were read, outer folders first."""
    files = [path for path in names if path.rpartition("/")[2] == ".gitattributes"]
    ordered = sorted(files, key=lambda path: (path.count("/"), path))
    found = (
        attribute
        for path in ordered
        for attribute in attributes.parse_attributes(path.rpartition("/")[0], path, tree.text(path) or "")
    )
    return tuple(found)[: attributes.MAX_RULES]


def _read(tree: EvidenceFiles, folder: str) -> _Found:
    here = EvidenceFolder(tree, folder)
    facts: list[Fact] = []
    for reader in READERS:
        name = reader.__module__.rpartition(".")[2]
        facts += tree.tried(f"facts about {name}", partial(_facts, reader, here), (), path=folder)
    return _Found(folder=folder, facts=tuple(facts))


def _facts(reader: Callable[[EvidenceFolder], Iterator[Fact]], folder: EvidenceFolder) -> tuple[Fact, ...]:
    return tuple(reader(folder))


def _packages(tree: EvidenceFiles, root: _Found) -> list[str]:
    """The folders below the root that are packages: with a manifest, or declared by a workspace."""
    globs = [one.glob for one in root.of(Member)]
    taken = [glob.removeprefix("./").rstrip("/") for glob in globs if not glob.startswith("!")]
    refused = [glob[1:].removeprefix("./").rstrip("/") for glob in globs if glob.startswith("!")]
    found: dict[str, None] = {}
    for path in sorted(tree.listing):
        folder, _, name = path.rpartition("/")
        if not folder or folder in found or not tree.listing[path].regular or not _is_manifest(tree, folder, name):
            continue
        declared = any(matches_plain(folder, glob) for glob in taken if glob)
        if any(matches_plain(folder, glob) for glob in refused if glob):
            continue
        if not paths.aside(path) or (declared and not paths.data_of_tests(path)):
            found[folder] = None
    return list(found)


def _is_manifest(tree: EvidenceFiles, folder: str, name: str) -> bool:
    """Whether a file makes its folder a package; requirements.txt does so beside code that is no documentation."""
    if name != "requirements.txt":
        return is_package_file(name)
    aside = folder.startswith(".") or paths.documentation(f"{folder}/")
    return not aside and any(one.endswith(".py") for one in tree.names(folder))


def _package(
    tree: EvidenceFiles,
    found: _Found,
    files: Sequence[CountedFile],
    own: list[str],
    lines: Mapping[str, tuple[CiCommand, ...]],
) -> Package:
    return Package(
        folder=found.folder,
        name=next((one.name for one in found.of(Title)), found.folder),
        languages=count_languages(files),
        technologies=_technologies((*of_paths(own), *found.of(Technology))),
        package_manager=next(iter(found.of(PackageManager)), None),
        commands=_commands(tree, found, lines),
    )


def _commands(tree: EvidenceFiles, found: _Found, lines: Mapping[str, tuple[CiCommand, ...]]) -> tuple[Command, ...]:
    def ranked() -> tuple[Command, ...]:
        return commands(found.of(TaskTarget), lines.get(found.folder, ()), found.of(Command))

    return tree.tried("commands", ranked, (), path=found.folder)


def _by_folder(lines: Iterable[CiCommand]) -> dict[str, tuple[CiCommand, ...]]:
    found: dict[str, list[CiCommand]] = defaultdict(list)
    for line in lines:
        found[line.folder].append(line)
    return {folder: tuple(several) for folder, several in found.items()}


def _all(kind: type[Kind], several: Iterable[_Found]) -> Iterator[Kind]:
    for found in several:
        yield from found.of(kind)


def _technologies(several: Iterable[Technology]) -> tuple[Technology, ...]:
    """Each technology once, with its first evidence, by name."""
    found: dict[str, Technology] = {}
    for technology in several:
        found.setdefault(technology.name, technology)
    return tuple(found[name] for name in sorted(found))


def _managers(several: Iterable[PackageManager]) -> tuple[PackageManager, ...]:
    """Each package manager once, those of the root first."""
    found: dict[str, PackageManager] = {}
    for package_manager in several:
        found.setdefault(package_manager.name, package_manager)
    return tuple(found.values())


def _layout(names: list[str]) -> tuple[LayoutFolder, ...]:
    counts: dict[str, int] = defaultdict(int)
    for path in names:
        if "/" in path:
            counts[path.partition("/")[0]] += 1
    return tuple(
        LayoutFolder(path=name, role=_ROLES.get(name.lower()), files=count) for name, count in sorted(counts.items())
    )


def _paths(names: list[str]) -> tuple[str, ...]:
    """The paths, cut as deep as keeps them fewer than five thousand."""
    for depth in range(PATH_DEPTH, 1, -1):
        cut = tuple(dict.fromkeys("/".join(path.split("/")[:depth]) for path in names))
        if len(cut) <= MAX_PATHS:
            return cut
    return tuple(dict.fromkeys(path.partition("/")[0] for path in names))
