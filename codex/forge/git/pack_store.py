"""The objects of one pack that a host sent, in memory as they are.

Nothing is parsed before it is needed: a parsed folder takes thirty times the bytes that it has in a pack.
Source: https://git-scm.com/docs/gitformat-pack
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

from dulwich.object_store import BaseObjectStore
from dulwich.objects import ObjectID, RawObjectID

from codex.forge.git.inflate import (
    BLOB,
    OVERSIZED,
    TREE,
    DamagedError,
    PackEntry,
    check_size,
    inflated,
    max_size,
    object_id,
    oversized_id,
    patched,
    patched_size,
    read_entry,
)
from codex.limits import BYTES_PER_BLOB, OBJECTS_PER_PACK
from codex.shell.isolation import LimitError, check_time
from skills_build.frozen import dataclass

_HEADER_BYTES: Final = 12
_Delta: TypeAlias = tuple[int, bytes]
"""The offset of a delta in a pack, and its instructions."""


@dataclass(frozen=True, slots=True)
class RawObject:
    """A commit, tree, file or tag as git stores it."""

    id: ObjectID
    type_num: int
    data: bytes

    def as_raw_string(self) -> bytes:
        """The content."""
        return self.data

    def raw_length(self) -> int:
        """The size of the content in bytes."""
        return len(self.data)


class PackStore(BaseObjectStore):
    """The objects of a whole pack. A file that is too large is `OVERSIZED`, under its own id.

    Raises `LimitError` and `DamagedError`. `incomplete` says that a file is left out: it is too large, or changes one
    that is, so that its id is not known.
    """

    def __init__(self, pack: bytes) -> None:
        super().__init__()
        self.objects: dict[ObjectID, RawObject] = {}
        self.incomplete = False
        if pack[:4] != b"PACK" or len(pack) < _HEADER_BYTES:
            raise DamagedError("the data is not a Git pack")
        count = int.from_bytes(pack[8:_HEADER_BYTES], "big")
        if count > OBJECTS_PER_PACK:
            raise LimitError(f"the Git response has {count:,} objects, more than the limit of {OBJECTS_PER_PACK:,}")
        self._read(pack, count)

    def __contains__(self, sha1: ObjectID) -> bool:
        return sha1 in self.objects

    def __iter__(self) -> Iterator[ObjectID]:
        return iter(self.objects)

    def get_raw(self, name: RawObjectID | ObjectID) -> tuple[int, bytes]:
        """Return the kind and bytes of an object by its id in hex. Raises `KeyError` where it is absent."""
        found = self.objects[ObjectID(name)]
        return found.type_num, found.data

    def drop_files(self, most: int) -> None:
        """Drop the files of more than `most` bytes."""
        for oid, found in list(self.objects.items()):
            if found.type_num == BLOB and len(found.data) > most:
                del self.objects[oid]

    def _read(self, pack: bytes, count: int) -> None:
        """Read the objects, then the deltas: the base of a delta may come after it."""
        bases: list[tuple[int, RawObject]] = []
        deltas: dict[int | bytes, list[_Delta]] = {}
        at = _HEADER_BYTES
        for _ in range(count):
            entry = read_entry(pack, at)
            if entry.base is None:
                base, end = self._whole(pack, entry)
                bases.append((at, base))
            else:
                check_size(TREE, entry.size)
                delta, end = inflated(pack, entry.start, entry.size)
                deltas.setdefault(entry.base, []).append((at, delta))
            at = end
        while bases and deltas:
            at, base = bases.pop()
            bases.extend(self._changed(base, [*deltas.pop(at, ()), *deltas.pop(bytes.fromhex(base.id.decode()), ())]))
        if deltas and not self.incomplete:
            raise DamagedError("the base of a delta is missing")

    def _whole(self, pack: bytes, entry: PackEntry) -> tuple[RawObject, int]:
        """Read an object that is no delta; returns it and where it ends."""
        if entry.kind == BLOB and entry.size > BYTES_PER_BLOB:
            oid, end = oversized_id(pack, entry)
            return self._add(oid, BLOB, OVERSIZED), end
        check_size(entry.kind, entry.size)
        data, end = inflated(pack, entry.start, entry.size)
        return self._add(object_id(entry.kind, data), entry.kind, data), end

    def _changed(self, base: RawObject, deltas: list[_Delta]) -> Iterator[tuple[int, RawObject]]:
        """Yield what deltas make of an object, with their offsets."""
        for at, delta in deltas:
            check_time()
            if base.data is OVERSIZED or (base.type_num == BLOB and patched_size(delta) > BYTES_PER_BLOB):
                self.incomplete = True
                yield at, RawObject(ObjectID(b""), BLOB, OVERSIZED)
                continue
            data = patched(base.data, delta, max_size(base.type_num))
            yield at, self._add(object_id(base.type_num, data), base.type_num, data)

    def _add(self, oid: bytes, kind: int, data: bytes) -> RawObject:
        new = RawObject(ObjectID(oid.hex().encode()), kind, data)
        self.objects[new.id] = new
        return new
