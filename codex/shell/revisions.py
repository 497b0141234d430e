"""Reads changes between commits of a repository: the diff, the commits, the files of a commit. Runs only git."""

from pathlib import Path
from typing import Final

from codex.limits import BYTES_PER_BLOB
from codex.shell.git_process import run_git
from skills_build.checks.base import Commit
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

MAX_DIFF: Final = 64 * 1024 * 1024
"""Bytes of a diff. A larger one is an error, because a review of a part would look like one of the whole."""
MAX_COMMITS: Final = 1000
_DIFF: Final = ("--no-color", "--no-ext-diff", "--no-textconv", "--find-renames", "--src-prefix=a/", "--dst-prefix=b/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """A base commit, the commit at which the change left it, and the head."""

    root: Path
    base: str
    fork: str
    head: str

    @classmethod
    def of(cls, root: Path, base: str) -> "Revisions":
        """Find the commits. Raises `CodexError` if there is no such base, or nothing in common with it."""
        top = Path(run_git(root, "rev-parse", "--show-toplevel").decode("utf-8", "replace").strip())
        base_id, head = _commit(top, base), _commit(top, "HEAD")
        common = run_git(top, "merge-base", base_id, head, accepted=(0, 1)).decode().strip()
        if not common:
            hint = "fetch more history: CI often clones without it (`git fetch --unshallow`)"
            raise CodexError(f"`{base}` and the current commit have no common ancestor", hint=hint)
        return cls(root=top, base=base_id, fork=common, head=head)

    def diff(self) -> str:
        """Return the change from the fork to the working tree. Bytes that are not UTF-8 become U+FFFD."""
        data = run_git(self.root, "diff", *_DIFF, self.fork)
        if len(data) > MAX_DIFF:
            raise CodexError(f"the change has more than {MAX_DIFF:,} bytes", hint="review it in parts, with `--patch`")
        return data.decode("utf-8", "replace")

    def commits(self) -> tuple[Commit, ...]:
        """Return the commits since the fork, oldest first, without merges."""
        options = ("--no-merges", "--reverse", f"--max-count={MAX_COMMITS}", "--format=%H%x00%B%x00%x01")
        text = run_git(self.root, "log", *options, f"{self.fork}..{self.head}").decode("utf-8", "replace")
        rows = (row.strip("\n").split("\0") for row in text.split("\x01"))
        return tuple(Commit(id=row[0], message=row[1].strip()) for row in rows if len(row) > 1)

    def untracked(self) -> int:
        """Return the number of files that git does not know, which no diff has."""
        listing = run_git(self.root, "ls-files", "--others", "--exclude-standard", "-z")
        return listing.count(b"\0")

    def is_clean(self) -> bool:
        """Return whether the working tree is the head."""
        return not run_git(self.root, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=dirty")

    def paths(self, commit: str) -> tuple[str, ...]:
        """Return the paths of the files of a commit."""
        listing = run_git(self.root, "ls-tree", "-r", "-z", "--full-tree", commit).decode("utf-8", "replace")
        rows = (row.partition("\t") for row in listing.split("\0") if row)
        return tuple(path for facts, _, path in rows if facts.startswith("100"))

    def read(self, commit: str, path: str) -> bytes | None:
        """Return a file of a commit; None if there is none, or it is too large."""
        size = run_git(self.root, "cat-file", "-s", f"{commit}:{path}", accepted=(0, 128)).strip()
        if not size or int(size) > BYTES_PER_BLOB:
            return None
        return run_git(self.root, "cat-file", "blob", f"{commit}:{path}", accepted=(0, 128))


def _commit(root: Path, ref: str) -> str:
    found = run_git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", accepted=(0, 1, 128)
    )
    if not found:
        raise CodexError(f"`{ref}` is not a commit here", hint="fetch it: CI often clones only one branch")
    return found.decode().strip()
