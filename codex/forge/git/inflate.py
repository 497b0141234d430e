"""Reads git objects within limits: each size is read, checked and counted before anything is inflated.

A pack declares the size of an object, but the data may be larger: it is inflated in steps, never beyond that size.
Source: https://git-scm.com/docs/pack-format, https://git-scm.com/docs/gitformat-loose
"""

import hashlib
import mmap
import zlib
from collections.abc import Callable
from typing import Final, TypeAlias

from codex.limits import BYTES_PER_BLOB, BYTES_PER_GIT_OBJECT
from codex.shell.isolation import LimitError, check_time, spend
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

Bytes: TypeAlias = bytes | mmap.mmap

OVERSIZED: Final = bytes(BYTES_PER_BLOB + 1)
"""Replaces a file that is too large. It is one byte larger than the limit, so every reader notices."""
COMMIT: Final = 1
TREE: Final = 2
BLOB: Final = 3
NAMES: Final = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob", 4: b"tag"}
"""What git calls the kinds of objects."""
_OFFSET_DELTA: Final = 6
_NAMED_DELTA: Final = 7
_STEP: Final = 1024 * 1024
"""Number of bytes that are inflated at a time."""
_WINDOW: Final = 64 * 1024
"""Number of compressed bytes that are passed to zlib at a time; for a small object, only as many as it may have."""
_OVERHEAD: Final = 64
"""Number of bytes by which a stream of at most `_WINDOW` bytes may be larger than its content."""
_HEADER: Final = 64
"""Maximum length of the header of a loose object, and of the two sizes at the start of a delta, in bytes."""


class DamagedError(CodexError):
    """Git's data does not match its declared sizes, kinds or ids."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the Git data is corrupt: {why}", hint="run `git fsck` in the repository")


@dataclass(frozen=True, slots=True)
class PackEntry:
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
                compressed = data[at : at + min(_WINDOW, remaining + _OVERHEAD)]
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
        raise DamagedError("an object cannot be decompressed") from error
    if remaining:
        raise DamagedError("an object is smaller than its declared size")
    return at - len(stream.unused_data)


def first_bytes(data: Bytes, start: int) -> bytes:
    """The first bytes of a stream."""
    try:
        return zlib.decompressobj().decompress(data[start : start + _WINDOW], _HEADER)
    except zlib.error as error:
        raise DamagedError("an object cannot be decompressed") from error


def read_entry(data: Bytes, at: int) -> PackEntry:
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
        elif kind not in NAMES:
            raise DamagedError(f"an object has the unknown type {kind}")
        return PackEntry(kind, size, base, place)
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


def patched_size(delta: bytes) -> int:
    """The size of the result of a delta, of which the first bytes are enough."""
    try:
        return _read_size(delta, _read_size(delta, 0)[1])[0]
    except IndexError as error:
        raise DamagedError("a delta is truncated") from error


def patched(base: bytes, delta: bytes, max_bytes: int) -> bytes:
    """Apply a delta whose result may have `max_bytes`; no more than its declared size is ever allocated.

    Raises `LimitError` for a larger result, and `DamagedError`.
    """
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
            check_time()
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


def max_size(kind: int) -> int:
    """How large an object of a kind may be, in bytes."""
    return BYTES_PER_BLOB if kind == BLOB else BYTES_PER_GIT_OBJECT


def check_size(kind: int, size: int) -> None:
    """Raise `LimitError` if an object of this size is too large."""
    if size > max_size(kind):
        raise LimitError(f"a Git {NAMES[kind].decode()} is {size:,} bytes, more than the limit of {max_size(kind):,}")


def object_id(kind: int, data: bytes) -> bytes:
    """The id of an object, in 20 bytes."""
    digest = hashlib.sha1(b"%s %d\0" % (NAMES[kind], len(data)), usedforsecurity=False)
    digest.update(data)
    return digest.digest()


def oversized_id(pack: bytes, entry: PackEntry) -> tuple[bytes, int]:
    """The id, in 20 bytes, of a file that is too large to keep, and where its stream ends."""
    spend(entry.size)
    digest = hashlib.sha1(b"blob %d\0" % entry.size, usedforsecurity=False)
    end = _stream(pack, entry.start, entry.size, digest.update)
    return digest.digest(), end
