"""When two statements say the same: the words that count, and which rules are worth comparing at all."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from skills_build.model.standard import Codex, Rule, Standard
from skills_build.source.candidates import KEYWORD, visible_text

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
    ]
)
_NEGATION: Final = re.compile(r"^(?:do not|don.t|never|avoid|must not|should not|not)\b", re.IGNORECASE)
BUCKET: Final = 40
"""Rules that share their rarest words beyond this number are boilerplate, not copies of one another."""


@dataclass(frozen=True, slots=True)
class ComparableRule:
    """A live rule, its standard, and the words of its statement without level and language names, in order."""

    standard: Standard
    rule: Rule
    words: tuple[str, ...]


@lru_cache(maxsize=1)
def comparable_rules(codex: Codex) -> tuple[ComparableRule, ...]:
    """Every rule that is not withdrawn and says at least three words."""
    found = (ComparableRule(s, r, _words(r)) for s in codex.standards for r in s.rules if r.tombstone is None)
    return tuple(one for one in found if len(one.words) >= 3)


def _words(rule: Rule) -> tuple[str, ...]:
    text = _NEGATION.sub("", KEYWORD.sub(" ", visible_text(rule.statement)).strip())
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
    for number, one in enumerate(rules):
        rare = sorted(set(one.words), key=lambda word: (frequency[word], word))[:4]
        for first in range(len(rare)):
            for second in range(first + 1, len(rare)):
                buckets[tuple(sorted((rare[first], rare[second])))].append(number)  # type: ignore[index]
    seen: set[tuple[int, int]] = set()
    for numbers in buckets.values():
        if not 1 < len(numbers) <= BUCKET:
            continue
        for place, low in enumerate(numbers):
            for high in numbers[place + 1 :]:
                if (low, high) not in seen:
                    seen.add((low, high))
                    if _alike(rules[low], rules[high]) >= share and rules[low].words != rules[high].words:
                        yield rules[low], rules[high]


def _alike(one: ComparableRule, other: ComparableRule) -> float:
    first, second = set(one.words), set(other.words)
    return len(first & second) / len(first | second)
