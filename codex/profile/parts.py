"""Which targets do a part of the work of a kind: those that another target gathers, and siblings that none gathers."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from codex.profile.calls import Call, Targets, calls_of_target, expanded_body, runs_only_targets
from codex.profile.model import CommandKind, TaskTarget
from codex.profile.shell_lines import simple_commands, unwrapped
from codex.profile.target_names import (
    CLOSE_FIT,
    CONTENT_FIT,
    KIND_BY_WORD,
    OTHER_FIT,
    PLAIN_FIT,
    QUALIFIED_FIT,
    UNCONFIRMED_FIT,
    VARIANT_FIT,
    name_tokens,
)
from codex.profile.tools import is_mixed, is_named_after_tool, keeps_watching, kinds_of
from skills_build.frozen import dataclass

_GATHERED: Final = frozenset({CommandKind.LINT, CommandKind.FORMAT, CommandKind.TYPECHECK, CommandKind.GENERATE})
_ASSET_SERVERS: Final = frozenset(
    {"vite", "webpack", "webpack-dev-server", "encore", "esbuild", "rollup", "parcel", "gulp"}
)
_INTERPRETERS: Final = frozenset({"node", "bun"})
_BUILT: Final = re.compile(r"(?:\./)?(?:build|dist|out|lib|\.output)/")
"""Folders that a build makes: `node dist/main.js`."""
_SHELLS: Final = frozenset({"sh", "bash", "zsh", "ash"})
_LASTING_WORDS: Final = frozenset(
    {"serve", "start", "watch", "dev-server", "-w", "--serve", "--servedir", "--hot", "-s"}
)
"""Words with which a builder keeps running: `webpack serve`, `tsc -w`."""
_WHOLE_WORDS: Final = frozenset({"all", "code", "everything"})

_WHOLES: Final = {
    "test": CommandKind.TEST,
    "lint": CommandKind.LINT,
    "format": CommandKind.FORMAT,
    "fmt": CommandKind.FORMAT,
}

Part = tuple[Call, CommandKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How the targets of a folder share the work: those that gather several, their parts, and lone generators."""

    gatherers: frozenset[Part]
    gathered: frozenset[Part]
    generators: frozenset[Call]


def parts_of_work(by_call: Targets) -> Work:
    """Return how the targets of a folder share the work."""
    whole = _gatherers(by_call)
    return Work(
        gatherers=frozenset(whole),
        gathered=frozenset((call, kind) for (_, kind), parts in whole.items() for call in parts),
        generators=_lone_generators(by_call),
    )


def parts_of_whole(by_call: Targets) -> set[Part]:
    """Return the targets that one called `test` or `lint` calls: each does a part of it, even if CI runs only that."""
    return {
        (part, _WHOLES[call.name])
        for call, target in by_call.items()
        if call.name in _WHOLES
        for part in calls_of_target(target)
        if part in by_call and part.name != call.name
    }


def fit_of_part(part: Part, fit: int, target: TaskTarget, work: Work) -> int:
    """Return how well a target fits its kind, given that it may do all or a part of the work."""
    call, kind = part
    if kind is CommandKind.GENERATE and call in work.generators:
        return OTHER_FIT
    if fit == CONTENT_FIT and (part in work.gatherers or is_named_after_tool(target.name, target.body)):
        return QUALIFIED_FIT
    return max(fit, UNCONFIRMED_FIT) if part in work.gathered and fit > PLAIN_FIT else fit


def fit_of_start(call: Call, fit: int, body: tuple[str, ...], by_call: Targets, *, has_server: bool) -> int:
    """Return how well a target starts the product.

    A script `start` next to `dev` serves what a build made, and so does a program in a folder of builds. Next to a
    server in another language (`has_server`), a target that only serves assets is a part of it. One that starts several
    others starts the whole.
    """
    commands = [unwrapped(words) for line in body for words in _commands(line)]
    if has_server and commands and all(words[0] in _ASSET_SERVERS for words in commands):
        return OTHER_FIT
    if commands and all(words[0] == "docker" and words[-1].rpartition("/")[2] in _SHELLS for words in commands):
        return OTHER_FIT
    if kinds_of(body) == (CommandKind.BUILD,) and _ends(body, commands):
        return OTHER_FIT
    if len(list(filter(_is_start, _called(by_call[call], by_call)))) > 1:
        return min(fit, CLOSE_FIT)
    if CommandKind.BUILD not in kinds_of(body) and any(map(_runs_build, commands)):
        return max(fit, VARIANT_FIT)
    has_dev = call.runner == "script" and call.name == "start" and replace(call, name="dev") in by_call
    return max(fit, QUALIFIED_FIT) if has_dev else fit


def _commands(line: str) -> Iterator[tuple[str, ...]]:
    """Yield the commands of a line, and those that one runs side by side: `concurrently "node a.js" "vite"`."""
    for words in simple_commands(line):
        inner = [word for word in words if " " in word] if "concurrently" in words[:4] else []
        if not inner:
            yield words
        for text in inner:
            yield from simple_commands(text)


def _ends(body: tuple[str, ...], commands: list[tuple[str, ...]]) -> bool:
    """Return whether a body only builds, and neither watches nor serves."""
    is_lasting = any(not _LASTING_WORDS.isdisjoint(words) for words in commands)
    return not is_lasting and not keeps_watching(body) and not is_mixed(body)


def _runs_build(words: tuple[str, ...]) -> bool:
    """Return whether a command runs a program in a folder that a build makes."""
    file = next((word for word in words[1:] if not word.startswith("-")), "")
    return words[0] in _INTERPRETERS and _BUILT.match(file) is not None


def _is_start(call: Call) -> bool:
    return any(KIND_BY_WORD.get(word) is CommandKind.RUN for word in name_tokens(call.name))


def _gatherers(by_call: Targets) -> dict[Part, frozenset[Call]]:
    """Return the targets without lines of their own that gather several of one kind, each with what it gathers.

    An example is `static: phpstan cs-check`.
    """
    return {
        (call, kind): parts
        for call, target in by_call.items()
        if len(parts := _called(target, by_call)) > 1 and runs_only_targets(target, by_call)
        for kind in _only_kind(target, by_call)
    }


def _called(target: TaskTarget, by_call: Targets) -> frozenset[Call]:
    return frozenset(call for call in calls_of_target(target) if call in by_call and call.name != target.name)


def _only_kind(target: TaskTarget, by_call: Targets) -> Iterator[CommandKind]:
    kinds = [kind for kind in kinds_of(expanded_body(target, by_call)) if kind is not CommandKind.INSTALL]
    if len(kinds) == 1 and kinds[0] in _GATHERED:
        yield kinds[0]


def _lone_generators(by_call: Targets) -> frozenset[Call]:
    """Return the generators of one runner that differ by what they generate, if none generates all.

    Where there is also `generate-icons`, `generate-api` does only a part of the work.
    """
    by_runner: dict[str, list[tuple[Call, list[str]]]] = defaultdict(list)
    for call in by_call:
        tokens = name_tokens(call.name)
        if any(KIND_BY_WORD.get(token) is CommandKind.GENERATE for token in tokens):
            by_runner[call.runner].append((call, tokens))
    return frozenset(
        call
        for named in by_runner.values()
        if len(named) > 1 and not any(_generates_all(tokens) for _, tokens in named)
        for call, _ in named
    )


def _generates_all(tokens: list[str]) -> bool:
    return all(KIND_BY_WORD.get(token) is CommandKind.GENERATE or token in _WHOLE_WORDS for token in tokens)
