"""Compares the statements of rules: the words that count, which pairs to compare, and the finding about a pair."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Final, Protocol

from skills_build.diagnostics import Finding, Note, Span
from skills_build.frozen import dataclass
from skills_build.model.codex import Codex
from skills_build.model.standard import Level, Rule, Standard
from skills_build.source.candidates import visible_text
from skills_build.source.levels import without_levels

LANGUAGES: Final = frozenset(
    [
        "python",
        "typescript",
        "javascript",
        "java",
        "go",
        "golang",
        "rust",
        "c",
        "cpp",
        "clang",
        "csharp",
        "dotnet",
        "net",
        "ruby",
        "swift",
        "kotlin",
        "php",
        "scala",
        "android",
        "ios",
        "elixir",
        "perl",
        "bash",
        "css",
        "scss",
        "html",
        "sql",
    ]
)
_NEGATION: Final = re.compile(r"^(?:do not|don.t|never|avoid|must not|should not|not)\b", re.IGNORECASE)
_LEGEND: Final = re.compile(
    r"\b(?:adopt|follow|consider|apply|use|implement|meet|satisfy|ignore) (?:this|the|each|such an?) "
    r"(?:pattern|requirement|rule|guideline|practice|recommendation|advice|item|standard)s?\b(?! (?:in|of|from)\b)",
    re.IGNORECASE,
)
MAX_BUCKET: Final = 40
"""If more rules than this share their rarest words, they are boilerplate rather than copies of each other."""
MIN_WORDS: Final = 3
"""Statements with fewer words are not compared."""


@dataclass(frozen=True, slots=True)
class ComparableRule:
    """A rule in force, its standard, and the words of its statement in order, without level and language names."""

    standard: Standard
    rule: Rule
    words: tuple[str, ...]


@lru_cache(maxsize=1)
def comparable_rules(codex: Codex) -> tuple[ComparableRule, ...]:
    """Return every rule that is not withdrawn and has at least `MIN_WORDS` words."""
    rules = (
        ComparableRule(s, r, _words(r))
        for s in codex.standards
        for r in s.rules
        if r.tombstone is None and not _says_nothing_itself(r)
    )
    return tuple(rule for rule in rules if len(rule.words) >= MIN_WORDS)


def _says_nothing_itself(rule: Rule) -> bool:
    """Whether a statement only introduces a list, or explains a level as a legend does: `adopt this pattern`."""
    return rule.statement.rstrip().endswith(":") or bool(_LEGEND.search(rule.statement))


def related_languages(first: Standard, second: Standard) -> bool:
    """Return whether two standards can apply to the same code, as far as their languages and paths name languages."""
    left, right = _languages(first), _languages(second)
    return not left or not right or bool(left & right)


@lru_cache(maxsize=4096)
def _languages_in(path: str) -> frozenset[str]:
    return LANGUAGES & frozenset(re.findall(r"[a-z]+", path.casefold()))


def named_languages(rule: Rule) -> frozenset[str]:
    """Return the languages that a statement names."""
    return LANGUAGES & frozenset(re.findall(r"\w+", rule.statement.casefold()))


def _languages(standard: Standard) -> frozenset[str]:
    return _languages_in(standard.path) | frozenset(word.casefold() for word in standard.scope.languages)


def _words(rule: Rule) -> tuple[str, ...]:
    text = _NEGATION.sub("", without_levels(visible_text(rule.statement)).strip())
    return tuple(w for w in re.findall(r"\w+", text.casefold()) if w not in LANGUAGES)


def same_statements(rules: Sequence[ComparableRule]) -> Iterator[tuple[ComparableRule, ...]]:
    """Yield groups of rules whose words are the same in the same order."""
    groups: dict[tuple[str, ...], list[ComparableRule]] = defaultdict(list)
    for rule in rules:
        groups[rule.words].append(rule)
    return (tuple(group) for group in groups.values() if len(group) > 1)


def similar_statements(
    rules: Sequence[ComparableRule], *, share: float
) -> Iterator[tuple[ComparableRule, ComparableRule]]:
    """Yield pairs that have at least `share` of their words in common (Jaccard), each pair once.

    Only rules that share two of their four rarest words are compared, so the work grows with the number of rules.
    """
    frequency = Counter(word for rule in rules for word in set(rule.words))
    buckets: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, rule in enumerate(rules):
        rare = sorted(set(rule.words), key=lambda word: (frequency[word], word))[:4]
        for pair in combinations(sorted(rare), 2):
            buckets[pair].append(number)
    seen: set[tuple[int, int]] = set()
    for numbers in buckets.values():
        if not 1 < len(numbers) <= MAX_BUCKET:
            continue
        for low, high in combinations(numbers, 2):
            if (low, high) not in seen:
                seen.add((low, high))
                if _word_overlap(rules[low], rules[high]) >= share and rules[low].words != rules[high].words:
                    yield rules[low], rules[high]


def _word_overlap(first: ComparableRule, second: ComparableRule) -> float:
    """Return the share of words that two statements have in common (Jaccard index)."""
    left, right = set(first.words), set(second.words)
    return len(left & right) / len(left | right)


class RuleInStandard(Protocol):
    """A rule together with its standard."""

    @property
    def standard(self) -> Standard:
        """The standard of the rule."""

    @property
    def rule(self) -> Rule:
        """The rule."""


def pair_finding(
    code: str,
    message: str,
    subject: RuleInStandard,
    other: RuleInStandard,
    *,
    help_: str,
    span: Span | None = None,
    note: str = "the other rule",
) -> Finding:
    """Return a finding at `subject` with a note at `other`. `span` is the statement of `subject` unless given."""
    return Finding(
        code=code,
        message=message,
        path=subject.standard.path,
        span=span or subject.rule.span,
        notes=(Note(message=note, path=other.standard.path, span=other.rule.span),),
        help=help_,
    )


def level_conflicts(
    codex: Codex, code: str, in_conflict: Callable[[Level, Level], bool], *, help_: str
) -> Iterator[Finding]:
    """Yield a finding for each rule whose level conflicts with that of the first rule with the same statement."""
    for first, *others in same_statements(comparable_rules(codex)):
        for other in others:
            if in_conflict(first.rule.level, other.rule.level):
                levels = f"the level is {other.rule.level} here but {first.rule.level} in `{first.rule.id}`"
                message = f"{levels}, for the same statement"
                span = other.rule.level_span or other.rule.span
                yield pair_finding(code, message, other, first, span=span, help_=help_)
