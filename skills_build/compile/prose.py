"""The Markdown of one rule or one section, as any reader of the output gets it. Knows no page and no client."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from skills_build.compile.link_index import LinkIndex
from skills_build.compile.links import LinkWriter
from skills_build.compile.sanitize import sanitized
from skills_build.compile.tables import without_empty_tables
from skills_build.model.bundle import PlacedRule
from skills_build.model.standard import DatedStatus, Form, Link, Rule, Scope, Section, Standard, Status
from skills_build.source.hypertext import inline

_LINK: Final = re.compile(
    r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:\([^()\s]*(?:\([^()\s]*\)[^()\s]*)?(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])"
)
_COMMENT: Final = re.compile(r"\s*<!--.*?(?:-->|$)")
_FORCE: Final = {
    Status.ENFORCED: ("enforced (blocking)", "enforced (advisory)"),
    Status.APPROVED: ("approved (advisory)", "approved (advisory)"),
    Status.DEPRECATED: ("deprecated (not for new work)", "deprecated (not for new work)"),
}
_NO_LINKS: Final[tuple[Link, ...]] = ()


class Prose:
    """Writes the rules and sections of one standard. `anchors` are the sections that links may still jump to."""

    def __init__(self, standard: Standard, destinations: LinkIndex, anchors: frozenset[str] = frozenset()) -> None:
        self._standard = standard
        self._links = LinkWriter(standard, destinations, anchors)
        self._labels = tuple(label for label, _ in standard.definitions)

    def rule(self, one: PlacedRule, *, depth: int) -> str:
        """A rule as a heading of `depth`, a line of facts, and its body word for word."""
        pieces = (f"{'#' * depth} {self.statement(one.rule)} ({one.rule.id})", facts(one), self._body(one.rule, depth))
        return "\n\n".join(piece for piece in pieces if piece)

    def demand(self, rule: Rule) -> str:
        """A rule's sentence with its parts, links rewritten."""
        return self.statement(replace(rule, statement=demand(rule))) if rule.parts else self.statement(rule)

    def statement(self, rule: Rule) -> str:
        """A rule's sentence, its links rewritten."""
        stop = rule.body_line or rule.end_line + 1
        own = tuple(link for link in rule.links if link.span.line < stop or not rule.body)
        text = self._links.quoted(rule.statement, own) if own else rule.statement
        return inline(_COMMENT.sub("", text) if "<!--" in text else text)

    def label(self, rule: Rule, name: str) -> str | None:
        """A labelled part of a rule, its links rewritten; None where the rule has none."""
        text = rule.label(name)
        if text is None:
            return None
        return sanitized(self._links.quoted(text, rule.links), below=6, definitions=self._labels)

    def section(self, section: Section) -> str:
        """The text of a section that belongs to no rule, word for word."""
        if not section.text.strip():
            return ""
        last = section.line + section.text.count("\n")
        inside = [link for link in self._standard.links if section.line <= link.span.line <= last]
        kept = section.text.split("\n")
        own = [link for link in inside if kept[link.span.line - section.line].strip()]
        text = self._links.placed(section.text, own, line=section.line)
        if any(rule.form is Form.ROW for rule in self._standard.rules):
            text = without_empty_tables(text)
        return sanitized(text, below=min(section.depth, 5), definitions=self._labels)

    def _body(self, rule: Rule, depth: int) -> str:
        if rule.form is Form.ROW:
            return "\n\n".join(self._cells(rule))
        body = rule.body
        if not body:
            return ""
        inside = [link for link in rule.links if link.span.line >= rule.body_line] if rule.links else _NO_LINKS
        text = self._links.placed(body, inside, line=rule.body_line, column=rule.body_column) if inside else body
        return sanitized(text, below=depth, definitions=self._labels)

    def _cells(self, rule: Rule) -> Iterator[str]:
        """What a row says beyond its sentence."""
        for label in rule.labels:
            if label.text not in rule.statement:
                yield f"**{label.name.capitalize()}:** {inline(self._links.quoted(label.text, rule.links))}"


def facts(one: PlacedRule) -> str:
    """One line on how binding a rule is and where it applies; what its body says already is not repeated."""
    force = _FORCE[one.status][0 if one.rule.level.binding else 1] + _later(
        one.rule.status or one.standard.status, one.status
    )
    scope = Scope() if one.rule.label("applies to") is not None else one.scope
    said = [f"**{one.rule.level}**, {force}", *applicability(scope)]
    if one.rule.stages:
        said.append(f"Stages: {', '.join(one.rule.stages)}")
    return ". ".join(said) + "."


def _later(dated: DatedStatus, now: Status) -> str:
    return f", {dated.then} from {dated.on}" if dated.then and dated.on and dated.then is not now else ""


def applicability(scope: Scope) -> Iterator[str]:
    """Yield a phrase for each kind of applicability that is given."""
    if scope.languages:
        yield f"Languages: {', '.join(scope.languages)}"
    if scope.technologies:
        yield f"Technologies: {', '.join(scope.technologies)}"
    if scope.paths:
        yield "Paths: " + ", ".join(f"`{path}`" for path in scope.paths)
    if scope.when:
        yield f"When: {scope.when.rstrip('.')}"


def demand(rule: Rule) -> str:
    """All that a rule asks for, on one line: its sentence, and the parts of one that ends in a colon."""
    if not rule.parts or not rule.statement.endswith(":"):
        return rule.statement
    return f"{rule.statement} " + "; ".join(part.text.rstrip(" .;,") for part in rule.parts)


def rule_sentence(rule: Rule, *, most: int = 0) -> str:
    """A rule's sentence for a list: no links, on one line. Longer than `most` characters, it ends in `...`."""
    text = demand(rule)
    if "[" in text:
        for _ in range(2):
            text = _LINK.sub(r"\1", text)
    if "<!--" in text:
        text = _COMMENT.sub("", text)
    text = inline(text)
    if not most or len(text) <= most:
        return text
    return _balanced(text[: most - 4].rsplit(" ", 1)[0]) + " ..."


def _balanced(text: str) -> str:
    """A shortened sentence without a code span that is open at its end."""
    return text[: text.rindex("`")].rstrip() if text.count("`") % 2 else text


def rule_line(one: PlacedRule, *, most: int = 0) -> str:
    """A rule as a list item that names its id, and its level where the sentence does not."""
    text = rule_sentence(one.rule, most=most)
    level = "" if re.search(rf"\b{one.rule.level}\b(?! NOT)", text) else f" ({one.rule.level})"
    return f"- {one.rule.id}{level}: {text}"


def always_line(one: PlacedRule) -> str:
    """A rule as a list item for readers who have no more than it: with the files it is about."""
    paths = ", ".join(f"`{path}`" for path in one.scope.paths)
    return rule_line(one) + (f" ({paths})" if paths else "")


def table_cell(text: str) -> str:
    """Text as it may stand in a table's cell."""
    return re.sub(r"\s+", " ", text.replace("\\|", "|").replace("|", "\\|")).strip()
