"""Renders one rule or one section as Markdown. Independent of pages and clients."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from skills_build.compile.link_index import LinkIndex
from skills_build.compile.links import LinkWriter
from skills_build.compile.sanitize import sanitized
from skills_build.compile.tables import with_rows_joined
from skills_build.frozen import dataclass
from skills_build.model.bundle import PlacedRule
from skills_build.model.links import Link
from skills_build.model.standard import DatedStatus, Form, Rule, Scope, Section, Standard, Status
from skills_build.source.hypertext import inline
from skills_build.source.words import plain_words

_LINK: Final = re.compile(
    r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:\([^()\s]*(?:\([^()\s]*\)[^()\s]*)?(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])"
)
_COMMENT: Final = re.compile(r"(?<!\s)\s*+<!--(?s:.*?)(?:-->|\Z)")
_FORCE: Final = {
    Status.ENFORCED: ("enforced (blocking)", "enforced (advisory)"),
    Status.APPROVED: ("approved (advisory)", "approved (advisory)"),
    Status.DEPRECATED: ("deprecated (not for new work)", "deprecated (not for new work)"),
}
_NO_LINKS: Final[tuple[Link, ...]] = ()
_ALL_FILES: Final = "**/*"
_SHOWN_GLOBS: Final = 3
"""The most globs of a rule in a line; a single further one is shown instead of counted."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an author's text, whole lines, and the line of the file that it starts on."""

    line: int
    text: str


def whole_body(rule: Rule) -> Stretch:
    """Return the whole body of a rule."""
    return Stretch(rule.body_line, rule.body)


class RuleRenderer:
    """Renders the rules and sections of one standard. Links to the sections in `anchors` stay links for now."""

    def __init__(self, standard: Standard, destinations: LinkIndex, anchors: frozenset[str] = frozenset()) -> None:
        self._standard = standard
        self._links = LinkWriter(standard, destinations, anchors)
        self._labels = tuple(label for label, _ in standard.definitions)
        self._has_rows = any(rule.form is Form.ROW for rule in standard.rules)

    def rule(self, placed: PlacedRule, *, depth: int, stretch: Stretch | None = None) -> str:
        """Render a rule as a heading of `depth`, a line of facts, and its body verbatim, or only a stretch of it."""
        number = f"{placed.rule.number} " if placed.rule.number else ""
        heading = f"{'#' * depth} {number}{self.statement(placed.rule)} ({placed.rule.id})"
        introduced = f"**Introduced by:** {introduction(placed.rule)}" if placed.rule.lead_in else ""
        body = self.body(placed.rule, stretch or whole_body(placed.rule), depth)
        parts = (heading, facts(placed), introduced, body, *self._footnotes(placed.rule))
        return "\n\n".join(part for part in parts if part)

    def _footnotes(self, rule: Rule) -> Iterator[str]:
        """Yield the footnotes that a rule cites, which its author defined elsewhere."""
        for note in rule.footnotes_elsewhere:
            own = [link for link in self._standard.links if note.line <= link.span.line <= note.end_line]
            yield f"[^{note.name}]: {inline(self._links.by_search(note.text, own))}"

    def demand(self, rule: Rule) -> str:
        """Render a rule's sentence with its parts and the footnotes that it cites, links rewritten."""
        text = self.statement(replace(rule, statement=demand(rule, numbers=True)) if rule.parts else rule)
        return with_footnotes(text, rule)

    def statement(self, rule: Rule) -> str:
        """Render a rule's sentence, links rewritten."""
        stop = rule.body_line or rule.end_line + 1
        own = tuple(link for link in rule.links if link.span.line < stop or not rule.body)
        text = self._links.by_search(rule.statement, own) if own else rule.statement
        return inline(_COMMENT.sub("", text) if "<!--" in text else text)

    def label(self, rule: Rule, name: str) -> str | None:
        """Render a labelled part of a rule, links rewritten; None if the rule does not have it."""
        text = rule.label(name)
        if text is None:
            return None
        text = with_footnotes(self._links.by_search(text, rule.links), rule)
        return sanitized(text, below=6, definitions=self._labels)

    def section(self, section: Section, stretch: Stretch) -> str:
        """Render a stretch of a section's text that belongs to no rule, verbatim."""
        if not stretch.text.strip():
            return ""
        kept = stretch.text.split("\n")
        inside = [link for link in self._standard.links if 0 <= link.span.line - stretch.line < len(kept)]
        own = [link for link in inside if kept[link.span.line - stretch.line].strip()]
        text = self._links.by_position(stretch.text, own, line=stretch.line)
        text = with_rows_joined(text) if self._has_rows else text
        return sanitized(text, below=min(section.depth, 5), definitions=self._labels)

    def body(self, rule: Rule, stretch: Stretch, depth: int) -> str:
        """Render a stretch of a rule's body, verbatim."""
        if rule.form is Form.ROW:
            return "\n\n".join(self._cells(rule))
        text = stretch.text
        if not text:
            return ""
        last = stretch.line + text.count("\n")
        inside = [link for link in rule.links if stretch.line <= link.span.line <= last] if rule.links else _NO_LINKS
        text = self._links.by_position(text, inside, line=stretch.line, column=rule.body_column) if inside else text
        text = with_rows_joined(text) if self._has_rows else text
        return sanitized(text, below=depth, definitions=self._labels)

    def _cells(self, rule: Rule) -> Iterator[str]:
        """Yield the cells of a table row that are not part of its sentence."""
        for label in rule.labels:
            if not has_words(rule.statement, label.text):
                yield f"**{label.name.capitalize()}:** {self._cell(label.text, rule)}"
        for title, text in rule.columns:
            yield f"**{title}:** {self._cell(text, rule)}" if title else self._cell(text, rule)

    def _cell(self, text: str, rule: Rule) -> str:
        return inline(self._links.by_search(text, rule.links))

    def columns(self, rule: Rule) -> dict[str, str] | None:
        """Render the cells of a row that have no name of ours, by the titles of their columns; None without any."""
        cells: dict[str, str] = {}
        for title, text in rule.columns:
            cells[title] = "; ".join(part for part in (cells.get(title, ""), self._cell(text, rule)) if part)
        return cells or None


def has_words(sentence: str, words: str) -> bool:
    """Return whether a sentence contains these words one after the other, as whole words."""
    return f" {' '.join(plain_words(words))} " in f" {' '.join(plain_words(sentence))} "


def facts(placed: PlacedRule) -> str:
    """Return one line on how binding a rule is and where it applies, without what its body already states."""
    force = _FORCE[placed.status][0 if placed.rule.level.binding else 1] + _later(
        placed.rule.status or placed.standard.status, placed.status
    )
    scope = Scope() if placed.rule.label("applies to") is not None else placed.scope
    parts = [f"**{placed.rule.level}**, {force}", *applicability(scope)]
    if placed.rule.stages:
        parts.append(f"Stages: {', '.join(placed.rule.stages)}")
    return ". ".join(parts) + "."


def _later(dated: DatedStatus, now: Status) -> str:
    return f", {dated.then} from {dated.on}" if dated.then and dated.on and dated.then is not now else ""


def applicability(scope: Scope) -> Iterator[str]:
    """Yield a phrase for each kind of applicability in a scope."""
    if scope.languages:
        yield f"Languages: {', '.join(scope.languages)}"
    if scope.technologies:
        yield f"Technologies: {', '.join(scope.technologies)}"
    if scope.kinds:
        yield f"Kinds: {', '.join(scope.kinds)}"
    if scope.paths:
        yield "Paths: " + ", ".join(f"`{path}`" for path in scope.paths)
    if scope.when:
        yield f"When: {scope.when.rstrip('.')}"


def demand(rule: Rule, *, numbers: bool = False) -> str:
    """Return the requirement of a rule on one line: its sentence, and its parts if the sentence ends in a colon."""
    if not rule.parts or not rule.statement.endswith(":"):
        return rule.statement
    marks = [f"{part.number} " if numbers and part.number else "" for part in rule.parts]
    texts = [part.text.rstrip(" .;,") for part in rule.parts]
    return f"{rule.statement} " + "; ".join(mark + text for mark, text in zip(marks, texts, strict=True))


def without_links(text: str) -> str:
    """Return a text with the words of its links and without comments."""
    if "[" in text:
        for _ in range(2):
            text = _LINK.sub(r"\1", text)
    return _COMMENT.sub("", text) if "<!--" in text else text


def introduction(rule: Rule) -> str:
    """Return the line that introduces the list or table of a rule, without links; the empty string if there is none."""
    return inline(without_links(rule.lead_in)) if rule.lead_in else ""


def rule_sentence(rule: Rule, *, max_length: int = 0) -> str:
    """Return a rule's sentence on one line without links; cut to `max_length` characters (0 is no limit) with `...`."""
    text = without_links(with_footnotes(demand(rule, numbers=True), rule))
    text = inline(f"{introduction(rule)} {text}" if rule.lead_in else text)
    if not max_length or len(text) <= max_length:
        return text
    return _without_open_code(text[: max_length - 4].rsplit(" ", 1)[0]) + " ..."


def with_footnotes(text: str, rule: Rule) -> str:
    """Return a sentence of a rule with the footnotes that it cites in brackets, for a line without footnotes."""
    for note in rule.footnotes if "[^" in text else ():
        text = text.replace(f"[^{note.name}]", f" ({without_links(note.text).rstrip('.')})")
    return text


def _without_open_code(text: str) -> str:
    """Remove a code span that is not closed from the end of a shortened sentence."""
    return text[: text.rindex("`")].rstrip() if text.count("`") % 2 else text


def rule_line(placed: PlacedRule, *, max_length: int = 0) -> str:
    """Format a rule as a list item with its id, and its level if the sentence does not contain it."""
    text = rule_sentence(placed.rule, max_length=max_length)
    level = "" if re.search(rf"\b{placed.rule.level}\b(?! NOT)", text) else f" ({placed.rule.level})"
    return f"- {placed.rule.id}{level}: {text}"


def always_line(placed: PlacedRule) -> str:
    """Format a rule as a self-contained list item: with the files it applies to."""
    return " ".join((rule_line(placed), *file_note(placed.scope)))


def file_note(scope: Scope) -> Iterator[str]:
    """Yield the first globs of a scope, for a line of text; nothing if it is about all files."""
    if not scope.paths or _ALL_FILES in scope.paths:
        return
    rest = len(scope.paths) - _SHOWN_GLOBS
    shown = scope.paths if rest <= 1 else scope.paths[:_SHOWN_GLOBS]
    globs = ", ".join(f"`{path}`" for path in shown)
    yield f"({globs})" if rest <= 1 else f"({globs} and {rest} more)"
