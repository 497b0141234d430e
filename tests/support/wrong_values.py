"""Values that a reader does not expect, put in each place of a document."""

import copy
from collections.abc import Iterator
from typing import Any, Final

GONE: Final = object()
"""No value: the key or item is removed."""
WRONG: Final[tuple[Any, ...]] = (
    None, 12, -1, 10**30, "x", "", [], {}, True, [None], {"a": None}, "h" * 2_000_000, "\x1b[31m\n", GONE,
)  # fmt: skip
Place = tuple[str | int, ...]


def places(value: Any, above: Place = ()) -> Iterator[Place]:
    """The place of each value in a document, the whole of it included; of a list, the first two items count."""
    yield above
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from places(inside, (*above, name))
    elif isinstance(value, list):
        for number, inside in enumerate(value[:2]):
            yield from places(inside, (*above, number))


def changed(value: Any, place: Place, new: Any) -> Any:
    """A document with another value in one place; as it is where it has no such place."""
    if not place:
        return None if new is GONE else new
    mutated = copy.deepcopy(value)
    inside = mutated
    try:
        for key in place[:-1]:
            inside = inside[key]
        if new is GONE:
            del inside[place[-1]]
        else:
            inside[place[-1]]
            inside[place[-1]] = new
    except (LookupError, TypeError):
        return value
    return mutated
