"""Replaces a whole folder at once: whoever looks, at any moment, sees the old one or the new one.

The new tree is written beside the old one and flushed; then both names are exchanged in one step where the system
offers it (`renameat2` with RENAME_EXCHANGE, Linux 3.15), else by two renames, of which the first is undone at the next
start if the second never came.
"""

import contextlib
import ctypes
import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from codex.shell.cache import cache_folder
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
MARK: Final = "manifest.json"
"""A folder that holds this file is one of ours."""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs of this user away from `folder`; the lock goes with the process, however it ends."""
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    path = cache_folder() / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                hint = "wait for it, or build into another folder with `--out`"
                raise CodexError(f"another run is writing `{folder}`", hint=hint) from error
        yield


def recover(folder: Path) -> None:
    """Undo what an interrupted run left: put the old tree back where the new one never came, drop half-written ones."""
    old = _sibling(folder, "old")
    if old.is_dir():
        if folder.exists():
            shutil.rmtree(old)
        else:
            old.rename(folder)
    new = _sibling(folder, "new")
    if new.is_dir():
        shutil.rmtree(new)


def replace_tree(folder: Path, artifacts: Iterable[Artifact], *, force: bool = False) -> None:
    """Make `folder` hold exactly `artifacts`. Refuses a folder with content that is not ours, unless `force`."""
    _must_be_ours(folder, force=force)
    new = _sibling(folder, "new")
    if new.exists():
        shutil.rmtree(new)
    _write_tree(new, artifacts)
    if not folder.exists():
        new.rename(folder)
    elif _exchange(new, folder):
        shutil.rmtree(new)
    else:
        old = _sibling(folder, "old")
        folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old)
    _flush(folder.parent)


def write_file(path: Path, data: bytes) -> None:
    """Write one file whole or not at all; what is no file, such as `/dev/null` or a pipe, is written to as it is."""
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        shutil.copymode(path, new)
    new.replace(path)


def _must_be_ours(folder: Path, *, force: bool) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise CodexError(f"`{folder}` is not a folder", hint="name another one with `--out`")
    if force or not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARK).is_file():
        hint = "name another folder with `--out`, or say `--force` to replace all that is in it"
        raise CodexError(f"`{folder}` holds files that codexc did not make", hint=hint)


def _write_tree(folder: Path, artifacts: Iterable[Artifact]) -> None:
    made: set[str] = set()
    for artifact in artifacts:
        parts = artifact.path.split("/")
        if artifact.path.startswith("/") or "\\" in artifact.path or any(p in ("", ".", "..") for p in parts):
            raise CodexError(f"refusing to write `{artifact.path}`: it leaves the output folder")
        path = os.path.join(folder, *parts)
        parent = os.path.dirname(path)
        if parent not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with open(descriptor, "wb", buffering=0) as file:
            file.write(artifact.data)
        if artifact.mode & 0o111:
            os.chmod(path, 0o755)
    folder.mkdir(parents=True, exist_ok=True)
    _flush(folder)


def _flush(folder: Path) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system or the file system cannot."""
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    result = library.renameat2(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    if result == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise CodexError(f"cannot replace `{other}`: {os.strerror(code)}")


def _sibling(folder: Path, kind: str) -> Path:
    return folder.with_name(f".{folder.name}.{kind}")
