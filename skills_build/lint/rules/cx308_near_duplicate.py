"""Two rules with nearly the same statement."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.similarity import (
    ComparableRule,
    comparable_rules,
    pair_finding,
    same_statements,
    similar_statements,
)
from skills_build.model.standard import Codex

MIN_SHARED_WORDS: Final = 0.8
"""Statements with at least this share of words in common count as nearly the same."""


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for the later rule of each pair with the same or nearly the same statement."""
    rules = comparable_rules(codex)
    pairs = [
        (group[0], other)
        for group in same_statements(rules)
        for other in group[1:]
        if other.rule.level is group[0].rule.level
    ]
    for first, second in (*pairs, *similar_statements(rules, share=MIN_SHARED_WORDS)):
        if first.rule.id == second.rule.id or _differ_in_code(first, second):
            continue
        message = f"nearly the same statement as `{first.rule.id}`"
        help_ = "keep one and refer to it, or make the difference clear"
        yield pair_finding("CX308", message, second, first, help_=help_)


def _differ_in_code(first: ComparableRule, second: ComparableRule) -> bool:
    """Return whether two statements differ in a word in backticks: `PUT` and `PATCH` are not nearly the same."""
    codes = [set(re.findall(r"`[^`]+`", pair.rule.statement)) for pair in (first, second)]
    return codes[0] != codes[1]


LINT: Final = Lint(code="CX308", name="near-duplicate", severity=Severity.WARNING, codex=check)
