"""Reads changes between commits of a repository: the diff, the commits, the files of a commit. Runs only git."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from codex.limits import BYTES_PER_BLOB
from codex.shell.git_process import run_git
from skills_build.checks.base import Commit
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

MAX_DIFF: Final = 64 * 1024 * 1024
"""Bytes of a diff. A larger diff is an error, because a review of a part would look like a review of the whole."""
MAX_COMMITS: Final = 10_000
"""Commits of a change. More are an error, for the same reason."""
_DIFF: Final = (
    "--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", "--src-prefix=a/", "--dst-prefix=b/"
)  # fmt: skip
_LOG: Final = ("--no-merges", "--reverse", "--no-show-signature", "--no-color", "-z", "--format=%H%n%B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """A base commit, the commit at which the change left it, and the head."""

    root: Path
    base: str
    fork: str
    head: str

    @classmethod
    def of(cls, root: Path, base: str) -> "Revisions":
        """Find the commits. Raises `CodexError` if there is no such base, or no common ancestor."""
        top = Path(run_git(root, "rev-parse", "--show-toplevel").decode("utf-8", "replace").strip())
        base_id, head = commit_of_base(top, base), _head(top)
        common = run_git(top, "merge-base", base_id, head, accepted=(0, 1)).decode().strip()
        if not common:
            hint = "fetch more history: CI often clones only the last commits (`git fetch --unshallow`)"
            raise CodexError(f"`{base}` and the current commit have no common ancestor", hint=hint)
        return cls(root=top, base=base_id, fork=common, head=head)

    def diff(self) -> str:
        """Return the change from the fork to the working tree. Bytes that are not UTF-8 become U+FFFD."""
        return self._diff("--find-renames")

    def whole_diff(self, paths: Iterable[str]) -> str:
        """Return the change of some files as text, with every line of a moved file as an added one.

        Attributes of the change, such as `-diff`, decide how git shows a file; here they do not.
        """
        return self._diff("--text", "--no-renames", "--", *(f":(top,literal){path}" for path in paths))

    def _diff(self, *options: str) -> str:
        at = options.index("--") if "--" in options else len(options)
        data = run_git(self.root, "diff", *_DIFF, *options[:at], self.fork, *options[at:])
        if len(data) > MAX_DIFF:
            raise CodexError(
                f"the change is larger than {MAX_DIFF:,} bytes",
                hint="review the change in parts: pass each part with `--patch`",
            )
        return data.decode("utf-8", "replace")

    def commits(self) -> tuple[Commit, ...]:
        """Return the commits since the fork, oldest first, without merges. Raises `CodexError` for too many."""
        most = f"--max-count={MAX_COMMITS + 1}"
        text = run_git(self.root, "log", *_LOG, most, f"{self.fork}..{self.head}").decode("utf-8", "replace")
        rows = [row.partition("\n") for row in text.split("\0") if row]
        if len(rows) > MAX_COMMITS:
            hint = "review the change in parts: pass a more recent base"
            raise CodexError(f"the change has more than {MAX_COMMITS:,} commits", hint=hint)
        return tuple(Commit(id=commit, message=message.strip()) for commit, _, message in rows)

    def moves(self) -> tuple[tuple[str, str], ...]:
        """Return the old and new paths of the files that the commits since the fork rename, oldest commit first."""
        options = ("--no-merges", "--reverse", "--no-show-signature", "--format=", "-z", "--name-status")
        listing = run_git(self.root, "log", *options, "--find-renames", "--diff-filter=R", f"{self.fork}..{self.head}")
        words = listing.decode("utf-8", "replace").split("\0")
        return tuple(zip(words[1::3], words[2::3], strict=False))

    def untracked(self) -> int:
        """Return the number of untracked files, which are not part of any diff."""
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


def commit_of_base(root: Path, ref: str) -> str:
    """Return the commit that a base means: a branch, if there is one of this name, before a tag.

    git itself prefers a tag (https://git-scm.com/docs/gitrevisions), and whoever may push a tag could choose the base
    of a review with one called `origin/main`. Raises `CodexError` if there is no such commit.
    """
    for name in (f"refs/heads/{ref}", f"refs/remotes/{ref}", ref):
        found = run_git(
            root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", accepted=(0, 1, 128)
        )
        if found:
            return found.decode().strip()
    raise CodexError(
        f"`{ref}` is not a commit in this repository",
        hint="run `git fetch --unshallow` or fetch the branch: CI often clones only the last commit of one branch",
    )


def _head(root: Path) -> str:
    found = run_git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", accepted=(0, 1, 128))
    if not found:
        raise CodexError("the repository has no commits", hint="commit the change first")
    return found.decode().strip()
