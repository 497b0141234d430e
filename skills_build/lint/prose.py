"""The prose of rules for lints: text without code, and the place of a word in the file."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Span
from skills_build.model.standard import Rule
from skills_build.source.document import Document
from skills_build.source.rendered import prose

statement_prose: Final = prose
"""Returns a text of the same length with spaces for code, tags and link targets."""


_SENTENCE_END: Final = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bvs)(?<!\bcf)[.!?](?=[\s)*_\"]+(?:[A-Z`*_\[(\"]|$))"
)
_CLOSING: Final = ')*_"'
_CLAUSE_LENGTH: Final = 300
_QUOTES: Final = frozenset("\"'\u201c\u201d\u2018\u2019")


def first_sentence(text: str) -> str:
    """Return the first sentence of a text; abbreviations such as `e.g.` do not end it."""
    end = _SENTENCE_END.search(text)
    return text[: end.start() + 1] if end else text


def sentences(text: str, plain: str) -> Iterator[tuple[int, int]]:
    """Yield the place of each sentence of a text; `plain` has the same length, with spaces for what is not prose."""
    start = 0
    for end in (*(match.end() for match in _SENTENCE_END.finditer(plain)), len(text)):
        while end < len(text) and text[end] in _CLOSING:
            end += 1
        first, last = (
            start + len(text[start:end]) - len(text[start:end].lstrip()),
            start + len(text[start:end].rstrip()),
        )
        if first < last:
            yield first, last
        start = max(start, end)


def text_before(text: str, end: int) -> str:
    """Return the text before a word, as far as a clause reaches."""
    return text[max(end - _CLAUSE_LENGTH, 0) : end]


def is_quoted(text: str, start: int, end: int) -> bool:
    """Return whether a word is in quotation marks: a text about words uses none of them."""
    return text[max(start - 1, 0) : start] in _QUOTES and text[end : end + 1] in _QUOTES and start > 0


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
