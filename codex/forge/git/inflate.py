"""Reads git's objects within limits: each size is known, checked and counted before anything is inflated.

Packs say how large an object is, but what is inside may be larger: it is inflated in steps and never beyond that size.
Source: https://git-scm.com/docs/pack-format, https://git-scm.com/docs/gitformat-loose
"""

import hashlib
import mmap
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from dulwich.object_store import BaseObjectStore, DiskObjectStore
from dulwich.objects import ObjectID, RawObjectID, ShaFile
from dulwich.pack import Pack

from codex.limits import BYTES_PER_BLOB, BYTES_PER_GIT_OBJECT, DELTA_CHAIN
from codex.shell.isolation import LimitError, check_time, spend
from skills_build.errors import CodexError

Bytes: TypeAlias = bytes | mmap.mmap

OVERSIZED: Final = bytes(BYTES_PER_BLOB + 1)
"""What stands for a file that is too large: one byte more than a file may have, so that every reader sees it."""
_NAMES: Final = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_KINDS: Final = {name: kind for kind, name in _NAMES.items()}
_BLOB: Final = 3
_OFFSET_DELTA: Final = 6
_NAMED_DELTA: Final = 7
_STEP: Final = 1024 * 1024
"""Bytes that are inflated at a time."""
_WINDOW: Final = 64 * 1024
"""Compressed bytes that are handed over at a time."""
_HEADER: Final = 64
"""Bytes of the longest header of a loose object, and of the two sizes that a delta begins with."""


class DamagedError(CodexError):
    """Git's data is not what it says of itself."""

    def __init__(self, why: str) -> None:
        super().__init__(f"git's data is damaged: {why}", hint="`git fsck` shows what is wrong with a repository")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An object in a pack: its kind and size as the pack has it, what it is a delta of, and where its stream begins."""

    kind: int
    size: int
    base: int | bytes | None
    start: int


def inflated(data: Bytes, start: int, size: int) -> tuple[bytes, int]:
    """Inflate the zlib stream at `start`, which has exactly `size` bytes; returns them and where the stream ends.

    The bytes count against the repository's ration before they are allocated. Raises `DamagedError` for another size.
    """
    spend(size)
    parts: list[bytes] = []
    end = _stream(data, start, size, parts.append)
    return b"".join(parts), end


def _stream(data: Bytes, start: int, size: int, take: Callable[[bytes], object]) -> int:
    """Inflate in steps; returns where the stream ends."""
    stream, at, left = zlib.decompressobj(), start, size
    try:
        while not stream.eof:
            waiting = stream.unconsumed_tail
            if not waiting:
                waiting = data[at : at + _WINDOW]
                at += len(waiting)
                if not waiting:
                    raise DamagedError("an object is cut off")
            part = stream.decompress(waiting, min(left + 1, _STEP))
            left -= len(part)
            if left < 0:
                raise DamagedError("an object is larger than it says")
            take(part)
            check_time()
    except zlib.error as error:
        raise DamagedError("an object cannot be inflated") from error
    if left:
        raise DamagedError("an object is smaller than it says")
    return at - len(stream.unused_data)


def _begins(data: Bytes, start: int) -> bytes:
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
                raise DamagedError("an object's size has no end")
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
                    raise DamagedError("a delta of nothing")
            place, base = place + 1, at - back
            if not 0 < back <= at:
                raise DamagedError("a delta of nothing")
        elif kind == _NAMED_DELTA:
            base, place = data[place : place + 20], place + 20
        elif kind not in _NAMES:
            raise DamagedError(f"an object of kind {kind}")
        return _Entry(kind, size, base, place)
    except IndexError as error:
        raise DamagedError("an object is cut off") from error


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A size in a delta, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
        if shift > 64:
            raise DamagedError("a delta's size has no end")


def _patched(base: bytes, delta: bytes, most: int) -> bytes:
    """Apply a delta whose result may have `most` bytes; nothing beyond what it says is ever allocated."""
    try:
        source, at = _number(delta, 0)
        target, at = _number(delta, at)
        if source != len(base):
            raise DamagedError("a delta of something else")
        if target > most:
            raise LimitError(f"an object of git has {target:,} bytes, and {most:,} are read")
        spend(target)
        made = bytearray()
        while at < len(delta):
            at = _step(base, delta, at, made)
            if len(made) > target:
                raise DamagedError("a delta makes more than it says")
    except IndexError as error:
        raise DamagedError("a delta is cut off") from error
    if len(made) != target:
        raise DamagedError("a delta makes less than it says")
    return bytes(made)


def _step(base: bytes, delta: bytes, at: int, made: bytearray) -> int:
    """Do one instruction of a delta: copy from the base, or take bytes from the delta."""
    code = delta[at]
    at += 1
    if not code & 0x80:
        if not code or at + code > len(delta):
            raise DamagedError("a delta is cut off")
        made += delta[at : at + code]
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
        raise DamagedError("a delta copies what is not there")
    made += base[offset : offset + size]
    return at


def _limit(kind: int) -> int:
    return BYTES_PER_BLOB if kind == _BLOB else BYTES_PER_GIT_OBJECT


def _checked(kind: int, size: int) -> None:
    if size > _limit(kind):
        raise LimitError(f"a {_NAMES[kind].decode()} of git has {size:,} bytes, and {_limit(kind):,} are read")


def objects_in(pack: bytes) -> Iterator[ShaFile]:
    """Yield the objects of a whole pack. A file that is too large comes as `OVERSIZED`, under its own id.

    Raises `LimitError` and `DamagedError`.
    """
    if pack[:4] != b"PACK" or len(pack) < 12:
        raise DamagedError("no pack")
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
            _checked(entry.kind, entry.size)
            data, end = inflated(pack, entry.start, entry.size)
            plain[at] = entry.kind, data
            names[_id(entry.kind, data)] = at
        else:
            _checked(2, entry.size)
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
    """Apply deltas until none is left; what a delta is of may come after it."""
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
            raise DamagedError("a delta of nothing")
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
    """The objects of a repository on disk, read within limits. A file that is too large is read as `OVERSIZED`."""

    def __init__(self, store: DiskObjectStore) -> None:
        super().__init__()
        self._store = store
        self._maps: dict[str, Bytes] = {}

    def close(self) -> None:
        """Close what is mapped."""
        for one in self._maps.values():
            if isinstance(one, mmap.mmap):
                one.close()
        self._maps.clear()

    def __contains__(self, sha1: ObjectID) -> bool:
        return sha1 in self._store

    def get_raw(self, name: RawObjectID | ObjectID) -> tuple[int, bytes]:
        """The kind and bytes of an object by its id in hex. Raises `KeyError` where it is not there."""
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
        data = _mapped(path)
        try:
            head, zero, _ = _begins(data, 0).partition(b"\0")
            name, _, size = head.partition(b" ")
            if not zero or name not in _KINDS or not size.isdigit():
                raise DamagedError(f"`{path.name}` is no object")
            kind = _KINDS[name]
            if kind == _BLOB and int(size) > BYTES_PER_BLOB:
                return kind, OVERSIZED
            _checked(kind, int(size))
            whole, _ = inflated(data, 0, len(head) + 1 + int(size))
            return kind, whole[len(head) + 1 :]
        finally:
            if isinstance(data, mmap.mmap):
                data.close()

    def _packed(self, pack: Pack, name: RawObjectID) -> tuple[int, bytes]:
        """An object of a pack; `KeyError` where it is not in it."""
        at: int | None = pack.index.object_offset(name)
        data = self._map(str(pack.data.path))
        chain: list[_Entry] = []
        while at is not None:
            entry = _entry(data, at)
            chain.append(entry)
            if len(chain) > DELTA_CHAIN:
                raise LimitError(f"more than {DELTA_CHAIN:,} deltas of git on top of each other")
            base = entry.base
            at = pack.index.object_offset(RawObjectID(base)) if isinstance(base, bytes) else base
        kind = chain[-1].kind
        if kind == _BLOB and self._size(data, chain[0]) > BYTES_PER_BLOB:
            return kind, OVERSIZED
        found = b""
        for entry in reversed(chain):
            _checked(2, entry.size)
            part, _ = inflated(data, entry.start, entry.size)
            found = part if entry.base is None else _patched(found, part, BYTES_PER_GIT_OBJECT)
        return kind, found

    @staticmethod
    def _size(data: Bytes, entry: _Entry) -> int:
        """The size of an object; of a delta, that of what it makes."""
        if entry.base is None:
            return entry.size
        try:
            head = _begins(data, entry.start)
            return _number(head, _number(head, 0)[1])[0]
        except IndexError as error:
            raise DamagedError("a delta is cut off") from error

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
