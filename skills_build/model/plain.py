"""Turns the values of contracts into plain JSON values."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final

from skills_build.model.contract import DASHED, INTERNAL


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
        (field.name, _key(field.name, marks), field.default is None)
        for field in fields(kind)
        if INTERNAL not in (marks := getattr(field.type, "__metadata__", ()))
    )


def _key(name: str, marks: tuple[object, ...]) -> str:
    return name.replace("_", "-") if DASHED in marks else name.rstrip("_")
