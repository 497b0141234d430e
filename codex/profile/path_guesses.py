"""Replaces the guess that a type checker takes the whole folder by the paths that a target gives it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from codex.profile.model import Command, CommandKind, TaskTarget
from codex.profile.shell_lines import simple_commands, unwrapped


def with_own_paths(configured: Iterable[Command], targets: tuple[TaskTarget, ...]) -> Iterator[Command]:
    """Yield commands, `mypy .` as a target calls it: `mypy src` in `scripts/lint.sh` is what a repository checks.

    If targets give it paths that cannot be read (`mypy $SOURCES`), the guess is left out.
    """
    for command in configured:
        if command.kind is not CommandKind.TYPECHECK or not command.line.endswith("mypy ."):
            yield command
            continue
        calls = list(_calls_of_mypy(targets))
        if not calls:
            yield command
        for target, words in [call for call in calls if all(map(_is_plain, call[1]))][:1]:
            line = " ".join((command.line.removesuffix("mypy ."), *words)).replace("  ", " ").strip()
            yield replace(command, line=line, evidence=target.evidence)


def _calls_of_mypy(targets: Iterable[TaskTarget]) -> Iterator[tuple[TaskTarget, tuple[str, ...]]]:
    for target in targets:
        for line in target.body:
            for words in map(unwrapped, simple_commands(line) if "mypy" in line else ()):
                if words[:1] == ("mypy",):
                    yield target, words


def _is_plain(word: str) -> bool:
    return word.isascii() and word.isprintable() and not any(character in " $`'\"*{};<>" for character in word)
