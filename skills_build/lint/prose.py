"""The words of rules as lints read them: code left out, and where in the file a word stands."""

import re
from typing import Final

from skills_build.diagnostics import Span
from skills_build.model.standard import Rule
from skills_build.source.document import Document

_NOT_PROSE: Final = re.compile(r"`+[^`]*`+|<[^<>]*>|\]\([^()]*\)")


def statement_prose(text: str) -> str:
    """Text of the same length with code, tags and link targets blanked out."""
    return _NOT_PROSE.sub(lambda match: " " * len(match[0]), text)


def word_place(document: Document, rule: Rule, word: str) -> Span:
    """Where a word of a rule's statement stands; the whole statement if it cannot be told."""
    for number in range(rule.span.line, rule.span.end_line + 1):
        start = rule.span.column - 1 if number == rule.span.line else 0
        at = document.lines[number - 1].find(word, start)
        if at >= 0:
            return Span(number, at + 1, number, at + len(word) + 1)
    return rule.span


def live_rules(document: Document) -> tuple[Rule, ...]:
    """The rules of a document that are not withdrawn."""
    return tuple(rule for rule in document.standard.rules if rule.tombstone is None)
