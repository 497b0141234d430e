"""A code fence that was closed with other marks, so that it goes on."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Note, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Block, Document

_MARK: Final = re.compile(r"[ \t>]*(?P<marks>`{3,}|~{3,})[ \t]*(?P<info>[^`\s]*)[^`]*$")
_PROSE: Final = re.compile(
    r"\s*(?:\*\*[A-Z][A-Za-z ]{1,24}(?::\*\*|\*\*:)|(?:#{1,6}|[-*+])\s.*\([A-Z][A-Z0-9-]*-\d+\)\s*$)"
)
_MARKDOWN: Final = ("markdown", "md", "mdx", "commonmark", "text", "txt")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding at the line inside a code block that was meant to close it."""
    for block in document.walk():
        if block.kind == "fence" and (line := _meant_to_close(block, document)):
            marks = document.lines[line - 1].strip()
            yield Finding(
                code="CX039",
                message=f"`{marks}` does not close the code block that starts on line {block.first}",
                path=document.path,
                span=Span(line, 1, line, len(document.lines[line - 1]) + 1),
                notes=(Note(message="the code block starts here", path=document.path, span=_first_line(block)),),
                help="use the same fence characters as the opening line",
            )


def _first_line(block: Block) -> Span:
    return Span(block.first, block.column, block.first, block.column + 3)


def _opening(block: Block, document: Document) -> str:
    match = _MARK.match(document.lines[block.first - 1].lstrip(" \t>-*+0123456789.)"))
    return match["marks"] if match else "```"


def _meant_to_close(block: Block, document: Document) -> int:
    """Return the line of the marks that were meant to close a code block; 0 if there are none.

    Inside a code block, marks of another kind come in pairs. A single one was meant to close the block if the text
    below it has a label, a rule, or marks that would start another code block.
    """
    opening = _opening(block, document)
    language = (block.info.split() or [""])[0].lower()
    if language in _MARKDOWN:
        return 0
    lone, inside = 0, False
    for number in range(block.first + 1, block.last + 1):
        line = document.lines[number - 1]
        match = _MARK.match(line)
        if match is None:
            if lone and _PROSE.match(line):
                return lone
        elif match["marks"][0] == opening[0] and len(match["marks"]) >= len(opening):
            if match["info"]:
                return lone
        else:
            inside = not inside
            lone = number if inside and not match["info"] else 0
    return 0


LINT: Final = Lint(code="CX039", name="misclosed-fence", severity=Severity.WARNING, document=check)
