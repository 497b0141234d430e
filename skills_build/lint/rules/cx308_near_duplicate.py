"""Two rules with nearly the same statement."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.similarity import (
    ComparableRule,
    comparable_rules,
    named_languages,
    pair_finding,
    related_languages,
    same_statements,
    similar_statements,
)
from skills_build.model.codex import Codex
from skills_build.model.standard import CANONICAL

MIN_SHARED_WORDS: Final = 0.8
"""Statements with at least this share of words in common count as nearly the same."""

_BACK: Final = re.compile(r"\W{0,100}+(?:this|that|these|those|it|they|such|its|their)\b", re.IGNORECASE)
_BACK_OF_OTHERS: Final = re.compile(
    r"\W{0,100}+(?:the|this|that|these|those|it|they|such|its|their|both|if present)\b", re.IGNORECASE
)
MIN_LETTERS: Final = 3
"""Words with fewer letters do not identify a subject."""


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
        if first.rule.id == second.rule.id or not related_languages(first.standard, second.standard):
            continue
        if named_languages(first.rule) != named_languages(second.rule):
            continue
        if _refers_back(first) or _differ_in_code(first, second) or _differ_in_subject(first, second):
            continue
        message = f"the statement is nearly identical to `{first.rule.id}`"
        help_ = "keep only one of the rules, or state how they differ"
        yield pair_finding("CX308", message, second, first, help_=help_)


def _refers_back(one: ComparableRule) -> bool:
    """Return whether a statement is about what the text before it names: `This field`, or `The field` in a list."""
    pattern = _BACK if one.standard.dialect == CANONICAL else _BACK_OF_OTHERS
    return bool(pattern.match(one.rule.statement))


def _differ_in_code(first: ComparableRule, second: ComparableRule) -> bool:
    """Return whether two statements differ in code or in the target of a link: `PUT` and `PATCH` are not the same."""
    codes = [set(re.findall(r"`[^`]+`|\]\([^()]*\)", pair.rule.statement)) for pair in (first, second)]
    return codes[0] != codes[1]


def _differ_in_subject(first: ComparableRule, second: ComparableRule) -> bool:
    """Return whether each statement has a word of its own: rules on deleting and on updating are no duplicates."""
    left, right = set(first.words), set(second.words)
    own = [{_stem(word) for word in words if len(word) >= MIN_LETTERS} for words in (left - right, right - left)]
    return bool(own[0] - own[1] and own[1] - own[0])


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|ed|es|s)$", "", word)


LINT: Final = Lint(code="CX308", name="near-duplicate", severity=Severity.WARNING, codex=check)
