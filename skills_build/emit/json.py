"""JSON that people can read in a diff: containers are opened down to a depth, what is deeper stands on one line."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final

import msgspec

from skills_build.model.contract import INTERNAL


def document(schema: str, value: object) -> dict[str, Any]:
    """A contract's value as plain JSON values, with the id of its schema in the key `$schema`."""
    return {"$schema": schema, **plain(value)}


def plain(value: Any) -> Any:
    """Turn values into mappings, lists, texts and numbers, as `skills_build.model.contract` says.

    A field that may be missing is left out where it is None, and so is one that no file has; `except_` is `except`. A
    numbered word (`Bump.MAJOR`) is written as its name.
    """
    kind: type = type(value)
    if kind in _SCALARS:
        return value
    if kind is tuple or kind is list:
        return [plain(one) for one in value]
    if is_dataclass(kind):
        items = ((key, getattr(value, name), optional) for name, key, optional in _layout(kind))
        return {key: plain(one) for key, one, optional in items if one is not None or not optional}
    if isinstance(value, IntEnum):
        return value.name.lower().replace("_", "-")
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return value


_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


@lru_cache(maxsize=128)
def _layout(kind: type) -> tuple[tuple[str, str, bool], ...]:
    """By field: its name, its key in a file, and whether it may be missing."""
    return tuple(
        (field.name, field.name.rstrip("_"), field.default is None)
        for field in fields(kind)
        if INTERNAL not in getattr(field.type, "__metadata__", ())
    )


def dumps(value: object, *, depth: int) -> bytes:
    """Write `value` as UTF-8 JSON with a final line break; keys stay in their order."""
    return (_opened(value, depth, 0) + "\n").encode()


def _opened(value: object, depth: int, level: int) -> str:
    if depth == 0 or not isinstance(value, dict | list) or not value:
        return msgspec.json.encode(value).decode()
    pad = "  " * (level + 1)
    if isinstance(value, dict):
        rows = [
            f"{pad}{msgspec.json.encode(key).decode()}: {_opened(v, depth - 1, level + 1)}" for key, v in value.items()
        ]
        opening, closing = "{", "}"
    else:
        rows = [pad + _opened(one, depth - 1, level + 1) for one in value]
        opening, closing = "[", "]"
    return f"{opening}\n" + ",\n".join(rows) + f"\n{'  ' * level}{closing}"
