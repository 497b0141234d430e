"""Converts a document of any dialect to the canonical format without changing its wording.

Marks of rules get a keyword and an id, front matter becomes canonical. All other lines are kept. Front matter without a
canonical key is kept in a comment.
"""

import json
import re
from collections.abc import Sequence
from typing import Final

from skills_build.model.standard import CANONICAL, Audience, DatedStatus, Form, Standard
from skills_build.source.attributes import anchor_ids, without_attributes
from skills_build.source.convert_examples import example_edits
from skills_build.source.convert_labels import label_edits
from skills_build.source.convert_marks import Edit, MarkWriter
from skills_build.source.document import Block, Document

_HTML_ANCHOR: Final = re.compile(r"<a\s[^<>]*?\b(?:id|name)\s*=\s*[\"'][^\"'<>]+[\"'][^<>]*>(?:\s*</a>)?")
_REVIEW: Final = re.compile(r"[1-9][0-9]? (?:day|week|month|year)s?")


def convert_standard(
    document: Document, standard: Standard, *, domain: str, owner: str | None = None, notes: Sequence[str] = ()
) -> str:
    """Return a document as a canonical standard. `standard` is the standard of the document, with canonical ids.

    `notes` become comments in the front matter.
    """
    body = _Page(document, standard).text().strip("\n")
    return f"{_front_matter(document, standard, domain, owner, notes)}\n{body}\n"


def _front_matter(document: Document, standard: Standard, domain: str, owner: str | None, notes: Sequence[str]) -> str:
    rows = _facts(standard, domain, owner)
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in rows.items() if value]
    lines += _scope(standard)
    return "\n".join(["---", *(f"# {note}" for note in notes), *lines, "---", "", *_other_keys(document, rows)])


def _facts(standard: Standard, domain: str, owner: str | None) -> dict[str, str | list[str] | None]:
    reviewed = standard.reviewed if re.fullmatch(r"\d{4}-\d\d-\d\d", standard.reviewed or "") else None
    every = standard.review_every if _REVIEW.fullmatch(standard.review_every or "") else None
    source = standard.source if re.fullmatch(r"https?://[^\s<>\"]+", standard.source or "") else None
    skill = standard.skill if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", standard.skill or "") else None
    return {
        "id": standard.id,
        "title": standard.title[:120],
        "domain": domain,
        "status": _status(standard.status),
        "owner": standard.owner or owner,
        "reviewed": reviewed,
        "review_every": every,
        "source": source,
        "skill": skill,
        "stages": list(standard.stages),
        "decided_by": list(standard.decided_by),
        "audience": standard.audience if standard.audience is not Audience.CODE else None,
    }


def _status(status: DatedStatus) -> str:
    dated = f", {status.then.value} from {status.on}" if status.then and status.on else ""
    return f"{status.status.value}{dated}"


def _scope(standard: Standard) -> list[str]:
    scope = standard.scope
    kinds = (
        ("languages", scope.languages),
        ("technologies", scope.technologies),
        ("kinds", scope.kinds),
        ("paths", scope.paths),
    )
    lines = [f"  {key}: {json.dumps(list(values), ensure_ascii=False)}" for key, values in kinds if values]
    lines += [f"  when: {json.dumps(scope.when, ensure_ascii=False)}"] if scope.when else []
    return ["applies_to:", *lines] if lines else []


def _other_keys(document: Document, rows: dict[str, str | list[str] | None]) -> list[str]:
    """Return the keys of the old front matter that the new one does not have as they were, as a comment."""
    if document.front.last < 2:
        return []
    old = document.raw.split("\n")[1 : document.front.last - 1]
    kept = [line for line in old if line.strip() and not _is_kept(line, rows)]
    safe = "\n".join(kept).replace("--", "- -").replace("codexc:", "codexc :")
    return ["<!-- from the front matter of the original:", safe, "-->", ""] if kept else []


def _is_kept(line: str, rows: dict[str, str | list[str] | None]) -> bool:
    key, _, value = line.partition(":")
    return bool(value.strip()) and rows.get(key) == value.strip().strip("\"'")


class _Page:
    """The text of a document during editing."""

    def __init__(self, document: Document, standard: Standard) -> None:
        self._lines = document.lines
        self._headings = [b for b in document.walk() if b.kind == "heading" and b.inline]
        self._standard = standard
        self._marks = MarkWriter(document, standard)
        foreign = standard.dialect != CANONICAL
        self._parts = (*label_edits(document, standard), *example_edits(document, standard)) if foreign else ()
        self._deeper = any(
            rule.form is Form.DOCUMENT or (rule.form is Form.HEADING and self._depth_of(rule.span.line) == 1)
            for rule in standard.rules
        )

    def text(self) -> str:
        """Return the edited text."""
        edits = {edit.first: edit for edit in self._parts}
        edits |= {edit.first: edit for edit in self._marks.edits()}
        for heading in self._headings:
            edited = edits.get(heading.first)
            if edited is None and (new := self._heading(heading)) is not None:
                edits[heading.first] = Edit(heading.first, heading.last, new)
            elif edited is not None and (anchors := self._anchors(heading)):
                edits[heading.first] = Edit(edited.first, edited.last, (*anchors, *edited.lines))
        result: list[str] = []
        number = 1
        while number <= len(self._lines):
            edit = edits.get(number)
            new = edit.lines if edit else (self._lines[number - 1],)
            result += [self._marks.indented(line, number) for line in new]
            number = edit.last + 1 if edit else number + 1
        return "\n".join(result)

    def _depth_of(self, line: int) -> int:
        return next((b.depth for b in self._headings if b.first <= line <= b.last), 0)

    def _heading(self, heading: Block) -> tuple[str, ...] | None:
        """Return the lines of a heading that is not a rule; None if it is unchanged.

        It moves one level down where a rule needs the level above, and its attribute list becomes an anchor.
        """
        assert heading.inline is not None
        moves = self._deeper and heading.depth >= 2
        text = heading.inline.text.replace("\n", " ").strip()
        named = anchor_ids(text)
        if not moves and not (named and without_attributes(text) != text):
            return None
        depth = heading.depth + moves
        title = without_attributes(text)
        written = f"{'#' * depth} {title}" if depth <= 6 else f"**{title}**"
        return (*(f'<a id="{id_}"></a>' for id_ in named), written)

    def _anchors(self, heading: Block) -> tuple[str, ...]:
        """Return the anchors of a heading that is a rule, as far as its sentence does not contain them."""
        assert heading.inline is not None
        text = heading.inline.text
        rule = next((r for r in self._standard.rules if heading.first <= r.span.line <= heading.last), None)
        sentence = rule.statement if rule else ""
        written = tuple(m[0] for m in _HTML_ANCHOR.finditer(text) if m[0] not in sentence)
        closed = tuple(tag if tag.endswith("</a>") else f"{tag}</a>" for tag in written)
        return (*closed, *(f'<a id="{id_}"></a>' for id_ in anchor_ids(text)))
