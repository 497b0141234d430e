"""A directory held open: the only module that creates, renames and deletes files, and never through a link.

Every name is looked up in an open directory (`openat(2)` and related calls, with O_NOFOLLOW), so that no parent can
become a link between a check and a write. On systems without these calls (Windows), each parent is checked before and
after; that is weaker, because a link may appear and disappear in between.
"""

import contextlib
import errno
import io
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

from codex.shell.cache_folder import home_folder
from skills_build.errors import CodexError
from skills_build.model.paths import escape_fault

BY_DESCRIPTOR: bool = {os.open, os.rename, os.mkdir, os.unlink, os.rmdir, os.stat} <= os.supports_dir_fd
"""Whether the system can look up names in an open directory. Read at each call, so that tests can switch it off."""
FILE_MODE: Final = 0o644
FOLDER_MODE: Final = 0o755
_BINARY: Final = getattr(os, "O_BINARY", 0)
_CLOEXEC: Final = getattr(os, "O_CLOEXEC", 0)
_NONBLOCK: Final = getattr(os, "O_NONBLOCK", 0)
_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _CLOEXEC
_REPARSE_POINT: Final = 0x400
"""FILE_ATTRIBUTE_REPARSE_POINT: a link, a junction or a mount point on Windows
(https://learn.microsoft.com/windows/win32/fileio/file-attribute-constants)."""
_RENAME_EXCHANGE: Final = 2


class LinkedError(CodexError):
    """A path contains a symbolic link."""


class Directory:
    """An open directory, also a context manager. Methods take the names of entries directly in it."""

    def __init__(self, path: str, descriptor: int | None, parent: "Directory | None" = None) -> None:
        self.path = path
        self._descriptor = descriptor
        self._parent = parent
        self._identity = None if descriptor is not None else _identity(os.lstat(path))

    @classmethod
    def open(cls, path: Path | str) -> "Directory":
        """Open a trusted directory: links in its own path are followed."""
        where = os.path.realpath(path)
        return cls(where, os.open(where, _FOLDER) if BY_DESCRIPTOR else None)

    def __enter__(self) -> "Directory":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the directory, but not its parents, which are closed by their callers."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    @contextlib.contextmanager
    def descend(
        self, parts: tuple[str, ...], *, create: bool = False, mode: int = FOLDER_MODE
    ) -> "Iterator[Directory]":
        """Open the directory at `parts` below this one. Raises `LinkedError` if one of them is a link."""
        with contextlib.ExitStack() as stack:
            folder = self
            for part in parts:
                folder = stack.enter_context(folder.child(part, create=create, mode=mode))
            yield folder

    def child(self, name: str, *, create: bool = False, mode: int = FOLDER_MODE) -> "Directory":
        """Open a directory in this one; with `create`, create it if missing."""
        _refuse(name, self.path)
        is_new = create and self._mkdir(name)
        path = os.path.join(self.path, name)
        if not self._by_descriptor:
            self._must_be_folder(name)
            child = Directory(path, None, self)
        else:
            try:
                child = Directory(path, os.open(name, _FOLDER | _NOFOLLOW, dir_fd=self._descriptor))
            except OSError as error:
                self._must_be_folder(name)
                raise error
        if is_new:
            child._grant(mode)
        return child

    def _mkdir(self, name: str) -> bool:
        try:
            os.mkdir(self._name(name), 0o700, dir_fd=self._descriptor)
        except FileExistsError:
            return False
        self._verify_identity()
        return True

    def _grant(self, mode: int) -> None:
        """Set the mode of this new directory, whatever the umask is."""
        if self._descriptor is not None:
            os.fchmod(self._descriptor, mode)
        else:
            os.chmod(self.path, mode)

    @property
    def _by_descriptor(self) -> bool:
        return self._descriptor is not None

    def _name(self, name: str) -> str:
        """Return the argument of a system call: the name if there is a descriptor, otherwise the checked full path."""
        _refuse(name, self.path)
        if self._by_descriptor:
            return name
        self._verify_identity()
        return os.path.join(self.path, name)

    def _verify_identity(self) -> None:
        """Raise `LinkedError` if this directory or an opened parent is no longer the one that was opened."""
        if self._by_descriptor:
            return
        folder: Directory | None = self
        while folder is not None:
            now = os.lstat(folder.path)
            if _is_link(now) or _identity(now) != folder._identity:
                raise linked_error(folder.path)
            folder = folder._parent

    def _must_be_folder(self, name: str) -> None:
        status = self.lstat(name)
        path = os.path.join(self.path, name)
        if status is not None and _is_link(status):
            raise linked_error(path)
        if status is not None and not stat.S_ISDIR(status.st_mode):
            raise CodexError(f"`{path}` is not a folder", hint="move the file elsewhere, then run the command again")
        if status is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    def lstat(self, name: str) -> os.stat_result | None:
        """Return the status of an entry, without following links; None if it does not exist."""
        try:
            return os.stat(self._name(name), dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def is_at(self, parent: "Directory", name: str) -> bool:
        """Return whether this directory is the one with this name in `parent`."""
        status = parent.lstat(name)
        own = os.fstat(self._descriptor) if self._descriptor is not None else os.lstat(self.path)
        return status is not None and _identity(status) == _identity(own)

    def lock(self, flock: Callable[[int], bool]) -> bool:
        """Lock this directory with `flock` until it is closed; without a descriptor (Windows), nothing is locked."""
        return self._descriptor is None or flock(self._descriptor)

    def names(self) -> list[str]:
        """Return the names in this directory, sorted."""
        self._verify_identity()
        with os.scandir(self.path if self._descriptor is None else self._descriptor) as entries:
            return sorted(entry.name for entry in entries)

    def create(self, name: str, data: bytes, *, mode: int = FILE_MODE, flush: bool = False) -> None:
        """Write a new file with exactly this mode. Raises `FileExistsError` if the name exists, even as a link."""
        with self.created(name, mode=mode) as file:
            left = memoryview(data)
            while left:
                left = left[file.write(left) :]
            if flush:
                os.fsync(file.fileno())

    def created(self, name: str, *, mode: int = FILE_MODE) -> io.FileIO:
        """Open a new file for writing. It has at most its mode from the start, so others never see more of it."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _CLOEXEC | _BINARY
        descriptor = os.open(self._name(name), flags, mode & 0o700, dir_fd=self._descriptor)
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, mode)
        self._verify_identity()
        return io.FileIO(descriptor, "wb")

    def append(self, name: str, *, mode: int = FILE_MODE) -> BinaryIO:
        """Open a file for appending, creating it if missing."""
        return open(self._opened(name, os.O_RDWR | os.O_APPEND | os.O_CREAT, mode), "ab")

    def feed(self, name: str, data: bytes) -> None:
        """Write to an existing pipe."""
        with open(self._opened(name, os.O_WRONLY, FILE_MODE), "wb") as file:
            file.write(data)

    def read(self, name: str) -> BinaryIO:
        """Open a file for reading, without waiting for the other end of a pipe."""
        return open(self._opened(name, os.O_RDONLY | _NONBLOCK, FILE_MODE), "rb", buffering=0)

    def _opened(self, name: str, flags: int, mode: int) -> int:
        flags |= _NOFOLLOW | _CLOEXEC | _BINARY
        status = self.lstat(name)
        if status is not None and _is_link(status):
            raise linked_error(os.path.join(self.path, name))
        try:
            descriptor = os.open(self._name(name), flags, mode & 0o700, dir_fd=self._descriptor)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise linked_error(os.path.join(self.path, name)) from error
            raise
        if status is None and hasattr(os, "fchmod"):
            os.fchmod(descriptor, mode)
        return descriptor

    def rename(self, name: str, other: "Directory", new: str) -> None:
        """Rename an entry. An existing entry with the new name is replaced; a link is replaced, not followed."""
        os.replace(self._name(name), other._name(new), src_dir_fd=self._descriptor, dst_dir_fd=other._descriptor)
        self._verify_identity()
        other._verify_identity()

    def exchange(self, name: str, other: "Directory", new: str) -> bool:
        """Exchange two names atomically. Return False if the system or the file system does not support it.

        Source: https://man7.org/linux/man-pages/man2/rename.2.html, RENAME_EXCHANGE.
        """
        if sys.platform != "linux" or self._descriptor is None or other._descriptor is None:
            return False
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        if not hasattr(library, "renameat2"):
            return False
        names = os.fsencode(self._name(name)), os.fsencode(other._name(new))
        flags = ctypes.c_uint(_RENAME_EXCHANGE)
        if library.renameat2(self._descriptor, names[0], other._descriptor, names[1], flags) == 0:
            return True
        code = ctypes.get_errno()
        if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
            return False
        raise CodexError(f"cannot replace `{os.path.join(other.path, new)}`: {os.strerror(code)}")

    def unlink(self, name: str) -> bool:
        """Delete a file or a link itself. Return False if it does not exist."""
        try:
            os.unlink(self._name(name), dir_fd=self._descriptor)
        except FileNotFoundError:
            return False
        return True

    def rmdir(self, name: str) -> bool:
        """Remove an empty directory. Return False if it is not empty or does not exist."""
        try:
            os.rmdir(self._name(name), dir_fd=self._descriptor)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY, errno.EACCES, errno.EPERM):
                return False
            raise
        return True

    def rmtree(self, name: str) -> None:
        """Remove a directory and its content; links in it are removed, not followed."""
        if self._by_descriptor and shutil.rmtree.avoids_symlink_attacks:
            try:
                shutil.rmtree(self._name(name), dir_fd=self._descriptor)
            except RecursionError as error:
                path = os.path.join(self.path, name)
                hint = "remove it, then run the command again"
                raise CodexError(f"`{path}` is nested too deeply to be removed", hint=hint) from error
            return
        with self.child(name) as folder:
            for entry in folder.names():
                status = folder.lstat(entry)
                if status is not None and stat.S_ISDIR(status.st_mode) and not _is_link(status):
                    folder.rmtree(entry)
                else:
                    folder.unlink(entry)
        self.rmdir(name)

    def symlink(self, name: str, target: str) -> None:
        """Create a symbolic link. Raises `FileExistsError` if the name exists."""
        os.symlink(target, self._name(name), dir_fd=self._descriptor)

    def flush(self) -> None:
        """Flush the names in this directory to disk, if the system supports it."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.fsync(self._descriptor)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _is_link(status: os.stat_result) -> bool:
    return stat.S_ISLNK(status.st_mode) or bool(getattr(status, "st_file_attributes", 0) & _REPARSE_POINT)


def linked_error(path: str) -> LinkedError:
    """Return the error of a path that is a link."""
    hint = "codexc does not write through links: pass the real path, or replace the link with a directory"
    return LinkedError(f"`{path}` is a symbolic link", hint=hint)


def _refuse(name: str, folder: str) -> None:
    """Raise `CodexError` for a name that leaves its directory, or is git's own."""
    fault = "the name contains a path separator" if "/" in name or os.sep in name else escape_fault(name)
    if fault or (os.sep != "/" and ":" in name):
        raise CodexError(
            f"refusing to write `{name}` in `{folder}`: {fault or 'the name contains a stream or a drive'}"
        )


def anchor(path: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the directory below which no link on the way to `path` is followed, and the names from there to `path`.

    It is the working directory, or the top of the git working tree that contains the path: their content may be
    untrusted. Elsewhere, it is the deepest existing directory, because users may link directories on their own disks.
    """
    absolute = Path(os.path.abspath(path))
    anchors = [folder for folder in reversed(absolute.parents) if _is_anchor(folder)]
    base = anchors[0] if anchors else next(folder for folder in absolute.parents if folder.is_dir())
    return base, absolute.relative_to(base).parts


def _is_anchor(folder: Path) -> bool:
    if os.path.lexists(folder / ".git"):
        return True
    return os.path.realpath(folder) == os.getcwd() and not _is_home(folder)


def _is_home(folder: Path) -> bool:
    """Return whether the user's home is here or below: links there are the user's own."""
    home = home_folder()
    return home is not None and home.is_relative_to(folder)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Create a temporary directory for this user only, and remove it at the end."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="codexc-") as folder:
        yield Path(folder)


def spool() -> BinaryIO:
    """Return an unnamed temporary file, as input for another program."""
    import tempfile

    return cast(BinaryIO, tempfile.TemporaryFile())


def feed_device(path: Path, data: bytes) -> None:
    """Write to a device directly; `/dev/stdout` may be redirected to a file."""
    with open(path, "wb") as file:
        file.write(data)


def report_file(text: str) -> str:
    """Write a new file to the system's temporary directory, and return its path."""
    import tempfile

    with tempfile.NamedTemporaryFile(
        "w", prefix="codexc-bug-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as file:
        file.write(text)
    return file.name
