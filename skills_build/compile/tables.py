"""Repairs tables whose rows became rules, and pads the columns of tables as formatters do."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import Final

from skills_build.source.markdown import parse_markdown

_PIPE: Final = re.compile(r"(?<!\\)\|")
_DELIMITER: Final = re.compile(r"^[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*\|?[ \t]*$")

_MARK: Final = r"(?:[ \t]*(?:[-*+]|\d{1,9}[.)])(?=[ \t]))"
"""The mark of a list item."""


def with_rows_joined(text: str) -> str:
    """Join the remaining rows of a table, some of whose rows became rules, to their head."""
    lines = text.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if not _is_table_head(lines, at):
            kept.append(lines[at])
            at += 1
            continue
        rows, at = _rows(lines, at + 2)
        kept.extend([*lines[at - len(rows[1]) - 2 : at - len(rows[1])], *rows[0]])
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
    """Return whether a table without rows starts at a line."""
    return (
        at + 1 < len(lines)
        and "|" in lines[at]
        and "|" in lines[at + 1]
        and bool(_DELIMITER.match(lines[at + 1]))
        and (at + 2 >= len(lines) or not lines[at + 2].strip())
    )


def aligned_tables(text: str) -> str:
    """Pad the cells of each table to the width of its column, so that prettier and mdformat have nothing to change.

    Lines are neither added nor removed.
    """
    lines = text.split("\n")
    if not any("|" in above and _DELIMITER.match(line) for above, line in pairwise(lines)):
        return text
    for top in parse_markdown(lines).blocks:
        blocks = list(top.walk())
        items = Counter(block.first for block in blocks if block.kind == "item")
        for block in blocks:
            rows = lines[block.first - 1 : block.last]
            if block.kind == "table" and not any(row.lstrip().startswith(">") for row in rows):
                lines[block.first - 1 : block.last] = _aligned(rows, items[block.first])
    return "\n".join(lines)


def _aligned(rows: Sequence[str], marks: int) -> list[str]:
    """Return the rows of a table. The first one follows the marks of that many list items."""
    starts = [re.match(rf"{_MARK}{{{marks if number == 0 else 0}}}[ \t]*", row) for number, row in enumerate(rows)]
    indents = [start[0] if start else "" for start in starts]
    head, delimiters, *body = (_cells(row[len(indent) :]) for row, indent in zip(rows, indents, strict=True))
    if len(head) != len(delimiters) or re.match(_MARK, rows[0][len(indents[0]) :]):  # a mark ends a table above it
        return list(rows)
    columns = list(zip_longest(head, *(cells[: len(head)] for cells in body), fillvalue=""))
    widths = [max(3, *map(_width, column)) for column in columns]
    sides = [(cell.startswith(":"), cell.endswith(":")) for cell in delimiters]
    dashes = [_delimiter(width, *side) for width, side in zip(widths, sides, strict=True)]
    padded = [
        [_padded(cell, width, *side) for cell, width, side in zip(row, widths, sides, strict=True)]
        for row in zip(*columns, strict=True)
    ]
    lines = (padded[0], dashes, *padded[1:])
    return [f"{indent}| {' | '.join(cells)} |" for indent, cells in zip(indents, lines, strict=True)]


def _cells(row: str) -> list[str]:
    """Split a row at its pipes; an escaped one is part of a cell, also in code."""
    words = row.strip().removeprefix("|")
    words = words[:-1] if words.endswith("|") and not words.endswith("\\|") else words
    return [cell.strip() for cell in _PIPE.split(words)]


def _delimiter(width: int, left: bool, right: bool) -> str:
    return f"{':' if left else ''}{'-' * (width - left - right)}{':' if right else ''}"


def _padded(cell: str, width: int, left: bool, right: bool) -> str:
    free = width - _width(cell)
    before = free if right and not left else free // 2 if right else 0
    return f"{' ' * before}{cell}{' ' * (free - before)}"


def _width(text: str) -> int:
    """Return the columns that a text takes: wide characters take two, combining ones none (UAX #11)."""
    if text.isascii():
        return len(text)
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
        if not unicodedata.combining(character) and unicodedata.category(character) != "Cf"
    )
