"""A rule whose sentence is a question, or ends in an ellipsis."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules, sentences, statement_prose
from skills_build.model.standard import Rule
from skills_build.source.document import Document
from skills_build.source.levels import read_levels

_END: Final = re.compile(r"(?P<mark>[?\uff1f]|\.\.\.|\u2026)[.!\s*_]*\Z")
_ELLIPSIS: Final = re.compile(r"\s?(?P<mark>\.\.\.|\u2026)")
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
            message="rule is a question" if question else f"sentence of the rule is left open with `{mark}`",
            path=document.path,
            span=rule.span,
            help="write what is required" if question else "write it in full, without the ellipsis",
        )


def _only_level(rule: Rule, path: str) -> Iterator[Finding]:
    """Yield a finding for a sentence that ends with its level, if nothing below it goes on with it."""
    text = statement_prose(rule.statement)
    level = next(iter(read_levels(rule.statement, text)), None)
    rest = rule.statement[level.end :] if level else "more"
    if level is None or re.search(r"\w", rest) or rule.parts or _GOES_ON.match(rule.body):
        return
    message = f"sentence of the rule ends with `{level.word}`"
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
    found = _ELLIPSIS.match(text, level.end) or _END.search(text, start, end)
    if found is None or (found["mark"] not in "?\uff1f" and (rule.parts or _GOES_ON.match(rule.body))):
        return None
    return found["mark"]


LINT: Final = Lint(code="CX320", name="unfinished-sentence", severity=Severity.WARNING, document=check)
