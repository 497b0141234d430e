"""Caches the results of parsing files. Entries are typed and validated when read; damaged ones are ignored.

Keys cover everything that an entry depends on, so entries are never stale. `save` drops entries that were not used.
"""

import contextlib
import hashlib
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

from codex.shell.atomic import keep_file
from codex.shell.cache_folder import cache_folder
from codex.shell.reading import read_file
from skills_build.errors import CodexError

Value = TypeVar("Value")

MAX_BYTES: Final = 256 * 1024 * 1024


@lru_cache(maxsize=1)
def compiler_digest() -> str:
    """Return a digest that changes with the compiler: its version, and the sizes and times of its files."""
    import codex

    digest = hashlib.sha256(f"{codex.__version__} {sys.version_info[:2]}".encode())
    package = Path(codex.__file__).parent
    for folder in (package, package.parent / "skills_build", package.parent / "validators" / "schemas"):
        for path in sorted(folder.rglob("*.py")) + sorted(folder.glob("*.json")):
            facts = path.stat()
            digest.update(f"{path.name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def key(*parts: str | bytes) -> str:
    """Return a key for exactly these parts, in this order."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


class ParseCache(Generic[Value]):
    """A file that maps keys to values of one type. With `None` as folder, nothing is cached."""

    def __init__(self, folder: Path | None, name: str, kind: type[Value]) -> None:
        self._path = folder / f"{name}.msgpack" if folder else None
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._old = self._read()
        self._new: dict[str, bytes] = {}
        self.hits = 0

    def _read(self) -> dict[str, bytes]:
        if self._path is None:
            return {}
        try:
            data = read_file(self._path, max_bytes=MAX_BYTES)
            return msgspec.msgpack.decode(data, type=dict[str, bytes])
        except (OSError, CodexError, msgspec.MsgspecError, RecursionError, ValueError):
            return {}

    def get(self, entry: str) -> Value | None:
        """Return the value of a key, None if there is none or it is damaged."""
        data = self._old.get(entry)
        if data is None:
            return None
        try:
            value = self._decoder.decode(data)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            return None
        self._new[entry] = data
        self.hits += 1
        return value

    def put(self, entry: str, value: Value) -> None:
        """Add a value; `save` writes it."""
        if self._path is not None:
            with contextlib.suppress(msgspec.MsgspecError, UnicodeEncodeError):
                self._new[entry] = msgspec.msgpack.encode(value)

    def save(self, keep: Iterable[str] = ()) -> None:
        """Write the entries used or added by this run, and those in `keep`. Errors are ignored."""
        kept = {entry: self._old[entry] for entry in keep if entry in self._old}
        merged = {**kept, **self._new}
        if self._path is None or merged == self._old:
            return
        with contextlib.suppress(OSError, CodexError):
            keep_file(self._path, msgspec.msgpack.encode(merged))


__all__ = ["MAX_BYTES", "ParseCache", "cache_folder", "compiler_digest", "key"]
