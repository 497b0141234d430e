"""Says which files to read before anything is known of a repository: evidence only, few and small."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile import paths
from codex.profile.ecosystems import ci
from codex.profile.ecosystems.dotnet import CENTRAL
from codex.profile.ecosystems.jvm import CATALOG
from codex.profile.ecosystems.registry import PACKAGE_FILES
from codex.profile.ecosystems.tasks import JUSTFILES, MISE, TASKFILES
from codex.profile.ecosystems.versions import FILES as VERSIONS
from codex.profile.evidence_files import MAX_BYTES
from codex.profile.model import EXECUTABLE, Listing, ListingEntry
from codex.profile.owners import PLACES as OWNERS

MAX_FILES: Final = 200
MAX_SCRIPTS: Final = 20
MAX_CI: Final = 40
MAX_INCLUDED: Final = 40
MAX_EXAMPLES: Final = 40

_NAMES: Final = frozenset(
    {
        *PACKAGE_FILES,
        *JUSTFILES,
        *TASKFILES,
        "mise.toml",
        ".mise.toml",
        "Makefile",
        "makefile",
        "GNUmakefile",
        "setup.cfg",
        "tox.ini",
        "tox.toml",
        "hatch.toml",
        "turbo.json",
        "nx.json",
        "global.json",
        CENTRAL,
        "noxfile.py",
        "Pipfile",
        "go.work",
        "settings.gradle",
        "settings.gradle.kts",
        "build.sbt",
        "Rakefile",
        "pnpm-workspace.yaml",
        "lerna.json",
        "rust-toolchain",
        "rust-toolchain.toml",
        "catalog-info.yaml",
        ".gitmodules",
    }
)
_ROOT: Final = frozenset({*MISE, CATALOG, *OWNERS, ".tool-versions", *(name for name, _ in VERSIONS)})
_REQUIREMENTS: Final = re.compile(r"requirements[\w.-]*\.txt|[\w.-]+\.(?:gemspec|csproj|fsproj|vbproj)")
_CARGO: Final = re.compile(r"(?:.*/)?\.cargo/config(?:\.toml)?")


def evidence_paths(listing: Listing) -> tuple[str, ...]:
    """The paths whose contents decide: at most 200 regular files of at most 256 KiB, most telling first.

    Nothing vendored, generated or made for tests is wanted; of links and submodules nothing is.
    """
    classes: dict[int, list[str]] = {}
    for path, entry in listing.items():
        if entry.regular and (entry.size is None or entry.size <= MAX_BYTES):
            found = _class(path, entry)
            if found is not None:
                classes.setdefault(found, []).append(path)
    return tuple(_chosen(classes))[:MAX_FILES]


_LIMITS: Final = {2: MAX_CI, 4: MAX_INCLUDED, 5: MAX_SCRIPTS, 6: MAX_EXAMPLES}


def _chosen(classes: dict[int, list[str]]) -> Iterator[str]:
    for number in sorted(classes):
        ordered = sorted(classes[number], key=lambda path: (path.count("/"), path))
        yield from ordered[: _LIMITS.get(number)]


def _class(path: str, entry: ListingEntry) -> int | None:
    """How early a file is read: attributes and owners, the root, CI, packages, makefiles, scripts, examples."""
    folder, _, name = path.rpartition("/")
    if name == ".gitattributes" or path in OWNERS:
        return 0 if not folder or path in OWNERS else 3
    if path in _ROOT or (not folder and (name in _NAMES or _REQUIREMENTS.fullmatch(name))):
        return 1
    if ci.is_evidence(path):
        return 2
    if paths.aside(path):
        return 6 if name in PACKAGE_FILES and _declarable(path) else None
    if name in _NAMES or _CARGO.fullmatch(path) or _REQUIREMENTS.fullmatch(name):
        return 1 if path.startswith(".cargo/") else 3
    if name.endswith((".mk", ".mak", ".just")) or name.startswith("Makefile."):
        return 4
    if entry.mode == EXECUTABLE and "." not in name:
        return 5
    return None


def _declarable(path: str) -> bool:
    """Whether a manifest lies among examples that a workspace may declare."""
    return not (paths.data_of_tests(path) or paths.vendored(path) or paths.generated(path))
