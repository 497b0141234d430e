"""Files that a reader would wait for, or never finish."""

import os
import socket
from pathlib import Path
from typing import Final

import pytest

SLOW_KINDS: Final = (
    "pipe",
    *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("socket", "endless", "folder")),
)
"""Pipes in the quick tests, and all kinds in the slow ones."""


def place(path: Path, kind: str) -> None:
    """Put something that is no regular file at `path`, in place of what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
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
    else:
        path.mkdir()
