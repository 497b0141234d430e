"""Walks directories of others: the only module that does.

`os.walk` and `Path.rglob` call themselves for each level before Python 3.12 and 3.13, so that a directory with a
thousand levels ends the program: https://docs.python.org/3/library/exceptions.html#RecursionError
"""

import os
from collections.abc import Iterator
from pathlib import Path

FolderRow = tuple[str, list[str], list[str]]
"""A directory, and the names of the directories and of everything else in it. Links are not directories."""


def walk(root: Path | str) -> Iterator[FolderRow]:
    """Yield a directory and all below it, each before its own, in the order in which the file system lists them.

    A caller may remove or sort the names of directories, as with `os.walk`. A directory that cannot be listed is left
    out; so is one whose path is too long for the system.
    """
    pending = [os.fspath(root)]
    while pending:
        row = _row(pending.pop())
        if row is None:
            continue
        yield row
        pending.extend(os.path.join(row[0], name) for name in reversed(row[1]))


def files_below(root: Path | str) -> Iterator[str]:
    """Yield the path of everything below a directory that is not a directory itself, relative and with slashes."""
    start = len(os.path.join(root, ""))
    for folder, _, names in walk(root):
        for name in names:
            yield os.path.join(folder, name)[start:].replace(os.sep, "/")


def _row(folder: str) -> FolderRow | None:
    folders: list[str] = []
    others: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                (folders if entry.is_dir(follow_symlinks=False) else others).append(entry.name)
    except OSError:
        return None
    return folder, folders, others
