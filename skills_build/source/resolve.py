"""Assigns ids and slugs to the rules of all files according to the lock, and computes the new lock.

A rule keeps the id it once got. It is recognised by the same file and title, then by the same title in another file,
then by the most similar title in the same file. Written ids are never changed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType
from typing import Final

from skills_build.frozen import dataclass
from skills_build.model.codex import Codex, LockedId
from skills_build.model.links import Link
from skills_build.model.standard import Rule, Standard, Status
from skills_build.source.candidates import visible_text
from skills_build.source.similar import words_in_common
from skills_build.source.slug import slug, told_apart

MIN_SIMILARITY: Final = 0.6
"""Titles with at least this share of words in common are the same rule."""
MOST_COMPARED: Final = 400_000
"""Maximum number of pairs of titles that are compared for moved files; beyond that, only equal titles are recognised.
"""
FORM: Final = "{document}-{number}"


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a rule: the index of its standard, and its index in it."""

    standard: int
    rule: int


@dataclass(slots=True)
class _IdRegistry:
    """The ids and slugs that are taken, and the highest number of each document."""

    taken: set[str] = field(default_factory=set)
    slugs: set[str] = field(default_factory=set)
    highest: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    """The last number of each slug that several titles share."""

    def note(self, id_: str) -> None:
        """Record an id and the highest number of its document."""
        self.taken.add(id_)
        match = re.fullmatch(r"(.*\D)(\d+)", id_)
        if match:
            self.highest[match[1]] = max(self.highest.get(match[1], 0), int(match[2][:9]))

    def next_id(self, form: str, document: str) -> str:
        """Return the next free id of a document."""
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
        """Return a unique slug for a title."""
        base = slug(visible_text(title)) or slug(id_) or "rule"
        candidate, number = base, self.numbers.get(base, 1)
        while candidate in self.slugs:
            number += 1
            candidate = f"{base}-{number}"
        self.slugs.add(candidate)
        self.numbers[base] = number
        return candidate


def resolve(
    standards: Iterable[Standard],
    *,
    locked: Sequence[LockedId] = (),
    files: frozenset[str] = frozenset(),
    forms: dict[str, str] | None = None,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> Codex:
    """Assign ids and slugs. `forms` maps the name of a dialect to the form of its derived ids."""
    ordered = _told_apart(sorted(standards, key=lambda s: s.path))
    registry = _IdRegistry()
    for entry in locked:
        registry.note(entry.id)
        registry.slugs.add(entry.slug)
    for standard in ordered:
        for rule in standard.rules:
            if rule.id_written:
                registry.note(rule.id)
    settled = _derived(ordered, locked, registry, forms or {})
    by_id = {entry.id: entry for entry in locked}
    settled = linked_by_permalink(settled)
    result = [replace(s, rules=tuple(_slugged(r, by_id, registry) for r in s.rules)) for s in settled]
    return Codex(standards=tuple(result), ids=_lock(result, locked), locked=tuple(locked), files=files, texts=texts)


def linked_by_permalink(standards: Sequence[Standard]) -> list[Standard]:
    """Resolve the links that use the permalink of a page to the file of the page."""
    pages = pages_by_permalink(standards)
    if not pages:
        return list(standards)
    return [
        replace(
            standard,
            links=tuple(by_permalink(link, pages) for link in standard.links),
            rules=tuple(replace(r, links=tuple(by_permalink(k, pages) for k in r.links)) for r in standard.rules),
        )
        for standard in standards
    ]


def pages_by_permalink(standards: Iterable[Standard]) -> Mapping[str, str]:
    """Return the path of each standard that has a permalink, by its page."""
    return {_page(s.permalink): s.path for s in standards if s.permalink}


def _page(permalink: str) -> str:
    return permalink.strip("/").removesuffix(".html")


def by_permalink(link: Link, pages: Mapping[str, str]) -> Link:
    """Return a link to the file of the page that it names, if it is one of `pages`."""
    page, mark, fragment = link.goal.partition("#")
    file = pages.get(_page(page)) if page.startswith("/") else None
    return replace(link, site=f"/{file}{mark}{fragment}") if file else link


def _told_apart(standards: Sequence[Standard]) -> list[Standard]:
    """Add a checksum of the path to each id that was derived from a path and that an earlier standard already has."""
    taken = {s.id for s in standards if not s.id_derived}
    result = []
    for standard in standards:
        if standard.id_derived and standard.id in taken:
            standard = replace(standard, id=told_apart(standard.id, standard.path))
        taken.add(standard.id)
        result.append(standard)
    return result


def _derived(
    standards: Sequence[Standard], locked: Sequence[LockedId], registry: _IdRegistry, forms: dict[str, str]
) -> list[Standard]:
    """Give every rule without a written id a derived id."""
    open_places = [
        Place(s, r)
        for s, standard in enumerate(standards)
        for r, rule in enumerate(standard.rules)
        if not rule.id_written
    ]
    if not open_places:
        return list(standards)
    written = {rule.id for standard in standards for rule in standard.rules if rule.id_written}
    unclaimed = [entry for entry in locked if not entry.withdrawn and entry.id not in written]
    ids = match_locked_ids(standards, open_places, unclaimed)
    for place in open_places:
        if place not in ids:
            standard = standards[place.standard]
            ids[place] = registry.next_id(forms.get(standard.dialect, FORM), standard.id)
    return [
        replace(s, rules=tuple(replace(r, id=ids.get(Place(n, m), r.id)) for m, r in enumerate(s.rules)))
        for n, s in enumerate(standards)
    ]


def match_locked_ids(
    standards: Sequence[Standard], places: Sequence[Place], unclaimed: Sequence[LockedId]
) -> dict[Place, str]:
    """Match places to locked ids from certain to similar; ties go to the earlier one.

    The rounds: the same file and title, the same title, a similar title in the same file, a similar title in a file
    that no longer exists.
    """
    ids: dict[Place, str] = {}
    left = {entry.id: entry for entry in unclaimed}
    for exact_file in (True, False):
        waiting: dict[tuple[str, str], list[LockedId]] = defaultdict(list)
        for entry in left.values():
            waiting[(entry.file if exact_file else "", _normalised(entry.title))].append(entry)
        for place in places:
            if place in ids:
                continue
            standard = standards[place.standard]
            title = _normalised(lock_title(standard.rules[place.rule].statement))
            same = waiting.get((standard.path if exact_file else "", title))
            if same:
                ids[place] = same.pop(0).id
                del left[ids[place]]
    _match_similar(standards, [p for p in places if p not in ids], left, ids)
    _match_moved(standards, [p for p in places if p not in ids], left, ids)
    return ids


def _match_moved(
    standards: Sequence[Standard], places: Sequence[Place], left: dict[str, LockedId], ids: dict[Place, str]
) -> None:
    """Match the remaining places by similarity to entries of files that no longer exist, best pairs first."""
    paths, used = {standard.path for standard in standards}, set(ids.values())
    gone = [entry for entry in left.values() if entry.file not in paths and entry.id not in used]
    if len(gone) * len(places) > MOST_COMPARED:
        return
    titles = [(entry.id, _words(entry.title)) for entry in gone]
    pairs: list[tuple[float, int, int, Place, str]] = []
    for number, place in enumerate(places):
        words = _words(lock_title(standards[place.standard].rules[place.rule].statement))
        similar = ((words_in_common(words, title), rank, id_) for rank, (id_, title) in enumerate(titles))
        pairs += [(-share, number, rank, place, id_) for share, rank, id_ in similar if share >= MIN_SIMILARITY]
    _assign_best(pairs, ids)


def _match_similar(
    standards: Sequence[Standard], places: Sequence[Place], left: dict[str, LockedId], ids: dict[Place, str]
) -> None:
    """Match the remaining places by similarity within one file, best pairs first."""
    by_file: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for entry in left.values():
        by_file[entry.file].append((entry.id, _words(entry.title)))
    pairs: list[tuple[float, int, int, Place, str]] = []
    for number, place in enumerate(places):
        standard = standards[place.standard]
        words = _words(lock_title(standard.rules[place.rule].statement))
        for rank, (id_, title) in enumerate(by_file.get(standard.path, ())):
            similarity = words_in_common(words, title)
            if similarity >= MIN_SIMILARITY:
                pairs.append((-similarity, number, rank, place, id_))
    _assign_best(pairs, ids)


def _assign_best(pairs: Iterable[tuple[float, int, int, Place, str]], ids: dict[Place, str]) -> None:
    used: set[str] = set()
    for _, _, _, place, id_ in sorted(pairs, key=lambda p: p[:3]):
        if place not in ids and id_ not in used:
            ids[place] = id_
            used.add(id_)


def _slugged(rule: Rule, by_id: dict[str, LockedId], registry: _IdRegistry) -> Rule:
    entry = by_id.get(rule.id)
    return replace(rule, slug=entry.slug if entry else registry.next_slug(rule.statement, rule.id))


def _lock(standards: Sequence[Standard], locked: Sequence[LockedId]) -> tuple[LockedId, ...]:
    """Return the new lock: the old entries with their first titles, and the new ids.

    Its order is that of the rules in the files; ids without a rule follow those of their file.
    """
    entries = {entry.id: entry for entry in locked}
    order: dict[str, int] = {}
    for standard in standards:
        for rule in standard.rules:
            order.setdefault(rule.id, len(order))
            old = entries.get(rule.id)
            title = old.title if old and rule.id_written else lock_title(rule.statement)
            withdrawn = rule.tombstone.date if rule.tombstone else old.withdrawn if old else None
            if withdrawn is None and standard.status.status is Status.WITHDRAWN:
                withdrawn = standard.reviewed or "unknown"
            slug_ = old.slug if old else rule.slug
            entries[rule.id] = LockedId(id=rule.id, slug=slug_, file=standard.path, title=title, withdrawn=withdrawn)
    return tuple(sorted(entries.values(), key=lambda e: (e.file, order.get(e.id, len(order)), e.id)))


def lock_title(text: str) -> str:
    """Return the start of a sentence, which the lock has: a sentence is compared with it by its own start."""
    return visible_text(text)[:300]


def _normalised(text: str) -> str:
    return " ".join(re.findall(r"\w+", visible_text(text).casefold()))


def _words(text: str) -> frozenset[str]:
    return frozenset(_normalised(text).split())


def disambiguated(codex: Codex) -> Codex:
    """Return the codex with unique ids: the second `NET-1` becomes `NET-1.2`.

    Duplicate ids are errors (CX103). This keeps the rules of a corpus distinct until they are fixed.
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
