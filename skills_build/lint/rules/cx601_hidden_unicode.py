"""Invisible characters that machines read."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.unseen import ZERO_WIDTH, described, runs
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each run of bidirectional controls, tags, fillers, separators and the like outside code."""
    for number, start, end, text in runs(document, code=False):
        if any(character not in ZERO_WIDTH for character in text):
            yield Finding(
                code="CX601",
                message=f"hidden {described(text)}",
                path=document.path,
                span=Span(number, start + 1, number, end + 1),
                help="remove the characters: agents read them, but people cannot see them",
            )


LINT: Final = Lint(code="CX601", name="hidden-unicode", severity=Severity.ERROR, document=check)
