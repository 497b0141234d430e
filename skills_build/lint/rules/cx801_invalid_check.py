"""A `check` block that cannot be read."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield all that is wrong with the `check` blocks of a file."""
    if "check" not in document.raw:
        return
    from skills_build.checks.read import read_checks, stray_checks

    for rule in document.standard.rules:
        if rule.checks:
            yield from read_checks(rule, context.check_schema, document.path).findings
    yield from stray_checks(document)


LINT: Final = Lint(code="CX801", name="invalid-check", severity=Severity.ERROR, document=check)
