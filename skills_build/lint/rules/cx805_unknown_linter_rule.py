"""A check that names a rule which its linter does not have."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each unknown linter, and for each rule that is not in the table of its linter."""
    if not any(rule.checks for rule in document.standard.rules):
        return
    from skills_build.checks.read import linter_findings

    for rule in document.standard.rules:
        if rule.checks:
            yield from linter_findings(rule, context.check_schema, document.path)


LINT: Final = Lint(code="CX805", name="unknown-linter-rule", severity=Severity.WARNING, document=check)
