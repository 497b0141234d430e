"""A rule whose sentence is a question, or ends in an ellipsis."""

import re
from collections.abc import Iterator
from string import whitespace
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules, sentences, statement_prose
from skills_build.model.standard import Rule
from skills_build.source.document import Document
from skills_build.source.levels import read_levels

_ELLIPSIS: Final = re.compile(r"\s?(\.\.\.|\u2026)")
_CLOSING: Final = f".!*_\u00a0{whitespace}"
"""What may follow the mark at the end of a sentence."""
_GOES_ON: Final = re.compile(r"\s*(?:[-*+]\s|\d{1,9}[.)]\s|[|>`~])")
"""The start of a list, table, quote or code block, which completes the sentence above it."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule whose sentence with the level does not say what is required.

    Marks in quotes, brackets and code are part of what the sentence mentions.
    """
    for rule in live_rules(document):
        mark = _mark(rule)
        if mark is None:
            yield from _only_level(rule, document.path)
            continue
        question = mark in "?\uff1f"
        yield Finding(
            code="CX320",
            message="rule is a question" if question else f"the rule's sentence is unfinished: `{mark}`",
            path=document.path,
            span=rule.span,
            help="write what is required" if question else "write the full sentence, without the ellipsis",
        )


def _only_level(rule: Rule, path: str) -> Iterator[Finding]:
    """Yield a finding for a sentence that ends with its level, if nothing below it goes on with it."""
    text = statement_prose(rule.statement)
    level = next(iter(read_levels(rule.statement, text)), None)
    rest = rule.statement[level.end :] if level else "more"
    if level is None or re.search(r"\w", rest) or rule.parts or _GOES_ON.match(rule.body):
        return
    message = f"the rule's sentence ends with `{level.word}`"
    yield Finding(code="CX320", message=message, path=path, span=rule.span, help="write what is required")


def _mark(rule: Rule) -> str | None:
    """Return the question mark or ellipsis at the end of the sentence with the level; None without one."""
    if "?" not in rule.statement and not re.search(r"\.\.\.|[\uff1f\u2026]", rule.statement):
        return None
    text = statement_prose(rule.statement)
    level = next(iter(read_levels(rule.statement, text)), None)
    if level is None:
        return None
    start, end = next(place for place in sentences(rule.statement, text) if level.start < place[1])
    found = _ELLIPSIS.match(text, level.end)
    mark = found[1] if found else _mark_at_end(text[start:end])
    is_completed = mark in ("...", "\u2026") and (rule.parts or _GOES_ON.match(rule.body))
    return None if is_completed else mark


def _mark_at_end(sentence: str) -> str | None:
    """Return the question mark or ellipsis at the end of a sentence; None without one."""
    stripped = sentence.rstrip(_CLOSING)
    if stripped.endswith(("?", "\uff1f", "\u2026")):
        return stripped[-1]
    return "..." if "..." in sentence[len(stripped) :] else None


LINT: Final = Lint(code="CX320", name="unfinished-sentence", severity=Severity.WARNING, document=check)
