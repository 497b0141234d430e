"""The order of rules. What fits is decided elsewhere."""

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
    """Return a key that sorts `CI-9` before `CI-10`."""
    return tuple((word, int(number) if number else -1) for word, number in _PIECE.findall(identity) if word or number)


def ranker(priority: Sequence[str]) -> Callable[[PlacedRule], tuple[int, int, IdKey]]:
    """Make a sort key: first by the codex's own `priority` list, then by each standard's, then by id."""
    first = {identity: number for number, identity in enumerate(priority)}

    def key(placed: PlacedRule) -> tuple[int, int, IdKey]:
        own = placed.standard.priority
        second = own.index(placed.rule.id) if placed.rule.id in own else _LAST
        return first.get(placed.rule.id, _LAST), second, id_key(placed.rule.id)

    return key


def always_on(rules: Iterable[PlacedRule], priority: Sequence[str]) -> tuple[PlacedRule, ...]:
    """Return the enforced MUSTs and MUST NOTs among `rules`, most important first."""
    return tuple(sorted((rule for rule in rules if rule.blocks), key=ranker(priority)))


def by_weight(rules: Iterable[PlacedRule], priority: Sequence[str]) -> tuple[PlacedRule, ...]:
    """Sort `rules`: blocking ones by priority and id, then advisory ones by level, deprecated ones last.

    Among advisory rules, the standards take turns.
    """
    rank = ranker(priority)

    def weight(placed: PlacedRule) -> tuple[bool, bool, int]:
        return placed.status is Status.DEPRECATED, not placed.blocks, _LEVELS[placed.rule.level]

    ordered = sorted(rules, key=lambda rule: (weight(rule), rank(rule)))
    turns = _turns(ordered, weight)
    return tuple(sorted(ordered, key=lambda rule: (weight(rule), rank(rule)[:2], turns[rule.rule.id], rank(rule)[2])))


def _turns(ordered: Iterable[PlacedRule], weight: Callable[[PlacedRule], tuple[bool, bool, int]]) -> Mapping[str, int]:
    """Number the advisory rules within each standard and weight, so that standards take turns; blocking rules get 0."""
    seen: Counter[tuple[str, tuple[bool, bool, int]]] = Counter()
    turns: dict[str, int] = {}
    for placed in ordered:
        group = (placed.standard.path, weight(placed))
        turns[placed.rule.id] = 0 if placed.blocks else seen[group]
        seen[group] += 1
    return turns
