"""Shared parts of edits: the digest of a value, its document, and the reason why an edit is not safe."""

import copy
import hashlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from skills_build.frozen import dataclass

Key = tuple[str, ...]
MAX_BYTES: Final = 256 * 1024
"""The largest file that is edited, in bytes."""


class UnsafeEditError(Exception):
    """The reason why a text cannot be edited without a risk for hand-written content. Its text completes "it cannot be
    edited: ".
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Inserted:
    """A value that an edit added: its JSON pointer (RFC 6901), `-` for an element of a list, and its digest."""

    pointer: str
    digest: str


def digest(value: object) -> str:
    """Return the sha256 of a value as JSON with sorted keys."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def pointer(key: Sequence[str]) -> str:
    """Return the JSON pointer of a key: https://www.rfc-editor.org/rfc/rfc6901."""
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in key)


def key_of(text: str) -> Key:
    """Return the key that a JSON pointer names."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def at(document: Any, key: Key) -> Any:
    """Return the value at a key; None if there is none."""
    for part in key:
        if not isinstance(document, dict) or part not in document:
            return None
        document = document[part]
    return document


def missing_from(document: Any, key: Key) -> int:
    """Return how many parts of a key a document has. Raises `UnsafeEditError` if a value in between is no mapping."""
    for number, part in enumerate(key):
        if not isinstance(document, dict):
            raise UnsafeEditError(f"`{'.'.join(key[:number]) or 'the file'}` is not a mapping")
        if part not in document:
            return number
        document = document[part]
    return len(key)


def nested(key: Key, value: object) -> object:
    """Return a value inside mappings with the parts of a key."""
    for part in reversed(key):
        value = {part: value}
    return value


def with_items(document: Any, key: Key, items: Sequence[object]) -> Any:
    """Return a copy of a document with items appended to the list at a key, or with the list where there is none."""
    result = copy.deepcopy(document)
    parent = result
    for part in key[:-1]:
        parent = parent.setdefault(part, {})
    parent[key[-1]] = [*(parent.get(key[-1]) or []), *items]
    return result


def without(document: Any, entry: Inserted) -> Any:
    """Return a copy of a document without a value that was added. Raises `UnsafeEditError` if it is not there."""
    result = copy.deepcopy(document)
    key = key_of(entry.pointer)
    parent = at(result, key[:-1])
    if key[-1] == "-" and isinstance(parent, list):
        del parent[position(parent, entry)]
        return result
    if not isinstance(parent, dict) or key[-1] not in parent or digest(parent[key[-1]]) != entry.digest:
        raise UnsafeEditError(f"`{entry.pointer}` was edited by hand")
    del parent[key[-1]]
    return result


def position(values: Sequence[object], entry: Inserted) -> int:
    """Return the index of the element that was added. Raises `UnsafeEditError` if there is none."""
    found = next((number for number, value in enumerate(values) if digest(value) == entry.digest), None)
    if found is None:
        raise UnsafeEditError(f"an item of `{entry.pointer.removesuffix('/-')}` was changed or removed by hand")
    return found
