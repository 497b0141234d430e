"""Two rules that may contradict each other."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.frozen import dataclass
from skills_build.lint.base import Context, Lint
from skills_build.lint.similarity import pair_finding
from skills_build.model.standard import Codex, Rule, Standard

MAX_RULES_WITH_TERM: Final = 8
"""A term that more rules use than this is too common to relate any two of them."""
_NOT_A_TOPIC: Final = frozenset(
    ["readme", "index", "rule", "standard", "guide", "general", "doc", "with", "and", "the"]
)
_CODE: Final = re.compile(r"`([^`]+)`")
_REJECTED: Final = re.compile(r"\b(?:not|over|instead of|rather than)\b(.*)", re.IGNORECASE)


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding where one rule rejects a term that another one asks for, or rejects at another level."""
    rules = [Terms.of(standard, rule) for standard in codex.standards for rule in standard.rules if not rule.tombstone]
    frequency = Counter(word for rule in rules for word in rule.words)
    rejecting: dict[str, list[Terms]] = defaultdict(list)
    for rule in rules:
        for term in rule.rejected:
            if frequency[term] <= MAX_RULES_WITH_TERM:
                rejecting[term].append(rule)
    for rule in rules:
        reported: set[str] = set()
        for term in sorted(rule.words & rejecting.keys()):
            for other in rejecting[term]:
                if other.rule.id not in reported and _may_contradict(rule, other, term):
                    reported.add(other.rule.id)
                    yield _finding(rule, other, term)


@dataclass(frozen=True, slots=True)
class Terms:
    """A rule and word stems: its topics, the words it uses, the words it starts with, and the words it rejects."""

    standard: Standard
    rule: Rule
    topics: frozenset[str]
    words: frozenset[str]
    lead: frozenset[str]
    rejected: frozenset[str]

    @classmethod
    def of(cls, standard: Standard, rule: Rule) -> "Terms":
        """Analyse the first sentence of a statement."""
        sentence = rule.statement.split(". ")[0]
        if rule.level.negative:
            rejected = " ".join(_CODE.findall(sentence))
        else:
            rejection = _REJECTED.search(sentence)
            rejected = " ".join(_CODE.findall(rejection[1])) if rejection else ""
        words = _stems(sentence)
        topics = frozenset(_stems(f"{standard.path} {standard.title}")) - _NOT_A_TOPIC
        return cls(standard, rule, topics, frozenset(words), frozenset(words[:3]), frozenset(_stems(rejected)))


def _stems(text: str) -> list[str]:
    """Return the words of a text in lower case without a plural `s`."""
    return [word.rstrip("s") or word for word in re.findall(r"[a-z_]{3,}", text.casefold())]


def _may_contradict(asking: Terms, rejecting: Terms, term: str) -> bool:
    """Return whether two rules of related standards may contradict each other on a term."""
    if asking.rule.id == rejecting.rule.id or asking.standard.path == rejecting.standard.path:
        return False
    languages = asking.standard.scope.languages, rejecting.standard.scope.languages
    if not asking.topics & rejecting.topics or _disjoint(*languages):
        return False
    if asking.rule.level.negative and rejecting.rule.level.negative:
        return asking.rule.level is not rejecting.rule.level and term not in asking.rejected
    return not asking.rule.level.negative and term in asking.lead and term not in asking.rejected


def _disjoint(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Return whether two scopes both name languages and have none in common."""
    return bool(first and second and not set(first) & set(second))


def _finding(asking: Terms, rejecting: Terms, term: str) -> Finding:
    message = f"{asking.rule.level} about `{term}`, which `{rejecting.rule.id}` rejects with {rejecting.rule.level}"
    help_ = "if they contradict each other, keep one; otherwise suppress this finding with a reason"
    return pair_finding("CX319", message, asking, rejecting, help_=help_, note="compare with")


LINT: Final = Lint(code="CX319", name="contradiction-candidate", severity=Severity.INFO, codex=check)
