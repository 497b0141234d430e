"""An image without alternative text."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each image without alternative text."""
    for link in document.standard.links:
        if link.image and not link.text.strip():
            yield Finding(
                code="CX405",
                message="image has no alternative text",
                path=document.path,
                span=link.span,
                help="add alt text between the square brackets",
            )


LINT: Final = Lint(code="CX405", name="image-without-text", severity=Severity.WARNING, document=check)
