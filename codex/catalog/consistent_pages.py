"""Reads lists with offset pagination, which may change while they are read.

If an item is deleted between two pages, all later items move up, and the first item of the next page is missed. Such a
list is read again until it has as many items as the host reports.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from codex.catalog.kept_size import KeptSize
from codex.catalog.model import Unmapped
from codex.http.errors import HttpError, TooLargeError
from codex.http.response import Response, decode_json
from codex.limits import VALUES_PER_CATALOG_ENTRY, VALUES_PER_CATALOG_PAGE
from skills_build.frozen import dataclass

ATTEMPTS: Final = 3
"""Maximum number of times that a list is read."""
_NAMELESS: Final = "an unnamed entry"


class Numbered(Protocol):
    """An item with a number that is unique on its host."""

    @property
    def id(self) -> int:
        """The number."""


Item = TypeVar("Item", bound=Numbered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An item that does not match the API's documentation; its number is a negative hash of its bytes."""

    id: int
    unmapped: Unmapped


def items_of(response: Response, kind: type[Item], *, name: str) -> tuple[Item | Broken, ...]:
    """Decode the items of a page, each on its own, so that an invalid one is reported alone.

    `name` is the key of an item's name. Raises `HttpError` where the page is not a list of objects.
    """
    rows: list[msgspec.Raw] = response.decode(list[msgspec.Raw], most=VALUES_PER_CATALOG_PAGE)
    return tuple(_item(row, kind, response.where, name) for row in rows)


def _item(row: msgspec.Raw, kind: type[Item], where: str, name: str) -> Item | Broken:
    data = bytes(row)
    if not data.lstrip().startswith(b"{"):
        decode_json(data, dict, where=where)
    try:
        item: Item = decode_json(data, kind, where=where, most=VALUES_PER_CATALOG_ENTRY)
    except HttpError as error:
        number = -1 - int.from_bytes(hashlib.sha256(data).digest()[:8], "big")
        shown = _NAMELESS if isinstance(error, TooLargeError) else _name_in(data, name)
        return Broken(id=number, unmapped=Unmapped(name=shown, reason=error.message))
    return item


def _name_in(data: bytes, key: str) -> str:
    """Return the name of an item that cannot be decoded, if it has one."""
    try:
        name = msgspec.json.decode(data)[key]
    except (msgspec.MsgspecError, ValueError, RecursionError, LookupError, TypeError):
        name = None
    return name[:200] if isinstance(name, str) else _NAMELESS


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPage(Generic[Item]):
    """One page, and the total number of items that the host reports; None where it reports none."""

    items: tuple[Item | Broken, ...]
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistentList(Generic[Item]):
    """All items, each once, by number; those that are invalid; a note if the list kept changing."""

    items: tuple[Item, ...]
    broken: tuple[Unmapped, ...]
    notes: tuple[str, ...]


def read_consistently(pages: Callable[[], Iterator[NumberedPage[Item]]], *, name: str) -> ConsistentList[Item]:
    """Read a list until it has as many items as its host reports, at most `ATTEMPTS` times.

    Raises `HttpError` if its items are too large.
    """
    union: dict[int, Item | Broken] = {}
    for _ in range(ATTEMPTS):
        seen: dict[int, Item | Broken] = {}
        totals: set[int] = set()
        size = KeptSize(name=name)
        for page in pages():
            for item in page.items:
                size.add(item)
                seen[item.id] = item
            totals |= set() if page.total is None else {page.total}
        if not totals or totals == {len(seen)}:
            return _ordered(seen)
        union |= seen
    note = f"{name} changed during each read: {len(union):,} entries are listed, and some may be missing"
    return _ordered(union, note)


def _ordered(by_number: dict[int, Item | Broken], *notes: str) -> ConsistentList[Item]:
    ordered = [by_number[number] for number in sorted(by_number)]
    return ConsistentList(
        items=tuple(item for item in ordered if not isinstance(item, Broken)),
        broken=tuple(item.unmapped for item in ordered if isinstance(item, Broken)),
        notes=notes,
    )
