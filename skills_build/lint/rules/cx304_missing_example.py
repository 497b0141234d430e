"""A rule about code without an example."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules
from skills_build.model.standard import Form
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each heading rule of a language's standard that has no example."""
    for rule in live_rules(document):
        languages = rule.scope.languages or document.standard.scope.languages
        if languages and rule.form is Form.HEADING and not rule.examples:
            yield Finding(
                code="CX304",
                message=f"`{rule.id}` has no {languages[0]} example",
                path=document.path,
                span=rule.span,
                help="add `**Bad:**` and `**Good:**`, each with a code block",
            )


LINT: Final = Lint(code="CX304", name="missing-example", severity=Severity.INFO, document=check)
