"""Two rules that say nearly the same."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Note, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.similarity import ComparableRule, comparable_rules, same_statements, similar_statements
from skills_build.model.standard import Codex

LIKE = 0.8
"""The share of words in common from which two statements count as the same."""


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for the later one of each pair of rules that say the same, or nearly."""
    rules = comparable_rules(codex)
    pairs = [
        (group[0], other)
        for group in same_statements(rules)
        for other in group[1:]
        if other.rule.level is group[0].rule.level
    ]
    for first, second in (*pairs, *similar_statements(rules, share=LIKE)):
        if first.rule.id == second.rule.id or _written_apart(first, second):
            continue
        yield Finding(
            code="CX308",
            message=f"nearly the same statement as `{first.rule.id}`",
            path=second.standard.path,
            span=second.rule.span,
            notes=(Note(message="the other rule", path=first.standard.path, span=first.rule.span),),
            help="keep one and refer to it, or make the difference clear",
        )


def _written_apart(one: ComparableRule, other: ComparableRule) -> bool:
    """Whether two statements differ in a word that stands in code: `PUT` and `PATCH` are not nearly the same."""
    codes = [set(re.findall(r"`[^`]+`", p.rule.statement)) for p in (one, other)]
    return codes[0] != codes[1]


LINT: Final = Lint(code="CX308", name="near-duplicate", severity=Severity.WARNING, codex=check)
