"""Zero-width characters in words."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.unseen import ZERO_WIDTH, described, runs
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each run of zero-width characters that no script or emoji needs where it is."""
    for number, start, end, text in runs(document, code=False):
        if all(character in ZERO_WIDTH for character in text):
            span = Span(number, start + 1, number, end + 1)
            yield Finding(
                code="CX602",
                message=f"zero-width {described(text)}",
                path=document.path,
                span=span,
                help="remove it",
                fix=Fix(title="remove it", edits=(Edit(span=span, text=""),)),
            )


LINT: Final = Lint(code="CX602", name="zero-width", severity=Severity.ERROR, document=check, fixable=True)
