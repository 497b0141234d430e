"""Keeps the last good value of something that may be down later, with the time at which it was good."""

import contextlib
import os
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from codex.shell.cache import cache_folder

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Generic[Value]):
    """A value, and when it was good (seconds since the epoch)."""

    value: Value
    at: float


def keep(name: str, value: object, *, at: float) -> None:
    """Remember a value under a name, readable for this user alone. One that cannot be written is no error."""
    path = cache_folder() / "snapshots" / f"{name}.msgpack"
    with contextlib.suppress(OSError, UnicodeEncodeError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.touch(mode=0o600)
        new.write_bytes(msgspec.msgpack.encode((at, value)))
        new.replace(path)


def last(name: str, kind: type[Value]) -> Snapshot[Value] | None:
    """The value that was kept last; None where there is none, or none that can be read."""
    path = cache_folder() / "snapshots" / f"{name}.msgpack"
    try:
        at, raw = msgspec.msgpack.decode(path.read_bytes(), type=tuple[float, msgspec.Raw])
        return Snapshot(value=msgspec.msgpack.decode(raw, type=kind), at=at)
    except (OSError, msgspec.MsgspecError, RecursionError, ValueError):
        return None
