"""A lower-case modal next to a keyword."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules, statement_prose, word_place
from skills_build.source.document import Document

_MODAL: Final = re.compile(r"\b(?:must|shall|should)\b")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for the first lower-case modal of each statement that has a keyword."""
    for rule in live_rules(document):
        match = _MODAL.search(statement_prose(rule.statement)) if rule.keywords else None
        if match:
            yield Finding(
                code="CX312",
                message=f"`{match[0]}` next to `{rule.keywords[0].word}`: unclear whether it is a second requirement",
                path=document.path,
                span=word_place(document, rule, match[0]),
                help=f"make it a separate rule, or rephrase it without `{match[0]}`",
            )


LINT: Final = Lint(code="CX312", name="ambiguous-modal", severity=Severity.WARNING, document=check)
