"""A rule with only a heading."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules
from skills_build.model.standard import Form
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each heading rule with nothing below it."""
    for rule in live_rules(document):
        if rule.form in (Form.HEADING, Form.DOCUMENT) and not rule.body:
            yield Finding(
                code="CX314",
                message="rule has no text",
                path=document.path,
                span=rule.span,
                help="add `**Why:**`, and explain how to check the rule",
            )


LINT: Final = Lint(code="CX314", name="empty-rule", severity=Severity.WARNING, document=check)
