"""Reads files that someone else may have created: the only module that opens them.

Everything but a regular file is refused, and nothing waits for the other end of a pipe. No file is read without a
limit: a sparse file, or one that Git inflates, takes as much memory as its size says.
"""

import errno
import os
import stat
from pathlib import Path
from typing import Final

from codex.limits import BYTES_PER_FILE
from codex.shell.directory import linked_error
from skills_build.errors import CodexError

_FLAGS: Final = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)


class NotRegularError(CodexError):
    """A path is a directory, pipe, socket or device, not a regular file."""


class NotTextError(CodexError):
    """A file is not UTF-8."""


def read_regular(path: Path | str, *, max_bytes: int = BYTES_PER_FILE) -> bytes:
    """Return the bytes of a regular file. Raises `LinkedError` for a link, `CodexError` or `OSError`.

    A file of more than `max_bytes` is a `CodexError`; its size is checked before it is read.
    """
    try:
        return _read(path, _FLAGS | _NOFOLLOW, max_bytes)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise linked_error(str(path)) from error
        raise


def read_file(path: Path | str, *, max_bytes: int = BYTES_PER_FILE) -> bytes:
    """Return the bytes of a regular file, also through a link. Raises `NotRegularError`, `CodexError` or `OSError`.

    A file of more than `max_bytes` is a `CodexError`; its size is checked before it is read.
    """
    return _read(path, _FLAGS, max_bytes)


def read_text(path: Path | str, *, errors: str = "strict") -> str:
    """Return the text of a regular file, also through a link, with `\\n` at the end of each line.

    Raises `NotTextError` unless `errors` says what to do with other bytes, `CodexError` or `OSError`.
    """
    text = decoded(read_file(path), path) if errors == "strict" else read_file(path).decode("utf-8", errors)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decoded(data: bytes, path: Path | str) -> str:
    """Return the text of a file's bytes as they are. Raises `NotTextError`, which names the line, if not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"`{path}` is not UTF-8: byte 0x{data[error.start]:02x} in line {line}"
        raise NotTextError(message, hint="save it as UTF-8") from error


def real_path(path: Path) -> Path:
    """Return the path without links. A loop of links stays as it is, so that opening it fails.

    `Path.resolve` raises `RuntimeError` for a loop before Python 3.13:
    https://docs.python.org/3/library/pathlib.html#pathlib.Path.resolve
    """
    return Path(os.path.realpath(path))


def within(path: Path, folder: Path) -> str | None:
    """Return a path relative to a folder that it is in: by its name, or by what links lead to; None if by neither.

    The name comes first: whoever writes in the folder can replace a directory by a link to another place.
    """
    named, real = Path(os.path.abspath(path)), real_path(path)
    for place in (named, real_path(path.parent) / path.name, real):
        for root in (Path(os.path.abspath(folder)), real_path(folder)):
            if place.is_relative_to(root):
                return place.relative_to(root).as_posix()
    return None


def read_start(path: Path | str, count: int) -> bytes:
    """Return the first `count` bytes of a regular file, also through a link."""
    return _read(path, _FLAGS, None, count)


def must_be_regular(path: Path | str, *, or_folder: bool = False) -> None:
    """Raise `NotRegularError` for a path that another library would open and wait for; a missing one is fine."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return
    if not (stat.S_ISREG(mode) or (or_folder and stat.S_ISDIR(mode))):
        raise not_regular(path)


def must_be_small(path: Path | str, most: int) -> None:
    """Raise `CodexError` for a file of more than `most` bytes that another library would read."""
    try:
        size = os.stat(path).st_size
    except OSError:
        return
    if size > most:
        raise _too_large(path, most)


def _read(path: Path | str, flags: int, max_bytes: int | None, count: int = -1) -> bytes:
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket, or a device without a driver
            raise not_regular(path) from error
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise not_regular(path)
    with open(descriptor, "rb") as file:
        if max_bytes is None:
            return file.read(count)
        data = file.read(max_bytes + 1) if status.st_size <= max_bytes else b""
        if len(data) > max_bytes or (not data and status.st_size):
            raise _too_large(path, max_bytes)
        return data


def _too_large(path: Path | str, most: int) -> CodexError:
    return CodexError(f"`{path}` is larger than {most:,} bytes", hint="see docs/limits.md for all limits")


def not_regular(path: Path | str) -> NotRegularError:
    """Return the error of a path that is no regular file."""
    return NotRegularError(f"`{path}` is not a regular file", hint="replace the path with a regular file")
