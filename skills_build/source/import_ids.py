"""Gives the rules of imported standards ids in the canonical form, and keeps those of an earlier import.

A standard whose rules share one canonical prefix takes it as its id, so that its rules keep theirs. Any other id that a
rule had is kept as its alias, by which it can still be cited.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

from skills_build.model.codex import LockedId
from skills_build.model.standard import CANONICAL, Rule, Standard
from skills_build.source import id_marks
from skills_build.source.front_matter import document_id
from skills_build.source.resolve import Place, match_locked_ids, resolve
from skills_build.source.slug import told_apart

CANONICAL_ID: Final = re.compile(id_marks.OWN_ID)
_STANDARD_ID: Final = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*")


def with_canonical_ids(standards: Sequence[Standard], previous: Sequence[LockedId] = ()) -> tuple[Standard, ...]:
    """Give every standard and rule an id in the canonical form. `previous` is the lock of an earlier import.

    Standards that are canonical already stay as they are.
    """
    if previous:
        standards = [replace(s, rules=tuple(_without_new_id(rule) for rule in s.rules)) for s in standards]
    kept = _kept_ids(standards, previous)
    prefixes = _standard_ids(standards, kept)
    numbers = _Numbers([*(e.id for e in previous), *kept.values(), *_written(standards, prefixes)])
    return tuple(
        standard if standard.dialect == CANONICAL else _renamed(standard, number, prefixes[number], kept, numbers)
        for number, standard in enumerate(standards)
    )


def _without_new_id(rule: Rule) -> Rule:
    """Return a rule without the id that was made for it just now, which ignores the earlier import."""
    return rule if rule.id_written else replace(rule, id="")


def _written(standards: Sequence[Standard], prefixes: Sequence[str]) -> Iterable[str]:
    """Yield the ids of the documents that stay ids."""
    for standard, prefix in zip(standards, prefixes, strict=True):
        yield from (rule.id for rule in standard.rules if _fits(rule.id, prefix))


def _kept_ids(standards: Sequence[Standard], previous: Sequence[LockedId]) -> dict[Place, str]:
    """Return the ids that rules keep from an earlier import: by the id they had before it, otherwise by their title."""
    places = [Place(s, r) for s, one in enumerate(standards) if one.dialect != CANONICAL for r in range(len(one.rules))]
    by_slug = {entry.slug: entry.id for entry in previous}
    kept: dict[Place, str] = {}
    used: set[str] = set()
    for place in places:
        rule = standards[place.standard].rules[place.rule]
        id_ = by_slug.get(former_slug(rule)) if rule.id_written else None
        if id_ and id_ not in used:
            kept[place] = id_
            used.add(id_)
    left = [
        place
        for place in places
        if place not in kept and _has_no_id(standards[place.standard].rules[place.rule], by_slug, used)
    ]
    unclaimed = [entry for entry in previous if entry.id not in used and not entry.withdrawn]
    return {**kept, **match_locked_ids(standards, left, unclaimed)}


def _has_no_id(rule: Rule, by_slug: Mapping[str, str], used: Set[str]) -> bool:
    """Return whether a rule has no id of its own: none is written, or another rule has the same."""
    return not rule.id_written or by_slug.get(former_slug(rule)) in used


def former_slug(rule: Rule) -> str:
    """Return the slug of a rule that had an id of its own: that id in lower case."""
    return rule.id.lower()


def _standard_ids(standards: Sequence[Standard], kept: Mapping[Place, str]) -> list[str]:
    """Return a unique id for each standard: that of an earlier import, else that of its rules, else its own."""
    earlier: dict[int, Counter[str]] = defaultdict(Counter)
    for place, id_ in kept.items():
        earlier[place.standard][_prefix(id_)] += 1
    shared = Counter(prefix for standard in standards for prefix in _own_prefixes(standard))
    taken = {standard.id for standard in standards if standard.dialect == CANONICAL}
    ids: dict[int, str] = {n: s.id for n, s in enumerate(standards) if s.dialect == CANONICAL}
    wishes = [(-count, number, prefix) for number, of in earlier.items() for prefix, count in of.most_common(1)]
    for _, number, prefix in sorted(wishes):
        if prefix not in taken:
            ids[number] = prefix
            taken.add(prefix)
    for number, standard in enumerate(standards):
        if number not in ids:
            own = _own_prefixes(standard)
            wish = own[0] if len(own) == 1 and shared[own[0]] == 1 else _canonical(standard.id)
            ids[number] = wish if wish not in taken else told_apart(wish, standard.path)
            taken.add(ids[number])
    return [ids[number] for number in range(len(standards))]


def _own_prefixes(standard: Standard) -> list[str]:
    """Return the prefixes of the ids in a document that have the canonical form; none if some have not."""
    written = [rule.id for rule in standard.rules if rule.id_written]
    if not written or any(not CANONICAL_ID.fullmatch(id_) for id_ in written) or len(set(written)) < len(written):
        return []
    return sorted({_prefix(id_) for id_ in written if len(_prefix(id_)) <= 64})


def _prefix(id_: str) -> str:
    return id_.rpartition("-")[0]


def _canonical(id_: str) -> str:
    upper = re.sub(r"[^A-Z0-9]+", "-", id_.upper()).strip("-")
    return upper if len(upper) <= 64 and _STANDARD_ID.fullmatch(upper) else document_id(id_, joiners="-")


def _fits(id_: str, prefix: str) -> bool:
    return bool(CANONICAL_ID.fullmatch(id_)) and _prefix(id_) == prefix


class _Numbers:
    """Assigns the next free number of each prefix."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._highest: dict[str, int] = defaultdict(int)
        for id_ in ids:
            number = re.match(r"\d{1,9}", id_.rpartition("-")[2])
            prefix = _prefix(id_)
            self._highest[prefix] = max(self._highest[prefix], int(number[0]) if number else 0)

    def next_id(self, prefix: str) -> str:
        """Return the next id with a prefix."""
        self._highest[prefix] += 1
        return f"{prefix}-{self._highest[prefix]}"


def _renamed(standard: Standard, number: int, prefix: str, kept: Mapping[Place, str], numbers: _Numbers) -> Standard:
    rules: list[Rule] = []
    seen: set[str] = set()
    for place, rule in enumerate(standard.rules):
        id_ = kept.get(Place(number, place)) or (rule.id if _fits(rule.id, prefix) and rule.id not in seen else "")
        id_ = id_ or numbers.next_id(prefix)
        seen.add(id_)
        had = rule.id_written and rule.id != id_
        slug = former_slug(rule) if rule.id_written and rule.id != id_ else rule.slug
        rules.append(replace(rule, id=id_, slug=slug, alias=rule.id if had else rule.alias))
    return replace(standard, id=prefix, rules=tuple(rules))


def new_lock(
    standards: Sequence[Standard], previous: Sequence[LockedId], *, day: str
) -> tuple[tuple[LockedId, ...], tuple[LockedId, ...]]:
    """Return the lock of an import, and its entries whose rules are gone, which are withdrawn on `day`."""
    written = [replace(s, rules=tuple(replace(r, id_written=True) for r in s.rules)) for s in standards]
    titles = {rule.id: (standard.path, rule) for standard in standards for rule in standard.rules}
    before = {entry.id for entry in previous}
    taken = {entry.slug for entry in previous}
    entries, gone = [], []
    for entry in resolve(written, locked=previous).ids:
        if entry.id not in titles:
            withdrawn = replace(entry, withdrawn=entry.withdrawn or day)
            entries.append(withdrawn)
            gone.append(withdrawn)
            continue
        former = titles[entry.id][1].slug
        own = entry.id not in before and former and former not in taken
        entries.append(replace(entry, slug=former if own else entry.slug, withdrawn=None))
        taken.add(entries[-1].slug)
    return tuple(entries), tuple(gone)
