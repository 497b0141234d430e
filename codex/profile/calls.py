"""Which targets commands call, and which CI steps run a target: directly, through another target, or by its parts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from codex.profile.model import CiCommand, CommandKind, TaskTarget
from codex.profile.runners import called_targets
from codex.profile.shell_lines import simple_commands, stages
from codex.profile.tools import has_effect, matched_tool
from skills_build.frozen import dataclass

FILE: Final = "file"
"""The runner of executable scripts: their name is their path."""
MAX_LINES: Final = 400
MAX_TARGETS: Final = 100
MAX_EXPRESSIONS: Final = 50
"""Maximum number of calls with an expression of CI that are matched with all targets."""
MAX_SAME: Final = 8
_SHELLS: Final = ("sh", "bash", "zsh", ".", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a target: by runner and name, an empty name for the runner's default."""

    runner: str
    name: str


Targets = Mapping[Call, TaskTarget]


def targets_by_call(targets: tuple[TaskTarget, ...]) -> Targets:
    """Return targets by the call that runs each."""
    return {Call(runner=target.runner, name=target.name): target for target in targets}


def calls_of_command(words: tuple[str, ...]) -> Iterator[Call]:
    """Yield the targets that a simple command calls, also through wrappers such as `uv run`."""
    for word in words[1:2] if words[:1] and words[0] in _SHELLS else words[:1]:
        if "/" in word or word.endswith(".sh"):
            yield Call(runner=FILE, name=word.removeprefix("./"))
    for stage in stages(words):
        for runner, name in called_targets(stage):
            yield Call(runner=runner, name=name)


def calls_of_target(target: TaskTarget) -> Iterator[Call]:
    """Yield the targets that a target runs."""
    yield from (Call(runner=target.runner, name=name) for name in target.needs)
    for line in target.body:
        for words in simple_commands(line):
            yield from calls_of_command(words)


def expanded_body(target: TaskTarget, by_call: Targets) -> tuple[str, ...]:
    """Return the lines that a target runs, including those of the targets it calls, three levels deep.

    Variables that a call of make sets are replaced: `make style FLAGS=--check`. Arguments of a script are added to its
    last line: `yarn eslint --fix`.
    """
    lines: list[str] = []
    pending, visited = [(target, 0)], {target.name}
    values: dict[Call, dict[str, str]] = {}
    arguments: dict[Call, str] = {}
    while pending and len(lines) < MAX_LINES and len(visited) < MAX_TARGETS:
        current, depth = pending.pop(0)
        own_values = values.get(Call(runner=current.runner, name=current.name), {})
        own_arguments = arguments.get(Call(runner=current.runner, name=current.name), "")
        body = (*current.body[:-1], f"{current.body[-1]}{own_arguments}") if current.body else ()
        lines.extend(_with_values(line, own_values) for line in body)
        values.update(_values_by_call(current))
        arguments.update(_arguments_by_call(replace(current, body=body)))
        for call in calls_of_target(current) if depth < 3 else ():
            callee = by_call.get(call)
            if callee is not None and callee.name not in visited:
                visited.add(callee.name)
                pending.append((callee, depth + 1))
    return tuple(lines)


def _values_by_call(target: TaskTarget) -> Iterator[tuple[Call, dict[str, str]]]:
    """Yield the variables that the lines of a target of make set for the targets they call."""
    for line in target.body if target.runner == "make" else ():
        for words in simple_commands(line) if "=" in line else ():
            pairs = (word.partition("=") for word in words if "=" in word and not word.startswith("-"))
            values = {name: value for name, _, value in pairs}
            if values:
                yield from ((call, values) for call in calls_of_command(words))


def _arguments_by_call(target: TaskTarget) -> Iterator[tuple[Call, str]]:
    """Yield what the lines of a script of package.json append to the last line of the scripts they call."""
    for line in target.body if target.runner == "script" else ():
        for words in simple_commands(line):
            for call in calls_of_command(words):
                added = words[words.index(call.name) + 1 :] if call.name in words else ()
                plain = [word for word in added if word != "--" and not set(word) & set(" '\"$`;&|")]
                if plain:
                    yield call, f" {' '.join(plain)}"


def _with_values(line: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        line = line.replace(f"$({name})", value).replace(f"${{{name}}}", value)
    return line


def without_calls(lines: tuple[str, ...], by_call: Targets) -> tuple[str, ...]:
    """Return the lines that do more than call other targets."""
    return tuple(line for line in lines if _does_more(line, by_call))


def _does_more(line: str, by_call: Targets) -> bool:
    return any(
        has_effect(words) and not any(call in by_call for call in calls_of_command(words))
        for words in simple_commands(line)
    )


def ci_evidence(by_call: Targets, lines: tuple[CiCommand, ...]) -> dict[Call, tuple[str, ...]]:
    """Return the CI steps that run each target: directly, through another target, or by all of its parts."""
    default_names: dict[str, str] = {}
    for call in by_call:
        default_names.setdefault(call.runner, call.name)
        if call.name == "default" and call.runner in ("rake", "task"):
            default_names[call.runner] = call.name
    steps: dict[Call, dict[str, None]] = defaultdict(dict)
    by_line, expressions = _by_only_line(by_call), 0
    for line in lines:
        pending = [*by_line.get(line.line, ())]
        pending += [
            call
            for words in simple_commands(line.line)
            for call in calls_of_command(words)
            if call.runner != FILE or not has_argument(words)
        ]
        visited: set[Call] = set()
        while pending:
            call = pending.pop()
            if "${{" in call.name:
                expressions += 1
                pending.extend(_matching(call, by_call) if expressions <= MAX_EXPRESSIONS else ())
                continue
            call = call if call.name else replace(call, name=default_names.get(call.runner, ""))
            if call in by_call and call not in visited:
                visited.add(call)
                steps[call][line.evidence] = None
                pending.extend(calls_of_target(by_call[call]))
    for call, target in by_call.items():
        parts = [part for part in calls_of_target(target) if part in by_call and part != call]
        if call.name == "test" and not parts:
            parts = _siblings_in_ci(call, by_call, steps)
        elif not runs_only_targets(target, by_call):
            continue
        if parts and call not in steps and all(part in steps for part in parts):
            steps[call] = {step: None for part in parts for step in steps[part]}
    return {call: tuple(evidence) for call, evidence in steps.items()}


def _by_only_line(by_call: Targets) -> dict[str, list[Call]]:
    """Return the targets whose body is one line, by that line: CI counts as running them if it runs the same line."""
    by_line: dict[str, list[Call]] = defaultdict(list)
    for call, target in by_call.items():
        if len(target.body) == 1 and not target.needs and len(by_line[target.body[0]]) < MAX_SAME:
            by_line[target.body[0]].append(call)
    return by_line


def _matching(call: Call, by_call: Targets) -> Iterator[Call]:
    """Yield the targets that a name with an expression of CI can stand for: `test:${{ matrix.group }}`."""
    start, end = call.name.partition("${{")[0], call.name.rpartition("}}")[2]
    if start:
        yield from (
            one
            for one in by_call
            if one.runner == call.runner and one.name.startswith(start) and one.name.endswith(end)
        )


def _siblings_in_ci(call: Call, by_call: Targets, steps: Mapping[Call, object]) -> list[Call]:
    """Return the targets that test a part with the tool of `test`, if CI runs several: `test:app` and `test:server`."""
    tools, starts = _test_tools(by_call[call]), (f"{call.name}:", f"{call.name}-")
    named = (one for one in steps if one.runner == call.runner and one.name.startswith(starts))
    parts = [one for one in named if tools and _test_tools(by_call[one]) == tools]
    return parts if len(parts) > 1 else []


def _test_tools(target: TaskTarget) -> set[tuple[str, ...]]:
    matches = (matched_tool(words) for line in target.body for words in simple_commands(line))
    return {match[0] for match in matches if match is not None and match[1] is CommandKind.TEST}


def has_argument(words: tuple[str, ...]) -> bool:
    """Return whether a script gets an argument: `ci/run.sh build` shows nothing about `ci/run.sh`."""
    arguments = words[2 if words[0] in _SHELLS else 1 :]
    return any(not word.startswith(("-", "$", ">", "2>")) for word in arguments)


def runs_only_targets(target: TaskTarget, by_call: Targets) -> bool:
    """Return whether a target's own lines run nothing but other targets."""
    return not any(_does_more(line, by_call) for line in target.body)
