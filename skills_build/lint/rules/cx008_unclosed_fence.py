"""A code fence that is never closed."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Block, Document

_FENCE: Final = re.compile(r"`{3,}|~{3,}")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each fence that ends only with its container."""
    for block in document.walk():
        if block.kind == "fence" and not _closed(block, document):
            yield Finding(
                code="CX008",
                message="code fence is never closed",
                path=document.path,
                span=Span(block.first, block.column, block.first, len(document.lines[block.first - 1]) + 1),
                help="close the block with a line of the same fence characters",
            )


def _closed(block: Block, document: Document) -> bool:
    opening = _FENCE.search(document.lines[block.first - 1])
    closing = _FENCE.search(document.lines[block.last - 1])
    if block.first == block.last or not opening or not closing:
        return False
    alone = document.lines[block.last - 1].strip(" \t>") == closing[0]
    return alone and closing[0][0] == opening[0][0] and len(closing[0]) >= len(opening[0])


LINT: Final = Lint(code="CX008", name="unclosed-fence", severity=Severity.ERROR, document=check)
