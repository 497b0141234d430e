"""Keeps the last good value of something that may be down later, with the time at which it was good."""

import contextlib
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from codex.shell.atomic import keep_file
from codex.shell.cache_folder import cache_folder
from skills_build.errors import CodexError

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSnapshot(Generic[Value]):
    """A value, and when it was good (seconds since the epoch)."""

    value: Value
    at: float


def store_snapshot(name: str, value: object, *, at: float) -> None:
    """Remember a value under a name, readable for this user alone. One that cannot be written is no error."""
    path = cache_folder() / "snapshots" / f"{name}.msgpack"
    with contextlib.suppress(OSError, CodexError, UnicodeEncodeError):
        keep_file(path, msgspec.msgpack.encode((at, value)))


def last_snapshot(name: str, kind: type[Value]) -> StoredSnapshot[Value] | None:
    """The value that was kept last; None where there is none, or none that can be read."""
    path = cache_folder() / "snapshots" / f"{name}.msgpack"
    try:
        at, raw = msgspec.msgpack.decode(path.read_bytes(), type=tuple[float, msgspec.Raw])
        return StoredSnapshot(value=msgspec.msgpack.decode(raw, type=kind), at=at)
    except (OSError, msgspec.MsgspecError, RecursionError, ValueError):
        return None
