"""Reads some paths of a working tree and applies changes to it, never through a symbolic link."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from codex.limits import BYTES_PER_BLOB
from codex.shell.atomic import Writer
from codex.shell.reading import read_regular
from codex.sync.allowed_paths import write_fault
from codex.sync.changeset import Action, EntryType, FileChange, ObservedFile
from skills_build.errors import CodexError


def observe_files(root: Path, paths: Iterable[str]) -> dict[str, ObservedFile]:
    """Return the file at each of these paths (relative, with forward slashes) that exists."""
    observed: dict[str, ObservedFile] = {}
    for path in paths:
        if any(parent in observed and observed[parent].entry_type is not EntryType.FOLDER for parent in _parents(path)):
            continue
        full_path = os.path.join(root, *path.split("/"))
        try:
            status = os.lstat(full_path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        observed[path] = _observe(full_path, status)
    return observed


def _parents(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))


def _observe(full_path: str, status: os.stat_result) -> ObservedFile:
    if stat.S_ISLNK(status.st_mode):
        return ObservedFile(entry_type=EntryType.LINK, mode="120000", data=os.fsencode(os.readlink(full_path)))
    if stat.S_ISDIR(status.st_mode):
        inside = os.path.lexists(os.path.join(full_path, ".git"))
        return ObservedFile(
            entry_type=EntryType.MODULE if inside else EntryType.FOLDER, mode="160000" if inside else "040000"
        )
    if not stat.S_ISREG(status.st_mode):
        raise CodexError(f"`{full_path}` is not a regular file", hint="remove the path, then run the command again")
    return ObservedFile.file(read_regular(full_path, max_bytes=BYTES_PER_BLOB), status.st_mode)


def sibling_paths(root: Path, paths: Iterable[str]) -> frozenset[str]:
    """Return all paths in the directories of these paths, to detect names that differ only in case."""
    siblings: set[str] = set()
    for folder in {path.rpartition("/")[0] for path in paths}:
        directory = root / folder
        if directory.is_dir():
            siblings |= {f"{folder}/{path.name}" if folder else path.name for path in directory.iterdir()}
    return frozenset(siblings)


def apply_changes(root: Path, changes: Iterable[FileChange]) -> None:
    """Write and delete files atomically, in the given order, and delete directories that become empty.

    Raises `CodexError` for a path that codexc must not write, and if a directory on the way is a link.
    """
    with Writer.at(root) as writer:
        for change in changes:
            fault = write_fault(change.path)
            if fault:
                raise CodexError(f"refusing to write `{change.path}`: {fault}")
            if change.action is Action.DELETE:
                writer.delete(change.path)
            elif change.new is not None:
                writer.write(change.path, change.new, mode=_mode(root, change))


def _mode(root: Path, change: FileChange) -> int | None:
    """Return the new mode of a file, None to keep its mode if that is executable to the same extent."""
    try:
        is_executable = bool(os.lstat(root / change.path).st_mode & 0o111)
    except OSError:
        return change.mode
    return None if is_executable is bool(change.mode & 0o111) else change.mode
