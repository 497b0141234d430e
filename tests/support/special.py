"""Files that a reader would wait for, or never finish."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

SLOW_KINDS: Final = (
    "pipe",
    *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("socket", "endless", "folder")),
)
"""Pipes in the quick tests, and all kinds in the slow ones."""

CONTENTS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "byte 255 first": lambda data: b"\xff" + data,
    "byte 255 last": lambda data: data + b"\xff",
    "byte 255 within": lambda data: data[: len(data) // 2] + b"\xff" + data[len(data) // 2 :],
    "NUL": lambda data: data[: len(data) // 2] + b"\0" + data[len(data) // 2 :],
    "UTF-16": lambda data: data.decode("utf-8", "replace").encode("utf-16"),
    "lone surrogate": lambda data: data + b"\xed\xa0\x80",
    "huge": lambda data: data + b"x" * 9_000_000,
    "deep": lambda _: b"[" * 100_000,
    "number": lambda _: b'{"ids": 1e999}',
    "digits": lambda _: b'{"ids": ' + b"9" * 5_000 + b"}",
    "values": lambda _: b"[" + b"[]," * 2_000_000 + b"[]]",
    "empty": lambda _: b"",
}
"""Files with bytes that no text has, or too many of them, made of what was there."""
KINDS: Final = ("pipe", "folder", "loop", "loop of two", "dangling", "unreadable", "closed", "sparse", *CONTENTS)
"""What a hostile file may be."""


def place(path: Path, kind: str) -> None:
    """Put something that is no regular file at `path`, in place of what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind not in CONTENTS:
        path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        before = Path.cwd()
        os.chdir(path.parent)  # the path of a socket has at most 107 bytes
        try:
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(path.name)
        finally:
            os.chdir(before)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    elif kind in CONTENTS:
        path.write_bytes(CONTENTS[kind](path.read_bytes() if path.is_file() else b""))
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "loop of two":
        path.symlink_to(f"{path.name}.2")
        path.with_name(f"{path.name}.2").symlink_to(path.name)
    elif kind == "dangling":
        path.symlink_to("nowhere/else")
    elif kind == "unreadable":  # https://man7.org/linux/man-pages/man5/proc_pid_mem.5.html: reading it fails, root too
        path.symlink_to("/proc/self/mem")
    elif kind == "sparse":  # a file without blocks, larger than any memory
        path.write_bytes(b"")
        os.truncate(path, 1 << 40)
    elif kind == "closed":
        path.write_bytes(b"")
        path.chmod(0)
    else:
        path.mkdir()


@contextmanager
def levels(path: Path) -> Iterator[int]:
    """Make directories in each other, as many as the system has paths for, and a file in the last; yield the number."""
    count = (4000 - len(str(path))) // 2  # https://man7.org/linux/man-pages/man3/realpath.3.html: PATH_MAX is 4096
    folders = [str(path / "/".join("d" * level)) for level in range(1, count + 1)]
    path.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        os.mkdir(folder)
    Path(folders[-1], "f").write_text("")
    try:
        yield count
    finally:  # pytest calls itself for each level that it removes
        Path(folders[-1], "f").unlink()
        for folder in reversed(folders):
            os.rmdir(folder)
