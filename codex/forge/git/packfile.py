"""Writes the objects of one commit into a bare repository as one pack.

A fleet gets mostly the same files: what an object is in a pack is worked out once and kept. One pack is two files
where loose objects are a hundred. Source: https://git-scm.com/docs/pack-format
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

_KEPT: Final = 64 * 1024 * 1024
"""Bytes of entries that are kept."""
_READ_ONLY: Final = 0o444
_UNFINISHED: Final = "tmp_pack_"
"""How git calls a pack that is not finished: `git prune` removes those that a killed run left."""


class PackWriter:
    """Makes packs, and remembers what went into them. Safe to use from several threads."""

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, tuple[bytes, int]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def write(self, folder: Path, objects: Iterable[ShaFile]) -> None:
        """Write `objects` as one pack into `folder` (`objects/pack`); who looks meanwhile sees all of it or nothing."""
        found = {sha_file.id: sha_file for sha_file in objects}
        parts = [b"PACK" + (2).to_bytes(4, "big") + len(found).to_bytes(4, "big")]
        rows: list[tuple[bytes, int, int]] = []
        place = len(parts[0])
        for name in sorted(found):
            data, check = self._entry(found[name])
            rows.append((bytes.fromhex(name.decode()), place, check))
            parts.append(data)
            place += len(data)
        body = b"".join(parts)
        checksum = hashlib.sha1(body, usedforsecurity=False).digest()
        start = folder / f"pack-{checksum.hex()}"
        index = io.BytesIO()
        write_pack_index_v2(index, rows, checksum)
        for ending, data in ((".pack", body + checksum), (".idx", index.getvalue())):
            write_file(start.with_suffix(ending), data, mode=_READ_ONLY, beside=_UNFINISHED)

    def _entry(self, one: ShaFile) -> tuple[bytes, int]:
        """An object as it stands in a pack, and its checksum."""
        with self._lock:
            known = self._entries.get(one.id)
        if known is not None:
            return known
        raw = one.as_raw_string()
        data = _head(one.type_num, len(raw)) + zlib.compress(raw)
        made = data, zlib.crc32(data)
        with self._lock:
            if one.id not in self._entries:
                self._entries[one.id] = made
                self._size += len(data)
            while self._size > _KEPT:
                self._size -= len(self._entries.popitem(last=False)[1][0])
        return made


def _head(kind: int, size: int) -> bytes:
    """Kind and size of an entry: four bits of the size in the first byte, seven in each that follows."""
    first, size = (kind << 4) | (size & 0x0F), size >> 4
    found = bytearray()
    while size:
        found.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    found.append(first)
    return bytes(found)
