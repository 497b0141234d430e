"""Several options without a default."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules, statement_prose
from skills_build.source.document import Document

_MENU: Final = re.compile(r"[^,.;]{2,60},[^,.;]{2,60},? or [^,.;]+")
_DEFAULT: Final = re.compile(r"\b(?:default|prefer|first|unless|otherwise)", re.IGNORECASE)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding where **Use:** offers three or more things and prefers none."""
    for rule in live_rules(document):
        for label in rule.labels:
            if label.name == "use" and _MENU.search(statement_prose(label.text)) and not _DEFAULT.search(label.text):
                yield Finding(
                    code="CX305",
                    message="`Use` offers a choice without a default",
                    path=document.path,
                    span=label.span,
                    help="name the default option",
                )


LINT: Final = Lint(code="CX305", name="menu-without-default", severity=Severity.INFO, document=check)
