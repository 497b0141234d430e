"""Writes reproducible archives, and reads archives from untrusted sources.

USTAR (POSIX.1-1988), entries in order of their paths, regular files only, owner 0, time 0; wrapped in gzip (RFC 1952)
of stored blocks (RFC 1951, 3.2.4), which depend on no version of zlib. Works on bytes; opens no file.
"""

import io
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact
from skills_build.model.paths import folded, path_fault

MAX_NAME: Final = 100
"""Maximum length of what follows the prefix of a path, in bytes."""
MAX_PREFIX: Final = 155
"""Maximum length of the prefix of a path, in bytes: whole folders, in a field of their own (pax, "ustar Interchange
Format": https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06).
"""
_BLOCK_SIZE: Final = 0xFFFF
_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_MODES: Final = (0o644, 0o755)
_RECORD: Final = 512
_DAMAGED: Final = "the header is invalid"
_NUMBERS: Final = {
    "mode": (100, 108), "uid": (108, 116), "gid": (116, 124), "size": (124, 136), "time": (136, 148), "sum": (148, 156),
}  # fmt: skip
"""The places of the numbers in a header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """The limits of an archive: number of files, bytes of the archive, bytes of its unpacked content."""

    files: int
    packed: int
    unpacked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A file of an archive, or why it and all that follow are refused."""

    path: str
    data: bytes = b""
    mode: int = 0
    fault: str | None = None


SKILL_LIMITS: Final = ArchiveLimits(files=1000, packed=10 * 1024 * 1024, unpacked=25 * 1024 * 1024)
"""The limits of installers (`npx skills` 1.7)."""
BUNDLE_LIMITS: Final = ArchiveLimits(files=50_000, packed=128 * 1024 * 1024, unpacked=128 * 1024 * 1024)
"""The limits of one archive of a whole codex."""


def pack(files: Iterable[Artifact]) -> bytes:
    """Pack files into a `.tar.gz`. Raises `CodexError` for a path that not every installer supports."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for artifact in sorted(files, key=lambda file: file.path):
            fault = entry_fault(artifact.path)
            if fault:
                raise CodexError(
                    f"`{artifact.path}` cannot be archived: {fault}", hint="give the file a shorter, simpler name"
                )
            entry = tarfile.TarInfo(artifact.path)
            entry.size, entry.mode = len(artifact.data), 0o755 if artifact.mode & 0o111 else 0o644
            archive.addfile(entry, io.BytesIO(artifact.data))
    return _stored(stream.getvalue())


def _stored(data: bytes) -> bytes:
    """Write a gzip stream of blocks that are not compressed."""
    blocks = [data[start : start + _BLOCK_SIZE] for start in range(0, len(data), _BLOCK_SIZE)] or [b""]
    framed = [
        struct.pack("<BHH", number == len(blocks) - 1, len(block), len(block) ^ _BLOCK_SIZE) + block
        for number, block in enumerate(blocks)
    ]
    return b"".join((_GZIP_HEADER, *framed, struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)))


def entry_fault(path: str) -> str | None:
    """Return why a path may not be in an archive; None if it may."""
    if not path.isascii() or not path.isprintable():
        return "the path is not plain ASCII"
    return path_fault(path) or ("the path is too long" if _prefix(path) is None else None)


def _prefix(path: str) -> str | None:
    """Return the shortest prefix that leaves a short enough name, as tarfile chooses it; None if there is none."""
    if len(path) <= MAX_NAME:
        return ""
    ends = (at for at, letter in enumerate(path[: MAX_PREFIX + 1]) if letter == "/")
    return next((path[:end] for end in ends if len(path) - end - 1 <= MAX_NAME), None)


def unpack(data: bytes, *, name: str, limits: ArchiveLimits = BUNDLE_LIMITS) -> tuple[Artifact, ...]:
    """Read an archive that `pack` wrote, and no other. `name` is its name in messages.

    Everything that another program could read in another way is refused: links, folders, other owners, extended
    headers, paths that leave the folder or differ only in case, duplicate entries, bytes after the end. Raises
    `CodexError`.
    """
    tar = _inflated(data, name, limits)
    files = tuple(_entries(tar, name, limits))
    _distinct([file.path for file in files], name)
    if pack(files) != data:
        hint = "only archives written by `codexc release` are accepted"
        raise CodexError(f"{name} is not in canonical form", hint=hint)
    return files


def member(data: bytes, path: str, *, name: str, limits: ArchiveLimits = BUNDLE_LIMITS) -> bytes | None:
    """Return the bytes of one file of an archive that `pack` wrote; None if it does not contain the file.

    The search ends at the first header that is not one of `pack`.
    """
    for entry in _headers(_inflated(data, name, limits)):
        if entry.fault:
            return None
        if entry.path == path:
            return entry.data
    return None


def read_damaged(data: bytes, *, limits: ArchiveLimits = BUNDLE_LIMITS) -> tuple[Artifact, ...]:
    """Read the intact files of a damaged archive, to report which files differ; never use them for anything else."""
    engine = zlib.decompressobj(wbits=-15)
    files: list[Artifact] = []
    try:
        tar = engine.decompress(data[len(_GZIP_HEADER) :], limits.unpacked)
    except zlib.error:
        return ()
    for entry in _headers(tar):
        if entry.fault or entry_fault(entry.path):
            break
        files.append(Artifact(path=entry.path, data=entry.data, mode=entry.mode))
    return tuple(files)


def _inflated(data: bytes, name: str, limits: ArchiveLimits) -> bytes:
    if len(data) > limits.packed:
        raise CodexError(
            f"{name} is larger than {limits.packed:,} bytes",
            hint="a valid bundle is never this large: do not trust the source",
        )
    engine = zlib.decompressobj(wbits=31)
    try:
        tar = engine.decompress(data, limits.unpacked + 1)
    except zlib.error as error:
        raise CodexError(f"{name} is not a gzip file, or is corrupt: {error}", hint="download it again") from error
    if len(tar) > limits.unpacked:
        raise CodexError(
            f"{name} unpacks to more than {limits.unpacked:,} bytes", hint="do not trust the source of the bundle"
        )
    if not engine.eof:
        raise CodexError(f"{name} is truncated", hint="download it again")
    if engine.unused_data:
        raise CodexError(f"{name} has trailing data", hint="download it again")
    return tar


def _entries(tar: bytes, name: str, limits: ArchiveLimits) -> Iterator[Artifact]:
    for number, entry in enumerate(_headers(tar), 1):
        if number > limits.files:
            raise CodexError(
                f"{name} contains more than {limits.files:,} files",
                hint="a valid bundle is never this large: do not trust the source",
            )
        fault = entry.fault or entry_fault(entry.path)
        if fault == _DAMAGED:
            raise CodexError(f"{name} is not a tar archive, or is corrupt", hint="download it again")
        if fault:
            shown = entry.path.encode("unicode_escape").decode()[:200]
            raise CodexError(f"{name}: `{shown}` is refused: {fault}", hint="do not trust the source of the bundle")
        yield Artifact(path=entry.path, data=entry.data, mode=entry.mode)


def _headers(tar: bytes) -> Iterator[_Entry]:
    """Yield the entries of a USTAR archive in one pass, up to the first one that `pack` would not write.

    Unlike tarfile, it follows no header that announces others, so that its cost is that of the bytes.
    """
    at = 0
    while at < len(tar) and tar[at : at + _RECORD] != bytes(_RECORD):
        entry = _entry(tar, at)
        yield entry
        if entry.fault:
            return
        at += _RECORD - (-len(entry.data) // _RECORD) * _RECORD


def _entry(tar: bytes, at: int) -> _Entry:
    """Read the entry at an offset (POSIX.1-1988, tar.h)."""
    header = tar[at : at + _RECORD]
    if len(header) < _RECORD:
        return _Entry(path="", fault=_DAMAGED)
    path = _path(header)
    numbers = {name: _octal(header[start:end]) for name, (start, end) in _NUMBERS.items()}
    size, mode = numbers["size"], numbers["mode"]
    fault = _header_fault(header, numbers)
    if fault or size is None or mode is None:
        return _Entry(path=path, fault=fault or _DAMAGED)
    data = tar[at + _RECORD : at + _RECORD + size]
    if len(data) < size:
        return _Entry(path=path, fault="the archive ends in the middle of this file")
    return _Entry(path=path, data=data, mode=mode)


def _path(header: bytes) -> str:
    name, prefix = (field.rstrip(b"\0").decode("utf-8", "replace") for field in (header[:100], header[345:500]))
    return f"{prefix}/{name}" if prefix else name


def _octal(field: bytes) -> int | None:
    digits = field.strip(b"\0 ")
    return int(digits, 8) if digits and not set(digits) - set(b"01234567") else None


def _header_fault(header: bytes, numbers: Mapping[str, int | None]) -> str | None:
    kind = header[156:157]
    if numbers["sum"] != sum(header) - sum(header[148:156]) + 8 * ord(" "):
        return _DAMAGED
    if kind in (b"x", b"g", b"L", b"K", b"X"):
        return "the entry has an extended header"
    if kind in (b"1", b"2"):
        return "the entry is a link"
    if kind != b"0":
        return "the entry is not a regular file"
    if header[257:263] != b"ustar\0":
        return "the format is not USTAR"
    if numbers["mode"] not in _MODES:
        return f"the mode is {numbers['mode'] or 0:04o}"
    if numbers["uid"] or numbers["gid"] or header[265:329].strip(b"\0"):
        return "the entry has an owner"
    return "the entry has a timestamp" if numbers["time"] else None


def _distinct(paths: Sequence[str], name: str) -> None:
    """Refuse paths that are the same file on some system, or a file and a folder."""
    seen: dict[str, str] = {}
    for path in paths:
        key = folded(path)
        if key in seen:
            raise CodexError(
                f"{name} contains `{path}` more than once (case is ignored)",
                hint="do not trust the source of the bundle",
            )
        seen[key] = path
    for path in paths:
        parents = [folded(path[:at]) for at, letter in enumerate(path) if letter == "/"]
        clash = next((seen[parent] for parent in parents if parent in seen), None)
        if clash:
            raise CodexError(f"{name}: `{clash}` is a file and a folder", hint="do not trust the source of the bundle")
