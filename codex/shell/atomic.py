"""Writes files and replaces folders whole or not at all: whoever looks sees the old content or the new one.

What is new is written into a staging folder beside its goal, which git ignores and whose name is random; then it is
renamed into place. A folder exchanges names with the old one in one step where the system offers it (`renameat2(2)`
with RENAME_EXCHANGE, Linux 3.15), else by two renames, of which the first is undone by the next run if the second never
came. Reads no standards and decides nothing; every call of the system is in `codex.shell.directory`.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Final

from codex.shell.cache_folder import cache_folder
from codex.shell.directory import FILE_MODE, FOLDER_MODE, Directory, LinkedError, anchor, feed_device
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from skills_build.model.paths import names_git, path_fault

PRIVATE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_DEVICES: Final = (Path("/dev"), Path("/dev/fd"), Path("/proc/self/fd"))
MARK: Final = "manifest.json"
_SCHEMA: Final = b'"urn:codexc:schema:manifest:'
"""A folder whose manifest names this schema is one of ours; other programs have files of that name too."""
_STAGING: Final = re.compile(r"\.codexc-tmp-[0-9a-f]{16}")
_IGNORE: Final = ".gitignore"
_OWNER: Final = re.compile(r"\*\n# codexc owns this folder: (\d+) (\d+) (\"[^\n]*\")\n")
"""What makes a staging folder ours: git ignores all of it, and the file names itself by device and inode, which no copy
and no checkout of it has. The third word is what is being replaced."""
_ATTEMPTS: Final = 16
_NEW: Final = "new"
_OLD: Final = "old"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs of this user away from `folder`; the lock goes with the process, however it ends."""
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    with append_to(cache_folder() / "locks" / name, mode=PRIVATE) as file:
        if not _try_flock(file):
            hint = "wait for it, or build into another folder with `--out`"
            raise CodexError(f"another run is writing `{folder}`", hint=hint)
        yield


def _flock(file: BinaryIO | FileIO) -> bool:
    """Lock a file until it is closed; False where another run has it. There is no such lock on Windows.

    Raises `OSError` where the file system has no locks.
    """
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_flock(file: BinaryIO | FileIO) -> bool:
    """Lock a file where the file system has locks; False where another run has it."""
    try:
        return _flock(file)
    except OSError:
        return True


def recover_interrupted(folder: Path) -> None:
    """Undo what an interrupted run left beside `folder`: put an old tree back whose new one never came.

    Only what this program made is touched, and that alone no process is using.
    """
    base, parts = anchor(folder)
    with contextlib.suppress(FileNotFoundError), Directory.open(base) as top, top.descend(parts[:-1]) as parent:
        _sweep(parent)


def _sweep(parent: Directory) -> None:
    for name in parent.names():
        found = parent.lstat(name) if _STAGING.fullmatch(name) else None
        if found is not None and stat.S_ISDIR(found.st_mode):
            with contextlib.suppress(OSError, LinkedError):
                _settle(parent, name)


def _settle(parent: Directory, name: str) -> None:
    """Remove a staging folder of a run that ended; what is in no folder of ours stays."""
    with parent.child(name) as stage:
        if not stage.names():
            parent.rmdir(name)
            return
        if stage.lstat(_IGNORE) is None:
            return
        with stage.read(_IGNORE) as file:
            if not _flock(file):
                return
            text, own = file.read(4096), os.fstat(file.fileno())
            owner = _OWNER.fullmatch(text.decode("utf-8", "replace"))
            if owner is None or (int(owner[1]), int(owner[2])) != (own.st_dev, own.st_ino):
                if not text and stage.names() == [_IGNORE]:  # a run that ended between two calls
                    stage.unlink(_IGNORE)
                    parent.rmdir(name)
                return
            goal = str(json.loads(owner[3]))
            if stage.lstat(_OLD) is not None and parent.lstat(goal) is None:
                stage.rename(_OLD, parent, goal)
    parent.rmtree(name)


@contextlib.contextmanager
def _staging(parent: Directory, goal: str) -> Iterator[Directory]:
    """A new folder in `parent` that git ignores, for what is to become `goal`; removed at the end.

    Its file of ownership stays open and locked, so that no other run takes it for one that was left.
    """
    with contextlib.ExitStack() as stack:
        for _ in range(_ATTEMPTS):
            name = f".codexc-tmp-{os.urandom(8).hex()}"
            with contextlib.suppress(FileNotFoundError):  # another run took it for an empty one that was left
                stage = stack.enter_context(parent.child(name, create=True, mode=_PRIVATE_FOLDER))
                file = stack.enter_context(stage.created(_IGNORE))
                if _try_flock(file) and os.fstat(file.fileno()).st_nlink:
                    break
        else:
            raise CodexError(f"`{parent.path}` is cleaned up by another run all the time", hint="run it again")
        own = os.fstat(file.fileno())
        file.write(f"*\n# codexc owns this folder: {own.st_dev} {own.st_ino} {json.dumps(goal)}\n".encode())
        try:
            yield stage
        finally:
            file.close()
            _remove(parent, name)


def _remove(parent: Directory, name: str) -> None:
    """Remove a staging folder, unless it holds an old tree whose new one never came."""
    with contextlib.suppress(OSError, CodexError), parent.child(name) as stage:
        if stage.lstat(_OLD) is None:
            parent.rmtree(name)


class Writer:
    """Writes and deletes files below one folder, which is trusted; nothing below it is reached through a link."""

    def __init__(self, root: Directory) -> None:
        self._root = root
        self._stage: Directory | None = None
        self._open = contextlib.ExitStack()

    @classmethod
    @contextlib.contextmanager
    def at(cls, root: Path) -> "Iterator[Writer]":
        """Open a folder to write below it; a staging folder in it lives as long."""
        base, parts = anchor(root / "any")
        with Directory.open(base) as top, top.descend(parts[:-1]) as folder:
            _sweep(folder)
            writer = cls(folder)
            with writer._open:
                yield writer

    def write(self, path: str, data: bytes, *, mode: int | None = None) -> None:
        """Write one file, on the disk before this returns; one that is there keeps its mode unless `mode` is given."""
        if self._stage is None:
            self._stage = self._open.enter_context(_staging(self._root, ""))
        *folders, name = path.split("/")
        with self._root.descend(tuple(folders), create=True) as folder:
            try:
                _put(folder, name, data, mode=mode, stage=self._stage)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                with _staging(folder, name) as stage:  # another file system is mounted on the way
                    _put(folder, name, data, mode=mode, stage=stage)

    def delete(self, path: str) -> None:
        """Delete a file, and the folders that are empty then."""
        *folders, name = path.split("/")
        with contextlib.suppress(FileNotFoundError), self._root.descend(tuple(folders)) as folder:
            found = folder.lstat(name)
            if found is not None and not stat.S_ISREG(found.st_mode):
                raise CodexError(f"`{folder.path}/{name}` is no regular file any more", hint="run the command again")
            folder.unlink(name)
        for count in range(len(folders), 0, -1):
            with contextlib.suppress(FileNotFoundError), self._root.descend(tuple(folders[: count - 1])) as folder:
                if not folder.rmdir(folders[count - 1]):
                    return


def write_file(
    path: Path, data: bytes, *, root: Path | None = None, mode: int | None = None, beside: str | None = None
) -> None:
    """Write one file whole or not at all, on the disk before this returns; missing folders are made.

    No link is followed below `root`, below the working directory, or in a working tree of git. A file that is there
    keeps its mode unless `mode` is given. What is no file, such as `/dev/null` or a pipe, is written to as it is. With
    `beside` the temporary file is in the same folder and its name starts with that: for folders whose owner removes
    such files by name.
    """
    if _is_device(path):
        feed_device(path, data)
        return
    base, parts = _within(path, root)
    with Directory.open(base) as top, top.descend(parts[:-1], create=True) as folder:
        found = folder.lstat(parts[-1])
        if found is not None and stat.S_ISFIFO(found.st_mode):
            folder.feed(parts[-1], data)
        elif beside is not None:
            _put(folder, parts[-1], data, mode=mode, stage=folder, start=beside)
        else:
            _sweep(folder)
            with _staging(folder, parts[-1]) as stage:
                _put(folder, parts[-1], data, mode=mode, stage=stage)


def keep_file(path: Path, data: bytes) -> None:
    """Write a file that this user alone reads and that may get lost: a cache. Raises `OSError` or `CodexError`."""
    base, parts = anchor(path)
    with Directory.open(base) as top, top.descend(parts[:-1], create=True, mode=_PRIVATE_FOLDER) as folder:
        _put(folder, parts[-1], data, mode=PRIVATE, stage=folder, start=".tmp-", flush=False)


def append_to(path: Path, *, mode: int = FILE_MODE) -> BinaryIO:
    """Open a file to append to it, made with its folders where there is none; never one behind a link."""
    base, parts = anchor(path)
    folders = _PRIVATE_FOLDER if mode == PRIVATE else FOLDER_MODE
    with Directory.open(base) as top, top.descend(parts[:-1], create=True, mode=folders) as folder:
        return folder.append(parts[-1], mode=mode)


def make_folder(path: Path) -> None:
    """Make a folder and those above it where there are none, through no link."""
    base, parts = anchor(path / "any")
    with Directory.open(base) as top, top.descend(parts[:-1], create=True):
        pass


def write_link(path: Path, target: str, *, root: Path) -> None:
    """Make a symbolic link below `root`."""
    base, parts = _within(path, root)
    with Directory.open(base) as top, top.descend(parts[:-1], create=True) as folder:
        folder.symlink(parts[-1], target)


def _within(path: Path, root: Path | None) -> tuple[Path, tuple[str, ...]]:
    """Where to start, the farther out of `root` and of what `anchor` finds, and the names from there."""
    base, parts = anchor(path)
    if root is None:
        return base, parts
    whole, start = Path(os.path.abspath(path)), Path(os.path.abspath(root))
    if not whole.is_relative_to(start):
        raise CodexError(f"refusing to write `{path}`: it is not in `{root}`")
    return (base, parts) if start.is_relative_to(base) else (start, whole.relative_to(start).parts)


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
    """Write a file under a random name in `stage`, then give it its own."""
    found = folder.lstat(name)
    if found is not None and not stat.S_ISREG(found.st_mode):
        path = os.path.join(folder.path, name)
        if stat.S_ISLNK(found.st_mode):
            raise LinkedError(f"`{path}` is a symbolic link", hint="replace it with a file, or name its target")
        raise CodexError(f"`{path}` is no regular file", hint="move it away, then run the command again")
    kept = stat.S_IMODE(found.st_mode) & 0o777 if found is not None else FILE_MODE
    temporary = start + os.urandom(8).hex()
    try:
        stage.create(temporary, data, mode=kept if mode is None else mode, flush=flush)
        stage.rename(temporary, folder, name)
    except BaseException:
        with contextlib.suppress(OSError, CodexError):
            stage.unlink(temporary)
        raise


def _is_device(path: Path) -> bool:
    """Whether a path names what is no file of this disk: a device, or `/dev/stdout`, which may lead to a file."""
    return Path(os.path.abspath(path)).parent in _DEVICES


def replace_tree(folder: Path, artifacts: Iterable[Artifact], *, force: bool = False) -> None:
    """Make `folder` hold exactly `artifacts`. Refuses a folder with content that is not ours, unless `force`."""
    base, parts = anchor(folder)
    if not parts or parts[-1] in ("", ".."):
        raise CodexError(f"`{folder}` is no folder that can be replaced", hint="name another one with `--out`")
    with Directory.open(base) as top, top.descend(parts[:-1], create=True) as parent:
        name = parts[-1]
        before = _must_be_ours(parent, name, folder, force=force)
        with _staging(parent, name) as stage:
            _write_tree(stage, artifacts)
            _swap(parent, name, stage, before)
        parent.flush()


def _swap(parent: Directory, name: str, stage: Directory, before: os.stat_result | None) -> None:
    """Give the new tree its name, and take the old one into the staging folder, with which it goes."""
    if before is None:
        if parent.lstat(name) is not None:
            raise CodexError(f"`{parent.path}/{name}` has just been made by somebody else", hint="run it again")
        stage.rename(_NEW, parent, name)
        return
    if stage.exchange(_NEW, parent, name):
        taken = stage.lstat(_NEW)
        if taken is None or (taken.st_dev, taken.st_ino) != (before.st_dev, before.st_ino):
            stage.exchange(_NEW, parent, name)
            raise CodexError(f"`{parent.path}/{name}` was replaced by somebody else", hint="run it again")
        return
    parent.rename(name, stage, _OLD)
    try:
        stage.rename(_NEW, parent, name)
    except BaseException:
        stage.rename(_OLD, parent, name)
        raise
    stage.rmtree(_OLD)


def _must_be_ours(parent: Directory, name: str, folder: Path, *, force: bool) -> os.stat_result | None:
    """What is at the name of the output; None where nothing is."""
    found = parent.lstat(name)
    if found is None:
        return None
    if not stat.S_ISDIR(found.st_mode):
        raise CodexError(f"`{folder}` is not a folder", hint="name another one with `--out`")
    with parent.child(name) as there:
        if any(map(names_git, there.names())):
            hint = "name another one with `--out`"
            raise CodexError(f"`{folder}` is a repository of git, which is not replaced", hint=hint)
        if not force and there.names() and not _is_marked(there):
            hint = "name another folder with `--out`, or say `--force` to replace all that is in it"
            raise CodexError(f"`{folder}` holds files that codexc did not make", hint=hint)
    return found


def _is_marked(folder: Directory) -> bool:
    """Whether a folder holds a manifest that codexc wrote."""
    found = folder.lstat(MARK)
    if found is None or not stat.S_ISREG(found.st_mode):
        return False
    with folder.read(MARK) as file:
        return _SCHEMA in file.read(4096)


def _write_tree(stage: Directory, artifacts: Iterable[Artifact]) -> None:
    """Write all files below `new`; files of one folder that come one after the other open it once."""
    with stage.child(_NEW, create=True) as top:
        open_: list[tuple[str, Directory]] = []
        try:
            for artifact in artifacts:
                wrong = path_fault(artifact.path)
                if wrong:
                    raise CodexError(f"refusing to write `{artifact.path}`: {wrong}")
                *folders, name = artifact.path.split("/")
                folder = _along(top, open_, folders)
                folder.create(name, artifact.data, mode=0o755 if artifact.mode & 0o111 else FILE_MODE)
        finally:
            for _, folder in reversed(open_):
                folder.close()
        top.flush()


def _along(top: Directory, open_: list[tuple[str, Directory]], folders: list[str]) -> Directory:
    """The folder that `folders` lead to; of those that are open, what is not on the way is closed."""
    common = 0
    while common < min(len(open_), len(folders)) and open_[common][0] == folders[common]:
        common += 1
    while len(open_) > common:
        open_.pop()[1].close()
    for name in folders[common:]:
        open_.append((name, (open_[-1][1] if open_ else top).child(name, create=True)))
    return open_[-1][1] if open_ else top
