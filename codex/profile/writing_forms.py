"""Derives the command that formats from the one that checks the format: `cargo fmt --check` proves `cargo fmt`."""

from typing import Final

from codex.profile.ci_commands import rendered
from codex.profile.model import CommandKind
from codex.profile.shell_lines import simple_commands, unwrapped
from codex.profile.target_names import purposes
from codex.profile.tools import CHECK_FLAGS, SHORT_CHECK_FLAGS, primary_kind

_TASKS: Final = {
    "spotlessCheck": "spotlessApply",
    "spotless:check": "spotless:apply",
    "ktlintCheck": "ktlintFormat",
    "scalafmtCheckAll": "scalafmtAll",
    "scalafmtCheck": "scalafmt",
    "fmt:check": "fmt:format",
}
"""Tasks that check, and those of the same tool that write."""
_WRITE: Final = {
    "prettier": "--write",
    "gofmt": "-w",
    "gofumpt": "-w",
    "goimports": "-w",
    "shfmt": "-w",
    "clang-format": "-i",
}
_DROPPED: Final = frozenset({"-Werror", "--Werror", "--diff", "-v", "--verbose", "--color"})


def writing_form(line: str) -> str | None:
    """Return the command that rewrites what a line checks; None if the line checks no format, or does more."""
    commands = tuple(simple_commands(line))
    if len(commands) != 1:
        return None
    words = commands[0]
    if any(word in _TASKS for word in words):
        return rendered(tuple(_TASKS.get(word, word) for word in words))
    if primary_kind(words) is not CommandKind.FORMAT and not _is_formatting_task(words):
        return None
    program = unwrapped(words)[0]
    dropped = CHECK_FLAGS | _DROPPED | set(SHORT_CHECK_FLAGS.get(program, ()))
    kept = tuple(word for word in words if word.partition("=")[0] not in dropped)
    if program in _WRITE:
        at = len(words) - len(unwrapped(words)) + 1
        kept = (*kept[:at], _WRITE[program], *kept[at:])
    return rendered(kept[:-1] if kept[-1] == "--" else kept)


def _is_formatting_task(words: tuple[str, ...]) -> bool:
    """Return whether a command checks the format by a task of the repository: `cargo xtask format --check`."""
    return (
        words[:2] == ("cargo", "xtask")
        and any(kind is CommandKind.FORMAT for word in words[2:3] for kind, _ in purposes(word, ()))
        and not CHECK_FLAGS.isdisjoint(words)
    )
