"""Reads the files of a commit from git's objects. A missing or damaged object is an error, never a missing file.

GitPython reads them from a process that it keeps open: if that one is killed, a file ends early. It does not support
repositories with SHA-256 either.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from codex.shell.git_process import run_git
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

LINK: Final = 0o120000
BLOB: Final = "blob"
_HINT: Final = "run `git fsck` in the repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFile:
    """A file, link or submodule of a commit. A submodule has the type `commit`, and no size."""

    path: str
    mode: int
    type: str
    id: str
    size: int

    @property
    def permissions(self) -> int:
        """The mode of the file when it is written."""
        return 0o755 if self.mode & 0o111 else 0o644


def commit_files(root: Path, commit: str, below: str = ".") -> tuple[CommitFile, ...]:
    """Return what is at a path in a commit, or below it; in order of the paths, empty if there is nothing."""
    paths = () if below == "." else ("--", below)
    what = ("ls-tree", "-r", "-l", "-z", "--full-tree", commit, *paths)
    rows = run_git(root, *what, fetches=True).decode("utf-8", "surrogateescape").split("\0")
    return tuple(_file(row) for row in rows if row)


def _file(row: str) -> CommitFile:
    facts, _, path = row.partition("\t")
    mode, kind, object_id, size = facts.split()
    return CommitFile(path=path, mode=int(mode, 8), type=kind, id=object_id, size=int(size) if size.isdigit() else 0)


def contents(root: Path, files: Sequence[CommitFile]) -> Iterator[tuple[CommitFile, bytes]]:
    """Yield files with their bytes, which one process reads. Raises `CodexError` if one cannot be read."""
    ids = "".join(f"{file.id}\n" for file in files).encode()
    output = run_git(root, "cat-file", "--batch", stdin=ids, fetches=True) if files else b""
    at = 0
    for file in files:
        start = output.find(b"\n", at) + 1
        words, end = output[at:start].split(), start + file.size
        if words != [file.id.encode(), BLOB.encode(), str(file.size).encode()] or len(output) <= end:
            raise CodexError(f"Git cannot read `{file.path}` in `{root}`: its object is missing or damaged", hint=_HINT)
        yield file, output[start:end]
        at = end + 1
