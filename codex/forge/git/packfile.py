"""Writes the objects of one commit into a bare repository as one pack.

Most repositories of a fleet get the same files, so an object is compressed once and kept. A pack is two files, where
loose objects would be a hundred. Source: https://git-scm.com/docs/pack-format
"""

import hashlib
import io
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from dulwich.objects import ShaFile
from dulwich.pack import write_pack_index_v2

from codex.shell.atomic import write_file

_CACHE_BYTES: Final = 64 * 1024 * 1024
"""Maximum total size of the compressed entries that are kept, in bytes."""
_READ_ONLY: Final = 0o444
_UNFINISHED: Final = "tmp_pack_"
"""The prefix of an unfinished pack; `git prune` removes those that a killed run left:
https://git-scm.com/docs/git-prune."""


class PackWriter:
    """Writes packs, and keeps their compressed entries. Safe to use from several threads."""

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, tuple[bytes, int]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def write(self, folder: Path, objects: Iterable[ShaFile]) -> None:
        """Write `objects` as one pack into `folder` (`objects/pack`); other processes see all of it or nothing."""
        body, digest, rows = self._packed(objects)
        start = folder / f"pack-{digest.hex()}"
        index = io.BytesIO()
        write_pack_index_v2(index, rows, digest)
        for ending, data in ((".pack", body + digest), (".idx", index.getvalue())):
            write_file(start.with_suffix(ending), data, mode=_READ_ONLY, beside=_UNFINISHED)

    def pack(self, objects: Iterable[ShaFile]) -> bytes:
        """Return `objects` as one pack."""
        body, digest, _ = self._packed(objects)
        return body + digest

    def _packed(self, objects: Iterable[ShaFile]) -> tuple[bytes, bytes, list[tuple[bytes, int, int]]]:
        """A pack without its checksum, the checksum, and the rows of its index: name, offset, checksum of an entry."""
        by_id = {sha_file.id: sha_file for sha_file in objects}
        parts = [b"PACK" + (2).to_bytes(4, "big") + len(by_id).to_bytes(4, "big")]
        rows: list[tuple[bytes, int, int]] = []
        offset = len(parts[0])
        for name in sorted(by_id):
            data, checksum = self._entry(by_id[name])
            rows.append((bytes.fromhex(name.decode()), offset, checksum))
            parts.append(data)
            offset += len(data)
        body = b"".join(parts)
        return body, hashlib.sha1(body, usedforsecurity=False).digest(), rows

    def _entry(self, sha_file: ShaFile) -> tuple[bytes, int]:
        """The bytes of an object in a pack, and their checksum."""
        with self._lock:
            kept = self._entries.get(sha_file.id)
        if kept is not None:
            return kept
        raw = sha_file.as_raw_string()
        data = _header(sha_file.type_num, len(raw)) + zlib.compress(raw, zlib.Z_BEST_COMPRESSION)
        entry = data, zlib.crc32(data)
        with self._lock:
            if sha_file.id not in self._entries:
                self._entries[sha_file.id] = entry
                self._size += len(data)
            while self._size > _CACHE_BYTES:
                self._size -= len(self._entries.popitem(last=False)[1][0])
        return entry


def _header(kind: int, size: int) -> bytes:
    """Kind and size of an entry: four bits of the size in the first byte, seven in each that follows."""
    first, size = (kind << 4) | (size & 0x0F), size >> 4
    header = bytearray()
    while size:
        header.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    header.append(first)
    return bytes(header)
