"""Reads lists whose pages are counted from the start, which move while they are read.

Where something is deleted meanwhile, all that follows moves up, and what stood at the start of the next page is seen
on no page. Such a list is read again, until it is as long as the host says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

TRIES: Final = 3


class Numbered(Protocol):
    """Something that its host tells apart by a number."""

    @property
    def id(self) -> int:
        """The number."""


Item = TypeVar("Item", bound=Numbered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """One page, and how many items the host says there are in all; None where it does not."""

    items: tuple[Item, ...]
    total: int | None


def settled(pages: Callable[[], Iterator[Page[Item]]], *, name: str) -> tuple[list[Item], tuple[str, ...]]:
    """All items, each once, in order of their numbers; and a note where the list never came to rest."""
    found: dict[int, Item] = {}
    for _ in range(TRIES):
        seen: dict[int, Item] = {}
        totals: set[int] = set()
        for page in pages():
            seen |= {one.id: one for one in page.items}
            totals |= set() if page.total is None else {page.total}
        if not totals or totals == {len(seen)}:
            return _ordered(seen), ()
        found |= seen
    note = f"{name} changed each time it was read: {len(found):,} are listed, and some may be missing"
    return _ordered(found), (note,)


def _ordered(found: dict[int, Item]) -> list[Item]:
    return [found[number] for number in sorted(found)]
