"""Findings about labels: those that are not read as such, are given twice, or are not where their rule is."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix
from skills_build.model.accounting import CONFIGURED
from skills_build.model.standard import ONE_VALUE, Form, Label
from skills_build.source.candidates import visible_text
from skills_build.source.dialect import LABEL_COLUMNS
from skills_build.source.document import Block, Inline
from skills_build.source.label_words import ALONE
from skills_build.source.labels import Lead, leads
from skills_build.source.marks import Mark
from skills_build.source.near_labels import Unread, near_label
from skills_build.source.similar import negated
from skills_build.source.values import STATUS_WORDS, day_named, is_month_or_day, status_problem

_OF_RULES: Final = (ALONE | {"when", "alias"}) - {"why"}
"""Labels that mean nothing outside a rule."""
_NAMES: Final = {name: name for name in (*_OF_RULES, "why", "how", "check", "see", "use", "bad", "good")}
_IN_BRACKETS: Final = re.compile(r"(?<=\w)\s*\([^()]*\)\Z")
"""What follows a value in brackets: a remark, or the id of a rule."""
_NO_COLUMNS: Final = {
    "withdrawn": "write `withdrawn` in a `Status` column",
    "use instead": "write the id in a `See` column, and `withdrawn` in a `Status` column",
}
"""Labels that are no columns, and what to write in place of the column."""
_CHOICE_COLUMNS: Final = frozenset({"if you need", "use", "level", "id"})
"""The columns that a table of choices has; of two with one title, only one is read."""
_INNER: Final = (Form.LIST_ITEM, Form.ROW)
_FRONT_MATTER: Final = {
    "status": "status:",
    "applies to": "applies_to:",
    "change": "change:",
    "decided by": "decided_by:",
    "audience": "audience:",
}


def unread_findings(found: Sequence[Unread], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each lead that looks like a label and is not read as one."""
    for one in found:
        value = one.inline.text[one.lead.end :].split("\n")[0].strip().rstrip(".")
        if one.nested:
            yield from _nested(one.lead, one.inline, path, value)
        elif one.lead.near and not _is_prose(one.lead, value):
            yield _misread(one.lead, one.inline, path, value)


def _is_prose(lead: Lead, value: str) -> bool:
    """Return whether a word without emphasis is only the start of a sentence, such as `Status: 404`."""
    assert lead.near is not None
    meant = lead.near.meant
    return (
        lead.near.plain and meant in ("status", "withdrawn", "change", "audience") and not _changes_status(meant, value)
    )


def _changes_status(name: str, value: str) -> bool:
    """Return whether a label and its value give a rule another status."""
    value = _IN_BRACKETS.sub("", value)
    if name == "status":
        problem = status_problem(value)
        return problem is None or problem.suggestion is not None or negated(value, STATUS_WORDS) is not None
    return name == "withdrawn" and (is_month_or_day(value[:7]) or bool(day_named(value)))


def _misread(lead: Lead, inline: Inline, path: str, value: str) -> Finding:
    near = lead.near
    assert near is not None
    span = inline.span(lead.start, lead.end)
    written = inline.text[lead.start : lead.end].strip()
    ships_wrong = near.sets_status or _changes_status(near.meant, value)
    help_ = near.help or (f"write `{near.write}`" if near.exact else f"did you mean `{near.write}`?")
    message = f"`{written}` is not read as a label" if near.exact else f"`{written}` is not a label"
    if near.inside:
        message = f"`{written}` in the middle of a line is not read as a label"
    edit = Edit(span=span, text=near.write)
    fix = Fix(title=f"write `{near.write}`", edits=(edit,), unsafe=ships_wrong or not near.sure)
    return Finding(
        code="CX040" if ships_wrong else "CX017",
        message=message,
        path=path,
        span=span,
        help=help_,
        fix=fix if near.write and near.closed else None,
    )


def _nested(lead: Lead, inline: Inline, path: str, value: str) -> Iterator[Finding]:
    """Yield a finding for a label in a list item or a quote, where labels are not read."""
    near = lead.near
    excepts = bool(near and near.meant == "except" and value)
    name = lead.name or (near.meant if near and (near.exact or excepts) else "")
    if not name or (near and near.plain and not excepts and not _changes_status(name, value)):
        return
    yield Finding(
        code="CX040" if _changes_status(name, value) else "CX017",
        message=f"`{inline.text[lead.start : lead.end].strip()}` in a list or quote is not read as a label",
        path=path,
        span=inline.span(lead.start, lead.end),
        help=f"start a paragraph with `**{name.capitalize()}:**`, outside the list or quote",
    )


def repeated_findings(labels: Sequence[Label], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each label of a rule that cannot be joined with the one before it.

    These are labels of one value, and scopes with other keys: whether one of them or all must match is not clear.
    """
    seen: dict[str, Label] = {}
    for label in labels:
        first = seen.setdefault(label.name, label)
        if first is label or (label.name not in ONE_VALUE and not _other_keys(first, label)):
            continue
        name = label.name.capitalize()
        help_ = f"remove this label, or the label on line {first.span.line}"
        if label.name == "applies to":
            help_ = "write all keys on one line; all of them must match: `languages: go; paths: cmd/**`"
        message = f"`{name}` is duplicated"
        yield Finding(code="CX055", message=message, path=path, span=label.span, help=help_)


def _other_keys(first: Label, second: Label) -> bool:
    one, two = ({*re.findall(r"(?<!\w)(\w++)\s*+:", label.text.lower())} for label in (first, second))
    return first.name == "applies to" and one != two


def misplaced_findings(
    blocks: Sequence[Block], marks: Sequence[Mark], owner: Sequence[int], *, path: str
) -> Iterator[Finding]:
    """Yield a finding for each label that belongs to no rule, or to another one than the rule above it.

    `owner` has the rule of each line of the file, as an index of `marks`, or a negative number.
    """
    finder = _Misplaced(marks, owner, path)
    for block in blocks:
        yield from finder.findings(block)


class _Misplaced:
    """Finds the labels of one file that are not where their rule is, block by block."""

    def __init__(self, marks: Sequence[Mark], owner: Sequence[int], path: str) -> None:
        self._marks = marks
        self._owner = owner
        self._path = path
        self._above: Mark | None = None
        """The last rule that is a list item or row, up to the next heading."""
        self._adjacent = False
        self._by_line = {mark.candidate.first: mark for mark in marks if mark.candidate.form in _INNER}

    def findings(self, block: Block) -> Iterator[Finding]:
        """Yield the findings in the next of the outermost blocks."""
        if block.kind == "heading":
            self._above = None
        elif block.kind in ("list", "table"):
            yield from self._outside(block)
            yield from self._columns(block)
            inner = [self._by_line[one.first] for one in block.walk() if one.first in self._by_line]
            self._above, self._adjacent = (inner[-1], True) if inner else (self._above, False)
        elif block.kind == "paragraph" and block.inline and self._above:
            yield from self._below(block, self._above)
        else:
            yield from self._outside(block)
            self._adjacent = False

    def _columns(self, table: Block) -> Iterator[Finding]:
        """Yield the columns of a table of choices that are not read as the labels they look like."""
        rows = [row for row in table.children if row.first in self._by_line] if table.kind == "table" else []
        head = next((row for row in table.children if row.info == "head"), None) if rows else None
        taken = (
            {visible_text(cell.inline.text).strip(" :").lower() for cell in head.children if cell.inline}
            if head
            else ()
        )
        seen: set[str] = set()
        for place, cell in enumerate(head.children if head else ()):
            title = visible_text(cell.inline.text).strip(" :") if cell.inline else ""
            values = [_cell_text(row, place) for row in rows]
            problem = _column_problem(title, values, taken, seen)
            if cell.inline and problem:
                code, message, help_ = problem
                span = cell.inline.span(0, len(cell.inline.text))
                yield Finding(code=code, message=message, path=self._path, span=span, help=help_)
            seen.add(title.lower())

    def _below(self, block: Block, above: Mark) -> Iterator[Finding]:
        """Yield the findings in a paragraph below a list or table of rules."""
        assert block.inline is not None
        found = leads(block.inline.text, _NAMES)
        owner = self._owner[block.first]
        reader = f"read for `{self._marks[owner].id}`" if owner >= 0 else "not part of a rule"
        for lead in found:
            if self._adjacent or lead.name in _OF_RULES:
                message = f"`{_written(lead, block.inline)}` below `{above.id}` is {reader}"
                code = "CX054" if lead.name in _OF_RULES else "CX017"
                yield self._finding(code, message, lead, block.inline, self._where(above, lead, owner))
        self._adjacent = self._adjacent and bool(found)

    def _where(self, above: Mark, lead: Lead, owner: int) -> str:
        kind = "table" if above.candidate.form is Form.ROW else "list"
        if kind == "table":
            own = f"add a `{str(lead.name).capitalize()}` column to the table for `{above.id}`"
        else:
            own = f"indent the label by {above.candidate.column - 1} spaces to make it part of `{above.id}`"
        return f"{own}, or move the label above the {kind} for `{self._marks[owner].id}`" if owner >= 0 else own

    def _outside(self, block: Block) -> Iterator[Finding]:
        """Yield the findings in a block whose text belongs to no rule."""
        for one in block.walk():
            owner = self._owner[one.first]
            if one.kind != "paragraph" or one.inline is None or owner >= 0 or owner == CONFIGURED:
                continue
            for lead in leads(one.inline.text, _NAMES):
                if lead.name in _OF_RULES:
                    value = one.inline.text[lead.end :].split("\n")[0].strip().rstrip(".")
                    code = "CX040" if _changes_status(lead.name, value) else "CX017"
                    message = f"`{_written(lead, one.inline)}` is not part of a rule, so it is not read as a label"
                    help_ = "move the label below the heading of a rule, or indent it below a list item that is a rule"
                    if lead.name in _FRONT_MATTER:
                        help_ += f"; for all rules in the file, write `{_FRONT_MATTER[lead.name]}` in the front matter"
                    yield self._finding(code, message, lead, one.inline, help_)

    def _finding(self, code: str, message: str, lead: Lead, inline: Inline, help_: str) -> Finding:
        span = inline.span(lead.start, lead.end)
        return Finding(code=code, message=message, path=self._path, span=span, help=help_)


def _cell_text(row: Block, place: int) -> str:
    inline = row.children[place].inline if place < len(row.children) else None
    return visible_text(inline.text) if inline else ""


def _column_problem(
    title: str, values: Sequence[str], taken: Collection[str], seen: Collection[str]
) -> tuple[str, str, str] | None:
    """Return code, message and help for a column of a table of choices that is not read although it is a label.

    `values` are its cells, `taken` the titles of all columns, `seen` those of the columns before it.
    """
    name = title.lower()
    if name in LABEL_COLUMNS or name in _CHOICE_COLUMNS:
        return ("CX055", f"column `{title}` is duplicated", "remove or rename the column") if name in seen else None
    meant = near_label(name)
    if meant not in (*LABEL_COLUMNS, *_NO_COLUMNS) or (meant in taken and meant != name):
        return None
    code = "CX040" if any(_changes_status(meant, value) for value in values) else "CX017"
    if meant in _NO_COLUMNS:
        return code, f"column `{title}` is not read", _NO_COLUMNS[meant]
    written = meant.capitalize()
    return code, f"column `{title}` is not read as `{written}`", f"rename the column to `{written}`"


def _written(lead: Lead, inline: Inline) -> str:
    return inline.text[lead.start : lead.end].strip()
