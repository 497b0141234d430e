"""Writes the labels of rules in canonical form: `**Why:**` for the name that another dialect has for it."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from skills_build.model.standard import Form, Label, Standard
from skills_build.source.convert_marks import Edit
from skills_build.source.document import Block, Document

_PARAGRAPH: Final = re.compile(r"\s{0,3}(?![-*+>#|`~<]\s|#|`{3}|~{3}|\||<|\d{1,9}[.)]\s)\S")


def label_edits(document: Document, standard: Standard) -> Iterator[Edit]:
    """Yield the edit of each label that is written in another way; a heading becomes the label of the text below it."""
    headings = {b.first: b for b in document.walk() if b.kind == "heading"}
    for rule in standard.rules:
        for label in rule.labels if rule.form is not Form.ROW else ():
            edit = _edit(label, document.lines, headings)
            if edit is not None:
                yield edit


def _edit(label: Label, lines: tuple[str, ...], headings: Mapping[int, Block]) -> Edit | None:
    number = label.span.line
    line, start = lines[number - 1], label.span.column - 1
    name = f"**{label.name.capitalize()}:**"
    heading = headings.get(number)
    if heading is not None:
        below = next((n for n in range(heading.last, len(lines)) if lines[n].strip()), None)
        if below is not None and below + 1 not in headings and _PARAGRAPH.match(lines[below]):
            return Edit(heading.first, below + 1, (f"{name} {lines[below].strip()}",))
        return Edit(heading.first, heading.last, (name,))
    first = label.text.split("\n")[0].strip()
    if label.span.end_line > number or not line[label.span.end_column - 1 :].strip():
        first = ""  # its text begins on the next line or in the next block
    at = line.find(first, start + 1) if first else len(line)
    written = line[start:at] if at >= 0 else ""
    if not written or (written.replace("*", "").strip().casefold() == f"{label.name}:" and "**" in written):
        return None
    if not 0 <= start < len(line) or not re.search(r"\w", written):
        return None
    return Edit(number, number, (f"{line[:start]}{name}{' ' if first else ''}{line[at:]}",))
