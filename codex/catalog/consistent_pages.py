"""Reads lists whose pages are counted from the start, which move while they are read.

Where something is deleted meanwhile, all that follows moves up, and what stood at the start of the next page is seen
on no page. Such a list is read again, until it is as long as the host says.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from codex.catalog.model import Unmapped
from codex.http.client import HttpError, Response, decoded

TRIES: Final = 3


class Numbered(Protocol):
    """Something that its host tells apart by a number."""

    @property
    def id(self) -> int:
        """The number."""


Item = TypeVar("Item", bound=Numbered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An item of another form than the API documents; its number is made of its bytes, and below 0."""

    id: int
    unmapped: Unmapped


def items_of(answer: Response, kind: type[Item], *, name: str) -> tuple[Item | Broken, ...]:
    """The items of a page, each checked for itself: one that is wrong is reported alone. `name` is the key of its name.

    Raises `HttpError` where the page is no list of objects.
    """
    rows: list[msgspec.Raw] = answer.decode(list[msgspec.Raw])
    return tuple(_item(row, kind, answer.where, name) for row in rows)


def _item(row: msgspec.Raw, kind: type[Item], where: str, name: str) -> Item | Broken:
    data = bytes(row)
    if not data.lstrip().startswith(b"{"):
        decoded(data, dict, where=where)
    try:
        found: Item = decoded(data, kind, where=where)
    except HttpError as error:
        number = -1 - int.from_bytes(hashlib.sha256(data).digest()[:8], "big")
        return Broken(id=number, unmapped=Unmapped(name=_named(data, name), reason=error.message))
    return found


def _named(data: bytes, key: str) -> str:
    """What an item that cannot be read is called, as far as it says so."""
    try:
        found = msgspec.json.decode(data)[key]
    except (msgspec.MsgspecError, ValueError, RecursionError, LookupError, TypeError):
        found = None
    return found[:200] if isinstance(found, str) else "an entry without a name"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPage(Generic[Item]):
    """One page, and how many items the host says there are in all; None where it does not."""

    items: tuple[Item | Broken, ...]
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled(Generic[Item]):
    """All items, each once, in order of their numbers; those that are broken; a note where it never came to rest."""

    items: tuple[Item, ...]
    broken: tuple[Unmapped, ...]
    notes: tuple[str, ...]


def read_consistently(pages: Callable[[], Iterator[NumberedPage[Item]]], *, name: str) -> Settled[Item]:
    """Read a list until it is as long as its host says."""
    found: dict[int, Item | Broken] = {}
    for _ in range(TRIES):
        seen: dict[int, Item | Broken] = {}
        totals: set[int] = set()
        for page in pages():
            seen |= {item.id: item for item in page.items}
            totals |= set() if page.total is None else {page.total}
        if not totals or totals == {len(seen)}:
            return _ordered(seen)
        found |= seen
    note = f"{name} changed each time it was read: {len(found):,} are listed, and some may be missing"
    return _ordered(found, note)


def _ordered(found: dict[int, Item | Broken], *notes: str) -> Settled[Item]:
    several = [found[number] for number in sorted(found)]
    return Settled(
        items=tuple(one for one in several if not isinstance(one, Broken)),
        broken=tuple(one.unmapped for one in several if isinstance(one, Broken)),
        notes=notes,
    )
