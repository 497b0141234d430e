"""A heading two levels below the one above it."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding at the first heading of each jump to more than one level below the heading before."""
    jumps: Counter[tuple[int, int]] = Counter()
    first: dict[tuple[int, int], int] = {}
    above = 0
    for block in document.blocks:
        if block.kind != "heading":
            continue
        if above and block.depth > above + 1:
            jumps[above, block.depth] += 1
            first.setdefault((above, block.depth), block.first)
        above = block.depth
    for (above, depth), line in first.items():
        again = jumps[above, depth] - 1
        more = f", and {again:,} more time{'s' * (again > 1)} in this file" if again else ""
        yield Finding(
            code="CX009",
            message=f"heading level jumps from {above} to {depth}{more}",
            path=document.path,
            span=Span(line, 1, line, depth + 1),
            help=f"use level {above + 1}",
        )


LINT: Final = Lint(code="CX009", name="skipped-heading-level", severity=Severity.WARNING, document=check)
