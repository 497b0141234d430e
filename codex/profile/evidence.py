"""Selects the files to read from a repository's listing alone: evidence only, few and small."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile import paths
from codex.profile.ecosystems import ci
from codex.profile.ecosystems.dotnet import CENTRAL_VERSIONS
from codex.profile.ecosystems.go import LINTER_FILES
from codex.profile.ecosystems.jvm import VERSION_CATALOG
from codex.profile.ecosystems.native import ROOT_FILES
from codex.profile.ecosystems.python_tools import HOOKS_FILE
from codex.profile.ecosystems.registry import PACKAGE_FILES
from codex.profile.ecosystems.script_files import is_script
from codex.profile.ecosystems.tasks import JUSTFILES, MISE, MISE_TASKS, TASKFILES
from codex.profile.ecosystems.versions import VERSION_FILES
from codex.profile.evidence_files import MAX_BYTES
from codex.profile.kinds.jvm import SBT_PLUGINS
from codex.profile.model import EXECUTABLE, Listing, ListingEntry
from codex.profile.owners import PLACES as OWNERS

MAX_FILES: Final = 200
MAX_SCRIPTS: Final = 20

MAX_INCLUDED: Final = 40
MAX_EXAMPLES: Final = 40
MAX_SOURCES: Final = 3
"""Maximum number of source files at the root that are read for their first lines."""

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
        "mypy.ini",
        "hatch.toml",
        "turbo.json",
        "nx.json",
        "global.json",
        CENTRAL_VERSIONS,
        "Directory.Build.props",
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
        "Dockerfile",
        ".gitmodules",
    }
)
_ROOT: Final = frozenset(
    {
        *MISE,
        HOOKS_FILE,
        *LINTER_FILES,
        SBT_PLUGINS,
        VERSION_CATALOG,
        *OWNERS,
        ".tool-versions",
        *(name for name, _ in VERSION_FILES),
    }
)
_REQUIREMENTS: Final = re.compile(r"requirements[\w.-]*\.txt|[\w.-]+\.(?:gemspec|csproj|fsproj|vbproj|cabal)")
_MISE_TASKS: Final = tuple(f"{folder}/" for folder in MISE_TASKS)
_CARGO_CONFIG: Final = re.compile(r"(?:.*/)?\.cargo/config(?:\.toml)?")


def evidence_paths(listing: Listing) -> tuple[str, ...]:
    """Return the paths to read: at most 200 regular files of at most 256 KiB, the most informative first.

    Vendored, generated and test files are left out, and so are links and submodules.
    """
    by_priority: dict[int, list[str]] = {}
    for path, entry in listing.items():
        if entry.regular and (entry.size is None or entry.size <= MAX_BYTES):
            priority = _priority(path, entry)
            if priority is not None:
                by_priority.setdefault(priority, []).append(path)
    return tuple(_ordered(by_priority))[:MAX_FILES]


def oversized_evidence(listing: Listing) -> Iterator[str]:
    """Yield the paths that `evidence_paths` would select if they were not larger than 256 KiB."""
    for path, entry in listing.items():
        if entry.size is not None and entry.size > MAX_BYTES and entry.regular:
            priority = _priority(path, entry)
            if priority is not None and priority not in (_SCRIPTS, _SOURCES):
                yield path


_CI: Final = 2
_SCRIPTS: Final = 5
_SOURCES: Final = 7
_LIMIT_BY_PRIORITY: Final = {
    _CI: ci.MAX_FILES,
    4: MAX_INCLUDED,
    _SCRIPTS: MAX_SCRIPTS,
    6: MAX_EXAMPLES,
    _SOURCES: MAX_SOURCES,
}


def _ordered(by_priority: dict[int, list[str]]) -> Iterator[str]:
    for priority in sorted(by_priority):
        paths_in_order = sorted(by_priority[priority], key=lambda path: (path.count("/"), path))
        yield from paths_in_order[: _LIMIT_BY_PRIORITY.get(priority)]


def _priority(path: str, entry: ListingEntry) -> int | None:
    """Return how early a file is read: attributes and owners, the root, CI, packages, makefiles, scripts, examples."""
    folder, _, name = path.rpartition("/")
    if name == ".gitattributes" or path in OWNERS:
        return 0 if not folder or path in OWNERS else 3
    if path in _ROOT or (not folder and (name in _NAMES or _REQUIREMENTS.fullmatch(name))):
        return 1
    if ci.is_evidence(path):
        return _CI
    if entry.mode == EXECUTABLE and path.startswith(_MISE_TASKS):
        return _SCRIPTS
    if paths.is_auxiliary(path):
        return 6 if name in PACKAGE_FILES and _may_be_member(path) else None
    if name in ROOT_FILES and path.count("/") < 2:
        return 4 if folder else 1
    if name in _NAMES or _CARGO_CONFIG.fullmatch(path) or _REQUIREMENTS.fullmatch(name):
        return 1 if path.startswith(".cargo/") else 3
    if name.endswith((".mk", ".mak", ".just")) or name.startswith("Makefile."):
        return 4
    if path.endswith(".go") and not folder and not name.endswith("_test.go"):
        return _SOURCES
    if (entry.mode == EXECUTABLE and "." not in name) or is_script(path, entry.mode):
        return _SCRIPTS
    return None


def _may_be_member(path: str) -> bool:
    """Return whether a manifest is in an example folder, which a workspace may declare as a member."""
    return not (paths.is_test_data(path) or paths.vendored_path(path) or paths.generated_path(path))
