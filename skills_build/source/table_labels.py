"""Finds labels in the tables of a rule, where they are not read."""

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Final

from skills_build.source.candidates import visible_text
from skills_build.source.document import Block
from skills_build.source.labels import Lead, NearLabel
from skills_build.source.near_labels import Unread

_IN_CELL: Final = frozenset({"why", "except", "applies to", "withdrawn", "use instead"})
"""Labels that are no usual titles of rows."""


def labels_in_table(table: Block, others: Container[int], leads: Callable[[str], Sequence[Lead]]) -> Iterator[Unread]:
    """Yield the labels at the start of rows: a paragraph directly below a table is a row of it.

    `others` are lines that belong to other rules; `leads` finds the labels in a text.
    """
    for row in table.children:
        first = row.children[0].inline if row.children else None
        if first is None or row.first in others:
            continue
        rest = [cell.inline.text.strip() if cell.inline else "" for cell in row.children[1:]]
        help_ = "start a paragraph with `{}` below the table" if any(rest) else "leave an empty line above the label"
        found = leads(first.text)
        title = visible_text(first.text).strip(" :").lower()
        name = found[0].name or (found[0].near.meant if found[0].near else "") if found else ""
        if not name and title in _IN_CELL and len(rest) == 1 and any(rest):
            name, found = title, (Lead(0, len(first.text)),)
        if name and not found[0].start:
            near = NearLabel(meant=name, help=help_.format(f"**{name.capitalize()}:**"), exact=True)
            yield Unread(lead=Lead(0, found[0].end, near=near), inline=first)
