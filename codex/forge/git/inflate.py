"""Reads git objects within limits: each size is read, checked and counted before anything is inflated.

A pack declares the size of an object, but the data may be larger: it is inflated in steps, never beyond that size.
Source: https://git-scm.com/docs/pack-format, https://git-scm.com/docs/gitformat-loose
"""

import hashlib
import mmap
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

from dulwich.object_store import BaseObjectStore, DiskObjectStore
from dulwich.objects import ObjectID, RawObjectID, ShaFile
from dulwich.pack import Pack

from codex.limits import BYTES_PER_BLOB, BYTES_PER_GIT_OBJECT, DELTA_CHAIN
from codex.shell.isolation import LimitError, check_time, spend
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

Bytes: TypeAlias = bytes | mmap.mmap

OVERSIZED: Final = bytes(BYTES_PER_BLOB + 1)
"""Replaces a file that is too large. It is one byte larger than the limit, so every reader notices."""
_NAMES: Final = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_KINDS: Final = {name: kind for kind, name in _NAMES.items()}
_BLOB: Final = 3
_OFFSET_DELTA: Final = 6
_NAMED_DELTA: Final = 7
_STEP: Final = 1024 * 1024
"""Number of bytes that are inflated at a time."""
_WINDOW: Final = 64 * 1024
"""Number of compressed bytes that are passed to zlib at a time."""
_HEADER: Final = 64
"""Maximum length of the header of a loose object, and of the two sizes at the start of a delta, in bytes."""


class DamagedError(CodexError):
    """Git's data does not match its declared sizes, kinds or ids."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the Git data is corrupt: {why}", hint="run `git fsck` in the repository")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An object in a pack: its kind and size there, the base of a delta (offset or id), and where its stream begins."""

    kind: int
    size: int
    base: int | bytes | None
    start: int


def inflated(data: Bytes, start: int, size: int) -> tuple[bytes, int]:
    """Inflate the zlib stream at `start`, which has exactly `size` bytes; returns them and where the stream ends.

    The bytes count against the repository's limit before they are allocated. Raises `DamagedError` for another size.
    """
    spend(size)
    parts: list[bytes] = []
    end = _stream(data, start, size, parts.append)
    return b"".join(parts), end


def _stream(data: Bytes, start: int, size: int, consume: Callable[[bytes], object]) -> int:
    """Inflate in steps; returns where the stream ends."""
    stream, at, remaining = zlib.decompressobj(), start, size
    try:
        while not stream.eof:
            compressed = stream.unconsumed_tail
            if not compressed:
                compressed = data[at : at + _WINDOW]
                at += len(compressed)
                if not compressed:
                    raise DamagedError("an object is truncated")
            part = stream.decompress(compressed, min(remaining + 1, _STEP))
            remaining -= len(part)
            if remaining < 0:
                raise DamagedError("an object is larger than its declared size")
            consume(part)
            check_time()
    except zlib.error as error:
        raise DamagedError("an object cannot be inflated") from error
    if remaining:
        raise DamagedError("an object is smaller than its declared size")
    return at - len(stream.unused_data)


def _first_bytes(data: Bytes, start: int) -> bytes:
    """The first bytes of a stream."""
    try:
        return zlib.decompressobj().decompress(data[start : start + _WINDOW], _HEADER)
    except zlib.error as error:
        raise DamagedError("an object cannot be inflated") from error


def _entry(data: Bytes, at: int) -> _Entry:
    """Read the header of the object at an offset of a pack."""
    try:
        place = at
        byte = data[place]
        kind, size, shift = (byte >> 4) & 7, byte & 15, 4
        while byte & 0x80:
            place += 1
            byte = data[place]
            size |= (byte & 0x7F) << shift
            shift += 7
            if shift > 64:
                raise DamagedError("the size field of an object is too long")
        place += 1
        base: int | bytes | None = None
        if kind == _OFFSET_DELTA:
            byte = data[place]
            back = byte & 0x7F
            while byte & 0x80:
                place += 1
                byte = data[place]
                back = ((back + 1) << 7) | (byte & 0x7F)
                if back > len(data):
                    raise DamagedError("the base of a delta is missing")
            place, base = place + 1, at - back
            if not 0 < back <= at:
                raise DamagedError("the base of a delta is missing")
        elif kind == _NAMED_DELTA:
            base, place = data[place : place + 20], place + 20
        elif kind not in _NAMES:
            raise DamagedError(f"an object has the unknown type {kind}")
        return _Entry(kind, size, base, place)
    except IndexError as error:
        raise DamagedError("an object is truncated") from error


def _read_size(data: bytes, at: int) -> tuple[int, int]:
    """Read a size in a delta; returns it and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
        if shift > 64:
            raise DamagedError("the size field of a delta is too long")


def _patched(base: bytes, delta: bytes, max_bytes: int) -> bytes:
    """Apply a delta whose result may have `max_bytes`; no more than its declared size is ever allocated."""
    try:
        source, at = _read_size(delta, 0)
        target, at = _read_size(delta, at)
        if source != len(base):
            raise DamagedError("a delta does not match its base")
        if target > max_bytes:
            raise LimitError(f"a Git object is {target:,} bytes, more than the limit of {max_bytes:,}")
        spend(target)
        result = bytearray()
        while at < len(delta):
            at = _step(base, delta, at, result)
            if len(result) > target:
                raise DamagedError("the result of a delta is larger than its declared size")
    except IndexError as error:
        raise DamagedError("a delta is truncated") from error
    if len(result) != target:
        raise DamagedError("the result of a delta is smaller than its declared size")
    return bytes(result)


def _step(base: bytes, delta: bytes, at: int, result: bytearray) -> int:
    """Carry out one instruction of a delta: copy from the base, or insert bytes of the delta."""
    code = delta[at]
    at += 1
    if not code & 0x80:
        if not code or at + code > len(delta):
            raise DamagedError("a delta is truncated")
        result += delta[at : at + code]
        return at + code
    offset = size = 0
    for bit in range(4):
        if code & (1 << bit):
            offset |= delta[at] << (8 * bit)
            at += 1
    for bit in range(3):
        if code & (1 << (4 + bit)):
            size |= delta[at] << (8 * bit)
            at += 1
    size = size or 0x10000
    if offset + size > len(base):
        raise DamagedError("a delta copies beyond the end of its base")
    result += base[offset : offset + size]
    return at


def _limit(kind: int) -> int:
    return BYTES_PER_BLOB if kind == _BLOB else BYTES_PER_GIT_OBJECT


def _check_size(kind: int, size: int) -> None:
    if size > _limit(kind):
        raise LimitError(f"a Git {_NAMES[kind].decode()} is {size:,} bytes, more than the limit of {_limit(kind):,}")


def objects_in(pack: bytes) -> Iterator[ShaFile]:
    """Yield the objects of a whole pack. A file that is too large is `OVERSIZED`, under its own id.

    Raises `LimitError` and `DamagedError`.
    """
    if pack[:4] != b"PACK" or len(pack) < 12:
        raise DamagedError("the data is not a Git pack")
    at = 12
    plain: dict[int, tuple[int, bytes]] = {}
    names: dict[bytes, int] = {}
    deltas: list[tuple[int, _Entry, bytes]] = []
    for _ in range(int.from_bytes(pack[8:12], "big")):
        entry = _entry(pack, at)
        if entry.kind == _BLOB and entry.size > BYTES_PER_BLOB:
            name, end = _named(pack, entry)
            yield ShaFile.from_raw_string(_BLOB, OVERSIZED, sha=ObjectID(name.encode()))
        elif entry.base is None:
            _check_size(entry.kind, entry.size)
            data, end = inflated(pack, entry.start, entry.size)
            plain[at] = entry.kind, data
            names[_id(entry.kind, data)] = at
        else:
            _check_size(2, entry.size)
            data, end = inflated(pack, entry.start, entry.size)
            deltas.append((at, entry, data))
        at = end
    _resolve(plain, names, deltas)
    for kind, data in plain.values():
        if kind in _NAMES:
            yield ShaFile.from_raw_string(kind, data)


def _resolve(
    plain: dict[int, tuple[int, bytes]], names: dict[bytes, int], deltas: list[tuple[int, _Entry, bytes]]
) -> None:
    """Apply deltas until none is left; the base of a delta may come after it."""
    while deltas:
        waiting: list[tuple[int, _Entry, bytes]] = []
        for at, entry, delta in deltas:
            base = names.get(entry.base, -1) if isinstance(entry.base, bytes) else entry.base
            if base is None or base not in plain:
                waiting.append((at, entry, delta))
                continue
            kind, data = plain[base]
            plain[at] = kind, _patched(data, delta, _limit(kind))
            names[_id(*plain[at])] = at
        if len(waiting) == len(deltas):
            raise DamagedError("the base of a delta is missing")
        deltas = waiting


def _named(pack: bytes, entry: _Entry) -> tuple[str, int]:
    """The id of a file that is too large to keep, and where its stream ends."""
    spend(entry.size)
    digest = hashlib.sha1(b"blob %d\0" % entry.size, usedforsecurity=False)
    end = _stream(pack, entry.start, entry.size, digest.update)
    return digest.hexdigest(), end


def _id(kind: int, data: bytes) -> bytes:
    digest = hashlib.sha1(b"%s %d\0" % (_NAMES[kind], len(data)), usedforsecurity=False)
    digest.update(data)
    return digest.digest()


class Bounded(BaseObjectStore):
    """The objects of a repository on disk, read within limits. A file that is too large is read as `OVERSIZED`.

    dulwich inflates whole objects, whatever their size; only its indexes are used.
    """

    def __init__(self, store: DiskObjectStore) -> None:
        super().__init__()
        self._store = store
        self._maps: dict[str, Bytes] = {}

    def close(self) -> None:
        """Unmap the packs."""
        for data in self._maps.values():
            if isinstance(data, mmap.mmap):
                data.close()
        self._maps.clear()

    def __contains__(self, sha1: ObjectID) -> bool:
        return sha1 in self._store

    def get_raw(self, name: RawObjectID | ObjectID) -> tuple[int, bytes]:
        """Return the kind and bytes of an object by its id in hex. Raises `KeyError` where it is absent."""
        raw = RawObjectID(bytes.fromhex(name.decode()))
        for store in (self._store, *self._store.alternates):
            assert isinstance(store, DiskObjectStore)
            try:
                return store._lookup_in_packs(lambda pack: self._packed(pack, raw))
            except KeyError:
                path = Path(store.path) / name[:2].decode() / name[2:].decode()
                if path.is_file():
                    return self._loose(path)
        raise KeyError(name)

    def __getitem__(self, sha1: ObjectID | RawObjectID) -> ShaFile:
        kind, data = self.get_raw(sha1)
        if data is OVERSIZED:
            return ShaFile.from_raw_string(kind, data, sha=sha1)
        return ShaFile.from_raw_string(kind, data, verify_sha=sha1)

    def _loose(self, path: Path) -> tuple[int, bytes]:
        """Return the kind and the content of a loose object; for a blob over the limit, `OVERSIZED`."""
        data = _mapped(path)
        try:
            head, zero, _ = _first_bytes(data, 0).partition(b"\0")
            name, _, size = head.partition(b" ")
            if not zero or name not in _KINDS or not size.isdigit():
                raise DamagedError(f"`{path.name}` is not an object")
            kind = _KINDS[name]
            if kind == _BLOB and int(size) > BYTES_PER_BLOB:
                return kind, OVERSIZED
            _check_size(kind, int(size))
            whole, _ = inflated(data, 0, len(head) + 1 + int(size))
            return kind, whole[len(head) + 1 :]
        finally:
            if isinstance(data, mmap.mmap):
                data.close()

    def _packed(self, pack: Pack, name: RawObjectID) -> tuple[int, bytes]:
        """Return an object of a pack. Raises `KeyError` where the pack does not have it."""
        at: int | None = pack.index.object_offset(name)
        data = self._map(str(pack.data.path))
        chain: list[_Entry] = []
        while at is not None:
            entry = _entry(data, at)
            chain.append(entry)
            if len(chain) > DELTA_CHAIN:
                raise LimitError(f"Git stores an object as a chain of more than {DELTA_CHAIN:,} deltas")
            base = entry.base
            at = pack.index.object_offset(RawObjectID(base)) if isinstance(base, bytes) else base
        kind = chain[-1].kind
        if kind == _BLOB and self._size(data, chain[0]) > BYTES_PER_BLOB:
            return kind, OVERSIZED
        content = b""
        for entry in reversed(chain):
            _check_size(2, entry.size)
            part, _ = inflated(data, entry.start, entry.size)
            content = part if entry.base is None else _patched(content, part, BYTES_PER_GIT_OBJECT)
        return kind, content

    @staticmethod
    def _size(data: Bytes, entry: _Entry) -> int:
        """The size of an object; of a delta, that of its result."""
        if entry.base is None:
            return entry.size
        try:
            head = _first_bytes(data, entry.start)
            return _read_size(head, _read_size(head, 0)[1])[0]
        except IndexError as error:
            raise DamagedError("a delta is truncated") from error

    def _map(self, path: str) -> Bytes:
        if path not in self._maps:
            self._maps[path] = _mapped(Path(path))
        return self._maps[path]


def _mapped(path: Path) -> Bytes:
    with path.open("rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file cannot be mapped
            return b""
