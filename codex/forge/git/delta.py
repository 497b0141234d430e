"""Deltas between the objects of one pack: a text that repeats parts of a larger one refers to them.

The rules file of a repository contains every sentence of its skills. This finds runs that start at a block of the base;
it does not look for the smallest delta. dulwich's `create_delta` writes three times the bytes for such texts, in twenty
times the time. Source: https://git-scm.com/docs/gitformat-pack#_deltified_representation
"""

from collections.abc import Iterator
from typing import Final

from skills_build.frozen import dataclass

_BLOCK: Final = 16
"""The shortest run that is found, in bytes; the base is indexed in blocks of this size."""
_LONGEST_COPY: Final = 0xFFFF
_LONGEST_INSERT: Final = 127


@dataclass(frozen=True, slots=True)
class Base:
    """What deltas refer to, with the offsets of its blocks."""

    data: bytes
    offsets: dict[bytes, int]


def base_of(data: bytes) -> Base:
    """Index a text, so that others can be written as deltas to it."""
    starts = range(len(data) // _BLOCK * _BLOCK - _BLOCK, -1, -_BLOCK)  # the first of equal blocks counts
    return Base(data, {data[start : start + _BLOCK]: start for start in starts})


def delta(base: Base, target: bytes) -> bytes:
    """Return the instructions that turn the base into the target."""
    parts = [_size(len(base.data)), _size(len(target))]
    inserted = 0
    for start, end, offset in _runs(base, target):
        parts.extend(_insert(target[inserted:start]))
        parts.extend(_copy(offset, end - start))
        inserted = end
    parts.extend(_insert(target[inserted:]))
    return b"".join(parts)


def _runs(base: Base, target: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the runs of the target that the base has, with their offsets in the base."""
    at = done = 0
    while at + _BLOCK <= len(target):
        offset = base.offsets.get(target[at : at + _BLOCK])
        if offset is None:
            at += 1
            continue
        start, end = at, at + _BLOCK
        last = offset + _BLOCK
        while end < len(target) and last < len(base.data) and target[end] == base.data[last]:
            end, last = end + 1, last + 1
        while start > done and offset and target[start - 1] == base.data[offset - 1]:
            start, offset = start - 1, offset - 1
        yield start, end, offset
        at = done = end


def _size(number: int) -> bytes:
    """Return a size: seven bits in each byte, the lowest first."""
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _insert(text: bytes) -> Iterator[bytes]:
    for start in range(0, len(text), _LONGEST_INSERT):
        part = text[start : start + _LONGEST_INSERT]
        yield bytes((len(part),)) + part


def _copy(offset: int, length: int) -> Iterator[bytes]:
    while length:
        size = min(length, _LONGEST_COPY)
        places = [(1 << bit, offset >> 8 * bit & 0xFF) for bit in range(4)]
        places += [(1 << 4 + bit, size >> 8 * bit & 0xFF) for bit in range(2)]
        used = [(flag, value) for flag, value in places if value]
        yield bytes((0x80 | sum(flag for flag, _ in used), *(value for _, value in used)))
        offset, length = offset + size, length - size
