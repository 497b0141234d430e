"""Repairs tables whose rows became rules: the rest is joined, and a head without rows is dropped."""

import re
from collections.abc import Sequence
from typing import Final

_DELIMITER: Final = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")


def without_empty_tables(text: str) -> str:
    """Drop the head of a table whose rows all became rules; join remaining rows to their head."""
    lines = text.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if not _is_table_head(lines, at):
            kept.append(lines[at])
            at += 1
            continue
        rows, at = _rows(lines, at + 2)
        kept.extend([*lines[at - len(rows[1]) - 2 : at - len(rows[1])], *rows[0]] if rows[0] else [])
    return "\n".join(kept)


def _rows(lines: Sequence[str], start: int) -> tuple[tuple[list[str], list[str]], int]:
    """Return the rows from `start` on without gaps, all lines read, and the line after them."""
    at = start
    last = start
    while at < len(lines) and (not lines[at].strip() or lines[at].lstrip().startswith("|")):
        at += 1
        if lines[at - 1].strip():
            last = at
    passed = list(lines[start:last])
    return ([line for line in passed if line.strip()], passed), last


def _is_table_head(lines: Sequence[str], at: int) -> bool:
    return (
        at + 1 < len(lines)
        and "|" in lines[at]
        and "|" in lines[at + 1]
        and bool(_DELIMITER.match(lines[at + 1]))
        and (at + 2 >= len(lines) or not lines[at + 2].strip())
    )
