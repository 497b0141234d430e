"""Which rule comes first. Orders only; what fits is decided elsewhere."""

import re
from collections.abc import Callable, Iterable, Sequence
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
    return tuple(sorted((one for one in rules if one.blocks), key=ranker(priority)))


def by_weight(rules: Iterable[PlacedRule], priority: Sequence[str]) -> tuple[PlacedRule, ...]:
    """All of `rules`: what blocks, then what advises by level, deprecated ones last; each in order of priority and id."""
    rank = ranker(priority)

    def key(one: PlacedRule) -> tuple[bool, bool, int, tuple[int, int, IdKey]]:
        return one.status is Status.DEPRECATED, not one.blocks, _LEVELS[one.rule.level], rank(one)

    return tuple(sorted(rules, key=key))
