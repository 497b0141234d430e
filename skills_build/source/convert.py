"""Converts a document of any dialect to the canonical format without changing its wording.

The text is edited in place: marks of rules get a keyword and an id, front matter becomes canonical, links follow the
headings that changed. All other lines are kept. Front matter without a canonical key is kept in a comment.
"""

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from skills_build.model.standard import Form, Rule, Standard
from skills_build.source.candidates import visible_text
from skills_build.source.document import Block, Document
from skills_build.source.levels import read_levels

CANONICAL_ID: Final = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?")
_KEPT: Final = frozenset({"id", "title", "status", "owner", "reviewed", "domain", "source", "skill"})


def with_canonical_ids(standards: Sequence[Standard]) -> tuple[Standard, ...]:
    """Give every rule a canonical id that starts with the id of its standard. The old id is kept as the slug."""
    return tuple(_renamed(standard) for standard in standards)


def _renamed(standard: Standard) -> Standard:
    prefix = re.sub(r"[^A-Z0-9]+", "-", standard.id.upper()).strip("-")
    taken = {r.id for r in standard.rules if _fits(r.id, prefix)}
    number, rules = 0, []
    for rule in standard.rules:
        if _fits(rule.id, prefix):
            rules.append(rule)
            continue
        number += 1
        while f"{prefix}-{number}" in taken:
            number += 1
        rules.append(replace(rule, id=f"{prefix}-{number}", slug=rule.id.lower() if rule.id_written else rule.slug))
    return replace(standard, id=prefix, rules=tuple(rules))


def _fits(id_: str, prefix: str) -> bool:
    return id_.startswith(f"{prefix}-") and bool(CANONICAL_ID.fullmatch(id_))


def convert_standard(document: Document, standard: Standard, *, domain: str, owner: str | None = None) -> str:
    """Return a document as a canonical standard. `standard` is the standard of the document, with canonical ids."""
    page = _Page(document, standard)
    page.mark(standard.rules)
    body = page.text().strip("\n")
    return f"{_front_matter(document, standard, domain, owner)}\n{body}\n"


def _front_matter(document: Document, standard: Standard, domain: str, owner: str | None) -> str:
    reviewed = standard.reviewed if re.fullmatch(r"\d{4}-\d\d-\d\d", standard.reviewed or "") else None
    rows = {
        "id": standard.id,
        "title": standard.title[:120],
        "domain": domain,
        "status": standard.status.status.value,
        "owner": standard.owner or owner,
        "reviewed": reviewed,
    }
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in rows.items() if value]
    scope = standard.scope
    if scope.languages or scope.technologies or scope.paths:
        lines.append("applies_to:")
        kinds = (("languages", scope.languages), ("technologies", scope.technologies), ("paths", scope.paths))
        lines += [f"  {key}: {json.dumps(list(values))}" for key, values in kinds if values]
    return "\n".join(["---", *lines, "---", "", *_other_keys(document)])


def _other_keys(document: Document) -> list[str]:
    """Return the keys of the old front matter that have no canonical key, as a comment."""
    if document.front.last < 2:
        return []
    old = document.raw.split("\n")[1 : document.front.last - 1]
    kept = [line for line in old if line.split(":")[0].strip() not in _KEPT and line.strip()]
    safe = "\n".join(kept).replace("--", "- -")
    return ["<!-- from the front matter of the original:", safe, "-->", ""] if kept else []


class _Page:
    """The lines of a document during editing, from the last rule to the first so that places stay valid."""

    def __init__(self, document: Document, standard: Standard) -> None:
        self._lines = list(document.lines)
        self._blocks = tuple(document.walk())
        self._standard = standard
        self._deeper = any(rule.form is Form.DOCUMENT for rule in standard.rules)
        if self._deeper:
            self._shift_headings()

    def text(self) -> str:
        """Return the edited text."""
        return "\n".join(self._lines)

    def mark(self, rules: Sequence[Rule]) -> None:
        """Write the marks of rules in canonical form. The rows of a table are written together."""
        kinds = {Form.HEADING: self._heading, Form.LIST_ITEM: self._item, Form.DOCUMENT: self._document}
        for rule in sorted(rules, key=lambda r: r.span, reverse=True):
            if rule.form is not Form.ROW:
                kinds.get(rule.form, self._paragraph)(rule)
                continue
            table = self._block(rule, "table")
            own = [r for r in rules if r.form is Form.ROW and table.first <= r.span.line <= table.last]
            if rule is own[-1]:
                self._table(table, own)

    def _heading(self, rule: Rule) -> None:
        block = self._block(rule, "heading")
        marks = "#" * min(max(block.depth, 2), 6)
        self._lines[block.first - 1 : block.last] = [f"{marks} {statement(rule)} ({rule.id})"]

    def _document(self, rule: Rule) -> None:
        block = self._block(rule, "heading")
        title = self._lines[block.first - 1 : block.last]
        self._lines[block.first - 1 : block.last] = [*title, "", f"## {statement(rule)} ({rule.id})"]

    def _item(self, rule: Rule) -> None:
        block = self._block(rule, "paragraph")
        lead = self._lines[block.first - 1][: block.column - 1]
        self._lines[block.first - 1 : block.last] = [f"{lead}{statement(rule)} ({rule.id})"]

    def _paragraph(self, rule: Rule) -> None:
        """Turn a paragraph into a list item, and its body into the content of the item."""
        assert rule.mark is not None
        first, last = rule.mark.line, rule.mark.end_line
        before = self._lines[first - 1][: rule.mark.column - 1]
        after = self._lines[last - 1][rule.mark.end_column - 1 :].strip()
        body = range(max(rule.body_line, last + 1), rule.end_line + 1) if rule.body else range(0)
        for number in body:
            if self._lines[number - 1].strip():
                self._lines[number - 1] = "  " + self._lines[number - 1]
        item = f"- {statement(rule)} ({rule.id})"
        kept = [before.rstrip(), ""] if before.strip(" >") else []
        self._lines[first - 1 : last] = [*kept, item, *([after] if after else [])]

    def _table(self, table: Block, rules: Sequence[Rule]) -> None:
        """Turn rows that are rules into list items below their table. A table without other rows is removed."""
        head = next(row for row in table.children if row.info == "head")
        titles = [_words(cell) for cell in head.children]
        by_line = {rule.span.line: rule for rule in rules}
        items: list[str] = []
        for row in table.children:
            if row.first in by_line:
                items += ["", *_row_item(by_line[row.first], titles, row)]
        others = [row for row in table.children if row.info == "body" and row.first not in by_line]
        lines = range(table.first, table.last + 1) if others else range(0)
        kept = [self._lines[n - 1] for n in lines if n not in by_line]
        self._lines[table.first - 1 : table.last] = [*kept, *items]

    def _shift_headings(self) -> None:
        """Move every heading below the title one level down, to make room for the heading of the rule."""
        for block in self._blocks:
            if block.kind == "heading" and block.depth >= 2 and block.inline:
                line = self._lines[block.first - 1].lstrip()
                if line.startswith("#"):
                    self._lines[block.first - 1] = "#" + line if block.depth < 6 else line

    def _block(self, rule: Rule, kind: str) -> Block:
        return next(b for b in self._blocks if b.kind == kind and b.first <= rule.span.line <= b.last)


def statement(rule: Rule) -> str:
    """Return the statement of a rule with its level as the first keyword; a missing level is put in front."""
    text, level = rule.statement, next(iter(read_levels(rule.statement)), None)
    if level is None or level.level is not rule.level:
        text = f"{rule.level.value}: {text}"
    elif text[level.start : level.end] == level.word and (level.synonym or not level.usual):
        text = f"{text[: level.start]}{rule.level.value}{text[level.end :]}"
    return re.sub(r"\s+", " ", text).strip()


def _words(cell: Block) -> str:
    return visible_text(cell.inline.text) if cell.inline else ""


def _row_item(rule: Rule, titles: Sequence[str], row: Block) -> list[str]:
    """Return a row as a list item, followed by the cells that are not in its statement with their column titles."""
    lines = [f"- {statement(rule)} ({rule.id})"]
    for title, cell in zip(titles, row.children, strict=False):
        text = cell.inline.text.strip() if cell.inline else ""
        if text and text not in rule.statement and visible_text(text) not in (rule.id, rule.level.value):
            lines += ["", f"  {title}: {text}"]
    return lines


def moved_anchors(old: Standard, new: Standard) -> Mapping[str, str]:
    """Return the new fragment of each rule heading by its old fragment."""
    pairs = zip(old.rules, new.rules, strict=False)
    return {o.anchor: n.anchor for o, n in pairs if o.form is Form.HEADING and o.anchor != n.anchor}


def relinked(document: Document, moved: Mapping[str, Mapping[str, str]]) -> str:
    """Return the text of a converted document with its links updated to the new fragments of headings.

    `moved` maps a file's path to its moved fragments, as `moved_anchors` gives them.
    """
    lines = document.raw.split("\n")
    for link in sorted(document.standard.links, key=lambda k: k.span, reverse=True):
        file, mark, fragment = link.target.partition("#")
        if not mark or link.reference is not None or "://" in file:
            continue
        path = (
            posixpath.normpath(posixpath.join(posixpath.dirname(document.path), unquote(file)))
            if file
            else document.path
        )
        new_fragments = moved.get(path, {})
        new_fragment = new_fragments.get(fragment) or new_fragments.get(unquote(fragment))
        line = lines[link.span.line - 1]
        start, end = link.span.column - 1, link.span.end_column - 1
        if new_fragment and link.span.line == link.span.end_line and line[start:end] == link.target:
            lines[link.span.line - 1] = f"{line[:start]}{file}#{new_fragment}{line[end:]}"
    return "\n".join(lines)
