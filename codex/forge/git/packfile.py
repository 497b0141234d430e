"""Writes the objects of one commit into a bare repository as one pack, or makes a pack to send.

Most repositories of a fleet get the same files, so an object is compressed once and kept. A pack is two files, where
loose objects would be a hundred. In a pack to send, texts are deltas to the largest one, which is the rules file.
Source: https://git-scm.com/docs/pack-format
"""

import hashlib
import io
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

from dulwich.objects import Blob
from dulwich.pack import write_pack_index_v2

from codex.forge.git.delta import Base, base_of, delta
from codex.shell.atomic import write_file

_CACHE_BYTES: Final = 64 * 1024 * 1024
"""Maximum total size of the compressed entries that are kept, in bytes."""
_CACHED_BASES: Final = 3
_MOST_DELTAS: Final = 4096
_SMALLEST_TARGET: Final = 256
"""Minimum size of a text that is written as a delta, in bytes: it names its base with twenty."""
_REF_DELTA: Final = 7
_READ_ONLY: Final = 0o444
_UNFINISHED: Final = "tmp_pack_"
"""The prefix of an unfinished pack; `git prune` removes those that a killed run left:
https://git-scm.com/docs/git-prune."""


class GitObject(Protocol):
    """A commit, tree or file, whether parsed or not."""

    @property
    def id(self) -> bytes:
        """The id in hex."""

    @property
    def type_num(self) -> int:
        """The kind of object, as in a pack."""

    def as_raw_string(self) -> bytes:
        """The content."""

    def raw_length(self) -> int:
        """The size of the content in bytes."""


class PackWriter:
    """Writes packs, and keeps their compressed entries. Safe to use from several threads."""

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, tuple[bytes, int]] = OrderedDict()
        self._deltas: OrderedDict[tuple[bytes, bytes], tuple[bytes, int]] = OrderedDict()
        self._bases: OrderedDict[bytes, Base] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def write(self, folder: Path, objects: Iterable[GitObject]) -> None:
        """Write `objects` as one pack into `folder` (`objects/pack`); other processes see all of it or nothing."""
        body, digest, rows = self._packed(objects, None)
        start = folder / f"pack-{digest.hex()}"
        index = io.BytesIO()
        write_pack_index_v2(index, rows, digest)
        for ending, data in ((".pack", body + digest), (".idx", index.getvalue())):
            write_file(start.with_suffix(ending), data, mode=_READ_ONLY, beside=_UNFINISHED)

    def pack(self, objects: Iterable[GitObject]) -> bytes:
        """Return `objects` as one pack, with deltas."""
        all_objects = tuple(objects)
        blobs = (sha_file for sha_file in all_objects if sha_file.type_num == Blob.type_num)
        body, digest, _ = self._packed(all_objects, max(blobs, key=lambda blob: blob.raw_length(), default=None))
        return body + digest

    def _packed(
        self, objects: Iterable[GitObject], largest: GitObject | None
    ) -> tuple[bytes, bytes, list[tuple[bytes, int, int]]]:
        """A pack without its checksum, the checksum, and the rows of its index: name, offset, checksum of an entry."""
        by_id = {sha_file.id: sha_file for sha_file in objects}
        parts = [b"PACK" + (2).to_bytes(4, "big") + len(by_id).to_bytes(4, "big")]
        rows: list[tuple[bytes, int, int]] = []
        offset = len(parts[0])
        for name in sorted(by_id):
            data, checksum = self._entry(by_id[name]) if largest is None else self._smaller_entry(by_id[name], largest)
            rows.append((bytes.fromhex(name.decode()), offset, checksum))
            parts.append(data)
            offset += len(data)
        body = b"".join(parts)
        return body, hashlib.sha1(body, usedforsecurity=False).digest(), rows

    def _entry(self, sha_file: GitObject) -> tuple[bytes, int]:
        """The bytes of an object in a pack, and their checksum."""
        with self._lock:
            kept = self._entries.get(sha_file.id)
        if kept is not None:
            return kept
        raw = sha_file.as_raw_string()
        data = _header(sha_file.type_num, len(raw)) + _deflated(raw)
        entry = data, zlib.crc32(data)
        with self._lock:
            if sha_file.id not in self._entries:
                self._entries[sha_file.id] = entry
                self._size += len(data)
            while self._size > _CACHE_BYTES:
                self._size -= len(self._entries.popitem(last=False)[1][0])
        return entry

    def _smaller_entry(self, sha_file: GitObject, largest: GitObject) -> tuple[bytes, int]:
        """The entry of an object: as a delta to the largest one, if that is smaller."""
        is_text = sha_file.type_num == Blob.type_num and sha_file.raw_length() >= _SMALLEST_TARGET
        if not is_text or sha_file.raw_length() >= largest.raw_length():
            return self._entry(sha_file)
        key = (sha_file.id, largest.id)
        with self._lock:
            kept = self._deltas.get(key)
        if kept is not None:
            return kept
        changes = delta(self._base(largest), sha_file.as_raw_string())
        data = _header(_REF_DELTA, len(changes)) + bytes.fromhex(largest.id.decode()) + _deflated(changes)
        entry = min((data, zlib.crc32(data)), self._entry(sha_file), key=lambda one: len(one[0]))
        with self._lock:
            self._deltas[key] = entry
            if len(self._deltas) > _MOST_DELTAS:
                self._deltas.popitem(last=False)
        return entry

    def _base(self, largest: GitObject) -> Base:
        with self._lock:
            kept = self._bases.get(largest.id)
        if kept is not None:
            return kept
        base = base_of(largest.as_raw_string())
        with self._lock:
            self._bases[largest.id] = base
            if len(self._bases) > _CACHED_BASES:
                self._bases.popitem(last=False)
        return base


def _deflated(data: bytes) -> bytes:
    deflate = zlib.compressobj(zlib.Z_BEST_COMPRESSION, memLevel=zlib.DEF_MEM_LEVEL + 1)
    return deflate.compress(data) + deflate.flush()


def _header(kind: int, size: int) -> bytes:
    """Kind and size of an entry: four bits of the size in the first byte, seven in each that follows."""
    first, size = (kind << 4) | (size & 0x0F), size >> 4
    header = bytearray()
    while size:
        header.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    header.append(first)
    return bytes(header)
