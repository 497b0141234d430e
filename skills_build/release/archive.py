"""Archives that have the same bytes wherever they are made, and the reading of archives that nobody vouches for.

USTAR (POSIX.1-1988), entries in order of their paths, regular files only, owner 0, time 0; wrapped in gzip (RFC 1952)
of stored blocks (RFC 1951, 3.2.4), which depend on no version of zlib. Works on bytes; opens no file.
"""

import contextlib
import io
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from skills_build.model.paths import folded, path_fault

MAX_PATH: Final = 100
"""Bytes of a path: what USTAR holds without a prefix, which installers cut off."""
_BLOCK: Final = 0xFFFF
_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_MODES: Final = (0o644, 0o755)
_UNREADABLE: Final = (tarfile.TarError, ValueError, EOFError, OverflowError, RecursionError)
"""What tarfile raises for an archive that it cannot read; headers that announce headers exhaust the stack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """What an archive may hold: files, bytes of the archive, bytes of what is in it."""

    files: int
    packed: int
    unpacked: int


SKILL: Final = ArchiveLimits(files=1000, packed=10 * 1024 * 1024, unpacked=25 * 1024 * 1024)
"""What installers take (`npx skills` 1.7)."""
WHOLE: Final = ArchiveLimits(files=50_000, packed=128 * 1024 * 1024, unpacked=128 * 1024 * 1024)
"""What we take as one archive of everything."""


def pack(files: Iterable[Artifact]) -> bytes:
    """Pack files into a `.tar.gz`. Raises `CodexError` for a path that not every installer can hold."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for artifact in sorted(files, key=lambda file: file.path):
            wrong = entry_fault(artifact.path)
            if wrong:
                raise CodexError(
                    f"`{artifact.path}` cannot be archived: {wrong}", hint="give it a shorter, plainer name"
                )
            entry = tarfile.TarInfo(artifact.path)
            entry.size, entry.mode = len(artifact.data), 0o755 if artifact.mode & 0o111 else 0o644
            archive.addfile(entry, io.BytesIO(artifact.data))
    return _stored(stream.getvalue())


def _stored(data: bytes) -> bytes:
    """A gzip stream of blocks that are not compressed."""
    blocks = [data[start : start + _BLOCK] for start in range(0, len(data), _BLOCK)] or [b""]
    framed = [
        struct.pack("<BHH", number == len(blocks) - 1, len(block), len(block) ^ _BLOCK) + block
        for number, block in enumerate(blocks)
    ]
    return b"".join((_HEADER, *framed, struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)))


def entry_fault(path: str) -> str | None:
    """Why a path may not be in an archive; None where it may."""
    if not path.isascii() or not path.isprintable():
        return "its name is not plain ASCII"
    if len(path) > MAX_PATH:
        return f"its path is longer than {MAX_PATH} bytes"
    return path_fault(path)


def unpack(data: bytes, *, name: str, limits: ArchiveLimits = WHOLE) -> tuple[Artifact, ...]:
    """Read an archive that `pack` made, and nothing else. `name` is what messages call it.

    Whatever another program could read differently is refused: links, folders, other owners, extended headers,
    paths that lead elsewhere or differ only in case, entries that come twice, bytes after the end.
    """
    tar = _inflated(data, name, limits)
    files = tuple(_entries(tar, name, limits))
    _distinct([file.path for file in files], name)
    if pack(files) != data:
        hint = "only archives as `codexc release` writes them are taken"
        raise CodexError(f"{name} is not in the one form that archives have", hint=hint)
    return files


def member(data: bytes, path: str, *, name: str, limits: ArchiveLimits = WHOLE) -> bytes | None:
    """The bytes of one file of an archive that `pack` made, and of nothing else; None where it has no such file.

    Headers are read as USTAR has them (POSIX.1-1988, tar.h), in one pass: what is not such a header ends the search.
    """
    tar = _inflated(data, name, limits)
    at = 0
    while at + 512 <= len(tar) and tar[at] and tar[at + 156 : at + 157] == b"0":
        digits = tar[at + 124 : at + 136].rstrip(b"\0 ")
        if not digits.isdigit() or set(digits) & set(b"89"):
            return None
        size = int(digits, 8)
        if tar[at : at + 100].rstrip(b"\0") == path.encode():
            return tar[at + 512 : at + 512 + size]
        at += 512 + -(-size // 512) * 512
    return None


def read_damaged(data: bytes, *, limits: ArchiveLimits = WHOLE) -> tuple[Artifact, ...]:
    """What can still be read of a damaged archive, to tell which of its files are wrong; never to be used otherwise."""
    engine = zlib.decompressobj(wbits=-15)
    files: list[Artifact] = []
    with contextlib.suppress(zlib.error, CodexError, *_UNREADABLE):
        tar = engine.decompress(data[len(_HEADER) :], limits.unpacked)
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
            for entry in archive:
                files.append(_file(archive, entry, ""))
    return tuple(files)


def _inflated(data: bytes, name: str, limits: ArchiveLimits) -> bytes:
    if len(data) > limits.packed:
        raise CodexError(f"{name} has more than {limits.packed:,} bytes", hint="no bundle is that large")
    engine = zlib.decompressobj(wbits=31)
    try:
        tar = engine.decompress(data, limits.unpacked + 1)
    except zlib.error as error:
        raise CodexError(f"{name} is no gzip file, or damaged: {error}", hint="fetch it again") from error
    if len(tar) > limits.unpacked:
        raise CodexError(f"{name} unpacks to more than {limits.unpacked:,} bytes", hint="do not trust where it is from")
    if not engine.eof:
        raise CodexError(f"{name} ends in the middle", hint="fetch it again")
    if engine.unused_data:
        raise CodexError(f"{name} has bytes after its end", hint="fetch it again")
    return tar


def _entries(tar: bytes, name: str, limits: ArchiveLimits) -> Iterator[Artifact]:
    try:
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
            for number, entry in enumerate(archive, 1):
                if number > limits.files:
                    raise CodexError(f"{name} holds more than {limits.files:,} files", hint="no bundle is that large")
                yield _file(archive, entry, name)
    except _UNREADABLE as error:
        raise CodexError(f"{name} is no tar archive, or damaged: {error}", hint="fetch it again") from error


def _file(archive: tarfile.TarFile, entry: tarfile.TarInfo, name: str) -> Artifact:
    wrong = _entry_fault(entry) or entry_fault(entry.name)
    if wrong:
        shown = entry.name.encode("unicode_escape").decode()[:200]
        raise CodexError(f"{name}: `{shown}` is refused: {wrong}", hint="do not trust where it is from")
    content = archive.extractfile(entry)
    data = content.read() if content else b""
    if len(data) != entry.size:
        raise CodexError(f"{name} ends in the middle of `{entry.name}`", hint="fetch it again")
    return Artifact(path=entry.name, data=data, mode=entry.mode)


def _entry_fault(entry: tarfile.TarInfo) -> str | None:
    if entry.pax_headers:
        return "it has an extended header"
    if entry.issym() or entry.islnk():
        return "it is a link"
    if entry.type != tarfile.REGTYPE:
        return "it is no regular file"
    if entry.mode not in _MODES:
        return f"its mode is {entry.mode:04o}"
    if entry.uid or entry.gid or entry.uname or entry.gname:
        return "it has an owner"
    return "it has a time" if entry.mtime else None


def _distinct(paths: Sequence[str], name: str) -> None:
    """Refuse paths that some system would take for the same file, or for a file and a folder."""
    seen: dict[str, str] = {}
    for path in paths:
        key = folded(path)
        if key in seen:
            raise CodexError(f"{name} holds `{path}` twice, or in two cases", hint="do not trust where it is from")
        seen[key] = path
    for path in paths:
        parents = [folded(path[:at]) for at, letter in enumerate(path) if letter == "/"]
        clash = next((seen[parent] for parent in parents if parent in seen), None)
        if clash:
            raise CodexError(f"{name}: `{clash}` is a file and a folder", hint="do not trust where it is from")
