"""Checks what git and dulwich open in a git directory before they do: neither looks first, and both wait for a pipe.

Lists a few directories and never the loose objects, so that the cost does not depend on the history.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from codex.shell.directory import linked_error
from codex.shell.reading import must_be_regular, not_regular, read_file
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

MAX_ENTRIES: Final = 1_000_000
_FLAT: Final = ("", "branches", "info", "objects", "reftable", "remotes")
"""Directories of which only the entries themselves are checked."""
_DEEP: Final = (
    "logs", "objects/info", "objects/pack", "rebase-apply", "rebase-merge", "refs", "sequencer", "worktrees"
)  # fmt: skip
"""Directories that are checked with everything below (https://git-scm.com/docs/gitrepository-layout)."""
_WRITTEN: Final = ("objects", "objects/info", "objects/pack", "refs")
_SOCKETS: Final = frozenset({"fsmonitor--daemon.ipc"})
"""What git's own file system monitor listens on."""
_MAX_POINTER: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Folder:
    path: str
    is_deep: bool
    is_written: bool = False
    """Whether codexc writes in it, so that no directory may be a link."""


def check_git_folder(folder: Path | str, *, is_written: bool = False) -> None:
    """Raise `CodexError` for a pipe, socket or device in a git directory, or for more than `MAX_ENTRIES` entries.

    If it `is_written`, raise `LinkedError` for a link that leads refs or objects to another place.
    """
    if is_written:
        _refuse_link(os.path.join(folder, "objects"))
        _refuse_link(os.path.join(folder, "refs"))
    pending = [_Folder(os.path.join(folder, name), False, is_written and name in _WRITTEN) for name in _FLAT]
    pending += [_Folder(os.path.join(folder, name), True, is_written and name in _WRITTEN) for name in _DEEP]
    for objects in _alternates(os.path.join(folder, "objects")):
        pending += [_Folder(os.path.join(objects, name), bool(name)) for name in ("", "info", "pack")]
    seen: set[str] = set()
    for count, (place, entry) in enumerate(_entries(pending)):
        if count >= MAX_ENTRIES:
            hint = "run `git pack-refs --all` and `git gc` in the repository"
            raise CodexError(f"`{folder}` has more than {MAX_ENTRIES:,} files outside of packs", hint=hint)
        if not _is_folder(entry):
            continue
        if place.is_written:
            _refuse_link(entry.path)
        if place.is_deep and not (entry.is_symlink() and _was_seen(entry.path, seen)):
            pending.append(_Folder(entry.path, True, place.is_written))


def check_git_around(folder: Path) -> None:
    """Check the git directory that git uses in `folder`, if there is one, and the one that it shares refs with."""
    for git in git_folders(folder):
        check_git_folder(git)


def git_folders(folder: Path) -> Iterator[str]:
    """Yield the git directory that git uses in `folder`, if there is one, and then the one that it shares refs with."""
    for place in (folder, *folder.absolute().parents):
        for git in (os.path.join(place, ".git"), str(place)):
            git = _pointed(git) if git.endswith(".git") else git
            if os.path.lexists(os.path.join(git, "HEAD")):
                yield git
                common = _first_line(os.path.join(git, "commondir"))
                if common:
                    yield os.path.join(git, common)
                return


def _pointed(git: str) -> str:
    """The git directory that a file called `.git` names (https://git-scm.com/docs/gitrepository-layout)."""
    if os.path.isdir(git):
        return git
    must_be_regular(git)
    return os.path.join(os.path.dirname(git), _first_line(git).removeprefix("gitdir:").strip())


def _alternates(objects: str) -> Iterator[str]:
    """Yield the other directories of objects that one borrows from, which may borrow too."""
    seen, pending = {os.path.realpath(objects)}, [objects]
    while pending:
        path = pending.pop()
        for line in _text(os.path.join(path, "info", "alternates")).splitlines():
            other = os.path.join(path, line)
            if line and not line.startswith("#") and os.path.realpath(other) not in seen:
                seen.add(os.path.realpath(other))
                pending.append(other)
                yield other


def _first_line(path: str) -> str:
    return _text(path).partition("\n")[0].strip()


def _text(path: str) -> str:
    """The text of a small file; empty if there is none."""
    try:
        return os.fsdecode(read_file(path, max_bytes=_MAX_POINTER)).replace("\0", "")
    except OSError:
        return ""


def _entries(pending: list[_Folder]) -> Iterator[tuple[_Folder, "os.DirEntry[str]"]]:
    """Yield the entries of directories, to which the caller adds; directories that cannot be listed are skipped,
    because Git reports them.
    """
    while pending:
        place = pending.pop()
        with contextlib.suppress(OSError), os.scandir(place.path) as entries:
            for entry in entries:
                yield place, entry


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    """Whether an entry is a directory. Raises `CodexError` if it is no regular file either."""
    if entry.is_dir(follow_symlinks=False):
        return True
    if entry.is_file(follow_symlinks=False):
        return False
    try:
        mode = entry.stat().st_mode
    except OSError:  # a link to nothing
        return False
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode) or (stat.S_ISSOCK(mode) and entry.name in _SOCKETS)):
        raise not_regular(entry.path)
    return stat.S_ISDIR(mode)


def _was_seen(link: str, seen: set[str]) -> bool:
    """Whether a linked directory was reached before; from now on it was."""
    real = os.path.realpath(link)
    before = len(seen)
    seen.add(real)
    return len(seen) == before


def _refuse_link(path: str) -> None:
    if os.path.islink(path):
        raise linked_error(path)
