"""Derives how to run one test from the command that runs all: the flag of each test tool that selects a test.

Words in capitals are placeholders: `pytest FILE::NAME`. A tool without such a flag yields nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from codex.profile.calls import FILE, Targets, calls_of_target, expanded_body
from codex.profile.model import Command, CommandKind, TaskTarget
from codex.profile.shell_lines import simple_commands, unwrapped
from codex.profile.target_names import purposes
from codex.profile.tools import is_mixed, kinds_of, matched_tool
from skills_build.frozen import dataclass

_ARGUMENTS: Final = {
    "pytest": "FILE::NAME",
    "py.test": "FILE::NAME",
    "unittest": "MODULE.CLASS.NAME",
    "manage.py test": "PACKAGE.MODULE.CLASS",
    "hatch test": "FILE::NAME",
    "go test": "-run NAME ./PACKAGE",
    "gotestsum": "-run NAME ./PACKAGE",
    "ginkgo": "--focus NAME ./PACKAGE",
    "cargo test": "NAME",
    "cargo nextest": "NAME",
    "jest": "FILE -t NAME",
    "vitest": "FILE -t NAME",
    "mocha": "--grep NAME",
    "ava": "FILE",
    "borp": "FILE",
    "tap": "FILE",
    "node --test": "FILE",
    "playwright test": "FILE -g NAME",
    "bun test": "FILE -t NAME",
    "deno test": "FILE --filter NAME",
    "rspec": "FILE:LINE",
    "minitest": "",
    "rake spec": "",
    "rake test": "",
    "rails test": "FILE:LINE",
    "bin/rails test": "FILE:LINE",
    "phpunit": "--filter NAME",
    "paratest": "--filter NAME",
    "pest": "--filter NAME",
    "artisan test": "--filter NAME",
    "dotnet test": "--filter NAME",
    "mix test": "FILE:LINE",
    "swift test": "--filter NAME",
    "ctest": "-R NAME",
    "meson test": "NAME",
    "bats": "FILE",
    "dart test": "FILE --name NAME",
    "flutter test": "FILE --name NAME",
    "bazel test": "//PACKAGE:NAME",
    "turbo run test": "--filter=PACKAGE",
    "turbo test": "--filter=PACKAGE",
}
"""The arguments that select one test, by the words of the tool that they follow."""
_KEPT: Final = {
    "node --test": "--test",
    "vitest": "run",
    "cargo nextest": "run",
    "ctest": "--test-dir",
    "meson test": "-C",
}
"""Flags and subcommands that stay."""
_PROJECT_FILE: Final = r"(?<!\S)[^\s/]++(?:(?<=proj)|(?<=\.sln)|(?<=\.slnx))"
_NEEDED_FLAGS: Final = {
    "deno test": re.compile(r"-A|--allow-\S+|--unstable\S*|--(?:config|import-map|permit-no-files)(?:=\S+)?"),
    "go test": re.compile(r"-tags(?:=\S+)?"),
    "cargo test": re.compile(r"--workspace|--all-features|--features(?:=\S+)?"),
    "cargo nextest": re.compile(r"--all-features|--features(?:=\S+)?"),
    "node --test": re.compile(r"--import(?:=\S+)?|--loader(?:=\S+)?|-r|--require(?:=\S+)?|--experimental-\S+"),
    "mocha": re.compile(r"-r|--require(?:=\S+)?|--import(?:=\S+)?|--config(?:=\S+)?"),
    "jest": re.compile(r"-c|--config(?:=\S+)?"),
    "playwright test": re.compile(r"-c|--config(?:=\S+)?"),
    "ava": re.compile(r"--config(?:=\S+)?"),
    "vitest": re.compile(r"-c|--config(?:=\S+)?"),
    "phpunit": re.compile(r"-c|--configuration(?:=\S+)?"),
    "pytest": re.compile(r"-c|--import-mode=\S+|--ds(?:=\S+)?"),
    "dotnet test": re.compile(_PROJECT_FILE),
}
"""The flags without which the tests of a tool do not run or compile, by tool; they stay, with their values."""
_WITHOUT_VALUE: Final = re.compile(
    r"-A|--allow-.*|--unstable.*|--workspace|--all-features|--permit-no-files|--experimental-.*|" + _PROJECT_FILE
)
_EXEC: Final = {"npm": "npx ", "pnpm": "pnpm exec ", "yarn": "yarn ", "bun": "bunx "}
_SEPARATOR: Final = {
    "npm": " --",
    "composer": " --",
    "tox": " --",
    "nox": " --",
    "bun": "",
    "pnpm": "",
    "yarn": "",
    "hatch": "",
}
_LAUNCHERS: Final = frozenset({"npx", "npm", "pnpm", "yarn", "bunx", "bun"})
_ALL_ARGUMENTS: Final = re.compile(r"\$[@*]|\$\{[@*]\}")
_PASSES_ARGUMENTS: Final = re.compile(r"\{posargs|\{args")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tool:
    """The command of a test tool: its words, and those of them that name the tool, such as `go test`."""

    words: tuple[str, ...]
    name: str


def single_test(command: Command, runner: str, body: Iterable[str]) -> str | None:
    """Return how to run one test, given the best test command; `runner` and `body` are those of its target, if any."""
    own = _tool(command.line)
    if own is not None and own.name.startswith("rake"):
        return _by_rake(command.line, own.name)
    if own is not None:
        return _alone(own)
    lines = tuple(body)
    tools = [tool for tool in map(_tool, lines) if tool is not None]
    if len({tool.name for tool in tools}) != 1:
        return None
    arguments = _ARGUMENTS[tools[0].name]
    if runner == "rake" or tools[0].name == "minitest":
        return _by_rake(" ".join(tools[0].words) if runner == FILE else command.line, tools[0].name)
    program = runner if runner in ("tox", "nox") else next(iter(command.line.split()), "")
    is_limited = runner in ("script", "composer") and arguments.startswith("FILE") and _names_files(tools[0])
    if not is_limited and _passes_arguments(runner, program, lines):
        return f"{command.line}{_SEPARATOR.get(program, '')} {arguments}"
    if runner == FILE and (is_mixed(lines) or CommandKind.RUN in kinds_of(lines)):
        return None  # the script starts what the tests need
    if runner in ("tox", "nox"):
        return None  # its environment has the tool, which may not be installed elsewhere
    tool = tools[0]
    if runner == "script" and tool.words[0] not in _LAUNCHERS:
        tool = replace(tool, words=unwrapped(tool.words))  # without `cross-env` and `c8`
    alone = _alone(tool)
    return None if alone is None else _prefix(runner, command.line, tool) + alone


def has_unknown_part(target: TaskTarget, by_call: Targets) -> bool:
    """Return whether a target gathers several targets for tests, one of which runs an unknown tool."""
    called = (by_call[call] for call in calls_of_target(target) if call in by_call and call.name != target.name)
    parts = [part for part in called if any(kind is CommandKind.TEST for kind, _ in purposes(part.name, ()))]
    return len(parts) > 1 and not all(CommandKind.TEST in kinds_of(expanded_body(part, by_call)) for part in parts)


def _passes_arguments(runner: str, program: str, lines: tuple[str, ...]) -> bool:
    """Return whether words after a target reach the test tool: it must be the last command."""
    if runner == FILE:
        return any(_ALL_ARGUMENTS.search(line) and _tool(line) is not None for line in lines)
    if runner in ("tox", "nox", "hatch"):
        return any(_PASSES_ARGUMENTS.search(line) for line in lines)
    if runner not in ("script", "composer") or program not in _SEPARATOR:
        return False
    last = tuple(simple_commands(lines[0]))[-1:] if len(lines) == 1 else ()
    tool = _tool(" ".join(last[0])) if last else None
    is_watching = tool is not None and tool.name == "vitest" and "run" not in tool.words
    return tool is not None and not is_watching


def _names_files(tool: _Tool) -> bool:
    """Return whether a command already names files or folders, to which an argument would only add another."""
    return any("/" in word or "*" in word or "$(" in word for word in unwrapped(tool.words)[1:] if word[0:1] != "-")


def _by_rake(line: str, tool: str) -> str | None:
    # Minitest and Test::Unit run each file as a program; RSpec has a program of its own
    if tool in ("rspec", "rake spec"):
        return f"{'bundle exec ' if line.startswith('bundle') else ''}rspec FILE:LINE"
    return f"{'bundle exec ' if line.startswith('bundle') else ''}ruby -Ilib -Itest FILE -n NAME"


def _prefix(runner: str, line: str, tool: _Tool) -> str:
    """Return the words that enter the environment in which the target's runner starts the tool."""
    if runner == "script" and tool.words == unwrapped(tool.words) and "/" not in tool.words[0]:
        return _EXEC.get(line.split()[0], "") if tool.name != "node --test" else ""
    if runner == "composer" and "/" not in tool.words[0] and tool.words == unwrapped(tool.words):
        return "vendor/bin/"  # Composer adds this folder to the path of its scripts
    if runner == "pixi":
        return "pixi run "
    if runner in ("poe", "task") and f" {runner} " in line:
        return line[: line.index(f" {runner} ") + 1]
    return ""


def _tool(line: str) -> _Tool | None:
    """Return the first command of a line that is a test tool with a row in the table."""
    return next(_tools(line), None)


def _tools(line: str) -> Iterator[_Tool]:
    for words in simple_commands(line):
        match = matched_tool(words)
        if match is not None and match[1] is CommandKind.TEST and " ".join(match[0]) in _ARGUMENTS:
            yield _Tool(words=words, name=" ".join(match[0]))


def _alone(tool: _Tool) -> str | None:
    """Return the tool as it is called, without its arguments, and with those that select one test; None if unknown."""
    program = unwrapped(tool.words)
    if tool.name == "gotestsum":  # it may be installed outside of the path, and runs `go test`
        return f"go test {_ARGUMENTS[tool.name]}"
    prefix = tool.words[: len(tool.words) - len(program)]
    first = tool.words[len(prefix)] if len(prefix) < len(tool.words) else program[0]
    start = program[0] if "$" in first or "(" in first else first.lstrip("@-+")
    prefix = () if any("$" in word for word in prefix) else prefix
    rest = tool.name.split()[1:]
    kept = _KEPT.get(tool.name, "")
    if kept and kept not in rest:
        at = program.index(kept) if kept in program else -1
        rest = [*rest, *(program[at : at + 2] if kept.startswith("-") and at >= 0 else [kept] if kept == "run" else [])]
    flags = _needed_flags(tool, program)
    return None if flags is None else " ".join((*prefix, start, *rest, *flags, _ARGUMENTS[tool.name]))


def _needed_flags(tool: _Tool, program: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the flags of a command that its tool needs for any of its tests; None if their values are unknown."""
    pattern, flags = _NEEDED_FLAGS.get(tool.name), list[str]()
    for at, word in enumerate(program):
        if pattern is None or not pattern.fullmatch(word):
            continue
        values = () if "=" in word or _WITHOUT_VALUE.fullmatch(word) else program[at + 1 : at + 2]
        if any(re.search(r"[$`'\"\s]", text) for text in (word, *values)):
            return None
        flags += (word, *values)
    return tuple(flags)
