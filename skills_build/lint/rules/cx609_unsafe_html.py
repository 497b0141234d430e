"""HTML that does something, hides something, or has content that is no text."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document
from skills_build.source.hypertext import unsafe


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each element and attribute that is left out of skills."""
    front = document.raw.split("\n")[: document.front.last]
    text = "\n".join((*front, *document.lines[document.front.last :]))
    starts = [0, *(at + 1 for at, one in enumerate(text) if one == "\n")] if "<" in text else [0]
    for one in unsafe(text):
        (line, column), (end_line, end_column) = (_place(starts, at) for at in (one.start, one.end))
        yield Finding(
            code="CX609",
            message=one.message,
            path=document.path,
            span=Span(line, column, end_line, end_column),
            help="write it in Markdown, or as code if it is an example",
        )


def _place(starts: list[int], offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


LINT: Final = Lint(code="CX609", name="unsafe-html", severity=Severity.ERROR, document=check)
