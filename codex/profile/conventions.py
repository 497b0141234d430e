"""Decides which conventions of ecosystems hold in a folder: tests need test files, and one build system comes first.

A convention is a command that only the manifest of an ecosystem implies, such as `mvn test`. Files are known by their
names; their contents are not read.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from codex.profile import paths
from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Command, CommandKind
from codex.profile.shell_lines import simple_commands, unwrapped
from codex.profile.untyped import as_str

_JVM: Final = re.compile(r"(?:^|/)(?:src/(?:\w*[tT]est\w*|it)|test|tests)/.|[A-Za-z](?:Tests?|Spec|IT)\.\w+$")
_SCRIPT: Final = re.compile(r"(?:^|/)(?:__tests__|tests?)/.|(?:^|[/._-])(?:test|spec)\.[cm]?[jt]sx?$")
_TEST_FILES: Final = {
    "go": re.compile(r"_test\.go$"),
    "mvn": _JVM,
    "gradle": _JVM,
    "sbt": _JVM,
    "deno": _SCRIPT,
    "dotnet": re.compile(r"test|spec", re.IGNORECASE),
    "mix": re.compile(r"_test\.exs$"),
    "rails": re.compile(r"(?:^|/)test/.+\.rb$"),
    "bin/rails": re.compile(r"(?:^|/)test/.+\.rb$"),
    "bazel": re.compile(r"test", re.IGNORECASE),
    "cabal": re.compile(r"test|spec", re.IGNORECASE),
    "stack": re.compile(r"test|spec", re.IGNORECASE),
    "dune": re.compile(r"test", re.IGNORECASE),
    "swift": re.compile(r"(?:^|/)Tests/.|Tests?\.swift$"),
}
"""The files in which each program would find tests. Cargo has no row: its tests are in the sources."""
_CMAKE_TEST: Final = re.compile(
    r"^[^#\n]*\b(?:add_test|(\w{0,40}discover_tests|add_subdirectory))\s*\(\s*(?:NAME\s)?\s*([^\s)]{0,80})",
    re.MULTILINE | re.IGNORECASE,
)
"""A test of CTest, or what may define many: `catch_discover_tests`, a folder, a name with a variable."""
_FEW: Final = 3
_BUILD_FILES: Final = ("BUILD", "BUILD.bazel")
_SOURCES: Final = re.compile(r"\.(?:go|java|kts?|scala|groovy|cc|cpp|c|rs|py|[cm]?[jt]sx?|cs|fs|vb|exs?|rb|swift|hs)$")
_SCRIPTS_OF_BUILDS: Final = re.compile(r"(?:\.gradle\.kts|(?:^|/)(?:mix\.exs|Package\.swift))$")
_BUILT: Final = 0.5
"""Bazel builds a tree if at least this fraction of its source folders have a build file."""
_TESTS: Final = (CommandKind.TEST, CommandKind.TEST_ONE)
_CHECKED: Final = (CommandKind.BUILD, CommandKind.LINT, *_TESTS)


def conventions_that_hold(folder: EvidenceFolder, configured: Iterable[Command]) -> Iterator[Command]:
    """Yield the commands of configurations and conventions without the conventions that do not hold in a folder.

    A test command of the root that is left out is a note.
    """
    listed = tuple((command, _program(command)) for command in configured)
    assumes = any(command.default and program in _TEST_FILES for command, program in listed)
    own_paths = _own_paths(folder) if assumes else []
    is_built_by_bazel = any(program == "bazel" for _, program in listed) and is_bazel_tree(folder)
    for command, program in listed:
        if not command.default or program not in _TEST_FILES:
            yield command
        elif is_built_by_bazel and program != "bazel" and command.kind in _CHECKED:
            continue
        elif command.kind not in _TESTS or _has_tests(own_paths, program, is_root=not folder.path):
            yield command
        elif command.kind is CommandKind.TEST and not folder.path:
            manifest = command.evidence.partition("#")[0]
            folder.sources.note(manifest, f"no test files were found; `{command.line}` was left out")


def is_bazel_tree(folder: EvidenceFolder) -> bool:
    """Return whether most folders with sources have a build file of Bazel."""
    listed = _own_paths(folder)
    built = {path.rpartition("/")[0] for path in listed if path.rpartition("/")[2] in _BUILD_FILES}
    sources = {path.rpartition("/")[0] for path in listed if _is_source(path) and not paths.is_test_data(path)}
    return bool(sources) and len(sources & built) >= _BUILT * len(sources)


def without_single_test(folder: EvidenceFolder) -> frozenset[str]:
    """Return the programs whose filter of tests is unknown or selects none.

    On Microsoft.Testing.Platform, each framework has a filter of its own. Where all tests of CTest are one program or
    two, their names select no test.

    Source: https://learn.microsoft.com/dotnet/core/testing/unit-testing-with-dotnet-test
    """
    has_runner = any(as_str(above.json("global.json"), "test", "runner") for above in folder.above())
    programs = {"dotnet"} if has_runner else set[str]()
    tests = _CMAKE_TEST.findall(folder.text("CMakeLists.txt"))
    if 0 < len(tests) < _FEW and not any(many or "$" in name for many, name in tests):
        programs.add("ctest")
    return frozenset(programs)


def _own_paths(folder: EvidenceFolder) -> list[str]:
    """Return the paths below a folder, from there, without those of others."""
    start = len(folder.path) + 1 if folder.path else 0
    return [path[start:] for path in folder.paths if not paths.vendored_path(path)]


def _has_tests(listed: Sequence[str], program: str, *, is_root: bool) -> bool:
    """Return whether some paths look like tests; a repository without any source is new, and may have some."""
    return any(map(_TEST_FILES[program].search, listed)) or (is_root and not any(map(_is_source, listed)))


def _is_source(path: str) -> bool:
    return bool(_SOURCES.search(path)) and not _SCRIPTS_OF_BUILDS.search(path)


def _program(command: Command) -> str:
    return next(iter(unwrapped(next(simple_commands(command.line), ()))), "")
