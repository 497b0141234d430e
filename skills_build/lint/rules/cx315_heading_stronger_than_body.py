"""A MUST whose text only recommends."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Note, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules, statement_prose
from skills_build.model.standard import Rule
from skills_build.source.document import Document

_WEAK: Final = re.compile(r"\b(?:should|could|may|recommend(?:ed)?|ideally|consider)\b", re.IGNORECASE)
_STRONG: Final = re.compile(
    r"\b(?:must|mustn.t|shall|require[sd]?|need(?:s|ed)? to|ha(?:s|ve) to|never|cannot|mandatory|forbidden)\b",
    re.IGNORECASE,
)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding where the body of a MUST says should, could or may and contains no requirement."""
    for rule in live_rules(document):
        if not rule.level.binding or not rule.body:
            continue
        text = statement_prose(_own_words(rule))
        weak = _WEAK.search(text)
        if weak and not _STRONG.search(text):
            line = rule.body_line + rule.body.count("\n", 0, weak.start())
            column = weak.start() - (rule.body.rfind("\n", 0, weak.start()) + 1) + rule.body_column
            yield Finding(
                code="CX315",
                message=f"statement says {rule.level}, but its text only says `{weak[0]}`",
                path=document.path,
                span=Span(line, column, line, column + len(weak[0])),
                notes=(Note(message="the statement", path=document.path, span=rule.span),),
                help="state the requirement in the text, or lower the level",
            )


def _own_words(rule: Rule) -> str:
    """Return the body up to its first label. Reasons and exceptions may mention what could happen."""
    lines = rule.body.split("\n")
    first = min((label.span.line for label in rule.labels), default=rule.body_line + len(lines))
    return "\n".join(lines[: max(first - rule.body_line, 0)])


LINT: Final = Lint(code="CX315", name="heading-stronger-than-body", severity=Severity.WARNING, document=check)
