"""The prose of rules for lints: text without code, and the place of a word in the file."""

from typing import Final

from skills_build.diagnostics import Span
from skills_build.model.standard import Rule
from skills_build.source.document import Document
from skills_build.source.rendered import prose

statement_prose: Final = prose
"""Returns a text of the same length with spaces for code, tags and link targets."""


def word_place(document: Document, rule: Rule, word: str) -> Span:
    """Return the place of a word in the statement of a rule; the whole statement if it is not found."""
    for number in range(rule.span.line, rule.span.end_line + 1):
        start = rule.span.column - 1 if number == rule.span.line else 0
        at = document.lines[number - 1].find(word, start)
        if at >= 0:
            return Span(number, at + 1, number, at + len(word) + 1)
    return rule.span


def live_rules(document: Document) -> tuple[Rule, ...]:
    """Return the rules of a document that are not withdrawn."""
    return tuple(rule for rule in document.standard.rules if rule.tombstone is None)
