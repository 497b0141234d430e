"""Words that leave the requirement open."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules, statement_prose, word_place
from skills_build.source.document import Document

_VAGUE: Final = re.compile(
    r"\b(?:as (?:needed|appropriate|necessary)|appropriate(?:ly)?|best practices?|properly|reasonabl[ey]"
    r"|sufficient(?:ly)?|where (?:possible|applicable|appropriate)|if possible|etc)\b",
    re.IGNORECASE,
)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for the first vague word of each statement."""
    for rule in live_rules(document):
        match = _VAGUE.search(statement_prose(rule.statement))
        if match:
            yield Finding(
                code="CX301",
                message=f"`{match[0]}` does not specify what is required",
                path=document.path,
                span=word_place(document, rule, match[0]),
                help="name the exact thing, number or tool",
            )


LINT: Final = Lint(code="CX301", name="vague-statement", severity=Severity.WARNING, document=check)
