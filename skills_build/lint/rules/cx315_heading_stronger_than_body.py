"""A MUST whose text only recommends."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Note, Span
from skills_build.lint.kinds import Context
from skills_build.lint.prose import live, prose
from skills_build.source.document import Document

_WEAK: Final = re.compile(r"\b(?:should|could|may|recommend(?:ed)?|ideally|consider)\b", re.IGNORECASE)
_STRONG: Final = re.compile(
    r"\b(?:must|mustn.t|shall|require[sd]?|need(?:s|ed)? to|ha(?:s|ve) to|never|cannot|mandatory|forbidden)\b",
    re.IGNORECASE,
)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding where a MUST's body says should, could or may, and nowhere that it is required."""
    for rule in live(document):
        if not rule.level.binding or not rule.body:
            continue
        text = prose(rule.body)
        weak = _WEAK.search(text)
        if weak and not _STRONG.search(text):
            line = rule.body_line + rule.body.count("\n", 0, weak.start())
            column = weak.start() - (rule.body.rfind("\n", 0, weak.start()) + 1) + rule.body_column
            yield Finding(
                code="CX315",
                message=f"statement says {rule.level}, its text only `{weak[0]}`",
                path=document.path,
                span=Span(line, column, line, column + len(weak[0])),
                notes=(Note(message="the statement", path=document.path, span=rule.span),),
                help="say in the text what is required, or lower the level",
            )
