"""The ids that are free in a codex: never one that a rule has, had, or that a text mentions."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.model.codex import Codex
from skills_build.model.non_rules import NearMiss
from skills_build.model.standard import CANONICAL, Standard

_NUMBERED: Final = re.compile(r"(?P<stem>.*?[^\d])0*(?P<number>\d{1,9})(?P<part>[a-z]?)")
_DASHES: Final = re.compile(r"[\s_.\u2010-\u2015\u2212-]+")

_CAPITALS: Final = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MARKUP: Final = " \t()[]{}<>`*_\"'#:;,."


class FreeIds:
    """Hands out ids. Each id is handed out once, so that two new rules get different ones."""

    def __init__(self, codex: Codex) -> None:
        self.live = frozenset(rule.id for standard in codex.standards for rule in standard.rules)
        parts = {part.id for s in codex.standards for rule in s.rules for part in rule.parts if part.id}
        self.known = self.live | parts
        self._taken = {entry.id for entry in codex.ids} | self.known
        self._vanished = {entry.id for entry in codex.locked if entry.withdrawn is None} - self.known
        self._highest: dict[str, int] = {}
        for id_ in (*self._taken, *_carried(codex)):
            self._note(id_)

    def next(self, prefix: str) -> str:
        """Return the next free id of a standard, after its highest number."""
        stem = f"{prefix}-"
        self._highest[stem] = self._highest.get(stem, 0) + 1
        id_ = f"{stem}{self._highest[stem]}"
        self._taken.add(id_)
        return id_

    def meant(self, miss: NearMiss, standard: Standard) -> str:
        """Return the id to type for a near-miss: the one that it gives itself if that is free, else the next one.

        The id of a rule that has vanished is free for the text that shows it: it was that rule.
        Only the numbers of our own format are known; the ids of other dialects are left as they are written.
        """
        if standard.dialect != CANONICAL:
            return miss.id
        wanted = normalised(miss.id, standard.id)
        is_free = wanted not in self._taken or wanted in self._vanished
        if wanted.startswith(f"{standard.id}-") and is_free:
            self._taken.add(wanted)
            self._vanished.discard(wanted)
            return wanted
        return self.next(standard.id)

    def _note(self, id_: str) -> None:
        if match := _NUMBERED.fullmatch(id_):
            stem, number = match["stem"], int(match["number"])
            self._highest[stem] = max(self._highest.get(stem, 0), number)


def normalised(written: str, prefix: str) -> str:
    """Return an id as the ids of a standard are written: `pg 04` and `(PG-4)` are `PG-4` in the standard `PG`."""
    flat = _DASHES.sub("-", written.strip(_MARKUP)).strip("-")
    bare = prefix.replace("-", "")
    number = re.fullmatch(rf"(?:{re.escape(prefix)}-?|{re.escape(bare)}-?)0*(\d+)([a-z]?)", flat, re.IGNORECASE)
    return f"{prefix}-{number[1]}{number[2].lower()}" if number else flat


def _carried(codex: Codex) -> Iterator[str]:
    for standard in codex.standards:
        for miss in standard.near_misses:
            if miss.id:
                yield normalised(miss.id, standard.id)
        yield from (mention.id for mention in standard.mentions if mention.written[:1] in ("", *_CAPITALS))
