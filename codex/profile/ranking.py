"""Orders what was found into commands: a target that CI runs too, a target, a CI line, configuration, a default."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from codex.profile.model import CiCommand, Command, CommandKind, Rank, TaskTarget
from codex.profile.runners import called
from codex.profile.shell_lines import bare, simple_commands, stages
from codex.profile.tools import CONTENT_FIT, NOISY_FIT, kind_of, kinds_of, made_for, uses

MAX_ALTERNATIVES: Final = 8
MAX_LENGTH: Final = 160
MAX_TARGETS: Final = 400
_FIT_STEP: Final = 10
_LAST_FIT: Final = 100
"""Of what is not what its kind promises, though it looks so: it comes after the ecosystem's habit."""
_SYSTEM: Final = ("make", "just", "task")
_NAME: Final = re.compile(r"(?:[A-Za-z0-9_][\w.:/@+-]*)?", re.ASCII)
_UNSURE: Final = re.compile(r"[`<>]|\$[({A-Za-z]|%\w+%|[^\x20-\x7e]")
_ASKS_ITSELF: Final = frozenset({"--version", "--help", "-V", "-h", "version", "help"})
_RELIES: Final = frozenset({"--no-build", "--no-restore"})
"""Flags that are right only after an earlier step: alone such a line would test what was built before the change."""
_NARROWS: Final = frozenset(
    {"--doc", "--no-run", "--test", "--bench", "--example", "--examples", "-run", "-k", "--testsuite", "--filter"}
    | {"--grep", "--tests", "--list", "--collect-only", "-Dtest", "-Dtest.single"}
)
"""Flags that run a part of the tests, or none."""
_ORDER: Final = tuple(CommandKind)
_RUNNERS: Final = ("make", "just", "task", "mise", "script", "poe", "pdm", "hatch", "composer", "rake", "nox", "tox")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One call of a target: by runner and name, an empty name for the runner's default."""

    runner: str
    name: str


def commands(
    targets: Iterable[TaskTarget], lines: Iterable[CiCommand], found: Iterable[Command]
) -> tuple[Command, ...]:
    """The commands of one folder, by kind and then best first, at most eight a kind.

    `lines` are those CI runs in this folder, `found` what configuration and defaults say. A target whose name would
    say more to a shell than its name is none.
    """
    known = tuple(target for target in targets if _NAME.fullmatch(target.name))[:MAX_TARGETS]
    given = tuple(lines)
    seen = _seen(known, given)
    told = tuple(found)
    made = [*_of_targets(known, seen), *_own_first(_of_lines(known, given), told), *told]
    return tuple(_limited(_merged(sorted((one for one in made if _printable(one)), key=_worth))))


def _worth(one: Command) -> tuple[int, int, int, int, int, str]:
    """The order: a target of which only the body tells what it does comes after configuration, before defaults."""
    group = 3 if one.fit >= _LAST_FIT else 2 if one.default else int(one.fit >= NOISY_FIT * _FIT_STEP)
    return (_ORDER.index(one.kind), group, int(one.rank), one.fit, len(one.line), one.line)


def _own_first(lines: Iterable[Command], told: tuple[Command, ...]) -> Iterator[Command]:
    """Put installations by other programs than the project's own last: they serve CI's tools, or documentation."""
    own = {_program(command) for command in told if command.kind is CommandKind.INSTALL}
    for line in lines:
        foreign = line.kind is CommandKind.INSTALL and own and _program(line) not in own
        yield replace(line, fit=_LAST_FIT) if foreign else line


def _program(one: Command) -> str:
    return next(iter(bare(next(simple_commands(one.line), ()))), "")


def _printable(one: Command) -> bool:
    return 0 < len(one.line) <= MAX_LENGTH and one.line.isprintable()


def _of_targets(targets: tuple[TaskTarget, ...], seen: dict[_Call, tuple[str, ...]]) -> Iterator[Command]:
    by_call = {_Call(runner=task_target.runner, name=task_target.name): task_target for task_target in targets}
    for call, target in by_call.items():
        places = seen.get(call, ())
        does = kinds_of(_bodies(target, by_call))
        if target.runner in _SYSTEM and target.name == "install" and CommandKind.INSTALL not in does:
            continue  # by GNU's convention this puts the product into the system
        for kind, fit in [(target.kind, 0)] if target.kind else uses(target.name, does):
            proven = places and fit < NOISY_FIT
            rank = Rank.TARGET_IN_CI if proven else target.rank
            fit = fit * _FIT_STEP + _preference(target.runner)
            yield Command(kind=kind, line=target.line, evidence=target.evidence, rank=rank, seen_in=places[:3], fit=fit)


def _preference(runner: str) -> int:
    return _RUNNERS.index(runner) if runner in _RUNNERS[:9] else 9


def _bodies(target: TaskTarget, by_call: dict[_Call, TaskTarget]) -> tuple[str, ...]:
    """The lines that a target runs, those of the targets it needs included, three steps deep."""
    lines: list[str] = []
    todo, done = [(target, 0)], {target.name}
    while todo and len(lines) < MAX_TARGETS:
        one, depth = todo.pop(0)
        lines.extend(one.body)
        for call in _calls(one) if depth < 3 else ():
            below = by_call.get(call)
            if below is not None and below.name not in done:
                done.add(below.name)
                todo.append((below, depth + 1))
    return tuple(lines)


def _calls(target: TaskTarget) -> Iterator[_Call]:
    yield from (_Call(runner=target.runner, name=name) for name in target.needs)
    for line in target.body:
        for words in simple_commands(line):
            yield from _called(words)


def _called(words: tuple[str, ...]) -> Iterator[_Call]:
    for stage in stages(words):
        for runner, name in called(stage):
            yield _Call(runner=runner, name=name)


def _seen(targets: tuple[TaskTarget, ...], lines: tuple[CiCommand, ...]) -> dict[_Call, tuple[str, ...]]:
    """By target, the CI lines that run it, also through other targets, or all the targets that it is made of."""
    by_call = {_Call(runner=target.runner, name=target.name): target for target in targets}
    first: dict[str, str] = {}
    for one in targets:
        first.setdefault(one.runner, one.name)
    places: dict[_Call, dict[str, None]] = defaultdict(dict)
    for line in lines:
        todo = [call for words in simple_commands(line.line) for call in _called(words)]
        done: set[_Call] = set()
        while todo:
            call = todo.pop()
            call = call if call.name else replace(call, name=first.get(call.runner, ""))
            if call in by_call and call not in done:
                done.add(call)
                places[call][line.evidence] = None
                todo.extend(_calls(by_call[call]))
    for call, one in by_call.items():
        parts = [part for part in _calls(one) if part in by_call and part != call]
        if parts and not _works(one, by_call) and call not in places and all(part in places for part in parts):
            places[call] = {place: None for part in parts for place in places[part]}
    return {call: tuple(found) for call, found in places.items()}


def _works(target: TaskTarget, by_call: dict[_Call, TaskTarget]) -> bool:
    """Whether a target's own lines run a tool, apart from calling other targets."""
    own = (words for line in target.body for words in simple_commands(line))
    return any(kind_of(words) and not any(call in by_call for call in _called(words)) for words in own)


def _of_lines(targets: tuple[TaskTarget, ...], lines: tuple[CiCommand, ...]) -> Iterator[Command]:
    by_call = {_Call(runner=target.runner, name=target.name) for target in targets}
    runners = {target.runner for target in targets}
    for ci_command in lines:
        if ci_command.noisy:
            continue
        for command in simple_commands(ci_command.line):
            words = tuple(word for word in command if word not in _RELIES)
            calls = tuple(_called(words))
            if not _ASKS_ITSELF.isdisjoint(words[1:]):
                continue
            if any(call in by_call or (not call.name and call.runner in runners) for call in calls):
                continue
            kind, fit = _of_line(words, calls)
            line = _shown(words)
            if kind is CommandKind.RUN or (kind is CommandKind.INSTALL and not _of_project(words)):
                continue  # what CI starts are its own tools
            if kind is not None and not _UNSURE.search(line) and not any("'" in word for word in words):
                yield Command(kind=kind, line=line, evidence=ci_command.evidence, rank=Rank.CI, fit=fit)


def _of_line(words: tuple[str, ...], calls: tuple[_Call, ...]) -> tuple[CommandKind | None, int]:
    kind = kind_of(words)
    if kind is not None:
        if kind is CommandKind.TEST and _narrow(bare(words)):
            return kind, _LAST_FIT
        return kind, _FIT_STEP * (bool(calls) + (made_for(words) is not kind))
    for call in calls:
        for named, fit in uses(call.name, ()) if call.runner in _RUNNERS else ():
            if fit < CONTENT_FIT:
                return named, fit * _FIT_STEP
    return None, 0


def _narrow(words: tuple[str, ...]) -> bool:
    """Whether a command names some of the tests: by a flag, or by a folder or file below another one."""
    if any(word.partition("=")[0] in _NARROWS for word in words):
        return True
    plain = (word for before, word in pairwise(words) if not word.startswith("-") and not before.startswith("-"))
    return any(len([part for part in word.split("/") if part not in ("", ".", "...")]) > 1 for word in plain)


def _of_project(words: tuple[str, ...]) -> bool:
    """Whether an installation is of all the project needs, and not of a named tool."""
    given = bare(words)
    if given[:2] == ("go", "install"):
        return False
    if given[0] not in ("pip", "npm", "pnpm", "yarn", "bun", "uv", "mise", "pre-commit") or given[1:2] == ("sync",):
        return True
    rest = given[3:] if given[:2] == ("uv", "pip") else given[2:]
    names = [word for at, word in enumerate(rest) if not word.startswith("-") and (not at or rest[at - 1][:2] != "-r")]
    return all(name.startswith(".") for name in names)


def _shown(words: tuple[str, ...]) -> str:
    return " ".join(word if re.fullmatch(r"[\w@%+=:,./$(){}*~^\[\]#!-]+", word) else f"'{word}'" for word in words)


def _merged(ordered: Iterable[Command]) -> Iterator[Command]:
    """Each command once a kind: the better of two that run the same tool in the same way."""
    best: dict[tuple[CommandKind, tuple[str, ...]], Command] = {}
    for command in ordered:
        first = next(simple_commands(command.line), ())
        key = (command.kind, bare(first))
        known = best.get(key)
        if known is None:
            best[key] = command
        elif command.evidence not in (known.evidence, *known.seen_in) and command.rank is Rank.CI:
            best[key] = replace(known, seen_in=(*known.seen_in, command.evidence)[:3])
    yield from best.values()


def _limited(ordered: Iterable[Command]) -> Iterator[Command]:
    counts: dict[CommandKind, int] = defaultdict(int)
    for command in ordered:
        counts[command.kind] += 1
        if counts[command.kind] <= MAX_ALTERNATIVES:
            yield command
