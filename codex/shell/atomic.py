"""Writes files and replaces directories atomically: readers see either the old content or the new.

New content is written to a staging directory next to its destination, with a random name and ignored by git, and then
renamed. A directory is exchanged with the old one in one step if the system supports it (`renameat2(2)` with
RENAME_EXCHANGE, Linux 3.15, https://man7.org/linux/man-pages/man2/rename.2.html), otherwise with two renames; if the
second is interrupted, the next run undoes the first. All system calls are in `codex.shell.directory`.
"""

import contextlib
import errno
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from codex.shell.directory import FILE_MODE, FOLDER_MODE, Directory, LinkedError, anchor, feed_device
from codex.shell.locking import flock, try_flock
from skills_build.errors import CodexError
from skills_build.json_input import parse_json
from skills_build.model.bundle import Artifact
from skills_build.model.paths import names_git, path_fault

PRIVATE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_DEVICES: Final = (Path("/dev"), Path("/dev/fd"), Path("/proc/self/fd"))
STAGING: Final = re.compile(r"\.codexc-tmp-[0-9a-f]{16}")
"""The names of staging directories."""
_IGNORE: Final = ".gitignore"
_OWNER: Final = re.compile(r"\*\n# codexc owns this folder: (\d{1,20}) (\d{1,20}) (\"[^\n]*\")\n")
"""Content of the `.gitignore` of a staging directory: git ignores all of it, and the file contains its own device and
inode, which differ in a copy or a checkout. The third field is the name that is being replaced."""
_ATTEMPTS: Final = 16
_NEW: Final = "new"
_OLD: Final = "old"


def recover_interrupted(folder: Path) -> None:
    """Clean up after an interrupted run in the directory of `folder`, a directory or a file.

    An old tree whose replacement was not completed is restored.

    Only touches staging directories that codexc created and that no process is using.
    """
    base, parts = anchor(folder)
    with contextlib.suppress(FileNotFoundError), Directory.open(base) as top, top.descend(parts[:-1]) as parent:
        _sweep(parent)


def _sweep(parent: Directory) -> None:
    for name in parent.names():
        status = parent.lstat(name) if STAGING.fullmatch(name) else None
        if status is not None and stat.S_ISDIR(status.st_mode):
            with contextlib.suppress(OSError, LinkedError):
                _clean_up(parent, name)


def _clean_up(parent: Directory, name: str) -> None:
    """Remove the staging directory of a run that has ended, if codexc created it, and restore the old tree."""
    with parent.child(name) as stage:
        if not stage.names():
            parent.rmdir(name)
            return
        if stage.lstat(_IGNORE) is None:
            return
        with stage.read(_IGNORE) as file:
            if not flock(file):
                return
            text, status = file.read(4096), os.fstat(file.fileno())
            owner = _OWNER.fullmatch(text.decode("utf-8", "replace"))
            if owner is None or (int(owner[1]), int(owner[2])) != (status.st_dev, status.st_ino):
                if not text and stage.names() == [_IGNORE]:  # the run ended between creating the file and writing to it
                    stage.unlink(_IGNORE)
                    parent.rmdir(name)
                return
            destination = str(parse_json(owner[3]))
            if stage.lstat(_OLD) is not None and parent.lstat(destination) is None:
                stage.rename(_OLD, parent, destination)
            _empty(stage)
    parent.rmtree(name)


def _empty(stage: Directory) -> None:
    """Remove the content of a staging directory but for its `.gitignore`, by which a later run recognises it."""
    for entry in stage.names():
        status = stage.lstat(entry)
        if status is not None and stat.S_ISDIR(status.st_mode):
            stage.rmtree(entry)
        elif entry != _IGNORE:
            stage.unlink(entry)


@contextlib.contextmanager
def _staging(parent: Directory, destination: str) -> Iterator[Directory]:
    """Create a staging directory in `parent` for the new content of `destination`, and remove it at the end.

    Its `.gitignore` stays open and locked, so that no other run treats it as left over.
    """
    with contextlib.ExitStack() as stack:
        for _ in range(_ATTEMPTS):
            name = f".codexc-tmp-{os.urandom(8).hex()}"
            with contextlib.suppress(FileNotFoundError):  # another run removed it as an empty left-over
                stage = stack.enter_context(parent.child(name, create=True, mode=_PRIVATE_FOLDER))
                file = stack.enter_context(stage.created(_IGNORE))
                if try_flock(file) and os.fstat(file.fileno()).st_nlink:
                    break
        else:
            raise CodexError(f"another process keeps deleting `{parent.path}`", hint="run the command again")
        status = os.fstat(file.fileno())
        owner = f"{status.st_dev} {status.st_ino} {json.dumps(destination)}"
        try:
            file.write(f"*\n# codexc owns this folder: {owner}\n".encode())
            yield stage
        finally:
            file.close()
            _remove(parent, name)


def _remove(parent: Directory, name: str) -> None:
    """Remove a staging directory, unless it contains an old tree that has not been replaced."""
    with contextlib.suppress(OSError, CodexError), parent.child(name) as stage:
        if stage.lstat(_OLD) is None:
            _empty(stage)
            parent.rmtree(name)


class Writer:
    """Writes and deletes files below a trusted directory, without following links below it."""

    def __init__(self, root: Directory) -> None:
        self._root = root
        self._stage: Directory | None = None
        self._open = contextlib.ExitStack()

    @classmethod
    @contextlib.contextmanager
    def at(cls, root: Path) -> "Iterator[Writer]":
        """Open a writer for the directory `root`; its staging directory is removed at the end."""
        base, parts = anchor(root / "any")
        with Directory.open(base) as top, top.descend(parts[:-1]) as folder:
            _sweep(folder)
            writer = cls(folder)
            with writer._open:
                yield writer

    def write(self, path: str, data: bytes, *, mode: int | None = None) -> None:
        """Write one file and flush it to disk. An existing file keeps its mode unless `mode` is given."""
        if self._stage is None:
            self._stage = self._open.enter_context(_staging(self._root, ""))
        *folders, name = path.split("/")
        with self._root.descend(tuple(folders), create=True) as folder:
            try:
                _put(folder, name, data, mode=mode, stage=self._stage)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                with _staging(folder, name) as stage:  # the directory is on another file system
                    _put(folder, name, data, mode=mode, stage=stage)

    def delete(self, path: str) -> None:
        """Delete a file, and the directories that become empty."""
        *folders, name = path.split("/")
        with contextlib.suppress(FileNotFoundError), self._root.descend(tuple(folders)) as folder:
            status = folder.lstat(name)
            if status is not None and not stat.S_ISREG(status.st_mode):
                raise CodexError(f"`{folder.path}/{name}` is no longer a regular file", hint="run the command again")
            folder.unlink(name)
        for count in range(len(folders), 0, -1):
            with contextlib.suppress(FileNotFoundError), self._root.descend(tuple(folders[: count - 1])) as folder:
                if not folder.rmdir(folders[count - 1]):
                    return


def write_file(
    path: Path, data: bytes, *, root: Path | None = None, mode: int | None = None, beside: str | None = None
) -> None:
    """Write one file atomically and flush it to disk, creating missing directories.

    No link is followed below `root`, below the working directory, or in a git working tree. An existing file keeps its
    mode unless `mode` is given. Devices and pipes, such as `/dev/null`, are written to directly. With `beside`, the
    temporary file is in the same directory and its name has this prefix, for directories whose owner removes such files
    by name.
    """
    if _is_device(path):
        feed_device(path, data)
        return
    base, parts = _within(path, root)
    with Directory.open(base) as top, top.descend(parts[:-1], create=True) as folder:
        status = folder.lstat(parts[-1])
        if status is not None and stat.S_ISFIFO(status.st_mode):
            folder.feed(parts[-1], data)
        elif beside is not None:
            _put(folder, parts[-1], data, mode=mode, stage=folder, start=beside)
        else:
            _sweep(folder)
            with _staging(folder, parts[-1]) as stage:
                _put(folder, parts[-1], data, mode=mode, stage=stage)


def keep_file(path: Path, data: bytes) -> None:
    """Write a cache file: readable by this user only, and not flushed to disk. Raises `OSError` or `CodexError`."""
    base, parts = anchor(path)
    with Directory.open(base) as top, top.descend(parts[:-1], create=True, mode=_PRIVATE_FOLDER) as folder:
        _put(folder, parts[-1], data, mode=PRIVATE, stage=folder, start=".tmp-", flush=False)


def append_to(path: Path, *, mode: int = FILE_MODE) -> BinaryIO:
    """Open a file for appending, creating it and its directories if missing. Does not follow links."""
    base, parts = anchor(path)
    folders = _PRIVATE_FOLDER if mode == PRIVATE else FOLDER_MODE
    with Directory.open(base) as top, top.descend(parts[:-1], create=True, mode=folders) as folder:
        return folder.append(parts[-1], mode=mode)


def write_link(path: Path, target: str, *, root: Path) -> None:
    """Create a symbolic link below `root`."""
    base, parts = _within(path, root)
    with Directory.open(base) as top, top.descend(parts[:-1], create=True) as folder:
        folder.symlink(parts[-1], target)


def _within(path: Path, root: Path | None) -> tuple[Path, tuple[str, ...]]:
    """Return the outer one of `root` and the anchor of `path`, and the names from there to `path`."""
    base, parts = anchor(path)
    if root is None:
        return base, parts
    absolute, absolute_root = Path(os.path.abspath(path)), Path(os.path.abspath(root))
    if not absolute.is_relative_to(absolute_root):
        raise CodexError(f"refusing to write `{path}`, which is not in `{root}`")
    return (
        (base, parts)
        if absolute_root.is_relative_to(base)
        else (absolute_root, absolute.relative_to(absolute_root).parts)
    )


def _put(
    folder: Directory,
    name: str,
    data: bytes,
    *,
    mode: int | None,
    stage: Directory,
    start: str = "",
    flush: bool = True,
) -> None:
    """Write a file under a random name in `stage`, then rename it to `name` in `folder`."""
    status = folder.lstat(name)
    if status is not None and not stat.S_ISREG(status.st_mode):
        path = os.path.join(folder.path, name)
        if stat.S_ISLNK(status.st_mode):
            raise LinkedError(f"`{path}` is a symbolic link", hint="replace the link with a file, or pass its target")
        raise CodexError(f"`{path}` is not a regular file", hint="move the path elsewhere, then run the command again")
    old_mode = stat.S_IMODE(status.st_mode) & 0o777 if status is not None else FILE_MODE
    temporary = start + os.urandom(8).hex()
    try:
        stage.create(temporary, data, mode=old_mode if mode is None else mode, flush=flush)
        stage.rename(temporary, folder, name)
    except BaseException:
        with contextlib.suppress(OSError, CodexError):
            stage.unlink(temporary)
        raise


def _is_device(path: Path) -> bool:
    """Return whether a path is a device, or `/dev/stdout`, which may be redirected to a file."""
    return Path(os.path.abspath(path)).parent in _DEVICES


def replace_tree(folder: Path, artifacts: Sequence[Artifact], *, force: bool = False) -> None:
    """Replace the content of `folder` with `artifacts`.

    Raises `ForeignFilesError` if it contains files that neither its manifest lists nor are replaced, unless `force`.
    """
    base, parts = anchor(folder)
    if not parts or parts[-1] in ("", ".."):
        raise CodexError(f"`{folder}` cannot be replaced", hint="choose another directory with `--out`")
    with Directory.open(base) as top, top.descend(parts[:-1], create=True) as parent:
        name = parts[-1]
        written = [artifact.path for artifact in artifacts]
        before = _must_be_ours(parent, folder, written, force=force)
        with _staging(parent, name) as stage:
            _write_tree(stage, artifacts)
            _swap(parent, name, stage, before)
        parent.flush()


def must_be_replaceable(folder: Path, written: Iterable[str], *, force: bool = False) -> None:
    """Raise `CodexError` if `replace_tree` would refuse to replace this directory by files at the paths `written`."""
    base, parts = anchor(folder)
    with contextlib.suppress(FileNotFoundError), Directory.open(base) as top, top.descend(parts[:-1]) as parent:
        _must_be_ours(parent, folder, written, force=force)


def _swap(parent: Directory, name: str, stage: Directory, before: os.stat_result | None) -> None:
    """Rename the new tree to its name, and move the old one to the staging directory, which is removed later."""
    if before is None:
        if parent.lstat(name) is not None:
            raise CodexError(f"`{parent.path}/{name}` was created by another process", hint="run the command again")
        stage.rename(_NEW, parent, name)
        return
    if stage.exchange(_NEW, parent, name):
        taken = stage.lstat(_NEW)
        if taken is None or (taken.st_dev, taken.st_ino) != (before.st_dev, before.st_ino):
            stage.exchange(_NEW, parent, name)
            raise CodexError(f"`{parent.path}/{name}` was replaced by another process", hint="run the command again")
        return
    parent.rename(name, stage, _OLD)
    try:
        stage.rename(_NEW, parent, name)
    except BaseException:
        stage.rename(_OLD, parent, name)
        raise
    stage.rmtree(_OLD)


def _must_be_ours(parent: Directory, folder: Path, written: Iterable[str], *, force: bool) -> os.stat_result | None:
    """Return the status of the output directory, None if it does not exist. Raises `CodexError` if it is not ours."""
    name = anchor(folder)[1][-1]
    status = parent.lstat(name)
    if status is None:
        return None
    if not stat.S_ISDIR(status.st_mode):
        raise CodexError(f"`{folder}` is not a folder", hint="choose another directory with `--out`")
    with parent.child(name) as directory:
        if any(map(names_git, directory.names())):
            hint = "choose another directory with `--out`"
            raise CodexError(f"`{folder}` is a git repository", hint=hint)
        if not force:
            from codex.shell.foreign_files import refuse_foreign_files

            refuse_foreign_files(directory, folder, written)
    return status


def _write_tree(stage: Directory, artifacts: Iterable[Artifact]) -> None:
    """Write all files below `new`. Consecutive files in one directory share an open directory."""
    with stage.child(_NEW, create=True) as top:
        open_folders: list[tuple[str, Directory]] = []
        try:
            for artifact in artifacts:
                fault = path_fault(artifact.path)
                if fault:
                    raise CodexError(f"refusing to write `{artifact.path}`: {fault}")
                *folders, name = artifact.path.split("/")
                folder = _open_folder(top, open_folders, folders)
                folder.create(name, artifact.data, mode=0o755 if artifact.mode & 0o111 else FILE_MODE)
        finally:
            for _, folder in reversed(open_folders):
                folder.close()
        top.flush()


def _open_folder(top: Directory, open_folders: list[tuple[str, Directory]], folders: list[str]) -> Directory:
    """Return the directory at `folders`, reusing open directories and closing those that are not on the way."""
    common = 0
    while common < min(len(open_folders), len(folders)) and open_folders[common][0] == folders[common]:
        common += 1
    while len(open_folders) > common:
        open_folders.pop()[1].close()
    for name in folders[common:]:
        open_folders.append((name, (open_folders[-1][1] if open_folders else top).child(name, create=True)))
    return open_folders[-1][1] if open_folders else top
