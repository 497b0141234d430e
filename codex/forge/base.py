"""The port to a forge: the methods a sync needs, each of which a forge implements in its cheapest exact way."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Protocol, TypeAlias

from codex.forge.repository_settings import RepositorySettings
from codex.forge.threads import ReviewHost
from codex.profile.model import Listing
from codex.shell.listing import ListedRepository
from codex.sync.observed import BranchTip, ClosedRequest, MergeRequest
from codex.sync.policy import Forks
from codex.sync.repository import Repository
from codex.sync.request_text import RequestText
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.paths import path_fault

NOTE = "note"
"""The topic of a comment that has no other."""


class RacedError(CodexError):
    """A branch or merge request was changed by someone else in the meantime: read again, then decide again."""


class ForceRefusedError(CodexError):
    """A host that does not allow a branch to be rewritten: only commits on top of it."""


class GoneError(CodexError):
    """A repository that does not exist, or that the token cannot see."""


def repository_not_found(target: Repository) -> GoneError:
    """The error where a host has no such repository for this token."""
    message = f"repository `{target.path}` does not exist, or the token cannot see it"
    return GoneError(
        message, hint="check the path in the catalog, and that the token has read access to the repository"
    )


def hidden_by_others(target: Repository, branch: str, most: int) -> CodexError:
    """The error where none of the newest merge requests from branches called `branch` is ours."""
    message = (
        f"{target.path}: {most} merge requests from branches called `{branch}` in forks "
        "may hide codexc's own merge request"
    )
    return CodexError(message, hint="close the open merge requests, or set another `sync.branch`")


def branch_moved(target: Repository, branch: str) -> RacedError:
    """The error where `branch` is no longer at the commit where it was read."""
    return RacedError(f"branch `{branch}` of {target.path} has changed since it was read", hint="run the sync again")


def branch_name_conflict(target: Repository, branch: str) -> CodexError:
    """The error where `branch` cannot be created because of the name of another branch."""
    hint = "Git cannot store both `a` and `a/b`: rename the other branch, or set `sync.branch`"
    return CodexError(f"the name of another branch of {target.path} conflicts with `{branch}`", hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryHead:
    """A repository as seen from outside: its branch tips and merge requests.

    `base` is the commit of the default branch (None in an empty repository), `tip` our branch, `request` our open merge
    request and `past` the last one that was closed or merged.
    """

    target: Repository
    base: str | None
    tip: BranchTip | None = None
    request: MergeRequest | None = None
    past: ClosedRequest | None = None


HeadOrError: TypeAlias = RepositoryHead | tuple[Repository, CodexError]
"""The head of a repository, or the error of reading it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWrite:
    """A file of a commit: its bytes and mode; without bytes it is deleted.

    Raises `CodexError` for a path that some checkout would write elsewhere, or into git's own folder.
    """

    path: str
    data: bytes | None = None
    mode: int = 0o644

    def __post_init__(self) -> None:
        fault = path_fault(self.path)
        if fault:
            raise CodexError(f"refusing to commit `{self.path}`: {fault}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The result of one check of a forge: what was found, whether it is all right, and if not, how to fix it."""

    name: str
    ok: bool
    details: str
    hint: str = ""


class Forge(Protocol):
    """One forge."""

    @property
    def batch(self) -> int:
        """How many repositories to read together."""

    @property
    def requests_owners(self) -> bool:
        """Whether the host itself requests reviews from all owners in CODEOWNERS."""

    def use_forks(self, forks: Forks) -> None:
        """Serve repositories from forks, before any is read: `heads` sets the `fork` of those, and other methods then
        use our branch there. Raises `CodexError` if the forge has no forks."""

    def whoami(self) -> str:
        """Return the account of the token. Raises `CodexError` where the host does not accept it."""

    def heads(
        self, targets: Sequence[Repository], branch: str, *, waiting: Set[str] = frozenset()
    ) -> Iterable[HeadOrError]:
        """Read the heads of repositories, many at a time where the forge can; `branch` is the name of our branch.

        `waiting` are the ids of those that had an open merge request before; some forges then need fewer requests.
        """

    def written_heads(self, targets: Sequence[Repository], branch: str) -> Iterable[HeadOrError]:
        """Read the heads of repositories that this run has written; a forge may answer with what its writes returned.

        What others changed in the meantime may be missing: the next run sees it.
        """

    def with_access(self, target: Repository) -> Repository:
        """Return a repository with what the token may do there, if `heads` does not read that.

        Raises `CodexError` where it has to be served from a fork, and that cannot be used or created.
        """

    def list_files(self, target: Repository, commit: str, prefetch: Iterable[str] = ()) -> Listing:
        """List the files of a commit. `prefetch` are ids of blobs that will be read: they may come with the list."""

    def read_files(self, target: Repository, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Read files of a commit; absent ones are left out. The bytes of a link are its target."""

    def fetch(self, target: Repository, commit: str, *, most: int) -> ListedRepository:
        """List the files of a commit and fetch those of at most `most` bytes, all in one exchange.

        A larger file is listed with a larger size, and cannot be read.
        """

    def last_author(self, target: Repository, commit: str, path: str) -> str:
        """Return who changed a file last, as git writes it (`Name <address>`); empty if recent commits do not say."""

    def commit(
        self,
        target: Repository,
        branch: str,
        parent: str,
        files: Sequence[FileWrite],
        message: str,
        *,
        expected: str | None,
        above: str | None = None,
    ) -> str:
        """Set `branch` to a commit on top of `parent` and return its id. `expected` is where the branch must be now.

        With `above`, the commit merges `parent` into that commit, with the same files as without.

        Raises `RacedError` where the branch is somewhere else, `ForceRefusedError` where it cannot be rewritten.
        """

    def open_request(self, target: Repository, branch: str, text: RequestText, *, draft: bool) -> MergeRequest:
        """Open a merge request from `branch`, or return the one that is already open."""

    def former_requests(self, target: Repository, branch: str) -> Sequence[MergeRequest]:
        """Return open merge requests of our account with a mark of ours that are not from `branch` into the default
        branch: those of a former `sync.branch`, or into a former default branch."""

    def auto_merge(self, target: Repository, request: MergeRequest, *, expected: str) -> str:
        """Set a merge request to merge once its checks pass, if its branch is at `expected`.

        Returns why the forge refuses, or an empty string.
        """

    def required_approvals(self, target: Repository, request: MergeRequest) -> int:
        """Return how many people must approve a merge request; 0 where that is unknown."""

    def ci_fails(self, target: Repository, commit: str) -> bool:
        """Return whether CI fails on a commit; what is pending, or has no CI, does not fail."""

    def update_request(self, target: Repository, request: MergeRequest, text: RequestText) -> None:
        """Update title and body of a merge request; labels and reviewers are added, never removed."""

    def make_ready(self, target: Repository, request: MergeRequest) -> None:
        """Make a merge request that is a draft ready for review."""

    def remove_label(self, target: Repository, request: MergeRequest, label: str) -> None:
        """Remove a label from a merge request, open or closed; one that it does not have is no error."""

    def has_request(self, target: Repository, number: int) -> bool:
        """Return whether a merge request exists, whatever its state."""

    def comment(self, target: Repository, request: MergeRequest, note: str, *, topic: str = NOTE) -> None:
        """Write our comment on a merge request, or replace it; there is never more than one of a topic."""

    def review_host(self) -> ReviewHost:
        """Return what reviews need of the forge. Raises `CodexError` if it has no merge requests of its own."""

    def repository_settings(self, target: Repository) -> RepositorySettings:
        """Read the settings of a repository, by a few requests. Raises `CodexError` if the forge has none."""

    def close_request(self, target: Repository, request: MergeRequest) -> None:
        """Close a merge request."""

    def delete_branch(self, target: Repository, branch: str, *, expected: str) -> None:
        """Delete our branch if it is at `expected`. Raises `RacedError` where it is not."""

    def probe(self) -> Iterable[Probe]:
        """Check whether the forge can be used: the host, the account, what the token may do, remaining limits."""

    def probe_repository(self, target: Repository) -> Iterable[Probe]:
        """Check whether a repository can be written, without writing to it."""

    def usage(self) -> Mapping[str, int]:
        """Return what was used so far: `requests`, `writes`, `bytes`, `git`."""
