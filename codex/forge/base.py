"""What a sync asks of a forge: a few methods that every forge answers in the cheapest honest way it has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from codex.profile.model import Listing
from codex.sync.observed import BranchTip, ClosedRequest, MergeRequest, Target
from codex.sync.request_text import RequestText
from skills_build.errors import CodexError
from skills_build.model.paths import path_fault


class RacedError(CodexError):
    """Somebody else moved what was to be moved: read again, then decide again."""


class GoneError(CodexError):
    """A repository that is not there, or that may not be seen."""


def branch_name_conflict(target: Target, branch: str) -> CodexError:
    """The error where `branch` cannot be made because of the name of another one."""
    hint = "git has no branch below another: rename theirs, or set `sync.branch`"
    return CodexError(f"the name of another branch of {target.path} is in the way of `{branch}`", hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryHead:
    """What a repository looks like from outside: its tips and requests. `base` is None where it is empty."""

    target: Target
    base: str | None
    tip: BranchTip | None = None
    request: MergeRequest | None = None
    past: ClosedRequest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWrite:
    """A file of a commit: its bytes and mode; without bytes it is deleted.

    Raises `CodexError` for a path that some checkout would write elsewhere, or into git's own folder.
    """

    path: str
    data: bytes | None = None
    mode: int = 0o644

    def __post_init__(self) -> None:
        wrong = path_fault(self.path)
        if wrong:
            raise CodexError(f"refusing to commit `{self.path}`: {wrong}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One thing that was looked at, whether it is as it should be, and what mends it."""

    name: str
    ok: bool
    found: str
    hint: str = ""


class Forge(Protocol):
    """One forge."""

    @property
    def batch(self) -> int:
        """How many repositories are worth looking at together."""

    def whoami(self) -> str:
        """Who it takes us for. Raises `CodexError` where it does not let us in."""

    def heads(self, targets: Sequence[Target], branch: str) -> Iterable[RepositoryHead | tuple[Target, CodexError]]:
        """Look at repositories, many at a time where the forge can; `branch` is the name of ours."""

    def listing(self, target: Target, commit: str, along: Iterable[str] = ()) -> Listing:
        """The files of a commit. `along` are ids of files that will be read: they may come along with it."""

    def read(self, target: Target, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of some files of a commit; those that are not there are left out. Of a link, its target."""

    def commit(
        self,
        target: Target,
        branch: str,
        parent: str,
        files: Sequence[FileWrite],
        message: str,
        *,
        expected: str | None,
    ) -> str:
        """Make `branch` a commit on top of `parent`; returns its id. `expected` is where the branch must be now.

        Raises `RacedError` where it is somewhere else.
        """

    def open_request(self, target: Target, branch: str, letter: RequestText, *, draft: bool) -> MergeRequest:
        """Open a request from `branch`, or return the one that is open already."""

    def auto_merge(self, target: Target, request: MergeRequest, *, expected: str) -> str:
        """Have the forge merge a request once it may, if its branch is at `expected`; returns why not, or nothing."""

    def required_approvals(self, target: Target, request: MergeRequest) -> int:
        """How many people must approve a request before the forge merges it; 0 where that is unknown."""

    def update_request(self, target: Target, request: MergeRequest, letter: RequestText) -> None:
        """Bring the words of a request up to date; labels and reviewers are added, never taken away."""

    def comment(self, target: Target, request: MergeRequest, note: str) -> None:
        """Write the one note that is ours on a request, or change it; the same note twice is one."""

    def close_request(self, target: Target, request: MergeRequest) -> None:
        """Close a request."""

    def delete_branch(self, target: Target, branch: str, *, expected: str) -> None:
        """Delete our branch, if it is where it is expected to be. Raises `RacedError` where it is not."""

    def probe(self) -> Iterable[Probe]:
        """Look whether it can be worked with: the host, who we are, what the token may, what limits are left."""

    def usage(self) -> Mapping[str, int]:
        """What was used so far: `requests`, `writes`, `bytes`, `git`."""
