"""A requirement without a reason."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import first_sentence, live_rules
from skills_build.model.standard import CANONICAL, Form, Rule
from skills_build.source.document import Document
from skills_build.source.preprocess import fenced_lines

_CAUSAL: Final = re.compile(
    r"\b(?:because|since|otherwise|so that|so as|in order to|due to|reasons?|rationale|why"
    r"|to (?:avoid|prevent|ensure|allow|enable|reduce|protect|guarantee|keep|make sure|help|let|minimi[sz]e|improve)"
    r"|(?:this|it|that|which|they|these|doing so) (?:\w+ )?(?:avoids?|prevents?|ensures?|allows?|enables?|reduces?"
    r"|protects?|makes?|helps?|means?|gives?|keeps?|lets?|causes?|leads?|simplif(?:y|ies)|improves?|provides?))\b",
    re.IGNORECASE,
)
"""Words that introduce a reason."""
_NOT_PROSE: Final = re.compile(r"^(?:[ \t]*(?:[-*+|<>#]|\d+[.)]\s)|[ ]{4}|\t)", re.MULTILINE)
MIN_WORDS: Final = 4
"""A line with fewer words is not a sentence."""

_BEHIND_DASH: Final = re.compile(rf"\w\W{{0,4}}\s[\u2013\u2014](?:\s+\S+){{{MIN_WORDS}}}")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule without a reason; for SHOULD and MAY the rationale of the standard is enough.

    Documents of others have no label for a reason: there, every sentence after the first may be one. They get one
    finding for all of their rules.
    """
    shared = bool(document.standard.why)
    rules = [rule for rule in live_rules(document) if not _has_reason(rule) and (rule.level.binding or not shared)]
    if document.standard.dialect != CANONICAL:
        rules = [rule for rule in rules if not _says_more(rule)]
        if rules:
            yield _finding(document, rules[0], others=len(rules) - 1)
        return
    for rule in rules:
        yield _finding(document, rule)


def _has_reason(rule: Rule) -> bool:
    if rule.form is Form.ROW or rule.label("why"):
        return True
    return bool(_CAUSAL.search(rule.statement) or _CAUSAL.search(rule.body))


def _says_more(rule: Rule) -> bool:
    """Whether a rule consists of more than one sentence of prose, or of a sentence and a clause behind a dash."""
    if len(first_sentence(rule.statement)) < len(rule.statement.rstrip()) or _BEHIND_DASH.search(rule.statement):
        return True
    lines = rule.body.split("\n")
    prose = (line for line, code in zip(lines, fenced_lines(lines), strict=True) if not code)
    return any(len(line.split()) >= MIN_WORDS for line in prose if not _NOT_PROSE.match(line))


def _finding(document: Document, rule: Rule, *, others: int = 0) -> Finding:
    more = f", and {others:,} other rule{'s' * (others > 1)} in this file" if others else ""
    return Finding(
        code="CX303",
        message=f"{rule.level} without a reason{more}",
        path=document.path,
        span=rule.level_span or rule.span,
        help="add `**Why:**` and explain what goes wrong without the rule",
    )


LINT: Final = Lint(code="CX303", name="missing-rationale", severity=Severity.WARNING, document=check)
