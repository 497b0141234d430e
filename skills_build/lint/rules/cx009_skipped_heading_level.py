"""A heading two levels below the one above it."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding where a heading is more than one level deeper than the one before."""
    above = 0
    for block in document.blocks:
        if block.kind != "heading":
            continue
        if above and block.depth > above + 1:
            yield Finding(
                code="CX009",
                message=f"heading level jumps from {above} to {block.depth}",
                path=document.path,
                span=Span(block.first, 1, block.first, block.depth + 1),
                help=f"use level {above + 1}",
            )
        above = block.depth


LINT: Final = Lint(code="CX009", name="skipped-heading-level", severity=Severity.WARNING, document=check)
