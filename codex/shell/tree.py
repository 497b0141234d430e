"""Reads a directory of standards as `{path: bytes}`. Reads only regular files, and follows no link out of it."""

import errno
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from codex.limits import BYTES_PER_BLOB, BYTES_PER_FILE
from codex.shell.reading import read_regular, read_start, real_path
from skills_build.diagnostics import Finding
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.paths import names_git

SKIPPED: Final = frozenset({"node_modules", "__pycache__"})
UNNAMEABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""Replaces bytes in a path that are not UTF-8: the file can be read, but not written back under its name."""
MAX_FILES: Final = 200_000
MAX_DEPTH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTree:
    """A directory: the bytes of selected files, the paths of all files, and findings for unreadable ones."""

    files: Mapping[str, bytes]
    names: frozenset[str]
    findings: tuple[Finding, ...]


def read_tree(
    root: Path, wanted: Callable[[str], bool], *, limit: int, hidden: frozenset[str] = frozenset()
) -> SourceTree:
    """Read every file below `root` that `wanted` selects, at most `limit` + 1 bytes of each.

    Of the names that start with a dot, only those in `hidden` are read.
    """
    if not root.is_dir():
        raise CodexError(f"`{root}` is not a folder", hint="pass the directory of the standards with `--root`")
    reader = _Reader(root, wanted, limit, hidden)
    reader.folder(root, "", 0)
    return SourceTree(files=reader.files, names=frozenset(reader.names), findings=tuple(reader.findings))


class _Reader:
    """Walks a directory and reads the selected files; unreadable ones become findings."""

    def __init__(self, root: Path, wanted: Callable[[str], bool], limit: int, hidden: frozenset[str]) -> None:
        self._root = root
        self._wanted = wanted
        self._limit = limit
        self._hidden = hidden
        self.files: dict[str, bytes] = {}
        self.names: set[str] = set()
        self.findings: list[Finding] = []

    def folder(self, folder: Path, prefix: str, depth: int) -> None:
        """Read a directory in order of names. Links to directories are not followed, so there are no loops."""
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self._unreadable(prefix.rstrip("/"), _unread(error))
            return
        for entry in entries:
            is_hidden = entry.name.startswith(".") and entry.name not in self._hidden
            if is_hidden or entry.name in SKIPPED or names_git(entry.name):
                continue
            path = f"{prefix}{_printable(entry.name)}"
            if not entry.is_dir(follow_symlinks=False):
                self._file(path, entry)
            elif depth < MAX_DEPTH and not _is_output(entry.path):
                self.folder(Path(entry.path), f"{path}/", depth + 1)

    def _file(self, path: str, entry: "os.DirEntry[str]") -> None:
        if len(self.names) >= MAX_FILES:
            hint = "pass a smaller directory with `--root`"
            raise CodexError(f"more than {MAX_FILES:,} files below `{self._root}`", hint=hint)
        if path in self.names:
            self._unreadable(path, "the file name looks identical to the name of another file")
            return
        self.names.add(path)
        if self._wanted(path):
            self._read(path, entry)

    def _read(self, path: str, entry: "os.DirEntry[str]") -> None:
        try:
            content = start_inside(self._root, Path(entry.path), self._limit + 1)
        except OSError as error:
            is_loop = error.errno == errno.ELOOP
            reason = "the symbolic link points back to itself" if is_loop else _unread(error)
            self._unreadable(path, reason)
        else:
            if content is None:
                self._unreadable(path, "the path is a symbolic link to a path outside the codex, or not a regular file")
            else:
                self.files[path] = content

    def _unreadable(self, path: str, message: str) -> None:
        help_ = "replace the link with the file itself" if "link" in message else None
        self.findings.append(Finding(code="CX409", message=message, path=path, help=help_))


def _unread(error: OSError) -> str:
    return f"cannot be read: {error.strerror or error}"


def _is_output(folder: str) -> bool:
    """Return whether a directory is the output of codexc, which does not contain standards."""
    return all(os.path.isfile(os.path.join(folder, name)) for name in ("manifest.json", "statements.json"))


def _printable(name: str) -> str:
    """Return a file name as text, in which bytes that are not UTF-8 become U+FFFD."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_inside(root: Path, path: str, *, max_bytes: int = BYTES_PER_FILE) -> bytes | None:
    """Return the bytes of a file below `root`, None if it does not exist.

    Raises `CodexError`, without any content, for a link that leaves `root`, for anything but a regular file, and for
    one of more than `max_bytes`.
    """
    full_path = root / path
    if not os.path.lexists(full_path):
        return None
    try:
        resolved = full_path.resolve(strict=True)
        is_inside = _is_inside(resolved, root)
    except (OSError, RuntimeError) as error:
        hint = "replace the link with the file itself"
        raise CodexError(f"`{full_path}` is a broken symbolic link, or cannot be read", hint=hint) from error
    if not is_inside:
        raise CodexError(
            f"`{full_path}` is a symbolic link to a path outside `{root}`", hint="replace the link with the file itself"
        )
    if not resolved.is_file():
        raise CodexError(f"`{full_path}` is not a regular file", hint="replace the path with a file, or remove it")
    return read_regular(resolved, max_bytes=max_bytes)


def read_unlinked(root: Path, name: str) -> bytes | None:
    """Return the bytes of a file directly in `root`, None if it does not exist.

    Raises `CodexError`, without any content, if it is a link or not a regular file.
    """
    try:
        status = (root / name).lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "not a regular file"
        raise CodexError(f"`{name}` is {kind}", hint="commit the file itself, or remove it")
    return read_regular(root / name, max_bytes=BYTES_PER_BLOB)


def exists_inside(root: Path, path: str) -> bool:
    """Return whether a file or directory exists below `root`, without following a link that leaves it."""
    try:
        return _is_inside((root / path).resolve(strict=True), root)
    except (OSError, RuntimeError, ValueError):
        return False


def _is_inside(resolved: Path, root: Path) -> bool:
    """Return whether a resolved path is below `root`, and not in its `.git` directory."""
    resolved_root = real_path(root)
    return resolved.is_relative_to(resolved_root) and not any(map(names_git, resolved.relative_to(resolved_root).parts))


def start_inside(root: Path, path: Path, count: int) -> bytes | None:
    """Return the first `count` bytes of a regular file, None for anything else and for a link that leaves `root`.

    Raises `OSError` for a link that points back to itself, and for a file that cannot be read.
    """
    if path.is_symlink() and not _is_inside(real_path(path), root):
        return None
    return read_start(path, count) if stat.S_ISREG(path.stat().st_mode) else None
