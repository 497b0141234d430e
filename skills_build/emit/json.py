"""JSON that is readable in a diff: containers are expanded down to a depth, deeper ones are written on one line."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final

import msgspec

from skills_build.model.contract import INTERNAL


def document(schema: str, value: object) -> dict[str, Any]:
    """Return a contract's value as plain JSON values, with the id of its schema in the key `$schema`."""
    return {"$schema": schema, **plain(value)}


def plain(value: Any) -> Any:
    """Turn a value into mappings, lists, strings and numbers, as `skills_build.model.contract` defines.

    An optional field is left out where it is None, and so is an internal one; `except_` becomes `except`. An integer
    enum such as `Bump.MAJOR` is written as its name.
    """
    kind: type = type(value)
    if kind in _SCALARS:
        return value
    if kind is tuple or kind is list:
        return [plain(element) for element in value]
    if is_dataclass(kind):
        items = ((key, getattr(value, name), optional) for name, key, optional in _layout(kind))
        return {key: plain(item) for key, item, optional in items if item is not None or not optional}
    if isinstance(value, IntEnum):
        return value.name.lower().replace("_", "-")
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return value


_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


@lru_cache(maxsize=128)
def _layout(kind: type) -> tuple[tuple[str, str, bool], ...]:
    """Return each field's name, its key in a file, and whether it is optional."""
    return tuple(
        (field.name, field.name.rstrip("_"), field.default is None)
        for field in fields(kind)
        if INTERNAL not in getattr(field.type, "__metadata__", ())
    )


def dumps(value: object, *, depth: int) -> bytes:
    """Write `value` as UTF-8 JSON with a final line break; keys stay in their order."""
    return (_expanded(value, depth, 0) + "\n").encode()


def _expanded(value: object, depth: int, level: int) -> str:
    if depth == 0 or not isinstance(value, dict | list) or not value:
        return msgspec.json.encode(value).decode()
    pad = "  " * (level + 1)
    if isinstance(value, dict):
        rows = [
            f"{pad}{msgspec.json.encode(key).decode()}: {_expanded(item, depth - 1, level + 1)}"
            for key, item in value.items()
        ]
        opening, closing = "{", "}"
    else:
        rows = [pad + _expanded(element, depth - 1, level + 1) for element in value]
        opening, closing = "[", "]"
    return f"{opening}\n" + ",\n".join(rows) + f"\n{'  ' * level}{closing}"
