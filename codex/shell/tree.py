"""Reads a folder of standards as `{path: bytes}`. Follows no link out of the folder and reads only files."""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from codex.shell.directory import read_regular
from skills_build.diagnostics import Finding
from skills_build.errors import CodexError
from skills_build.model.paths import names_git

SKIPPED: Final = frozenset({"node_modules", "__pycache__"})
UNNAMEABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands in a path for what is no UTF-8: the file can be read, but not written back under its name."""
MAX_FILES: Final = 200_000
MAX_DEPTH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTree:
    """A folder as read: the bytes of wanted files, the paths of all, and what could not be read."""

    files: Mapping[str, bytes]
    names: frozenset[str]
    findings: tuple[Finding, ...]


def read_tree(root: Path, wanted: Callable[[str], bool], *, limit: int) -> SourceTree:
    """Read every wanted file below `root`; of a file over `limit` bytes only one byte more than that."""
    if not root.is_dir():
        raise CodexError(f"`{root}` is not a folder", hint="name the folder of the standards with `--root`")
    reader = _Reader(root, wanted, limit)
    reader.folder(root, "", 0)
    return SourceTree(files=reader.files, names=frozenset(reader.names), findings=tuple(reader.findings))


class _Reader:
    """Walks a folder and reads what is wanted; what cannot be read becomes a finding."""

    def __init__(self, root: Path, wanted: Callable[[str], bool], limit: int) -> None:
        self._root = root
        self._wanted = wanted
        self._limit = limit
        self.files: dict[str, bytes] = {}
        self.names: set[str] = set()
        self.findings: list[Finding] = []

    def folder(self, folder: Path, prefix: str, depth: int) -> None:
        """Read a folder in order of its names; folders that are links are not entered, so loops end."""
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self._unreadable(prefix.rstrip("/"), f"cannot be read: {error.strerror or error}")
            return
        for entry in entries:
            if entry.name.startswith(".") or entry.name in SKIPPED:
                continue
            path = f"{prefix}{_printable(entry.name)}"
            if not entry.is_dir(follow_symlinks=False):
                self._file(path, entry)
            elif depth < MAX_DEPTH and not _is_output(entry.path):
                self.folder(Path(entry.path), f"{path}/", depth + 1)

    def _file(self, path: str, entry: "os.DirEntry[str]") -> None:
        if len(self.names) >= MAX_FILES:
            hint = "name a smaller folder with `--root`"
            raise CodexError(f"more than {MAX_FILES:,} files below `{self._root}`", hint=hint)
        if path in self.names:
            self._unreadable(path, "has a name that prints like another file's")
            return
        self.names.add(path)
        if self._wanted(path):
            self._read(path, entry)

    def _read(self, path: str, entry: "os.DirEntry[str]") -> None:
        try:
            content = _content(self._root, entry, self._limit)
        except OSError as error:
            self._unreadable(path, f"cannot be read: {error.strerror or error}")
        except RuntimeError:  # before Python 3.13 this is how a loop of links is told
            self._unreadable(path, "is a symbolic link that leads back to itself")
        else:
            if content is None:
                self._unreadable(path, "is a symbolic link that leaves the codex, or no regular file")
            else:
                self.files[path] = content

    def _unreadable(self, path: str, message: str) -> None:
        help_ = "put the file itself here" if "link" in message else None
        self.findings.append(Finding(code="CX409", message=message, path=path, help=help_))


def _is_output(folder: str) -> bool:
    """Whether a folder is one that codexc made: what it holds is not read as standards again."""
    return all(os.path.isfile(os.path.join(folder, name)) for name in ("manifest.json", "statements.json"))


def _printable(name: str) -> str:
    """A file name as text: bytes that are not UTF-8 become U+FFFD."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_inside(root: Path, path: str) -> bytes | None:
    """The bytes of a file below `root`; None where there is none.

    Raises `CodexError`, which never says what is in it, for a link that leaves `root` and for what is no regular file.
    """
    whole = root / path
    if not os.path.lexists(whole):
        return None
    try:
        goal = whole.resolve(strict=True)
        inside = _is_inside(goal, root)
    except (OSError, RuntimeError) as error:
        hint = "put the file itself here"
        raise CodexError(f"`{whole}` is a symbolic link that leads nowhere, or cannot be read", hint=hint) from error
    if not inside:
        raise CodexError(f"`{whole}` is a symbolic link that leaves `{root}`", hint="put the file itself here")
    if not goal.is_file():
        raise CodexError(f"`{whole}` is no regular file", hint="put a file here, or remove it")
    return read_regular(goal)


def read_unlinked(root: Path, name: str) -> bytes | None:
    """The bytes of a file directly in `root`; None where there is none.

    Raises `CodexError`, which never says what is in it, where it is a link or no regular file.
    """
    try:
        found = (root / name).lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        sort = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "no regular file"
        raise CodexError(f"`{name}` is {sort}", hint="commit the file itself, or remove it")
    return read_regular(root / name)


def _is_inside(goal: Path, root: Path) -> bool:
    """Whether a path without links in it is below `root`, and not below git's own folder there."""
    top = root.resolve()
    return goal.is_relative_to(top) and not any(map(names_git, goal.relative_to(top).parts))


def _content(root: Path, entry: "os.DirEntry[str]", limit: int) -> bytes | None:
    """The bytes of a regular file; None for anything else, and for a link whose target lies outside `root`."""
    path = Path(entry.path)
    if entry.is_symlink() and not _is_inside(path.resolve(), root):
        return None
    if not stat.S_ISREG(path.stat().st_mode):
        return None
    with path.open("rb") as file:
        return file.read(limit + 1)
