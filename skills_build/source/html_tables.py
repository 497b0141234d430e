"""Lays out the cells of an HTML table as a Markdown table, which has no cells that span rows or columns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from skills_build.frozen import dataclass

_WIDEST: Final = 100
"""Maximum number of columns for spans; browsers allow 1,000 per cell, which no reader needs."""
_REPEATED: Final = 20_000
"""Maximum number of characters for repeated cells in a table. Further cells with spans are written once."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of a cell, and the number of columns and rows that it spans; 0 rows are all that follow."""

    text: str
    columns: int = 1
    rows: int = 1


@dataclass(slots=True)
class Row:
    """The cells of a row as written, and whether all are header cells."""

    head: bool
    cells: list[Cell]
    value: int | None = None
    """The number that an item of a list gives itself."""


def cell_of(text: str, attributes: Mapping[str, str]) -> Cell:
    """Return a cell with the spans in its attributes (HTML Living Standard, 4.9.11)."""
    columns = min(max(_number(attributes.get("colspan", "")), 1), _WIDEST)
    return Cell(text, columns, _number(attributes.get("rowspan", "")) if "rowspan" in attributes else 1)


def markdown_table(rows: Sequence[Row]) -> str:
    """Return a Markdown table in which every cell is in its column.

    The text of a cell that spans several is repeated in each, except in a row that is one cell.
    """
    if not rows:
        return ""
    grid = _grid(rows)
    width = max(len(cells) for cells in grid)
    full = [[*cells, *[""] * (width - len(cells))] for cells in grid]
    head = full[0] if rows[0].head else [""] * width
    body = full[1:] if rows[0].head else full
    return "\n".join(_row(cells) for cells in (head, ["---"] * width, *body))


def _grid(rows: Sequence[Row]) -> list[list[str]]:
    """Return the texts of each row by column."""
    grid: list[list[str]] = []
    spanning: dict[int, tuple[int, str]] = {}
    budget = _REPEATED
    for row in rows:
        line: list[str] = []
        below: dict[int, tuple[int, str]] = {}
        for cell in row.cells:
            budget = _fill(line, spanning, below, budget)
            text = cell.text
            for number in range(min(cell.columns, max(_WIDEST - len(line), 1))):
                if number:
                    text = "" if len(row.cells) == 1 or len(cell.text) > budget else cell.text
                    budget -= len(text)
                if cell.rows != 1 and len(line) < _WIDEST:
                    below[len(line)] = (cell.rows - 1, cell.text)
                line.append(text)
        budget = _fill(line, spanning, below, budget, to_end=True)
        spanning = below
        grid.append(_without_empty_end(line) if len(row.cells) == 1 else line)
    return grid


def _fill(
    line: list[str],
    spanning: dict[int, tuple[int, str]],
    below: dict[int, tuple[int, str]],
    budget: int,
    *,
    to_end: bool = False,
) -> int:
    """Add to a row the cells of rows above that span it, up to the next free column; return the remaining budget."""
    last = max(spanning, default=0) if to_end else 0
    while len(line) in spanning or len(line) < last:
        left, text = spanning.get(len(line), (1, ""))
        if left != 1:
            below[len(line)] = (left - 1, text)
        shown = text if len(text) <= budget else ""
        budget -= len(shown)
        line.append(shown)
    return budget


def _without_empty_end(line: list[str]) -> list[str]:
    """Return a row that is one wide cell without the empty cells after it."""
    end = len(line)
    while end > 1 and not line[end - 1]:
        end -= 1
    return line[:end]


def _number(text: str) -> int:
    """Return the number at the start of an attribute; 1 if there is none."""
    digits = ""
    for letter in text.strip()[:6]:
        if not ("0" <= letter <= "9"):
            break
        digits += letter
    return int(digits) if digits else 1


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
