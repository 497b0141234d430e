"""A line inside a code block that was meant to close it, or to open the next one."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Block, Document

_FENCE: Final = re.compile(r"[\s>]*+(?P<mark>`{3,}+|~{3,}+)\s*+(?P<info>[\w+#.-]*+)\s*+")
_SHOWS_FENCES: Final = frozenset({"md", "markdown", "mdx", "text", "txt", "rst", "diff"})


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each code block with such a line. Blocks of Markdown and text may show fences."""
    for block in document.walk():
        if block.kind != "fence" or block.info.split(" ")[0].lower() in _SHOWS_FENCES:
            continue
        opening = _FENCE.match(document.lines[block.first - 1])
        line = _stray(document.lines, block, opening["mark"]) if opening else None
        if opening and line:
            yield Finding(
                code="CX049",
                message="this line is inside the code block above and does not close it",
                path=document.path,
                span=Span(line, 1, line, len(document.lines[line - 1]) + 1),
                help="close the block with a line of the same fence characters as its first line",
            )


def _stray(lines: Sequence[str], block: Block, mark: str) -> int | None:
    """Return the first line that opens a block with the same marks, or has other marks that form no pairs."""
    inside = [(n, m) for n in range(block.first + 1, block.last) if (m := _FENCE.fullmatch(lines[n - 1]))]
    others = [n for n, m in inside if m["mark"][0] != mark[0]]
    opening = [n for n, m in inside if m["mark"].startswith(mark) and m["info"]]
    found = [*(others if len(others) % 2 else ()), *opening]
    return min(found, default=None)


LINT: Final = Lint(code="CX049", name="fence-in-code", severity=Severity.WARNING, document=check)
