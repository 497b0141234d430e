"""Derives commands from the lines of CI, without flags that only CI needs; those that do part of the work come last."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from codex.profile.calls import FILE, Call, Targets, calls_of_command, has_argument
from codex.profile.model import CiCommand, Command, CommandKind, Rank
from codex.profile.shell_lines import first_choices, simple_commands, unwrapped
from codex.profile.target_names import CLOSE_FIT, CONTENT_FIT, purposes
from codex.profile.tools import ASIDE_LINTERS, CHECK_FLAGS, kind_of, primary_kind

FIT_STEP: Final = 10
LAST_FIT: Final = 100
"""The fit of a command that only looks like its kind: it comes after the ecosystem's convention."""
SECOND_FIT: Final = 60
"""The fit of a command that comes after the conventions of the ecosystem, such as a check of the format as a linter."""
_UNSAFE: Final = re.compile(r"[`<>]|\$[({A-Za-z]|%\w+%|[^\x20-\x7e]")
_INFO_ARGUMENTS: Final = frozenset({"--version", "--help", "-V", "-h", "version", "help"})
_SKIP_STEP_FLAGS: Final = frozenset({"--no-build", "--no-restore"})
"""Flags that are correct only after an earlier step: alone, such a line would test an outdated build."""
_FOR_CI: Final = re.compile(
    r"--(?:output-format|error-format|format|formatter|reporter|out-format|logger|annotate)=(?:github|gitlab).*"
    r"|--(?:scan|no-daemon|no-progress|no-interaction|frozen-lockfile-check|ci)|-ntp|--no-transfer-progress|-B|--batch-mode|--stacktrace|--system|--disable-pip-version-check"
)
"""Flags that only make the output fit for CI."""
_CI_FORMATS: Final = frozenset((flag, "github") for flag in ("-f", "--format", "--reporter", "--output-format"))
_SUBSET_FLAGS: Final = frozenset(
    {"--doc", "--no-run", "--test", "--bench", "--benches", "--example", "--examples", "-run", "-k", "--testsuite"}
    | {"--grep", "--tests", "--list", "--collect-only", "-Dtest", "-Dtest.single", "--lf", "--ff", "-m", "--only"}
    | {"--lib", "--bins", "--bin", "--failed", "--stale", "--only-failures", "--next-failure", "--last-failed", "--sw"}
    | {"--failed-first", "--stepwise", "--onlyFailures", "--onlyChanged", "--changed", "--changedSince", "--related"}
    | {"--findRelatedTests", "--testNamePattern", "--testPathPattern", "--testPathPatterns", "--test-name-pattern"}
    | {"--tag", "--skip", "--deselect", "--ignore", "--ignore-glob", "--co"}
    | {"--setup-only", "--setup-plan", "--fixtures"}
    | {"--exclude-group", "--exclude-testsuite", "--listTests", "--list-tests", "--show-only", "--partition", "-bench"}
    | {"-fuzz", "--fuzz", "--test_filter", "--test_tag_filters", "--dry-run", "-N", "-k", "--exclude-tag"}
)
"""Flags that run a subset of the tests, or none."""
_PART_FLAGS: Final = frozenset(
    {"--package", "--exclude", "--filter", "--no-default-features", "--features", "--framework", "--runtime"}
    | {"--group", "--shard", "--project", "-project", "--affected", "--sdist", "--wheel"}
)
"""Flags with which a line covers a part of the tree."""
_VARIANT_FLAGS: Final = frozenset(
    {"--target", "--manifest-path", "--prefix", "--cwd", "--dir", "-Dcoverage", "--projects", "-pl", "--triple"}
    | {"-Dmaven.test.skip", "-DskipTests", "--swift-sdk", "--sdk", "--activate-profiles"}
)
"""Flags with which a line is for another platform, another manifest, or leaves out the tests."""
_DOWNLOADED: Final = re.compile(r"^(?:\./)?(?:\w+/)*bin/(?=(?:golangci-lint|gotestsum|buf|shellcheck|actionlint)$)")
"""The folder into which CI downloads a program."""
_OWN_REQUIREMENTS: Final = re.compile(r"(?:\./)?(?:req\w*/)?[\w.-]+", re.ASCII)
"""Requirements at the root or in a folder of that name: those of `docs/` are not the project's."""
_INCOMPLETE_INSTALL_FLAGS: Final = frozenset(
    {"--only", "--ignore-scripts", "--production", "--prod", "--omit", "--no-dev", "--lockfile-only", "--dry-run", "-g"}
    | {"--package-lock-only", "--global", "--no-install-project", "--no-deps", "--no-default-groups", "--only-group"}
)
"""Flags with which an installation leaves out dependencies or steps that the project needs."""
_EDITABLE: Final = frozenset({"-e", "--editable"})
_TEST_PHASES: Final = frozenset({"test", "verify", "install"})
"""Phases of Maven that run tests: https://maven.apache.org/guides/introduction/introduction-to-the-lifecycle.html"""
_VERBOSE: Final = frozenset({"-X", "-e", "-V", "--errors", "--show-version", "--info", "--debug"})
_PLUGIN_GOAL: Final = re.compile(r"[a-z][\w.-]*:[a-z][\w-]*", re.ASCII)
_COMPUTED_PROPERTY: Final = re.compile(r"-[DP][\w.-]+=\$\{\{")
"""A property of Maven or Gradle with a value from CI, such as a version of its matrix."""
_BUILDS: Final = frozenset({"build", "test", "nextest", "check", "clippy"})
_COMPILERS: Final = frozenset({"gcc", "g++", "clang", "clang++", "cc", "c++"})
_GO_PACKAGES: Final = re.compile(r"\./(?=[./-]*\w)[\w./-]*")
"""Packages below a folder, and not all of them: `./store/...`."""
_SINGLE_FILE: Final = re.compile(r"[\w./-]+\.[A-Za-z]\w{0,4}", re.ASCII)
_PROGRAM_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
_AFTER_CONFIGURATION: Final = frozenset({"cmake", "ctest", "ninja", "meson"})
"""Programs that work in a build folder, which an earlier line of CI configures."""
_NAMED_RUNNERS: Final = frozenset(
    {"make", "just", "task", "mise", "script", "poe", "pdm", "hatch", "composer", "rake", "nox", "tox", "xtask"}
)


def ci_line_commands(by_call: Targets, lines: Iterable[CiCommand], configured: Iterable[Command]) -> Iterator[Command]:
    """Yield the commands of CI lines that call no target.

    Make needs a makefile, or one that is configured: otherwise an earlier line of CI made it in another folder.
    """
    runners = {call.runner for call in by_call}
    builds = sorted((command.fit, command.line) for command in configured if command.kind is CommandKind.BUILD)
    has_make = "make" in runners or (bool(builds) and builds[0][1].endswith("&& make"))
    for ci_command in lines:
        if ci_command.is_variant:
            continue
        for command in first_choices(ci_command.line):
            words = tuple(word for word in _without_formats(command) if not _FOR_CI.fullmatch(word))
            words = (_DOWNLOADED.sub("", words[0]), *words[1:]) if words else words
            words = _without_extras(words)
            calls = tuple(calls_of_command(words))
            if not words or not _INFO_ARGUMENTS.isdisjoint(words[1:]):
                continue
            if not has_make and any(call.runner == "make" for call in calls):
                continue
            is_task = any(call.runner == "xtask" for call in calls)  # the alias `xtask` is not the task
            if not is_task and any(_is_target(call, command, by_call, runners) for call in calls):
                continue
            kind, fit = _classify(words, calls)
            line = rendered(words)
            if kind is CommandKind.RUN or (kind is CommandKind.INSTALL and not _installs_project(words)):
                continue  # CI starts and installs its own tools
            if _is_variant(unwrapped(words)):
                continue
            if kind is not None and not _UNSAFE.search(line) and not any("'" in word for word in words):
                yield Command(kind=kind, line=line, evidence=ci_command.evidence, rank=Rank.CI, fit=fit)


def _without_formats(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command without flags that are for CI: `-f github`, `--no-build`."""
    dropped = {at + step for at, pair in enumerate(_pairs(words)) if pair in _CI_FORMATS for step in (0, 1)}
    return tuple(word for at, word in enumerate(words) if at not in dropped and word not in _SKIP_STEP_FLAGS)


def _is_target(call: Call, words: tuple[str, ...], by_call: Targets, runners: set[str]) -> bool:
    """Return whether a call stands for a target; a script with arguments is a command of its own: `bin/rubocop -P`."""
    if call.runner == FILE and kind_of(words) is not None and has_argument(words):
        return False
    return call in by_call or (not call.name and call.runner in runners)


def _without_extras(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command of Maven or Gradle without arguments that CI computes, and without goals next to a phase.

    `mvn verify javadoc:jar ${{matrix.arguments}}` tests with `mvn verify`.
    """
    if unwrapped(words)[:1] not in (("mvn",), ("gradle",)):
        return words
    plain = tuple(word for word in words if not word.startswith("${{") and not _COMPUTED_PROPERTY.match(word))
    plain = tuple(word for word in plain if word not in _VERBOSE)
    has_phase = not _TEST_PHASES.isdisjoint(plain)
    return tuple(word for word in plain if not (has_phase and _PLUGIN_GOAL.fullmatch(word)))


def _classify(words: tuple[str, ...], calls: tuple[Call, ...]) -> tuple[CommandKind | None, int]:
    kind = kind_of(words)
    if kind is not None:
        if _is_part(unwrapped(words), kind):
            return kind, LAST_FIT
        if kind is CommandKind.TEST and unwrapped(words)[:1] == ("go",) and "-tags" in _flags(words):
            return kind, SECOND_FIT  # it builds a variant
        is_format_check = kind is CommandKind.LINT and primary_kind(words) is CommandKind.FORMAT
        if is_format_check and unwrapped(words)[:2] != ("hatch", "fmt"):  # it lints too
            return kind, SECOND_FIT
        if _copies_project(words, kind):
            return kind, LAST_FIT
        return kind, FIT_STEP * (bool(calls) + (primary_kind(words) is not kind)) + _features_left(words)
    named = [call for call in calls if call.runner in _NAMED_RUNNERS]
    found = [next(((kind, fit) for kind, fit in purposes(call.name, ()) if fit < CONTENT_FIT), None) for call in named]
    first = found[0] if found else None
    if first is None or any(one is None or one[0] is not first[0] for one in found):
        return None, 0  # it calls nothing with a purpose, or targets with several
    if first[0] is CommandKind.FORMAT and not CHECK_FLAGS.isdisjoint(words):
        return CommandKind.LINT, SECOND_FIT
    if first[1] > CLOSE_FIT or any("=" in word for word in words) or first[0] is CommandKind.INSTALL:
        return None, 0  # nothing shows what a target with a longer name does
    return first[0], first[1] * FIT_STEP


def tests_with_programs_from_elsewhere(lines: Iterable[CiCommand], by_call: Targets) -> bool:
    """Return whether CI only tests by programs of its environment, such as `postgrest-test-spec` of a Nix shell."""
    commands = [words for line in lines for words in simple_commands(line.line)]
    if any(
        kind_of(words) is CommandKind.TEST or any(call in by_call for call in calls_of_command(words))
        for words in commands
    ):
        return False
    names = (unwrapped(words)[0] for words in commands)
    return any("-test" in name and _PROGRAM_NAME.fullmatch(name) for name in names)


def _features_left(words: tuple[str, ...]) -> int:
    """Return how much a command of cargo leaves out, from 0: with more features it does more of the work."""
    names = [word.partition("=")[2] or following for word, following in _pairs(words) if word[:10] == "--features"]
    return max(FIT_STEP - 1 - len(names[0].split(",")), 1) if names else 0


def _pairs(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return zip(words, (*words[1:], ""), strict=True)


def needs_features(lines: Iterable[CiCommand]) -> bool:
    """Return whether CI builds and tests a crate only with features that it names: without them, it may not compile."""
    commands = [unwrapped(words) for line in lines for words in simple_commands(line.line)]
    builds = [words for words in commands if words[:1] == ("cargo",) and not _BUILDS.isdisjoint(words[1:3])]
    return bool(builds) and all("--features" in _flags(words) for words in builds)


def only_parts(lines: Iterable[str], kind: CommandKind) -> bool:
    """Return whether all commands of a kind in a body do a part of its work: `deno check tools/*.ts`."""
    commands = [words for line in lines for words in simple_commands(line) if kind_of(words) is kind]
    return bool(commands) and all(_is_part(unwrapped(words), kind) for words in commands)


def _copies_project(words: tuple[str, ...], kind: CommandKind) -> bool:
    """Return whether a command installs a copy of the project, and not the sources that are edited: `pip install .`."""
    is_of_pip = kind is CommandKind.INSTALL and "pip" in words and "." in words
    return is_of_pip and _EDITABLE.isdisjoint(words)


def _flags(words: tuple[str, ...]) -> set[str]:
    return {word.partition("=")[0] for word in words}


def _is_part(words: tuple[str, ...], kind: CommandKind) -> bool:
    """Return whether a command does a part of its kind's work: by a flag, a nested path, or a step before it."""
    flags = _flags(words)
    if words[0] == "cargo" and "--no-default-features" not in flags:
        flags -= {"--features"}
    if flags & _PART_FLAGS or _is_cargo_part(words, kind) or words[0] in _COMPILERS:
        return True
    if words[0] == "docker" and kind is CommandKind.BUILD and ("--check" in flags or "." not in words):
        return True
    if words[0] in ASIDE_LINTERS and kind in (CommandKind.LINT, CommandKind.FORMAT):
        return True
    if words[0] == "go" and kind in (CommandKind.TEST, CommandKind.LINT) and any(map(_GO_PACKAGES.fullmatch, words)):
        return True
    if words[0] == "mvn" and any(":" in word for word in words[1:] if not word.startswith("-")):
        return kind in (CommandKind.BUILD, CommandKind.TEST)
    if kind is CommandKind.INSTALL and flags & _INCOMPLETE_INSTALL_FLAGS:
        return True
    if kind in (CommandKind.FORMAT, CommandKind.LINT) and _names_only_files(words):
        return True
    if kind is CommandKind.TYPECHECK and _names_nested_path(words):
        return not words[0].startswith(("mypy", "pyright"))
    return kind is CommandKind.TEST and (bool(flags & _SUBSET_FLAGS) or _names_nested_path(words))


def _is_variant(words: tuple[str, ...]) -> bool:
    """Return whether a command is for another platform or needs the folder that an earlier line configured."""
    flags = _flags(words)
    steps = [word for word in words[2:] if words[:2] == ("zig", "build") and not word.startswith("-")]
    if len(steps) > 1 or bool(flags & _VARIANT_FLAGS):
        return True
    return words[0] in _AFTER_CONFIGURATION or (words[0] == "mvn" and "-P" in words)


def _is_cargo_part(words: tuple[str, ...], kind: CommandKind) -> bool:
    if words[0] != "cargo":
        return False
    is_formatter = kind in (CommandKind.FORMAT, CommandKind.LINT)
    return "-p" in words or (not is_formatter and any(word.startswith("+") for word in words))


def _names_only_files(words: tuple[str, ...]) -> bool:
    """Return whether a command names single files, and no folder: `deno fmt NEWS.md`."""
    arguments = [
        word for previous, word in pairwise(words) if not word.startswith("-") and not previous.startswith("-")
    ]
    return any(map(_SINGLE_FILE.fullmatch, arguments)) and not any("/" in word or word == "." for word in arguments)


def _names_nested_path(words: tuple[str, ...]) -> bool:
    """Return whether a command names a nested folder or file."""
    arguments = (
        word for previous, word in pairwise(words) if not word.startswith("-") and not previous.startswith("-")
    )
    return any(len([part for part in word.split("/") if part not in ("", ".", "...")]) > 1 for word in arguments)


def _installs_project(words: tuple[str, ...]) -> bool:
    """Return whether a command installs all dependencies of the project, and not a named tool."""
    command = unwrapped(words)
    if command[:2] in (("go", "install"), ("composer", "bin")):
        return False
    if command[0] == "opam":
        return "." in command
    if command[0] not in ("pip", "npm", "pnpm", "yarn", "bun", "uv", "mise", "pre-commit") or command[1:2] == ("sync",):
        return True
    files = (word for previous, word in pairwise(command) if previous in ("-r", "--requirement"))
    if not all(_OWN_REQUIREMENTS.fullmatch(file) for file in files):
        return False
    arguments = command[3:] if command[:2] == ("uv", "pip") else command[2:]
    names = [
        word
        for at, word in enumerate(arguments)
        if not word.startswith("-") and (not at or arguments[at - 1][:2] != "-r")
    ]
    return all(name.startswith(".") for name in names)


def rendered(words: tuple[str, ...]) -> str:
    """Return words as a line for a shell."""
    return " ".join(word if re.fullmatch(r"[\w@%+=:,./$(){}*~^\[\]#!-]+", word) else f"'{word}'" for word in words)
