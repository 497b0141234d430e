"""A keyword of BCP 14 that is not one of the five supported levels."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_LEVELS: Final = {
    "SHALL NOT": "MUST NOT",
    "SHALL": "MUST",
    "REQUIRED": "MUST",
    "NOT RECOMMENDED": "SHOULD NOT",
    "RECOMMENDED": "SHOULD",
    "OPTIONAL": "MAY",
    "COULD": "MAY",
}
_WORD: Final = re.compile(r"\b(?:SHALL NOT|SHALL|NOT RECOMMENDED|RECOMMENDED|REQUIRED|OPTIONAL|COULD)\b")
_MARKED: Final = re.compile(r"\([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?\)\s*$")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each such word in a rule, or in a heading that was meant as one."""
    if document.standard.dialect != "canonical":
        return
    for block in document.walk():
        if block.inline is None or block.kind not in ("heading", "paragraph") or not _MARKED.search(block.inline.text):
            continue
        for match in _WORD.finditer(block.inline.plain):
            span = block.inline.span(match.start(), match.end())
            ours = _LEVELS[match[0]]
            yield Finding(
                code="CX313",
                message=f"`{match[0]}` is not a supported level",
                path=document.path,
                span=span,
                help=f"write `{ours}`",
                fix=_fix(match[0], ours, span),
            )


def _fix(word: str, ours: str, span: Span) -> Fix | None:
    """Return a fix if the sentence stays grammatical: SHALL becomes MUST, but REQUIRED needs a new sentence."""
    return Fix(title=f"write `{ours}`", edits=(Edit(span=span, text=ours),)) if word.startswith("SHALL") else None


LINT: Final = Lint(code="CX313", name="undeclared-keyword", severity=Severity.WARNING, document=check, fixable=True)
