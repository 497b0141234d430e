"""HTML that is active, is hidden, or has content that is not text."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document
from skills_build.source.html_safety import unsafe_tags


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each element and attribute that is left out of skills."""
    front_matter = document.raw.split("\n")[: document.front.last]
    text = "\n".join((*front_matter, *document.lines[document.front.last :]))
    line_starts = [0, *(match.end() for match in re.finditer("\n", text))] if "<" in text else [0]
    for tag in unsafe_tags(text):
        (line, column), (end_line, end_column) = _place(line_starts, tag.start), _place(line_starts, tag.end)
        yield Finding(
            code="CX609",
            message=tag.message,
            path=document.path,
            span=Span(line, column, end_line, end_column),
            help="write the content in Markdown, or as code if it is an example",
        )


def _place(line_starts: list[int], offset: int) -> tuple[int, int]:
    """Return the line and column of an offset, both counted from 1."""
    line = bisect_right(line_starts, offset)
    return line, offset - line_starts[line - 1] + 1


LINT: Final = Lint(code="CX609", name="unsafe-html", severity=Severity.ERROR, document=check)
