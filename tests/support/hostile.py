"""Archives that nobody should unpack, made byte by byte without the code that they are to test."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

BLOCK = 512
RECORD = 20 * BLOCK
GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True)
class Hostile:
    """An archive and a part of the sentence that refuses it."""

    data: bytes
    said: str


def header(name: str, data: bytes = b"", **facts: Any) -> bytes:
    """The header of a USTAR entry as `pack` writes it, but for what `facts` say of it."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o644
    for key, value in facts.items():
        setattr(entry, key, value)
    return entry.tobuf(tarfile.USTAR_FORMAT)


def padded(data: bytes, to: int = BLOCK) -> bytes:
    """Bytes filled up with zeros to whole blocks."""
    return data + b"\0" * (-len(data) % to)


def file(name: str, data: bytes = b"x\n", **facts: Any) -> bytes:
    """A USTAR entry with its content."""
    return header(name, data, **facts) + padded(data)


def with_checksum(head: bytes) -> bytes:
    """A header with the checksum that its other bytes ask for."""
    blank = head[:148] + b" " * 8 + head[156:]
    return blank[:148] + b"%06o\0 " % sum(blank) + blank[156:]


def with_prefix(prefix: str, name: str) -> bytes:
    """A USTAR entry whose path is in two fields."""
    head = header("a.md", b"x\n")
    return with_checksum(
        name.encode().ljust(100, b"\0") + head[100:345] + prefix.encode().ljust(155, b"\0") + head[500:]
    ) + padded(b"x\n")


def tar(*entries: bytes) -> bytes:
    """Entries with the two empty blocks and the filling that end an archive."""
    return padded(b"".join(entries) + b"\0" * (2 * BLOCK), RECORD)


def stored(data: bytes) -> bytes:
    """A gzip stream of stored blocks (RFC 1951, 3.2.4), as bundles have it."""
    out = bytearray(GZIP)
    for start in range(0, len(data), 0xFFFF):
        block = data[start : start + 0xFFFF]
        final = start + 0xFFFF >= len(data)
        out += struct.pack("<BHH", final, len(block), 0xFFFF - len(block)) + block
    return bytes(out + struct.pack("<II", zlib.crc32(data), len(data)))


def archive(*entries: bytes) -> bytes:
    """A `.tar.gz` in the form of bundles."""
    return stored(tar(*entries))


def pax(name: str, data: bytes, **records: str) -> bytes:
    """An entry behind a PAX header (POSIX.1-2001) with these records."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.pax_headers = len(data), 0o644, records
    return entry.tobuf(tarfile.PAX_FORMAT) + padded(data)


def gnu(entry: tarfile.TarInfo, data: bytes = b"") -> bytes:
    """An entry in the format of GNU tar."""
    entry.size = len(data)
    return entry.tobuf(tarfile.GNU_FORMAT) + padded(data)


def long_name(name: str) -> bytes:
    """What GNU tar writes before an entry to give it a name of any length."""
    text = name.encode() + b"\0"
    entry = tarfile.TarInfo("././@LongLink")
    entry.size, entry.type = len(text), tarfile.GNUTYPE_LONGNAME
    return entry.tobuf(tarfile.GNU_FORMAT) + padded(text)


def negative_size() -> bytes:
    """An entry whose size is -512 in base 256, so that the next one seems to be itself (CVE-2025-8194)."""
    head = header("a.md")
    return with_checksum(head[:124] + b"\xff" * 10 + b"\xfe\x00" + head[136:])


def bomb(size: int, name: str = "a.md") -> bytes:
    """An archive of one file of `size` (whole MiB) zeros, compressed as far as gzip goes."""
    engine = zlib.compressobj(9, wbits=-15)
    head, part = header(name, b""), b"\0" * 1024**2
    head = with_checksum(head[:124] + b"%011o\0" % size + head[136:])
    first = engine.compress(head) + engine.flush(zlib.Z_FULL_FLUSH)
    again = engine.compress(part) + engine.flush(zlib.Z_FULL_FLUSH)
    last = engine.compress(b"\0" * (2 * BLOCK)) + engine.flush()
    crc = zlib.crc32(head)
    for _ in range(size // len(part)):
        crc = zlib.crc32(part, crc)
    total = (len(head) + size + 2 * BLOCK) & 0xFFFFFFFF
    packed = first + again * (size // len(part)) + last
    return GZIP + packed + struct.pack("<II", zlib.crc32(b"\0" * (2 * BLOCK), crc), total)


def zipped(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, data in entries:
            made.writestr(name, data)
    return stream.getvalue()


def _typed(kind: bytes, **facts: Any) -> bytes:
    return header("a.md", type=kind, **facts)


_GOOD = file("a.md")
_LEADS = "the path is outside its folder or not normalised"
_SYSTEMS = "the path is not relative on every operating system"
_FORM = "is not in canonical form"

ENTRIES: dict[str, tuple[bytes, str]] = {
    "traversal": (file("../x.md"), f"`../x.md` is refused: {_LEADS}"),
    "traversal-inside": (file("a/../../x.md"), f"`a/../../x.md` is refused: {_LEADS}"),
    "dot": (file("a/./b.md"), f"`a/./b.md` is refused: {_LEADS}"),
    "dot-first": (file("./b.md"), f"`./b.md` is refused: {_LEADS}"),
    "two-slashes": (file("a//b.md"), f"`a//b.md` is refused: {_LEADS}"),
    "slash-last": (file("a/"), f"`a/` is refused: {_LEADS}"),
    "no-name": (with_checksum(b"\0" * 100 + file("a.md")[100:512]) + padded(b"x\n"), f"`` is refused: {_LEADS}"),
    "absolute": (file("/etc/x.md"), f"`/etc/x.md` is refused: {_SYSTEMS}"),
    "backslash": (file("a\\..\\x.md"), rf"`a\\..\\x.md` is refused: {_SYSTEMS}"),
    "drive": (file("C:x.md"), f"`C:x.md` is refused: {_SYSTEMS}"),
    "stream": (file("a.md:hidden"), f"`a.md:hidden` is refused: {_SYSTEMS}"),
    "not-ascii": (file("\u00e9.md"), "the path is not plain ASCII"),
    "control": (file("a\x1b[2J.md"), "the path is not plain ASCII"),
    "newline": (file("a\nb.md"), "the path is not plain ASCII"),
    "prefix": (with_prefix("..", "x.md"), f"`../x.md` is refused: {_LEADS}"),
    "prefix-absolute": (with_prefix("/etc", "x.md"), f"`/etc/x.md` is refused: {_SYSTEMS}"),
    "prefix-without-name": (with_prefix("a.md", ""), f"`a.md/` is refused: {_LEADS}"),
    "prefix-with-zero": (with_prefix("a\0b", "x.md"), "the path is not plain ASCII"),
    "prefix-not-needed": (with_prefix("a", "x.md"), _FORM),
    "prefix-longer-than-needed": (with_prefix("d/" * 70 + "d", "e" * 20), _FORM),
    "symlink": (_typed(tarfile.SYMTYPE, linkname="/etc/passwd"), "`a.md` is refused: the entry is a link"),
    "hardlink": (
        _GOOD + header("b.md", type=tarfile.LNKTYPE, linkname="a.md"),
        "`b.md` is refused: the entry is a link",
    ),
    "character-device": (_typed(tarfile.CHRTYPE, devmajor=1, devminor=3), "the entry is not a regular file"),
    "block-device": (_typed(tarfile.BLKTYPE, devmajor=8), "the entry is not a regular file"),
    "fifo": (_typed(tarfile.FIFOTYPE), "the entry is not a regular file"),
    "folder": (header("a", type=tarfile.DIRTYPE, mode=0o755), "`a/` is refused: the entry is not a regular file"),
    "contiguous": (file("a.md", type=tarfile.CONTTYPE), "the entry is not a regular file"),
    "old-kind": (file("a.md", type=tarfile.AREGTYPE), "the entry is not a regular file"),
    "sparse": (_typed(tarfile.GNUTYPE_SPARSE), "the entry is not a regular file"),
    "unknown-kind": (_typed(b"Z"), "the entry is not a regular file"),
    "pax": (pax("a.md", b"x\n", comment="hello"), "is refused: the entry has an extended header"),
    "pax-path": (pax("a.md", b"x\n", path="../../x.md"), "is refused: the entry has an extended header"),
    "pax-size": (pax("a.md", b"x\n", size="1"), "is refused: the entry has an extended header"),
    "pax-sparse": (
        pax("a.md", b"x\n", **{"GNU.sparse.map": "0,1", "GNU.sparse.size": "99999999999", "GNU.sparse.name": "b.md"}),
        "is refused: the entry has an extended header",
    ),
    "pax-global": (
        tarfile.TarInfo.create_pax_global_header({"path": "../x.md"}) + _GOOD,
        "the entry has an extended header",
    ),
    "gnu-long-name": (long_name("d/" * 80 + "x.md") + _GOOD, "the entry has an extended header"),
    "gnu-other-name": (long_name("b.md") + _GOOD, "the entry has an extended header"),
    "gnu-long-names-without-end": (long_name("b.md") * 2000 + _GOOD, "the entry has an extended header"),
    "gnu-magic": (gnu(tarfile.TarInfo("a.md"), b"x\n"), "the format is not USTAR"),
    "negative-size": (negative_size(), "is not a tar archive, or is corrupt"),
    "size-beyond": (header("a.md", b"x" * 100_000), "`a.md` is refused: the archive ends in the middle of this file"),
    "twice": (_GOOD + file("a.md", b"y\n"), "contains `a.md` more than once"),
    "two-cases": (file("A.md") + _GOOD, "contains `a.md` more than once"),
    "file-and-folder": (file("a") + file("a/b.md"), "`a` is a file and a folder"),
    "file-and-folder-in-two-cases": (file("A") + file("a/b.md"), "`A` is a file and a folder"),
    "folder-first": (file("a/b.md") + file("a/b.md/c"), "`a/b.md` is a file and a folder"),
    "setuid": (file("a.md", mode=0o4755), "the mode is 4755"),
    "sticky": (file("a.md", mode=0o1644), "the mode is 1644"),
    "for-all-to-write": (file("a.md", mode=0o666), "the mode is 0666"),
    "for-nobody": (file("a.md", mode=0), "the mode is 0000"),
    "owner": (file("a.md", uid=1000), "the entry has an owner"),
    "group": (file("a.md", gid=1000), "the entry has an owner"),
    "owner-by-name": (file("a.md", uname="daemon"), "the entry has an owner"),
    "group-by-name": (file("a.md", gname="daemon"), "the entry has an owner"),
    "time": (file("a.md", mtime=1_700_000_000), "the entry has a timestamp"),
    "order": (file("b.md") + _GOOD, _FORM),
}
"""One wrong thing each, by name: entries, and a part of what is said of them."""


def _swapped(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


STREAMS: dict[str, Callable[[], Hostile]] = {
    "nothing": lambda: Hostile(b"", "is truncated"),
    "text": lambda: Hostile(b"hello\n", "is not a gzip file, or is corrupt"),
    "zip": lambda: Hostile(zipped([("a.md", b"x\n")]), "is not a gzip file, or is corrupt"),
    "plain-tar": lambda: Hostile(tar(_GOOD), "is not a gzip file, or is corrupt"),
    "no-tar": lambda: Hostile(stored(b"hello\n" * 1000), "is not a tar archive, or is corrupt"),
    "no-blocks": lambda: Hostile(stored(b""), "is not a gzip file, or is corrupt"),
    "no-content": lambda: Hostile(gzip.compress(b"", mtime=0), _FORM),
    "trailing-byte": lambda: Hostile(archive(_GOOD) + b"\0", "has trailing data"),
    "two-members": lambda: Hostile(archive(_GOOD) + archive(file("b.md")), "has trailing data"),
    "wrong-crc": lambda: Hostile(_swapped(archive(_GOOD), -8, b"\0\0\0\0"), "is not a gzip file, or is corrupt"),
    "wrong-length": lambda: Hostile(archive(_GOOD)[:-4] + b"\1\0\0\0", "is not a gzip file, or is corrupt"),
    "compressed": lambda: Hostile(gzip.compress(tar(_GOOD), mtime=0), _FORM),
    "named": lambda: Hostile(_swapped(archive(_GOOD), 9, b"\x03"), _FORM),
    "dated": lambda: Hostile(_swapped(archive(_GOOD), 4, b"\1\0\0\0"), _FORM),
    "short-record": lambda: Hostile(stored(_GOOD + b"\0" * 1024), _FORM),
    "no-end": lambda: Hostile(stored(_GOOD), _FORM),
    "after-the-end": lambda: Hostile(stored(tar(_GOOD) + file("b.md")), _FORM),
    "filling": lambda: Hostile(stored(tar(header("a.md", b"x\n") + b"x\n" + b"y" * 510)), _FORM),
}
"""Wrong as a whole, by name."""


def hostile() -> dict[str, Hostile]:
    """Every hostile archive by name; small ones, no bombs."""
    made = {name: Hostile(archive(entry), said) for name, (entry, said) in ENTRIES.items()}
    return made | {name: make() for name, make in STREAMS.items()}
