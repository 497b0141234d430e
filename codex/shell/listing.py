"""Lists the files of a repository and reads some of them: a work tree, a bare repository or a plain directory.

Nothing in the repository is run: no hook, no filter and no file system monitor from its configuration.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from codex.limits import BYTES_PER_BLOB
from codex.profile.model import EXECUTABLE, LINK, REGULAR, SUBMODULE, Listing, ListingEntry
from codex.shell.git_process import run_git
from codex.shell.reading import NotRegularError, read_start, real_path
from codex.shell.walking import walk
from skills_build import inert
from skills_build.counts import counted
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

MAX_FILES: Final = 200_000
_SKIPPED: Final = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".nox"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRepository:
    """The files of a repository, and a function that reads some of them at once, without those that fail."""

    listing: Listing
    read: Callable[[Iterable[str]], Mapping[str, bytes]]
    unnamed: int = 0
    """Number of files left out because their paths are not UTF-8."""

    @property
    def left_out(self) -> str:
        """A sentence about the files that were left out; empty if there are none."""
        return f"left out {counted(self.unnamed, 'file')}: paths must be UTF-8" if self.unnamed else ""


def open_repository(folder: Path) -> ListedRepository:
    """List a directory or a bare repository. Raises `CodexError` if it cannot be listed."""
    if not folder.is_dir():
        raise CodexError(f"`{folder}` is not a folder", hint="pass a checkout, a bare repository or a plain directory")
    if _is_bare(folder):
        return _bare(folder)
    if not _in_work_tree(folder):
        return _plain(folder, _walk(folder))
    paths = run_git(folder, "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "-z")
    modules = {path for mode, path in _staged(folder) if mode == SUBMODULE}
    return _plain(folder, ((path, modules) for path in _split(paths)))


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _in_work_tree(folder: Path) -> bool:
    try:
        return run_git(folder, "rev-parse", "--is-inside-work-tree").strip() == b"true"
    except NotRegularError:
        raise
    except CodexError:
        return False


def _staged(folder: Path) -> Iterator[tuple[int, str]]:
    for row in _split(run_git(folder, "ls-files", "--stage", "-z")):
        head, _, path = row.partition("\t")
        yield int(head.split()[0], 8), path


def _walk(root: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the files below a directory that is not a git repository, without caches and dependencies."""
    for folder, names, files in walk(root):
        names[:] = sorted(set(names) - _SKIPPED)
        below = Path(folder).relative_to(root)
        for name in sorted(files):
            yield (below / name).as_posix(), frozenset()


def _plain(root: Path, files: Iterable[tuple[str, frozenset[str] | set[str]]]) -> ListedRepository:
    listing: dict[str, ListingEntry] = {}
    unnamed = 0
    for path, modules in files:
        entry = ListingEntry(mode=SUBMODULE) if path in modules else _entry(root / path)
        if entry is not None and _is_text(path):
            listing[path] = entry
        elif entry is not None:
            unnamed += 1
        if len(listing) > MAX_FILES:
            raise CodexError(f"more than {MAX_FILES:,} files in `{root}`", hint="pass a smaller directory")
    return ListedRepository(listing=listing, read=lambda paths: dict(_contents(root, listing, paths)), unnamed=unnamed)


def _entry(path: Path) -> ListingEntry | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    if stat.S_ISLNK(status.st_mode):
        return ListingEntry(size=status.st_size, mode=LINK)
    if not stat.S_ISREG(status.st_mode):
        return None
    return ListingEntry(size=status.st_size, mode=EXECUTABLE if status.st_mode & stat.S_IXUSR else REGULAR)


def _contents(root: Path, listing: Listing, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    base = real_path(root)
    for path in paths:
        if path not in listing or not listing[path].regular:
            continue
        try:
            if real_path(root / path).is_relative_to(base):
                yield path, read_start(root / path, BYTES_PER_BLOB + 1)
        except (OSError, CodexError):
            continue


def _bare(folder: Path) -> ListedRepository:
    listing: dict[str, ListingEntry] = {}
    unnamed = 0
    for row in _tree(folder):
        head, _, path = row.partition("\t")
        mode, _, blob, size = [*head.split(), "-"][:4]
        if _is_text(path):
            listing[path] = ListingEntry(size=int(size) if size.isdigit() else None, mode=int(mode, 8), blob=blob)
        else:
            unnamed += 1
    return ListedRepository(listing=listing, read=lambda paths: dict(_blobs(folder, listing, paths)), unnamed=unnamed)


def _tree(folder: Path) -> Iterator[str]:
    """Return the rows of the tree; without sizes in a partial clone, in which blobs are missing."""
    command = ("ls-tree", "-r", "-z", "--full-tree", "HEAD")
    try:
        return _split(run_git(folder, *command[:1], "-l", *command[1:]))
    except CodexError:
        return _split(run_git(folder, *command))


def _blobs(folder: Path, listing: Listing, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Read blobs in one process. Missing blobs of a partial clone are not fetched."""
    selected = [path for path in paths if path in listing and listing[path].blob and listing[path].regular]
    if not selected:
        return
    blob_ids = "".join(f"{listing[path].blob}\n" for path in selected).encode()
    try:
        output, position = run_git(folder, "cat-file", "--batch", stdin=blob_ids), 0
    except CodexError:  # a partial clone: git ends at the first missing blob
        yield from _blobs_separately(folder, listing, selected)
        return
    for path in selected:
        end = output.find(b"\n", position)
        if end < 0:
            return
        words = output[position:end].split()
        position = end + 1
        if len(words) == 3 and words[1] == b"blob":
            size = int(words[2])
            yield path, output[position : position + size]
            position += size + 1


def _blobs_separately(folder: Path, listing: Listing, selected: list[str]) -> Iterator[tuple[str, bytes]]:
    for path in selected:
        with suppress(CodexError):
            yield path, run_git(folder, "cat-file", "blob", listing[path].blob or "")


def ignored_paths(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the untracked paths that git ignores, each with the pattern that matches (`.claude/` in `.gitignore:3`).

    Outside of a git working tree nothing is ignored.
    """
    # git refuses paths beyond symbolic links and in submodules, in which codexc writes nothing anyway.
    names = "\0".join(path for path in paths if not _leaves_tree(folder, path.rpartition("/")[0])).encode()
    if not names or not _in_work_tree(folder):
        return {}
    # Exit code 1 means that no path is ignored: https://git-scm.com/docs/git-check-ignore#_exit_status
    output = run_git(folder, "check-ignore", "-z", "--stdin", "--verbose", stdin=names, accepted=(0, 1))
    rows = zip(*[iter(output.decode("utf-8", "surrogateescape").split("\0"))] * 4, strict=False)
    return {
        path: f"{inert.code(pattern)} in {inert.code(f'{source}:{line}')}"
        for source, line, pattern, path in rows
        if not pattern.startswith("!")
    }


def _leaves_tree(root: Path, folder: str) -> bool:
    """Return whether a folder is a symbolic link, a submodule, or below one."""
    if not folder:
        return False
    path = os.path.join(root, folder)
    is_border = os.path.islink(path) or os.path.lexists(os.path.join(path, ".git"))
    return is_border or _leaves_tree(root, folder.rpartition("/")[0])


def _split(data: bytes) -> Iterator[str]:
    for row in data.split(b"\0"):
        if row:
            yield row.decode("utf-8", "surrogateescape")


def _is_text(path: str) -> bool:
    """Return whether a path can be encoded as UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in path)
