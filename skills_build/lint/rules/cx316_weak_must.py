"""A MUST that asks only for an attempt."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules, sentences, statement_prose, word_place
from skills_build.source.document import Document
from skills_build.source.levels import read_levels

_USUALLY: Final = (
    r"(?:usually|normally|generally|typically|ideally|preferably|mostly|almost|probably|possibly|maybe|perhaps|hopefully"
    r"|in general|in principle|as a rule)"
)
_ATTEMPT: Final = re.compile(
    r"\s+(?:consider|try|attempt|aim|strive|think about|be aware|be mindful|endeavou?r)\b"
    rf"|\s+{_USUALLY}\b|\s?,\s{_USUALLY},|\s?[(\[]\s?(?:{_USUALLY}|soft)\s?[)\]]|\s?[\u2013\u2014-]\s{_USUALLY}\s?[\u2013\u2014-]"
)
_ESCAPE: Final = re.compile(
    r"\b(?:(?:where(?:ver)?|if|when(?:ever)?)(?: at all)? (?:possible|practical|practicable|feasible)"
    r"|as far as (?:possible|practical)|to the extent possible)\b"
    rf"|\((?:nice[ -]to[ -]have|if you can|{_USUALLY})\)",
    re.IGNORECASE,
)
"""An escape clause (rule R8 of INCOSE's Guide to Writing Requirements): everyone decides alone when it applies."""
_NO_DEMAND: Final = (
    r"(?:optional(?:ly)?|recommended|not (?:required|mandatory|binding)|non-(?:mandatory|binding)|best[ -]effort"
    r"|advisory|informative)"
)
_OPTIONAL: Final = re.compile(
    rf"\A[\s*_]{{0,4}}(?P<first>[(\[]\s?{_NO_DEMAND}\s?[)\]]|(?:optional(?:ly)?|recommended)\s?:)"
    rf"|(?P<last>[(\[][\s*_]{{0,4}}{_NO_DEMAND}[\s*_]{{0,4}}[)\]]|(?<=\s)[\u2013\u2014-]\s?{_NO_DEMAND})[\s.*_]{{0,6}}\Z",
    re.IGNORECASE,
)
"""A remark at the start or end of a sentence that the rule is no demand. After code, it is about a field."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for `MUST consider`, `MUST ... where possible` and similar wording, which cannot be checked."""
    for rule in live_rules(document):
        text = statement_prose(rule.statement)
        level = next((word for word in read_levels(rule.statement, text) if word.level and word.level.binding), None)
        if level is None:
            continue
        start, end = next(place for place in sentences(rule.statement, text) if level.start < place[1])
        attempt, escape = _ATTEMPT.match(text, level.end), _ESCAPE.search(text, start, end)
        optional = _optional(rule.statement[start:end], text[start:end])
        if optional:
            message = f"`{optional}` contradicts `{level.word}`"
            help_ = (
                "change the level to MAY or SHOULD, or name the cases in `**When:**` or `**Except:**` below the rule"
            )
            span = word_place(document, rule, optional)
            yield Finding(code="CX316", message=message, path=document.path, span=span, help=help_)
            continue
        if attempt:
            words, hint = text[level.start : attempt.end()], "require a result, or change the level to SHOULD"
        elif escape:
            words, hint = (
                escape[0],
                "name the cases in `**When:**` or `**Except:**` below the rule, or change the level to SHOULD",
            )
        else:
            continue
        yield Finding(
            code="CX316",
            message=f"`{words}` cannot be checked",
            path=document.path,
            span=word_place(document, rule, words),
            help=hint,
        )


def _optional(sentence: str, prose: str) -> str:
    """Return the remark of a sentence that it is optional; the empty string if there is none."""
    match = _OPTIONAL.search(prose)
    if match is None or (match["last"] and sentence[: match.start("last")].rstrip().endswith(("`", '"', "”"))):
        return ""
    return (match["first"] or match["last"]).strip()


LINT: Final = Lint(code="CX316", name="weak-must", severity=Severity.WARNING, document=check)
