"""A sentence that tries to take over the agent that reads it."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_PHRASE: Final = re.compile(
    r"\b(?:(?:ignore|disregard|forget|override) (?:all |any |the |your )?(?:previous|prior|above|earlier|other)"
    r" (?:instructions?|rules|prompts?|context)|you are now (?:a|an|in) |reveal (?:your|the) (?:system )?prompt"
    r"|do anything now|developer mode)\b",
    re.IGNORECASE,
)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each phrase of known prompt injections, outside code."""
    for block in document.walk():
        text = block.inline.plain if block.inline else block.text if block.kind == "html" else ""
        for match in _PHRASE.finditer(text):
            first = block.first + text.count("\n", 0, match.start())
            span = block.inline.span(match.start(), match.end()) if block.inline else Span(first, 1, first, 2)
            yield Finding(
                code="CX604",
                message=f"`{match[0]}` reads like an attempt to steer an agent",
                path=document.path,
                span=span,
                help="rephrase it; put examples in backticks",
            )


LINT: Final = Lint(code="CX604", name="override-phrase", severity=Severity.ERROR, document=check)
