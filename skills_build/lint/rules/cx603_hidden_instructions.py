"""Instructions that only machines read."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_INSTRUCTION: Final = re.compile(
    r"\b(?:you must|you should|do not (?:tell|mention|reveal|follow|apply)"
    r"|(?:ignore|disregard) (?:all|any|the|this|these|what|previous)"
    r"|always (?:run|use|add|answer)|never (?:mention|tell)|run (?:the|this|`)|execute|assistant|system prompt|as an ai"
    r"|agents? (?:must|should|shall|will))\b",
    re.IGNORECASE,
)
_HIDDEN: Final = re.compile(
    r"display:\s*none|visibility:\s*hidden|\bhidden\b|font-size:\s*0|opacity:\s*0", re.IGNORECASE
)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each HTML comment or hidden element that contains instructions."""
    for comment in document.comments:
        if not comment.text.startswith("codexc:") and _INSTRUCTION.search(comment.text):
            yield _finding(document, comment.span, "comment")
    for block in document.walk():
        if block.kind == "html" and _HIDDEN.search(block.text) and _INSTRUCTION.search(block.text):
            span = Span(block.first, block.column, block.first, len(document.lines[block.first - 1]) + 1)
            yield _finding(document, span, "hidden element")


def _finding(document: Document, span: Span, where: str) -> Finding:
    return Finding(
        code="CX603",
        message=f"{where} contains instructions that readers cannot see",
        path=document.path,
        span=span,
        help="write the instructions as visible text, or remove them",
    )


LINT: Final = Lint(code="CX603", name="hidden-instructions", severity=Severity.ERROR, document=check)
