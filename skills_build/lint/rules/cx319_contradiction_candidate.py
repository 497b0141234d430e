"""Two rules that may contradict each other."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from skills_build.diagnostics import Finding, Note, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.standard import Codex, Rule, Standard

COMMON: Final = 8
"""A term that more rules name than this says nothing about any two of them."""
_NO_TOPIC: Final = frozenset(["readme", "index", "rule", "standard", "guide", "general", "doc", "with", "and", "the"])
_CODE: Final = re.compile(r"`([^`]+)`")
_REJECTED: Final = re.compile(r"\b(?:not|over|instead of|rather than)\b(.*)", re.IGNORECASE)


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding where one rule turns down a term that another one asks for, or turns down at another level."""
    rules = [Terms.of(standard, rule) for standard in codex.standards for rule in standard.rules if not rule.tombstone]
    frequency = Counter(word for rule in rules for word in rule.words)
    rejecting: dict[str, list[Terms]] = defaultdict(list)
    for one in rules:
        for term in one.rejected:
            if frequency[term] <= COMMON:
                rejecting[term].append(one)
    for one in rules:
        seen: set[str] = set()
        for term in sorted(one.words & rejecting.keys()):
            for other in rejecting[term]:
                if other.rule.id not in seen and _clash(one, other, term):
                    seen.add(other.rule.id)
                    yield _finding(one, other, term)


@dataclass(frozen=True, slots=True)
class Terms:
    """A rule, the words it uses, those it starts with, and those it turns down; plural endings are dropped."""

    standard: Standard
    rule: Rule
    topics: frozenset[str]
    words: frozenset[str]
    lead: frozenset[str]
    rejected: frozenset[str]

    @classmethod
    def of(cls, standard: Standard, rule: Rule) -> "Terms":
        """Take a statement apart."""
        text = rule.statement.split(". ")[0]
        if rule.level.negative:
            turned_down = " ".join(_CODE.findall(text))
        else:
            after = _REJECTED.search(text)
            turned_down = " ".join(_CODE.findall(after[1])) if after else ""
        words = _stems(text)
        topics = frozenset(_stems(f"{standard.path} {standard.title}")) - _NO_TOPIC
        return cls(standard, rule, topics, frozenset(words), frozenset(words[:3]), frozenset(_stems(turned_down)))


def _stems(text: str) -> list[str]:
    return [w.rstrip("s") or w for w in re.findall(r"[a-z_]{3,}", text.casefold())]


def _clash(one: Terms, other: Terms, term: str) -> bool:
    if one.rule.id == other.rule.id or one.standard.path == other.standard.path:
        return False
    if not one.topics & other.topics or _apart(one.standard.scope.languages, other.standard.scope.languages):
        return False
    if one.rule.level.negative and other.rule.level.negative:
        return one.rule.level is not other.rule.level and term not in one.rejected
    return not one.rule.level.negative and term in one.lead and term not in one.rejected


def _apart(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two applicabilities have no language in common."""
    return bool(one and other and not set(one) & set(other))


def _finding(one: Terms, other: Terms, term: str) -> Finding:
    return Finding(
        code="CX319",
        message=f"{one.rule.level} about `{term}`, which `{other.rule.id}` rejects with {other.rule.level}",
        path=one.standard.path,
        span=one.rule.span,
        notes=(Note(message="compare with", path=other.standard.path, span=other.rule.span),),
        help="if they contradict each other, keep one; otherwise suppress this finding with a reason",
    )


LINT: Final = Lint(code="CX319", name="contradiction-candidate", severity=Severity.INFO, codex=check)
