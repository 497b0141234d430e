"""The order of rules. What fits is decided elsewhere."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from skills_build.compile.select import rule_folders
from skills_build.model.bundle import PlacedRule
from skills_build.model.standard import Level, Status

IdKey = tuple[tuple[str, int], ...]
_PIECE: Final = re.compile(r"(\D*)(\d*)")
_LAST: Final = 1_000_000
_OF_WORDS: Final = 1
"""The specificity of a rule for languages."""
_OF_FILES: Final = 3
"""The specificity of a rule for a kind of file."""
_OF_LANGUAGE: Final = 5
"""Number of rules that a standard for a language contributes per turn; other standards contribute one."""
_LEVELS: Final = {Level.MUST: 0, Level.MUST_NOT: 0, Level.SHOULD: 1, Level.SHOULD_NOT: 1, Level.MAY: 2}


def id_key(identity: str) -> IdKey:
    """Return a key that sorts `CI-9` before `CI-10`."""
    return tuple((word, int(number) if number else -1) for word, number in _PIECE.findall(identity) if word or number)


def prefix(identity: str) -> str:
    """Return what precedes an id's number: `CI` of `CI-12`; an id without a hyphen loses its digits."""
    head, hyphen, _ = identity.rpartition("-")
    return head if hyphen else identity.rstrip("0123456789") or "ids"


def ranker(priority: Sequence[str]) -> Callable[[PlacedRule], tuple[int, int, IdKey]]:
    """Make a sort key: first by the codex's own `priority` list, then by each standard's, then by the id's prefix.

    Within a prefix, a stable sort keeps the order of the source. By number, the new rules of two branches would be
    neighbours, and git could not merge them.
    """
    first = {identity: number for number, identity in enumerate(priority)}

    def key(placed: PlacedRule) -> tuple[int, int, IdKey]:
        own = placed.standard.priority
        second = own.index(placed.rule.id) if placed.rule.id in own else _LAST
        return first.get(placed.rule.id, _LAST), second, id_key(prefix(placed.rule.id))

    return key


def always_on(
    rules: Iterable[PlacedRule], priority: Sequence[str], *, main: Sequence[str] = ()
) -> tuple[PlacedRule, ...]:
    """Return the enforced MUSTs and MUST NOTs among `rules`: the most specific first, then by priority and id's prefix.

    A rule for a `main` language of the repository, in lower case, says more about its work than one for every
    repository or for its pipeline; one for the language of a few scripts says less than one for pipelines.
    """
    rank = ranker(priority)
    blocking = (rule for rule in rules if rule.blocks)
    return tuple(sorted(blocking, key=lambda rule: (_place(rule, main), _is_of_other(rule, main), rank(rule))))


def _is_of_other(placed: PlacedRule, main: Sequence[str]) -> bool:
    """Return whether a rule is only for other languages than the main ones."""
    return bool(main and placed.scope.languages) and set(main).isdisjoint(map(str.lower, placed.scope.languages))


def _place(placed: PlacedRule, main: Sequence[str]) -> int:
    """Return the specificity of a rule; one for other languages than the main ones applies to a kind of file."""
    place = specificity(placed)
    return _OF_FILES if place == _OF_WORDS and _is_of_other(placed, main) else place


def in_turns(
    rules: Iterable[PlacedRule], priority: Sequence[str], *, main: Sequence[str] = ()
) -> tuple[PlacedRule, ...]:
    """Reorder `rules` so that the standards take turns: where few fit, each standard is represented by its first.

    A standard for a `main` language is represented by its first five. A new rule, which has the highest id of its
    standard, displaces no earlier one of it.
    """
    rank = ranker(priority)
    ordered = sorted(
        rules, key=lambda rule: (_place(rule, main), _is_of_other(rule, main), rank(rule), id_key(rule.rule.id))
    )
    turns = _turns(ordered)
    return tuple(sorted(ordered, key=lambda rule: turns[rule.rule.id] // _share_of_turn(rule, main)))


def _share_of_turn(placed: PlacedRule, main: Sequence[str]) -> int:
    return _OF_LANGUAGE if placed.scope.languages and not _is_of_other(placed, main) else 1


def specificity(placed: PlacedRule) -> int:
    """Return how narrowly a rule applies, from 0: folder, language, technology, kind of file, kind of package, all."""
    scope = placed.scope
    kinds = (rule_folders(placed), scope.languages, scope.technologies, scope.paths, scope.kinds)
    return next((number for number, words in enumerate(kinds) if words), len(kinds))


def by_weight(rules: Iterable[PlacedRule], priority: Sequence[str]) -> tuple[PlacedRule, ...]:
    """Sort `rules` by what matters most: blocking ones, then advisory ones by level, deprecated ones last.

    Among equals, `priority` counts, then the standards take turns, each in the order of its ids. A new rule, which has
    the highest id of its standard, so displaces no other one from what is shown.
    """
    rank = ranker(priority)
    ordered = sorted(rules, key=lambda rule: (_weight(rule), rank(rule), id_key(rule.rule.id)))
    turns = _turns(ordered)
    return tuple(sorted(ordered, key=lambda rule: (_weight(rule), rank(rule)[:2], turns[rule.rule.id], rank(rule)[2])))


def in_display_order(
    chosen: Iterable[PlacedRule], rules: Iterable[PlacedRule], priority: Sequence[str]
) -> tuple[PlacedRule, ...]:
    """Sort the `chosen` ones of `rules` for readers: by weight and priority, then by standard in source order."""
    ids, rank = {placed.rule.id for placed in chosen}, ranker(priority)
    shown = (placed for placed in rules if placed.rule.id in ids)
    return tuple(sorted(shown, key=lambda rule: (_weight(rule), rank(rule))))


def _weight(placed: PlacedRule) -> tuple[bool, bool, int]:
    return placed.status is Status.DEPRECATED, not placed.blocks, _LEVELS[placed.rule.level]


def _turns(ordered: Iterable[PlacedRule]) -> Mapping[str, int]:
    """Number the rules within each standard and weight, so that standards take turns."""
    seen: Counter[tuple[str, tuple[bool, bool, int]]] = Counter()
    turns: dict[str, int] = {}
    for placed in ordered:
        group = (placed.standard.path, _weight(placed))
        turns[placed.rule.id] = seen[group]
        seen[group] += 1
    return turns
