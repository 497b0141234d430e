"""A folder of git repositories, bare or with a work tree, at several depths. Only git's own small files are read.

Format: https://git-scm.com/docs/gitrepository-layout. A linked work tree or a submodule (`.git` is a file) belongs to
another repository and is left out.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from codex.catalog.model import CatalogResult, Unmapped, merge_by_id
from codex.limits import BYTES_PER_PATH
from codex.shell.reading import read_file, read_start, real_path
from codex.shell.walking import files_below
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

DEPTH: Final = 6
"""Maximum depth of the folders that are searched."""
_SKIPPED: Final = frozenset({"node_modules", "__pycache__"})
_FIRST_REFS: Final = 64 * 1024
"""Bytes of a list of refs that are read to see whether it has one."""
_REFTABLE_HEAD: Final = "ref: refs/heads/.invalid"
"""The HEAD of a repository with reftables, for programs that do not support them: https://git-scm.com/docs/reftable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCatalog:
    """The repositories below `path`, except those inside another repository."""

    path: Path

    def read(self) -> CatalogResult:
        """Return every repository. Raises `CodexError` where there is no folder."""
        if not self.path.is_dir():
            raise CodexError(
                f"`{self.path}` is not a folder", hint="set `catalog.path` to a folder that contains repositories"
            )
        results = [_repository(folder, git, self._name_of(folder)) for folder, git in _git_folders(self.path, DEPTH)]
        return merge_by_id(
            (result for result in results if isinstance(result, Repository)),
            (result for result in results if isinstance(result, Unmapped)),
        )

    def _name_of(self, folder: Path) -> str:
        name = folder.relative_to(self.path).as_posix()
        return real_path(folder).name if name == "." else name


def _git_folders(folder: Path, depth: int) -> Iterator[tuple[Path, Path]]:
    """Yield each repository's folder and the one with its refs; links are not followed."""
    if _is_git(folder):
        yield folder, folder
    elif (folder / ".git").is_dir():
        yield folder, folder / ".git"
    elif depth and not (folder / ".git").exists():
        for child in _folders(folder):
            yield from _git_folders(child, depth - 1)


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return [folder / name for name in sorted(names) if name not in _SKIPPED and not name.startswith(".")]


def _is_git(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _repository(folder: Path, git: Path, name: str) -> Repository | Unmapped:
    if not _is_utf8(str(folder)):
        return Unmapped(name=_as_text(name), reason="the path of the repository is not UTF-8")
    try:
        head = _text(git / "refs" / "remotes" / "origin" / "HEAD") or _text(git / "HEAD")
        if head == _REFTABLE_HEAD:
            return Unmapped(name=name, reason="the repository stores refs as reftables, which are not supported")
        branch = _branch(head)
        empty = not _has_commits(git)
    except (OSError, UnicodeDecodeError, CodexError) as error:
        return Unmapped(name=name, reason=f"the repository cannot be read: {error}")
    path = str(real_path(folder))
    identity = name.removesuffix(".git")
    return Repository(
        id=identity, forge="local", host="", path=path, default_branch=branch, clone_url=path, empty=empty
    )


def _branch(head: str) -> str | None:
    """Return the branch that a symbolic ref names; None for a detached HEAD."""
    for prefix in ("ref: refs/heads/", "ref: refs/remotes/origin/"):
        if head.startswith(prefix):
            return head.removeprefix(prefix)
    return None


def _has_commits(git: Path) -> bool:
    if any(line and not line.startswith((b"#", b"^")) for line in _start(git / "packed-refs").splitlines()):
        return True
    return next(files_below(git / "refs" / "heads"), None) is not None or _is_id(_text(git / "HEAD"))


def _is_id(text: str) -> bool:
    return len(text) >= 40 and not text.startswith("ref:")


def _is_utf8(path: str) -> bool:
    return _as_text(path) == path


def _as_text(path: str) -> str:
    """Return a path as text: what is not UTF-8 in it is replaced."""
    return path.encode(errors="surrogateescape").decode(errors="replace")


def _text(path: Path) -> str:
    """The text of a symbolic ref; empty if there is none."""
    try:
        return read_file(path, max_bytes=BYTES_PER_PATH).decode(errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _start(path: Path) -> bytes:
    """The start of a list of refs; empty if there is none."""
    try:
        return read_start(path, _FIRST_REFS)
    except (FileNotFoundError, NotADirectoryError):
        return b""
