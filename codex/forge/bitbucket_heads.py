"""Reads repositories of Bitbucket Cloud: git has the branches, the API the pull requests.

The API abbreviates the commits of a pull request to twelve digits, so they are read by git.
Source: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from functools import partial
from typing import ClassVar, Final

from codex.forge import bitbucket_responses as responses
from codex.forge.api_forge import ApiForge, Row
from codex.forge.base import HeadOrError, RepositoryHead
from codex.forge.bitbucket_comments import BitbucketComments
from codex.forge.bitbucket_rows import (
    CLOSED,
    api_path,
    branch_of,
    closed_request,
    open_request,
    quoted,
    source_of,
    uuid_of,
    values_of,
)
from codex.forge.forks import Fork
from codex.forge.git.objects import Sign
from codex.forge.lazy import LazyHead
from codex.forge.merging_tip import MergingTip
from codex.http.client import Client
from codex.http.rate_limit import Clock
from codex.http.threads import threads
from codex.shell.isolation import isolated
from codex.sync.observed import ClosedRequest
from codex.sync.policy import Forking, Forks
from codex.sync.repository import Repository
from skills_build.errors import CodexError

_WORKERS: Final = 8


class BitbucketReader(ApiForge):
    """The half of a forge that reads."""

    _account_name: ClassVar[str] = "display_name"
    _has_filters: ClassVar[bool] = False
    """Bitbucket Cloud has none: https://jira.atlassian.com/browse/BSERV-11639."""

    def __init__(
        self,
        client: Client,
        *,
        git: Client | None = None,
        clock: Clock | None = None,
        sign: Sign | None = None,
    ) -> None:
        super().__init__(client, git=git, clock=clock, sign=sign)
        self._comments = BitbucketComments(client, lambda: uuid_of(self._account()))

    def _read_account(self) -> Row:
        account: Row = self._client.get("user").decode(responses.BitbucketUser)
        return account

    def _author(self) -> str:
        """The account of the token, whose email address the API does not have."""
        return f"{self.whoami()} <codexc@localhost>"

    def heads(
        self, targets: Sequence[Repository], branch: str, *, waiting: Set[str] = frozenset()
    ) -> Iterator[HeadOrError]:
        """Yield the head of each repository, or the error of reading it, in order; several are read at a time."""

        def read(target: Repository) -> HeadOrError:
            found = isolated(target.path, lambda: self._head(target, branch))
            return (target, found) if isinstance(found, CodexError) else found

        with threads(_WORKERS) as pool:
            yield from pool.map(read, targets)

    def _head(self, target: Repository, branch: str) -> RepositoryHead:
        """A head: its branches by git, and its pull request only if our branch is there."""
        refs = self._git.refs(target, *(name for name in (branch, target.default_branch) if name))
        default = target.default_branch or refs.default
        updated = replace(target, default_branch=default, label_word="comment")
        base, commit = refs.heads.get(default or ""), refs.heads.get(branch)
        if base is None or default is None:
            return RepositoryHead(target=updated, base=None)
        past = partial(self._past, updated, default, branch)
        if commit is None:
            return LazyHead(target=updated, base=base, past=past)
        self._cache.expect(updated, commit)
        tip = MergingTip(self._cache, updated, commit, base)
        row = self._find_open(updated, default, branch)
        if row is None:
            return LazyHead(target=updated, base=base, tip=tip, past=past)
        request = open_request(row, self._comments.labels(updated, row))
        return RepositoryHead(target=updated, base=base, tip=tip, request=request)

    def _find_open(self, target: Repository, base: str, branch: str) -> Row | None:
        """The open pull request from our branch, the oldest if there are two."""
        rows = self._rows(target, base, branch, ("OPEN",))
        return min(rows, key=lambda row: int(row["id"]), default=None)

    def _past(self, target: Repository, base: str, branch: str) -> ClosedRequest | None:
        """The last pull request from our branch that was declined or merged."""
        row = next(self._rows(target, base, branch, CLOSED), None)
        return closed_request(row, self._comments.labels(target, row)) if row else None

    def _rows(self, target: Repository, base: str, branch: str, states: Sequence[str]) -> Iterator[Row]:
        """The pull requests from our branch into the default branch, the newest first.

        https://developer.atlassian.com/cloud/bitbucket/rest/intro/#filtering
        """
        narrowed = f"source.branch.name = {quoted(branch)} AND destination.branch.name = {quoted(base)}"
        params = {"q": narrowed, "state": list(states), "sort": "-created_on"}
        rows = values_of(self._client, self._requests_path(target), responses.BitbucketPullRequests, params)
        return (row for row in rows if row["state"] in states and self._is_ours(target, base, branch, row))

    def _is_ours(self, target: Repository, base: str | None, branch: str, row: Row) -> bool:
        names = branch_of(row, "source"), branch_of(row, "destination")
        return names == (branch, base) and self._is_from(target, source_of(row))

    def _requests_path(self, target: Repository) -> str:
        return f"{api_path(target)}/pullrequests"

    def with_access(self, target: Repository) -> Repository:
        """Return the repository with whether the token may push, as git says: the API tells administrators only.

        Nothing is archived, and pull requests cannot be disabled.
        """
        return replace(target, writable=target.writable and not self._pusher.refusal(target, statuses=(403, 404)))

    # Forks.

    def use_forks(self, forks: Forks) -> None:
        """Raise `CodexError` unless every repository is written directly."""
        if forks.when is not Forking.NEVER:
            raise CodexError("merge requests from forks are not supported on Bitbucket", hint="leave out `sync.fork`")
        super().use_forks(forks)

    def read_fork(self, path: str) -> Fork | None:
        """Return None: there are no forks."""
        return None

    def create_fork(self, target: Repository, *, organisation: str | None, name: str) -> Fork:
        """Raise `CodexError`."""
        raise CodexError(self.forbids_forks(target), hint="leave out `sync.fork`")

    def forbids_forks(self, target: Repository) -> str:
        """Return why there are none."""
        return "merge requests from forks are not supported on Bitbucket"
