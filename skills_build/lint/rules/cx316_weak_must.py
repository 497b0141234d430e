"""A MUST that asks only for an attempt."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules, statement_prose, word_place
from skills_build.source.document import Document
from skills_build.source.levels import read_levels

_WEAK: Final = re.compile(r"\s+(?:consider|try|attempt|aim|strive|think about|be aware|be mindful|endeavou?r)\b")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each `MUST consider` and similar wording, which cannot be checked."""
    for rule in live_rules(document):
        text = statement_prose(rule.statement)
        level = next((word for word in read_levels(rule.statement, text) if word.level and word.level.binding), None)
        match = _WEAK.match(text, level.end) if level else None
        if level and match:
            yield Finding(
                code="CX316",
                message=f"`{level.word}{match[0]}` cannot be checked",
                path=document.path,
                span=word_place(document, rule, text[level.start : match.end()]),
                help="require a result, or make it a SHOULD",
            )


LINT: Final = Lint(code="CX316", name="weak-must", severity=Severity.WARNING, document=check)
