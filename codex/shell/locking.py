"""Locks a directory against other runs, whatever their caches and homes. The system releases locks of ended processes.

The lock is on the directory itself (`flock(2)`), so that nothing is left behind. A run waits for another one a while.
"""

import contextlib
import hashlib
import os
import stat
import sys
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Final

from codex.shell.cache_folder import cache_folder
from codex.shell.directory import Directory, anchor
from codex.shell.reading import real_path
from skills_build.errors import CodexError

WAIT_SECONDS: Final = 20.0
"""How long a run waits for another one: longer than a build or an installation takes."""
_PAUSE: Final = 0.05


def flock(file: BinaryIO | FileIO | int) -> bool:
    """Lock a file or directory until it is closed. Return False if another run has the lock; on Windows, always True.

    Raises `OSError` if the file system does not support locks.
    """
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def try_flock(file: BinaryIO | FileIO) -> bool:
    """Lock a file if the file system supports it. Return False if another run has the lock."""
    try:
        return flock(file)
    except OSError:
        return True


def wait_for_lock(file: BinaryIO | FileIO, path: Path) -> None:
    """Lock a file that was opened at `path` until it is closed. Raises `CodexError` if another process keeps the lock,
    or the file system has none.
    """
    deadline = _deadline(None)
    try:
        while not flock(file):
            if time.monotonic() >= deadline:
                hint = "end the process that holds the lock, then run the command again"
                raise CodexError(f"another process has locked `{path}`", hint=hint)
            time.sleep(_PAUSE)
    except OSError as error:
        raise CodexError(f"`{path}` cannot be locked: {error.strerror}") from error


@contextlib.contextmanager
def locked(folder: Path, *, seconds: float | None = None) -> Iterator[None]:
    """Lock the output directory `folder`, which is created if missing and may be replaced while it is locked.

    Whoever replaces it does so last: from then on, the new directory can be locked. Raises `CodexError` if another run
    keeps the lock.
    """
    base, parts = anchor(folder)
    if not parts or parts[-1] in ("", ".."):
        raise CodexError(f"`{folder}` cannot be replaced", hint="choose another directory with `--out`")
    deadline = _deadline(seconds)
    with Directory.open(base) as top, top.descend(parts[:-1], create=True) as parent:
        name = parts[-1]
        is_new = parent.lstat(name) is None
        try:
            while True:
                with contextlib.ExitStack() as stack:
                    directory = stack.enter_context(_output(parent, name, folder))
                    _wait_for(directory, folder, deadline, stack)
                    if directory.is_at(parent, name):
                        yield
                        return
        finally:
            if is_new:
                parent.rmdir(name)  # only if it is still empty


def _deadline(seconds: float | None) -> float:
    return time.monotonic() + (WAIT_SECONDS if seconds is None else seconds)


def _output(parent: Directory, name: str, folder: Path) -> Directory:
    status = parent.lstat(name)
    if status is not None and not stat.S_ISDIR(status.st_mode):
        raise CodexError(f"`{folder}` is not a folder", hint="choose another directory with `--out`")
    return parent.child(name, create=True)


@contextlib.contextmanager
def locked_root(root: Path, *, seconds: float | None = None) -> Iterator[None]:
    """Lock an existing directory that is never replaced: a repository, or the standards.

    Raises `CodexError` if another run keeps the lock.
    """
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(Directory.open(root))
        _wait_for(directory, root, _deadline(seconds), stack)
        yield


def _wait_for(directory: Directory, folder: Path, deadline: float, stack: contextlib.ExitStack) -> None:
    """Lock a directory. Where its file system does not lock directories (NFS), lock a file in the cache instead."""
    try:
        while not directory.lock(flock):
            if time.monotonic() >= deadline:
                hint = "wait for the other run to finish, or choose a different directory with `--out`"
                raise CodexError(f"another run is writing `{folder}`", hint=hint)
            time.sleep(_PAUSE)
    except OSError:
        _lock_in_cache(folder, stack)


def _lock_in_cache(folder: Path, stack: contextlib.ExitStack) -> None:
    from codex.shell.atomic import PRIVATE, append_to

    cache = cache_folder()
    if cache is None:
        return
    name = hashlib.sha256(os.fsencode(real_path(folder))).hexdigest()[:16]
    with contextlib.suppress(OSError):
        if not try_flock(stack.enter_context(append_to(cache / "locks" / name, mode=PRIVATE))):
            raise CodexError(f"another run is writing `{folder}`", hint="wait for the other run to finish")
