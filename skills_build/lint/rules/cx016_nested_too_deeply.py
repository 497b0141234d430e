"""Lists and quotes that are nested more deeply than the parser supports."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Block, Document

MAX_DEPTH: Final = 20
"""Maximum nesting level that markdown-it parses (`maxNesting` of its presets); a list and its item are two levels.

https://github.com/markdown-it/markdown-it/blob/master/lib/presets/commonmark.mjs
"""
_MARKS: Final = re.compile(r"(?:[\s>*+-]|\d{1,9}[.)](?=\s|$))*")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each list item or quote whose text is nested too deeply to be parsed."""
    for block in _cut_off(document.blocks, 1):
        number = next((n for n in range(block.first, block.last + 1) if _text(document, n)), 0)
        if number:
            line = document.lines[number - 1]
            yield Finding(
                code="CX016",
                message="the text is nested too deeply to be parsed",
                path=document.path,
                span=Span(number, len(line) - len(_text(document, number)) + 1, number, len(line) + 1),
                help="reduce the nesting of lists and quotes",
            )


def _cut_off(blocks: Sequence[Block], depth: int) -> Iterator[Block]:
    """Yield the items and quotes at the deepest level that contain no block."""
    for block in blocks:
        if block.children:
            yield from _cut_off(block.children, depth + 1)
        elif depth >= MAX_DEPTH and block.kind in ("item", "quote"):
            yield block


def _text(document: Document, number: int) -> str:
    """Return a line without the markers of lists and quotes."""
    return _MARKS.sub("", document.lines[number - 1], count=1)


LINT: Final = Lint(code="CX016", name="nested-too-deeply", severity=Severity.ERROR, document=check)
