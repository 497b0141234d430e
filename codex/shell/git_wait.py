"""Finds what a git process that does not end may be waiting for: git opens pipes, and waits until something is written.

A search costs more the larger a repository is, so that it is only made once git has taken long.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from codex.shell.git_folder import MAX_ENTRIES, git_folders
from codex.shell.reading import must_be_regular, read_file
from codex.shell.walking import walk
from skills_build.errors import CodexError

_OBJECTS: Final = re.compile(r"[0-9a-f]{2}")
_READ: Final = frozenset({".gitattributes", ".gitignore", ".gitmodules", ".mailmap"})
"""Files in a work tree that git reads (`git help gitattributes`, `gitignore`, `gitmodules`, `gitmailmap`)."""
_VALUE: Final = re.compile(r"^[^=\n]*=[ \t]*([^\n;#]*)", re.MULTILINE)
_MAX_CONFIGURATION: Final = 1024 * 1024
_DEPTH: Final = 10
"""How deep git includes configuration in configuration (`git help config`)."""


def refuse_pipes(folder: Path) -> None:
    """Raise `NotRegularError` for a pipe that git may open in the repository around a directory.

    That is a loose object, a file that its configuration names, or a file of rules in the work tree.
    """
    for git in git_folders(folder):
        for name in ("config", "config.worktree"):
            _check_configuration(os.path.join(git, name), folder, _DEPTH)
        _check_objects(os.path.join(git, "objects"))
    _check_work_tree(folder)


def _check_configuration(path: str, folder: Path, depth: int) -> None:
    """Check each value that is the path of something, whatever its key is, and what it includes.

    A path is relative to the file, or to the directory in which git runs.
    """
    try:
        text = os.fsdecode(read_file(path, max_bytes=_MAX_CONFIGURATION))
    except (OSError, CodexError):
        return
    for value in {match.strip().strip('"') for match in _VALUE.findall(text)}:
        if value and "\0" not in value:
            value = os.path.expanduser(value)
            included = os.path.join(os.path.dirname(path), value)
            must_be_regular(included, or_folder=True)
            must_be_regular(folder / value, or_folder=True)
            if depth and os.path.isfile(included):
                _check_configuration(included, folder, depth - 1)


def _check_objects(objects: str) -> None:
    for entry in _entries(objects):
        if _OBJECTS.fullmatch(entry.name):
            for loose in _entries(entry.path):
                if not loose.is_file(follow_symlinks=False):
                    must_be_regular(loose.path, or_folder=True)


def _check_work_tree(folder: Path) -> None:
    count = 0
    for place, folders, files in walk(folder):
        count += len(files)
        if count > MAX_ENTRIES:
            return
        folders[:] = [name for name in folders if name != ".git"]
        for name in _READ.intersection(files):
            must_be_regular(os.path.join(place, name), or_folder=True)


def _entries(path: str) -> Iterator["os.DirEntry[str]"]:
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        yield from entries
