"""Ranks commands by their evidence: a target that CI also runs, a target, a CI line, configuration, a default."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from codex.profile.model import CiCommand, Command, CommandKind, Rank, TaskTarget
from codex.profile.runners import called_targets
from codex.profile.shell_lines import simple_commands, stages, unwrapped
from codex.profile.tools import CONTENT_FIT, VARIANT_FIT, kind_of, kinds_of, only_prints, primary_kind, purposes
from skills_build.frozen import dataclass

MAX_ALTERNATIVES: Final = 8
MAX_LENGTH: Final = 160
MAX_TARGETS: Final = 400
_FIT_STEP: Final = 10
_LAST_FIT: Final = 100
"""The fit of a command that only looks like its kind: it comes after the ecosystem's convention."""
_SYSTEM_RUNNERS: Final = ("make", "just", "task")
_NAME: Final = re.compile(r"(?:[A-Za-z0-9_][\w.:/@+-]*)?", re.ASCII)
_UNSAFE: Final = re.compile(r"[`<>]|\$[({A-Za-z]|%\w+%|[^\x20-\x7e]")
_INFO_ARGUMENTS: Final = frozenset({"--version", "--help", "-V", "-h", "version", "help"})
_SKIP_STEP_FLAGS: Final = frozenset({"--no-build", "--no-restore"})
"""Flags that are correct only after an earlier step: alone, such a line would test an outdated build."""
_SUBSET_FLAGS: Final = frozenset(
    {"--doc", "--no-run", "--test", "--bench", "--example", "--examples", "-run", "-k", "--testsuite", "--filter"}
    | {"--grep", "--tests", "--list", "--collect-only", "-Dtest", "-Dtest.single"}
)
"""Flags that run a subset of the tests, or none."""
_KIND_ORDER: Final = tuple(CommandKind)
_RUNNERS: Final = ("make", "just", "task", "mise", "script", "poe", "pdm", "hatch", "composer", "rake", "nox", "tox")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One call of a target: by runner and name, an empty name for the runner's default."""

    runner: str
    name: str


def commands(
    targets: Iterable[TaskTarget], lines: Iterable[CiCommand], configured: Iterable[Command]
) -> tuple[Command, ...]:
    """Return the commands of one folder, by kind and then best first, at most eight of a kind.

    `lines` are those that CI runs in this folder, `configured` the commands of configuration files and defaults.
    Targets whose names contain shell syntax are left out.
    """
    valid_targets = tuple(target for target in targets if _NAME.fullmatch(target.name))[:MAX_TARGETS]
    ci_lines = tuple(lines)
    ci_evidence = _ci_evidence(valid_targets, ci_lines)
    from_configuration = tuple(configured)
    candidates = [
        *_target_commands(valid_targets, ci_evidence),
        *_foreign_installs_last(_ci_line_commands(valid_targets, ci_lines), from_configuration),
        *from_configuration,
    ]
    return tuple(
        _limit_per_kind(
            _deduplicated(sorted((command for command in candidates if _printable(command)), key=_sort_key))
        )
    )


def _sort_key(command: Command) -> tuple[int, int, int, int, int, str]:
    """Return the sort key; a target with a purpose by its body alone comes between configuration and defaults."""
    group = 3 if command.fit >= _LAST_FIT else 2 if command.default else int(command.fit >= VARIANT_FIT * _FIT_STEP)
    return (_KIND_ORDER.index(command.kind), group, int(command.rank), command.fit, len(command.line), command.line)


def _foreign_installs_last(lines: Iterable[Command], configured: tuple[Command, ...]) -> Iterator[Command]:
    """Put installs with other programs than the project's own last: they serve CI's tools or documentation."""
    own_programs = {_program(command) for command in configured if command.kind is CommandKind.INSTALL}
    for line in lines:
        is_foreign = line.kind is CommandKind.INSTALL and own_programs and _program(line) not in own_programs
        yield replace(line, fit=_LAST_FIT) if is_foreign else line


def _program(command: Command) -> str:
    return next(iter(unwrapped(next(simple_commands(command.line), ()))), "")


def _printable(command: Command) -> bool:
    return 0 < len(command.line) <= MAX_LENGTH and command.line.isprintable()


def _target_commands(targets: tuple[TaskTarget, ...], ci_evidence: dict[_Call, tuple[str, ...]]) -> Iterator[Command]:
    by_call = {_Call(runner=task_target.runner, name=task_target.name): task_target for task_target in targets}
    for call, target in by_call.items():
        steps = ci_evidence.get(call, ())
        body = _expanded_body(target, by_call)
        if only_prints(body):
            continue
        body_kinds = kinds_of(body)
        if target.runner in _SYSTEM_RUNNERS and target.name == "install" and CommandKind.INSTALL not in body_kinds:
            # By GNU's convention `install` copies the product into the system:
            # https://www.gnu.org/prep/standards/html_node/Standard-Targets.html
            continue
        for kind, fit in [(target.kind, 0)] if target.kind else purposes(target.name, body_kinds):
            is_run_by_ci = steps and fit < VARIANT_FIT
            rank = Rank.TARGET_IN_CI if is_run_by_ci else target.rank
            fit = fit * _FIT_STEP + _runner_order(target.runner)
            yield Command(kind=kind, line=target.line, evidence=target.evidence, rank=rank, seen_in=steps[:3], fit=fit)


def _runner_order(runner: str) -> int:
    return _RUNNERS.index(runner) if runner in _RUNNERS[:9] else 9


def _expanded_body(target: TaskTarget, by_call: dict[_Call, TaskTarget]) -> tuple[str, ...]:
    """Return the lines that a target runs, including those of the targets it calls, three levels deep."""
    lines: list[str] = []
    pending, visited = [(target, 0)], {target.name}
    while pending and len(lines) < MAX_TARGETS:
        current, depth = pending.pop(0)
        lines.extend(current.body)
        for call in _calls_of_target(current) if depth < 3 else ():
            callee = by_call.get(call)
            if callee is not None and callee.name not in visited:
                visited.add(callee.name)
                pending.append((callee, depth + 1))
    return tuple(lines)


def _calls_of_target(target: TaskTarget) -> Iterator[_Call]:
    yield from (_Call(runner=target.runner, name=name) for name in target.needs)
    for line in target.body:
        for words in simple_commands(line):
            yield from _calls_of_command(words)


def _calls_of_command(words: tuple[str, ...]) -> Iterator[_Call]:
    for stage in stages(words):
        for runner, name in called_targets(stage):
            yield _Call(runner=runner, name=name)


def _ci_evidence(targets: tuple[TaskTarget, ...], lines: tuple[CiCommand, ...]) -> dict[_Call, tuple[str, ...]]:
    """Return by target the CI steps that run it: directly, through another target, or by all of its parts."""
    by_call = {_Call(runner=target.runner, name=target.name): target for target in targets}
    default_names: dict[str, str] = {}
    for target in targets:
        default_names.setdefault(target.runner, target.name)
    steps: dict[_Call, dict[str, None]] = defaultdict(dict)
    for line in lines:
        pending = [call for words in simple_commands(line.line) for call in _calls_of_command(words)]
        visited: set[_Call] = set()
        while pending:
            call = pending.pop()
            call = call if call.name else replace(call, name=default_names.get(call.runner, ""))
            if call in by_call and call not in visited:
                visited.add(call)
                steps[call][line.evidence] = None
                pending.extend(_calls_of_target(by_call[call]))
    for call, target in by_call.items():
        parts = [part for part in _calls_of_target(target) if part in by_call and part != call]
        if parts and not _runs_tools(target, by_call) and call not in steps and all(part in steps for part in parts):
            steps[call] = {step: None for part in parts for step in steps[part]}
    return {call: tuple(evidence) for call, evidence in steps.items()}


def _runs_tools(target: TaskTarget, by_call: dict[_Call, TaskTarget]) -> bool:
    """Return whether a target's own lines run a tool, apart from calls of other targets."""
    own_commands = (words for line in target.body for words in simple_commands(line))
    return any(
        kind_of(words) and not any(call in by_call for call in _calls_of_command(words)) for words in own_commands
    )


def _ci_line_commands(targets: tuple[TaskTarget, ...], lines: tuple[CiCommand, ...]) -> Iterator[Command]:
    by_call = {_Call(runner=target.runner, name=target.name) for target in targets}
    runners = {target.runner for target in targets}
    for ci_command in lines:
        if ci_command.is_variant:
            continue
        for command in simple_commands(ci_command.line):
            words = tuple(word for word in command if word not in _SKIP_STEP_FLAGS)
            calls = tuple(_calls_of_command(words))
            if not _INFO_ARGUMENTS.isdisjoint(words[1:]):
                continue
            if any(call in by_call or (not call.name and call.runner in runners) for call in calls):
                continue
            kind, fit = _classify(words, calls)
            line = _rendered(words)
            if kind is CommandKind.RUN or (kind is CommandKind.INSTALL and not _installs_project(words)):
                continue  # CI starts and installs its own tools
            if kind is not None and not _UNSAFE.search(line) and not any("'" in word for word in words):
                yield Command(kind=kind, line=line, evidence=ci_command.evidence, rank=Rank.CI, fit=fit)


def _classify(words: tuple[str, ...], calls: tuple[_Call, ...]) -> tuple[CommandKind | None, int]:
    kind = kind_of(words)
    if kind is not None:
        if kind is CommandKind.TEST and _selects_subset(unwrapped(words)):
            return kind, _LAST_FIT
        return kind, _FIT_STEP * (bool(calls) + (primary_kind(words) is not kind))
    for call in calls:
        for kind_by_name, fit in purposes(call.name, ()) if call.runner in _RUNNERS else ():
            if fit < CONTENT_FIT:
                return kind_by_name, fit * _FIT_STEP
    return None, 0


def _selects_subset(words: tuple[str, ...]) -> bool:
    """Return whether a command selects a subset of the tests: by a flag, or by a nested folder or file."""
    if any(word.partition("=")[0] in _SUBSET_FLAGS for word in words):
        return True
    arguments = (
        word for previous, word in pairwise(words) if not word.startswith("-") and not previous.startswith("-")
    )
    return any(len([part for part in word.split("/") if part not in ("", ".", "...")]) > 1 for word in arguments)


def _installs_project(words: tuple[str, ...]) -> bool:
    """Return whether a command installs all dependencies of the project, and not a named tool."""
    command = unwrapped(words)
    if command[:2] == ("go", "install"):
        return False
    if command[0] not in ("pip", "npm", "pnpm", "yarn", "bun", "uv", "mise", "pre-commit") or command[1:2] == ("sync",):
        return True
    arguments = command[3:] if command[:2] == ("uv", "pip") else command[2:]
    names = [
        word
        for at, word in enumerate(arguments)
        if not word.startswith("-") and (not at or arguments[at - 1][:2] != "-r")
    ]
    return all(name.startswith(".") for name in names)


def _rendered(words: tuple[str, ...]) -> str:
    return " ".join(word if re.fullmatch(r"[\w@%+=:,./$(){}*~^\[\]#!-]+", word) else f"'{word}'" for word in words)


def _deduplicated(commands: Iterable[Command]) -> Iterator[Command]:
    """Yield each command once per kind: the better of two that run the same tool in the same way."""
    best: dict[tuple[CommandKind, tuple[str, ...]], Command] = {}
    for command in commands:
        words = next(simple_commands(command.line), ())
        key = (command.kind, unwrapped(words))
        better = best.get(key)
        if better is None:
            best[key] = command
        elif command.evidence not in (better.evidence, *better.seen_in) and command.rank is Rank.CI:
            best[key] = replace(better, seen_in=(*better.seen_in, command.evidence)[:3])
    yield from best.values()


def _limit_per_kind(commands: Iterable[Command]) -> Iterator[Command]:
    counts: dict[CommandKind, int] = defaultdict(int)
    for command in commands:
        counts[command.kind] += 1
        if counts[command.kind] <= MAX_ALTERNATIVES:
            yield command
