"""Cursor's reviewer, Bugbot: a block in `.cursor/BUGBOT.md`, which it reads (https://cursor.com/docs/bugbot)."""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.projection import (
    ALL_FILES,
    INTRODUCTION,
    HostText,
    Projected,
    RepositoryRules,
    by_files,
    fitting,
    joined_lines,
    left_out,
)

HOSTS: Final = (".cursor/BUGBOT.md",)
"""Files of the repository itself in which this target has a block."""


def project(repository: RepositoryRules) -> Iterator[Projected]:
    """Yield the page: one list for all files, then one for each kind of files."""
    shown = fitting(repository.rules)
    parts = [f"## {repository.title}", INTRODUCTION]
    for globs, rules in sorted(by_files(shown).items(), key=lambda row: (row[0] != ALL_FILES, row[0])):
        if globs != ALL_FILES:
            parts.append("### " + ", ".join(f"`{glob}`" for glob in globs))
        parts.append(joined_lines(rules))
    yield HostText(path=HOSTS[0], text="\n\n".join(parts))
    yield from left_out("bugbot", len(repository.rules) - len(shown))
