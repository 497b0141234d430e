"""Two rules that may contradict each other."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.frozen import dataclass
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import first_sentence
from skills_build.lint.similarity import pair_finding, related_languages
from skills_build.model.codex import Codex
from skills_build.model.standard import Rule, Standard
from skills_build.source.levels import without_levels

MAX_RULES_WITH_TERM: Final = 8
"""A term used by more rules than this is too common to relate two of them."""
_NOT_A_TOPIC: Final = frozenset(
    ["readme", "index", "rule", "standard", "guide", "general", "doc", "with", "and", "the"]
)
_OBJECT: Final = re.compile(
    r"^\W*(?:you |always |never |don.t |do not |not )*(?P<verb>[a-z]+)(?: (?:the|an?|any))?"
    r" `(?P<term>[^`]+)`(?P<rest>[^.]*)",
    re.IGNORECASE,
)
"""A verb whose object is code, at the start of a demand: `use `x``."""
_PREFERRED: Final = re.compile(
    r"^(?P<kept>.*?)(?:\b(?:over|instead of|rather than)|, not)(?: the)? `(?P<term>[^`]+)`(?P<rest>[^.]*)",
    re.IGNORECASE,
)
_CONDITION: Final = re.compile(
    r"\b(?:if|when|unless|except|only|where|until|while|for|in|on|to|as|with|without|inside|outside|after|before)\b",
    re.IGNORECASE,
)
"""A demand with a condition contradicts none without it."""
LEAD: Final = 3
"""Number of words at the start of a statement that state its subject."""
MAX_REST: Final = 3
"""A prohibition that continues for more words forbids a particular use, not the thing itself."""


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding where one rule asks to use a term and another one rejects it, both without a condition."""
    rules = [(standard, rule) for standard in codex.standards for rule in standard.rules if not rule.tombstone]
    rejecting: dict[str, list[Demand]] = defaultdict(list)
    used = Counter(word for _, rule in rules for word in set(_stems(rule.statement)))
    for demand in (demand for pair in rules for demand in _rejections(*pair)):
        if used[demand.term] <= MAX_RULES_WITH_TERM:
            rejecting[demand.term].append(demand)
    if not rejecting:
        return
    for asking in (demand for pair in rules for demand in _requests(*pair)):
        others = (one for one in rejecting.get(asking.term, ()) if _may_contradict(asking, one))
        other = next(others, None)
        if other is not None:
            yield _finding(asking, other)


@dataclass(frozen=True, slots=True)
class Demand:
    """A term that a rule asks to use or rejects, with the verb if that matters, and the topics of its standard."""

    standard: Standard
    rule: Rule
    topics: frozenset[str]
    verb: str
    term: str


def _rejections(standard: Standard, rule: Rule) -> Iterator[Demand]:
    """Yield the term that a rule forbids to use, or that it prefers another one to, without a condition."""
    sentence = _unconditional(rule)
    if rule.level.negative:
        found = _OBJECT.match(sentence)
        if found and _is_whole(found["rest"]):
            yield Demand(standard, rule, _topics(standard), found["verb"].casefold(), _stem(found["term"]))
    else:
        found = _PREFERRED.match(sentence)
        if found and _is_whole(found["rest"]):
            yield Demand(standard, rule, _topics(standard), "", _stem(found["term"]))


def _requests(standard: Standard, rule: Rule) -> Iterator[Demand]:
    """Yield the term that a rule asks to use, and the terms that it starts with."""
    if rule.level.negative:
        return
    sentence = _unconditional(rule)
    found = _OBJECT.match(sentence)
    if found and _is_whole(found["rest"]) and not _PREFERRED.match(sentence):
        yield Demand(standard, rule, _topics(standard), found["verb"].casefold(), _stem(found["term"]))
    for word in _stems(sentence)[:LEAD]:
        yield Demand(standard, rule, _topics(standard), "", word)


def _unconditional(rule: Rule) -> str:
    """Return the first sentence of a rule without its level; empty if the rule has a condition or an exception."""
    if rule.scope.when or rule.label("when") or rule.label("except"):
        return ""
    return without_levels(first_sentence(rule.statement)).strip()


@lru_cache(maxsize=256)
def _topics_of(text: str) -> frozenset[str]:
    return frozenset(_stems(text)) - _NOT_A_TOPIC


def _topics(standard: Standard) -> frozenset[str]:
    return _topics_of(f"{standard.path} {standard.title}")


def _stem(term: str) -> str:
    """Return the first word of a term in code without a plural `s`; the term itself if it has no word."""
    return next(iter(_stems(term)), term)


def _is_whole(rest: str) -> bool:
    """Whether what follows a term limits the demand to no certain case."""
    return not _CONDITION.search(rest) and len(rest.split()) <= MAX_REST


def _stems(text: str) -> list[str]:
    """Return the words of a text in lower case without a plural `s`."""
    return [word.rstrip("s") or word for word in re.findall(r"[a-z_]{3,}", text.casefold())]


def _may_contradict(asking: Demand, rejecting: Demand) -> bool:
    """Return whether two rules of related standards ask for opposite things."""
    if asking.standard.path == rejecting.standard.path or asking.rule.id == rejecting.rule.id:
        return False
    if asking.verb != rejecting.verb:
        return False
    return bool(asking.topics & rejecting.topics) and related_languages(asking.standard, rejecting.standard)


def _finding(asking: Demand, rejecting: Demand) -> Finding:
    message = (
        f"{asking.rule.level} about `{asking.term}`, which `{rejecting.rule.id}` rejects with {rejecting.rule.level}"
    )
    help_ = "if the rules contradict each other, keep only one of them; otherwise suppress this finding with a reason"
    return pair_finding("CX319", message, asking, rejecting, help_=help_, note="compare with")


LINT: Final = Lint(code="CX319", name="contradiction-candidate", severity=Severity.INFO, codex=check)
