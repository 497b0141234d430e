"""Narrows parsed data of unknown shape: a value of another type than expected counts as missing."""

from typing import Final

MAX_ITEMS: Final = 500
MAX_STEPS: Final = 2000
"""Maximum number of values that are visited for the strings of a list: aliases may repeat a list thousands of times."""


def get(data: object, *keys: str) -> object:
    """Return the value below `keys`, or None where a key is missing or its parent is not a mapping."""
    for key in keys:
        if not isinstance(data, dict):
            return None
        data = data.get(key)
    return data


def as_table(data: object, *keys: str) -> dict[str, object]:
    """Return the mapping below `keys`, its first 500 string keys; empty where there is none."""
    value = get(data, *keys)
    if not isinstance(value, dict):
        return {}
    return {key: value for key, value in list(value.items())[:MAX_ITEMS] if isinstance(key, str)}


def as_rows(data: object, *keys: str) -> list[object]:
    """Return the list below `keys`, its first 500 items; empty where there is none."""
    value = get(data, *keys)
    return value[:MAX_ITEMS] if isinstance(value, list) else []


def as_str(data: object, *keys: str) -> str | None:
    """Return the string below `keys`, stripped; None where there is none or it is empty."""
    value = get(data, *keys)
    return value.strip() or None if isinstance(value, str) else None


def as_strs(data: object, *keys: str) -> tuple[str, ...]:
    """Return the strings of a list below `keys`, nested lists included, or the single string."""
    texts: list[str] = []
    pending = [(get(data, *keys), 3)]
    for _ in range(MAX_STEPS):
        if not pending or len(texts) == MAX_ITEMS:
            break
        item, depth = pending.pop()
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, list) and depth:
            pending.extend((element, depth - 1) for element in reversed(item[:MAX_ITEMS]))
    return tuple(texts)
