"""A MUST whose text only recommends."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Note, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules, statement_prose, text_before
from skills_build.model.standard import Form, Rule
from skills_build.source.document import Document

_WEAK: Final = re.compile(
    r"\b(?:should(?! (?:not )?be (?:able|possible|obvious|clear|difficult|easy)\b)"
    r"|ought to|(?:is|are) recommended|we recommend|ideally)\b",
    re.IGNORECASE,
)
_CONDITION: Final = re.compile(r"\b(?:if|whether|how|when|where|what|in case|unless)\b[^,]*$", re.IGNORECASE)
"""What precedes a word that only describes a case: `if the group should change`."""
_SENTENCES: Final = re.compile(r"[^.!?\n]+(?:[.!?](?!\s)[^.!?\n]*)*")
_STEM: Final = re.compile(r"(?:ed|ing|es|s)$")
_COMMON: Final = re.compile(
    "must|should|shall|that|this|with|from|your|they|them|their|have|been|when|which"
    "|each|used|using|user|such|into|only|also|more|than|other|where|will"
)
MIN_SHARED: Final = 2
"""A sentence that shares fewer words with the statement is about something else."""
_STRONG: Final = re.compile(
    r"\b(?:must|mustn.t|shall|require[sd]?|need(?:s|ed)? to|ha(?:s|ve) to|never|cannot|mandatory|forbidden)\b",
    re.IGNORECASE,
)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding where the body of a MUST says should, could or may and contains no requirement."""
    for rule in live_rules(document):
        if not rule.level.binding or not rule.body or rule.form not in (Form.HEADING, Form.DOCUMENT):
            continue
        text = statement_prose(_own_words(rule))
        weak = _weak_sentence(text, rule.statement)
        if weak and not _STRONG.search(text):
            line = rule.body_line + rule.body.count("\n", 0, weak.start())
            column = weak.start() - (rule.body.rfind("\n", 0, weak.start()) + 1) + rule.body_column
            yield Finding(
                code="CX315",
                message=f"statement says {rule.level}, but the text below it only says `{weak[0]}`",
                path=document.path,
                span=Span(line, column, line, column + len(weak[0])),
                notes=(Note(message="the statement", path=document.path, span=rule.span),),
                help="state the requirement in the text, or lower the level",
            )


def _weak_sentence(text: str, statement: str) -> re.Match[str] | None:
    """Return the weak word of the first sentence that says the same as the statement, in weaker words."""
    stems = _stems(statement)
    for sentence in _SENTENCES.finditer(text):
        weak = _WEAK.search(text, sentence.start(), sentence.end())
        if weak is None or _CONDITION.search(
            text_before(text[sentence.start() : weak.start()], weak.start() - sentence.start())
        ):
            continue
        if len(stems & _stems(sentence[0])) >= min(MIN_SHARED, len(stems)):
            return weak
    return None


def _stems(text: str) -> frozenset[str]:
    """Return the words of four letters and more without their endings."""
    words = re.findall(r"[^\W\d_]{4,}", statement_prose(text).casefold())
    return frozenset(_STEM.sub("", word) for word in words if not _COMMON.fullmatch(word))


def _own_words(rule: Rule) -> str:
    """Return the body up to its first label. Reasons and exceptions may mention what could happen."""
    lines = rule.body.split("\n")
    first = min((label.span.line for label in rule.labels), default=rule.body_line + len(lines))
    return "\n".join(lines[: max(first - rule.body_line, 0)])


LINT: Final = Lint(code="CX315", name="heading-stronger-than-body", severity=Severity.WARNING, document=check)
