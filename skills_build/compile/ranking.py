"""Which rule comes first. Orders only; what fits is decided elsewhere."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from skills_build.model.bundle import PlacedRule
from skills_build.model.standard import Level, Status

IdKey = tuple[tuple[str, int], ...]
_PIECE: Final = re.compile(r"(\D*)(\d*)")
_LAST: Final = 1_000_000
_LEVELS: Final = {Level.MUST: 0, Level.MUST_NOT: 0, Level.SHOULD: 1, Level.SHOULD_NOT: 1, Level.MAY: 2}


def id_key(identity: str) -> IdKey:
    """A key that sorts `CI-9` before `CI-10`."""
    return tuple((word, int(number) if number else -1) for word, number in _PIECE.findall(identity) if word or number)


def ranker(priority: Sequence[str]) -> Callable[[PlacedRule], tuple[int, int, IdKey]]:
    """A sort key: the codex's own `priority` list first, then each standard's, then by id."""
    first = {identity: number for number, identity in enumerate(priority)}

    def key(one: PlacedRule) -> tuple[int, int, IdKey]:
        own = one.standard.priority
        second = own.index(one.rule.id) if one.rule.id in own else _LAST
        return first.get(one.rule.id, _LAST), second, id_key(one.rule.id)

    return key


def always_on(rules: Iterable[PlacedRule], priority: Sequence[str]) -> tuple[PlacedRule, ...]:
    """The enforced MUSTs and MUST NOTs among `rules`, most important first."""
    return tuple(sorted((rule for rule in rules if rule.blocks), key=ranker(priority)))


def by_weight(rules: Iterable[PlacedRule], priority: Sequence[str]) -> tuple[PlacedRule, ...]:
    """All of `rules`: what blocks in order of priority and id, then what advises by level, deprecated ones last.

    Among those that advise, the standards take turns.
    """
    rank = ranker(priority)

    def weight(one: PlacedRule) -> tuple[bool, bool, int]:
        return one.status is Status.DEPRECATED, not one.blocks, _LEVELS[one.rule.level]

    ordered = sorted(rules, key=lambda rule: (weight(rule), rank(rule)))
    turns = _turns(ordered, weight)
    return tuple(sorted(ordered, key=lambda one: (weight(one), rank(one)[:2], turns[one.rule.id], rank(one)[2])))


def _turns(ordered: Iterable[PlacedRule], weight: Callable[[PlacedRule], tuple[bool, bool, int]]) -> Mapping[str, int]:
    """Give each rule that only advises its turn, so that every standard comes to speak; what blocks needs none."""
    seen: Counter[tuple[str, tuple[bool, bool, int]]] = Counter()
    turns: dict[str, int] = {}
    for placed_rule in ordered:
        group = (placed_rule.standard.path, weight(placed_rule))
        turns[placed_rule.rule.id] = 0 if placed_rule.blocks else seen[group]
        seen[group] += 1
    return turns
