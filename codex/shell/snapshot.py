"""Stores the last value from a service that may be unreachable later, with its time."""

import contextlib
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from codex.shell.atomic import keep_file
from codex.shell.cache_folder import cache_folder
from codex.shell.reading import read_file
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSnapshot(Generic[Value]):
    """A value and its time (seconds since the epoch)."""

    value: Value
    at: float


def store_snapshot(name: str, value: object, *, at: float) -> None:
    """Store a value under a name, readable by this user only. Errors are ignored."""
    cache = cache_folder()
    if cache is None:
        return
    with contextlib.suppress(OSError, CodexError, UnicodeEncodeError):
        keep_file(_path(cache, name), msgspec.msgpack.encode((at, value)))


def last_snapshot(name: str, kind: type[Value]) -> StoredSnapshot[Value] | None:
    """Return the last stored value, None if there is none or it is damaged."""
    cache = cache_folder()
    if cache is None:
        return None
    try:
        at, raw = msgspec.msgpack.decode(read_file(_path(cache, name)), type=tuple[float, msgspec.Raw])
        return StoredSnapshot(value=msgspec.msgpack.decode(raw, type=kind), at=at)
    except (OSError, CodexError, msgspec.MsgspecError, RecursionError, ValueError):
        return None


def _path(cache: Path, name: str) -> Path:
    return cache / "snapshots" / f"{name}.msgpack"
