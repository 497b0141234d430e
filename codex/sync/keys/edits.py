"""Adds items to lists in a hand-written file, and removes them again. Every edit is read back."""

import posixpath
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, Final

from codex.sync.keys import json_text, yaml_text
from codex.sync.keys.base import MAX_BYTES, Inserted, Key, UnsafeEditError, at, digest, with_items, without

_EDITORS: Final = {".json": json_text, ".yaml": yaml_text, ".yml": yaml_text}
_BOM: Final = "\ufeff"


def editor(path: str) -> ModuleType:
    """Return the module that edits files of this kind."""
    return _EDITORS[posixpath.splitext(path)[1]]


def new_file(path: str, key: Key, items: Sequence[object]) -> tuple[bytes, tuple[Inserted, ...]]:
    """Return a new file with a list, and what was added."""
    document = with_items({}, key, items)
    added = (Inserted(pointer=f"/{key[0]}", digest=digest(document[key[0]])),)
    return editor(path).create(document).encode(), added


def present(path: str, data: bytes, key: Key) -> tuple[object, ...]:
    """Return the items of the list at a key; none if there is no list. Raises `UnsafeEditError` for other data."""
    value = at(editor(path).parse(_decoded(data)), key)
    return tuple(value) if isinstance(value, list) else ()


def insert(
    path: str, data: bytes, key: Key, items: Sequence[object], instead: Sequence[object]
) -> tuple[bytes, tuple[Inserted, ...]]:
    """Append items to a list, which is made of `instead` if it is missing. Raises `UnsafeEditError`."""
    own, text = editor(path), _decoded(data)
    before = own.parse(text)
    written, added = own.insert(text, key, items, instead)
    wanted = with_items(before, key, items if at(before, key) is not None else instead)
    return _verified(own.parse, data, written, wanted), added


def remove(path: str, data: bytes, entries: Sequence[Inserted]) -> bytes:
    """Remove what was added. Raises `UnsafeEditError` unless all of it is still there unchanged."""
    own = editor(path)
    for entry in reversed(entries):
        text = _decoded(data)
        wanted = without(own.parse(text), entry)
        data = _verified(own.parse, data, own.remove(text, entry), wanted)
    return data


def is_empty(path: str, data: bytes) -> bool:
    """Whether a document has no keys."""
    return not editor(path).parse(_decoded(data))


def is_as_created(path: str, data: bytes) -> bool:
    """Whether a file has the form of one that codexc created, apart from line endings."""
    text = _decoded(data)
    created: str = editor(path).create(editor(path).parse(text))
    return created == text.replace("\r\n", "\n")


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise UnsafeEditError(f"the file is larger than {MAX_BYTES:,} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnsafeEditError("the file is not UTF-8") from error
    return text.removeprefix(_BOM)


def _verified(parse: Callable[[str], Any], before: bytes, text: str, wanted: object) -> bytes:
    """Return a text as bytes if it parses to the desired value. Raises `UnsafeEditError` otherwise."""
    if parse(text) != wanted:
        raise UnsafeEditError("files of this format cannot be edited")
    return (_BOM if before.startswith(_BOM.encode()) else "").encode() + text.encode()
