"""Narrows parsed data of unknown shape: what has another shape than expected is simply not there."""

from collections.abc import Iterator

MAX_ITEMS = 500


def at(data: object, *keys: str) -> object:
    """The value below `keys`, or None where a step is missing or no mapping."""
    for key in keys:
        if not isinstance(data, dict):
            return None
        data = data.get(key)
    return data


def table(data: object, *keys: str) -> dict[str, object]:
    """The mapping below `keys`, its first 500 string keys; empty where there is none."""
    found = at(data, *keys)
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in list(found.items())[:MAX_ITEMS] if isinstance(key, str)}


def rows(data: object, *keys: str) -> list[object]:
    """The list below `keys`, its first 500 items; empty where there is none."""
    found = at(data, *keys)
    return found[:MAX_ITEMS] if isinstance(found, list) else []


def word(data: object, *keys: str) -> str | None:
    """The text below `keys`, stripped; None where there is none or it is empty."""
    found = at(data, *keys)
    return found.strip() or None if isinstance(found, str) else None


def words(data: object, *keys: str) -> tuple[str, ...]:
    """The texts of a list below `keys`, or its one text."""
    found = at(data, *keys)
    return tuple(_texts([found], 3))[:MAX_ITEMS]


def _texts(items: list[object], depth: int) -> Iterator[str]:
    for item in items[:MAX_ITEMS]:
        if isinstance(item, str):
            yield item
        elif isinstance(item, list) and depth:
            yield from _texts(item, depth - 1)
