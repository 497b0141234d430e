"""Finds tables that look like tables of choices but are not read as such, and rows of other tables that give an id."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Span
from skills_build.model.non_rules import NearMiss
from skills_build.source.candidates import visible_text
from skills_build.source.document import Block, Inline
from skills_build.source.id_marks import IdForms
from skills_build.source.levels import level_named, read_levels

COLUMNS: Final = ("If you need", "Use", "Instead of", "Level", "Id")
_LIKE: Final = {
    "If you need": r"(?:if|when|for)\b.*|need|you need|you want|problem|situation|use case|case",
    "Use": r"use|do|choose|prefer|choice|solution|recommended",
    "Instead of": r"instead(?: of)?|not|avoid|rather than",
    "Level": r"level|keyword|severity|requirement level|strength|must/should",
    "Id": r"ids?|rule(?: |-)?ids?|no\.?|number|nr\.?|#|ref(?:erence)?",
}


_ID_TITLE: Final = re.compile(
    r"ids?|(?:rule|req|requirement)s?(?: |-)?(?:ids?|no\.?|number)?|no\.?|number|nr\.?|#", re.I
)
"""The title of a column that has the ids of the rows themselves, not of what they refer to."""
_LEGEND: Final = re.compile(r"meaning|definition|description of|means|explanation|interpretation|semantic", re.I)
"""A word in the head of a table that explains the levels."""


def table_misses(table: Block, forms: IdForms, read: frozenset[int]) -> Iterator[NearMiss]:
    """Yield the near-misses of a table. `read` are the lines of rows that are read or already reported."""
    head = next((row for row in table.children if row.info == "head"), None)
    body = [row for row in table.children if row.info == "body"]
    if head is None or any(row.first in read for row in body):
        return
    if body and not any(_titles(head)) and _looks_like_choices(body[0]):
        yield NearMiss(
            code="CX034",
            message="the header row of this table is empty: the column titles are in the row below it",
            span=_row_span(body[0]),
            help="delete the empty row, and move the row with the titles above `| --- |`",
        )
        return
    cells = [inline for row in body if (inline := _id_cell(row, forms)) and _says_level(row)]
    id_columns = [place for place, title in enumerate(_titles(head)) if _ID_TITLE.fullmatch(title)]
    own = {id(row.children[place].inline) for row in body for place in id_columns if place < len(row.children)}
    for inline in cells:
        written = visible_text(inline.text)
        yield NearMiss(
            code="CX034",
            message=f"the row contains a level and the id `{written}`, but the table is not a table of choices",
            span=inline.span(0, len(inline.text)),
            id=written,
            help=_help(head),
            cites=True,
            set_apart=id(inline) in own,
        )
    if cells:
        return
    if _looks_like_choices(head) and any(_level_cell(row) for row in body):
        yield NearMiss(
            code="CX034",
            message="table looks like a table of choices, but is not read as one",
            span=_row_span(head),
            help=_help(head),
        )
    elif found := _with_levels(head, body):
        row, word = found
        yield NearMiss(
            code="CX034",
            message=f"the row has the level {word} but no rule id, so it is not a rule",
            span=_row_span(row),
            help=_help(head),
        )


def _with_levels(head: Block, body: Sequence[Block]) -> tuple[Block, str] | None:
    """Return the first row that requires something by a level in a cell of its own, and that level.

    It is in a column of levels. A table that explains the levels, or says which fields are REQUIRED, has none.
    """
    if any(_LEGEND.search(title) for title in _titles(head)):
        return None
    for place in range(len(head.children)):
        levels = [(row, level) for row in body if (level := _level_in(row, place))]
        named = [level for _, level in levels]
        legend = place == 0 and len({*named}) == len(named)
        binding = next(((row, level) for row, level in levels if level.startswith(("MUST", "SHALL", "SHOULD"))), None)
        if binding and not legend and 2 * len(levels) > len(body):
            return binding
    return None


def _level_in(row: Block, place: int) -> str:
    """Return the upper-case level that a cell of a row is."""
    inline = row.children[place].inline if place < len(row.children) else None
    text = visible_text(inline.text) if inline else ""
    return text if text.isupper() and level_named(text) else ""


def _help(head: Block) -> str:
    """Return which columns are missing, and which of the table's columns may be meant."""
    titles = _titles(head)
    known = {column.casefold() for column in titles}
    missing = [column for column in COLUMNS if column.casefold() not in known and column != "Instead of"]
    renamed = [
        f"`{title}` to `{column}`"
        for column in missing
        for title in titles
        if title.casefold() not in {c.casefold() for c in COLUMNS} and re.fullmatch(_LIKE[column], title, re.IGNORECASE)
    ]
    wanted = "its columns are " + ", ".join(f"`{column}`" for column in COLUMNS)
    if renamed and len(renamed) == len(missing):
        return f"rename {' and '.join(renamed)}"
    lacking = ", ".join(f"`{column}`" for column in missing)
    columns = "columns" if len(missing) > 1 else "column"
    return f"add the {columns} {lacking}: {wanted}; or write list items that end with an id, such as `({{id}})`"


def _titles(head: Block) -> list[str]:
    return [visible_text(cell.inline.text).strip(" .:") if cell.inline else "" for cell in head.children]


def _looks_like_choices(head: Block) -> bool:
    """Return whether at least two columns have the titles of a table of choices, one of them `Level` or `Id`."""
    titles = {title.casefold() for title in _titles(head)}
    named = {column for column in COLUMNS if column.casefold() in titles}
    return len(named) >= 2 and bool(named & {"Level", "Id"})


def _id_cell(row: Block, forms: IdForms) -> Inline | None:
    """Return the text of the cell of a row that holds nothing but an id."""
    pattern = re.compile(rf"[(\[{{]?{forms.loose}[)\]}}]?")
    inlines = (cell.inline for cell in row.children if cell.inline)
    return next((inline for inline in inlines if pattern.fullmatch(visible_text(inline.text))), None)


def _level_cell(row: Block) -> bool:
    return any(cell.inline and level_named(visible_text(cell.inline.text)) for cell in row.children)


def _says_level(row: Block) -> bool:
    return any(
        cell.inline and read_levels(cell.inline.text, cell.inline.plain) for cell in row.children
    ) or _level_cell(row)


def _row_span(row: Block) -> Span:
    first, last = row.children[0].inline, row.children[-1].inline
    if first is None or last is None:
        return Span(row.first, 1, row.last, 1)
    start, end = first.span(0, 0), last.span(0, len(last.text))
    return Span(start.line, start.column, end.end_line, end.end_column)
