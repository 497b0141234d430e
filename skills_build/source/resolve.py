"""All files together: derived ids and slugs settled against the lock, and the lock as it should be afterwards.

An id once given to a statement stays with it: the same file and title first, then the same title in another file, then
the most similar title of the same file. Written ids are the author's and never changed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from skills_build.model.standard import Codex, LockedId, Rule, Standard, Status
from skills_build.source.candidates import visible_text
from skills_build.source.slug import slug

SIMILAR: Final = 0.6
"""The least share of words that an old and a new title have in common to be the same rule."""
FORM: Final = "{document}-{number}"


@dataclass(frozen=True, slots=True)
class _Place:
    standard: int
    rule: int


@dataclass(slots=True)
class _Ledger:
    """Which ids and slugs are taken, and which locked ids nobody has claimed yet."""

    taken: set[str] = field(default_factory=set)
    slugs: set[str] = field(default_factory=set)
    highest: dict[str, int] = field(default_factory=dict)

    def note(self, id_: str) -> None:
        """Remember an id, and the highest number of its document."""
        self.taken.add(id_)
        match = re.fullmatch(r"(.*\D)(\d+)", id_)
        if match:
            self.highest[match[1]] = max(self.highest.get(match[1], 0), int(match[2][:9]))

    def next_id(self, form: str, document: str) -> str:
        """The next free id of a document."""
        stem = form.replace("{document}", document)
        prefix = stem.split("{number}")[0]
        number = self.highest.get(prefix, 0)
        while True:
            number += 1
            candidate = stem.replace("{number}", str(number))
            if candidate not in self.taken:
                self.highest[prefix] = number
                self.taken.add(candidate)
                return candidate

    def next_slug(self, title: str, id_: str) -> str:
        """A slug for a title that no other rule has."""
        base = slug(visible_text(title)) or slug(id_) or "rule"
        candidate, number = base, 1
        while candidate in self.slugs:
            number += 1
            candidate = f"{base}-{number}"
        self.slugs.add(candidate)
        return candidate


def resolve(
    standards: Iterable[Standard],
    *,
    locked: Sequence[LockedId] = (),
    files: frozenset[str] = frozenset(),
    forms: dict[str, str] | None = None,
) -> Codex:
    """Settle ids and slugs. `forms` maps a dialect's name to the form of its derived ids."""
    ordered = sorted(standards, key=lambda s: s.path)
    ledger = _Ledger()
    for entry in locked:
        ledger.note(entry.id)
        ledger.slugs.add(entry.slug)
    for standard in ordered:
        for rule in standard.rules:
            if rule.id_written:
                ledger.note(rule.id)
    settled = _derived(ordered, locked, ledger, forms or {})
    by_id = {entry.id: entry for entry in locked}
    result = [replace(s, rules=tuple(_slugged(r, by_id, ledger) for r in s.rules)) for s in settled]
    return Codex(standards=tuple(result), ids=_lock(result, locked), locked=tuple(locked), files=files)


def _derived(
    standards: Sequence[Standard], locked: Sequence[LockedId], ledger: _Ledger, forms: dict[str, str]
) -> list[Standard]:
    """Give every rule without a written id its own."""
    open_places = [
        _Place(s, r)
        for s, standard in enumerate(standards)
        for r, rule in enumerate(standard.rules)
        if not rule.id_written
    ]
    if not open_places:
        return list(standards)
    written = {rule.id for standard in standards for rule in standard.rules if rule.id_written}
    unclaimed = [entry for entry in locked if not entry.withdrawn and entry.id not in written]
    ids = _claims(standards, open_places, unclaimed)
    for place in open_places:
        if place not in ids:
            standard = standards[place.standard]
            ids[place] = ledger.next_id(forms.get(standard.dialect, FORM), standard.id)
    return [
        replace(s, rules=tuple(replace(r, id=ids.get(_Place(n, m), r.id)) for m, r in enumerate(s.rules)))
        for n, s in enumerate(standards)
    ]


def _claims(
    standards: Sequence[Standard], places: Sequence[_Place], unclaimed: Sequence[LockedId]
) -> dict[_Place, str]:
    """Match places to locked ids in three rounds, from certain to similar; ties go to the earlier one."""
    ids: dict[_Place, str] = {}
    left = {entry.id: entry for entry in unclaimed}
    for exact_file in (True, False):
        waiting: dict[tuple[str, str], list[LockedId]] = defaultdict(list)
        for entry in left.values():
            waiting[(entry.file if exact_file else "", _normal(entry.title))].append(entry)
        for place in places:
            if place in ids:
                continue
            standard = standards[place.standard]
            title = _normal(standard.rules[place.rule].statement)
            same = waiting.get((standard.path if exact_file else "", title))
            if same:
                ids[place] = same.pop(0).id
                del left[ids[place]]
    _similar(standards, [p for p in places if p not in ids], left, ids)
    return ids


def _similar(
    standards: Sequence[Standard], places: Sequence[_Place], left: dict[str, LockedId], ids: dict[_Place, str]
) -> None:
    """Claim the rest by likeness within one file, best pairs first."""
    by_file: dict[str, list[LockedId]] = defaultdict(list)
    for entry in left.values():
        by_file[entry.file].append(entry)
    pairs: list[tuple[float, int, int, _Place, str]] = []
    for number, place in enumerate(places):
        standard = standards[place.standard]
        words = _words(standard.rules[place.rule].statement)
        for rank, entry in enumerate(by_file.get(standard.path, ())):
            likeness = _likeness(words, _words(entry.title))
            if likeness >= SIMILAR:
                pairs.append((-likeness, number, rank, place, entry.id))
    used: set[str] = set()
    for _, _, _, place, id_ in sorted(pairs, key=lambda p: p[:3]):
        if place not in ids and id_ not in used:
            ids[place] = id_
            used.add(id_)


def _slugged(rule: Rule, by_id: dict[str, LockedId], ledger: _Ledger) -> Rule:
    entry = by_id.get(rule.id)
    return replace(rule, slug=entry.slug if entry else ledger.next_slug(rule.statement, rule.id))


def _lock(standards: Sequence[Standard], locked: Sequence[LockedId]) -> tuple[LockedId, ...]:
    """The lock after this run: what was there, first titles kept, and what is new."""
    entries = {entry.id: entry for entry in locked}
    for standard in standards:
        for rule in standard.rules:
            old = entries.get(rule.id)
            title = old.title if old and rule.id_written else _one_line(rule.statement)
            withdrawn = rule.tombstone.date if rule.tombstone else old.withdrawn if old else None
            if withdrawn is None and standard.status.status is Status.WITHDRAWN:
                withdrawn = standard.reviewed or "unknown"
            slug_ = old.slug if old else rule.slug
            entries[rule.id] = LockedId(id=rule.id, slug=slug_, file=standard.path, title=title, withdrawn=withdrawn)
    return tuple(sorted(entries.values(), key=lambda e: e.id))


def _one_line(text: str) -> str:
    return visible_text(text)[:300]


def _normal(text: str) -> str:
    return " ".join(re.findall(r"\w+", visible_text(text).casefold()))


def _words(text: str) -> frozenset[str]:
    return frozenset(_normal(text).split())


def _likeness(first: frozenset[str], second: frozenset[str]) -> float:
    """The share of words two titles have in common (Dice's coefficient)."""
    total = len(first) + len(second)
    return 2 * len(first & second) / total if total else 0.0


def disambiguated(codex: Codex) -> Codex:
    """The codex with ids of its own for rules that share one: the second `NET-1` becomes `NET-1.2`.

    Such ids are errors of the author (CX103); this keeps the rules of a corpus apart that nobody has mended yet.
    """
    seen: Counter[str] = Counter()
    standards = []
    for standard in codex.standards:
        rules = []
        for rule in standard.rules:
            seen[rule.id] += 1
            again = seen[rule.id] > 1
            rules.append(
                replace(rule, id=f"{rule.id}.{seen[rule.id]}", slug=f"{rule.slug}-{seen[rule.id]}") if again else rule
            )
        standards.append(replace(standard, rules=tuple(rules)) if tuple(rules) != standard.rules else standard)
    if not any(count > 1 for count in seen.values()):
        return codex
    return replace(codex, standards=tuple(standards))
