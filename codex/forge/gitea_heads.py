"""Reads repositories of Gitea and Forgejo: git has the branches, the API the pull requests.

Source: https://docs.gitea.com/api/, https://forgejo.org/docs/latest/user/api-usage/.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import ClassVar, Final
from urllib.parse import quote

from codex.forge import gitea_responses as responses
from codex.forge.api_forge import ApiForge, Row
from codex.forge.base import FileWrite, HeadOrError, RepositoryHead
from codex.forge.forks import Fork
from codex.forge.git.cache import RecentValues
from codex.forge.git.objects import Sign
from codex.forge.gitea_paths import API, api_path, get_of
from codex.forge.gitea_rows import branch_of, closed_request, fork_of, head_name, open_request, source_of, with_rights
from codex.forge.lazy import LazyHead, LazyTip
from codex.http.client import Client
from codex.http.rate_limit import Clock
from codex.http.threads import threads
from codex.shell.isolation import isolated
from codex.sync.observed import ClosedRequest, MergeRequest
from codex.sync.policy import Forking
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

PER_PAGE: Final = 50
"""Maximum page size for pull requests and labels with default settings:
https://docs.gitea.com/administration/config-cheat-sheet#api-api (`MAX_RESPONSE_ITEMS`).
"""
_WORKERS: Final = 8
_KEPT: Final = 64
_LOOKUPS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GiteaVariant:
    """The differences between the two: the key of a merge method, and the parameters that narrow a list of pull
    requests.
    """

    merge_key: str
    narrowed: Callable[[str, str], Mapping[str, str]]
    """Takes the names of the default branch and of ours."""


GITEA: Final = GiteaVariant(merge_key="do", narrowed=lambda base, _: {"base_branch": base})
FORGEJO: Final = GiteaVariant(merge_key="Do", narrowed=lambda base, branch: {"base": base, "head": branch})


class GiteaReader(ApiForge):
    """The half of a forge that reads."""

    _pushes_directly: ClassVar[bool] = True

    def __init__(
        self,
        client: Client,
        *,
        variant: GiteaVariant = GITEA,
        clock: Clock | None = None,
        sign: Sign | None = None,
    ) -> None:
        super().__init__(client, clock=clock, sign=sign)
        self._variant = variant
        self._repositories: dict[str, Row] = {}
        """Information about repositories from their pull requests, by path, until it is used."""
        self._open_rows: dict[str, list[Row]] = {}
        """The open pull requests of repositories, by path, until they are used."""
        self._opened: dict[str, Row] = {}
        """The pull requests that this run opened, by the path of their repository in the API, until more is written."""
        self._shared_labels: dict[str, dict[str, int]] = {}
        """The ids of the labels of organisations; none for a user, or if the token cannot see them."""
        self._label_ids: dict[str, dict[str, int]] = {}
        self._parents: RecentValues[tuple[str, str], str] = RecentValues(_KEPT, threading.Lock())
        """The parents of the commits that were pushed in this run."""

    def _read_account(self) -> Row:
        account: Row = self._client.get(f"{API}user").decode(responses.GiteaAccount)
        return account

    def _author(self) -> str:
        account = self._account()
        return f"{account.get('full_name') or account['login']} <{account.get('email') or 'codexc@localhost'}>"

    def heads(
        self, targets: Sequence[Repository], branch: str, *, waiting: Set[str] = frozenset()
    ) -> Iterator[HeadOrError]:
        """Yield the head of each repository, or the error of reading it, in order; several are read at a time."""

        def read(target: Repository) -> HeadOrError:
            return _isolated(target, lambda: self._head_after(target, branch, known=target.id in waiting))

        with threads(_WORKERS) as pool:
            yield from pool.map(read, targets)

    def written_heads(self, targets: Sequence[Repository], branch: str) -> Iterator[HeadOrError]:
        """Yield the heads of repositories that this run has written: as they are after opening a pull request."""

        def read(target: Repository) -> HeadOrError:
            row = self._opened.pop(api_path(target), None)
            return _isolated(target, lambda: self._head_after(target, branch, known=True, row=row))

        with threads(_WORKERS) as pool:
            yield from pool.map(read, targets)

    def _head_after(self, target: Repository, branch: str, *, known: bool, row: Row | None = None) -> RepositoryHead:
        """A head by its pull request alone, if there is an open one, in one request or none; otherwise by git."""
        target = self._placed(target)
        if row is None and known and target.default_branch:
            row = self._first(target, target.default_branch, branch)
        head = self._open_head(target, branch, row) if row is not None else None
        return head or self._head(target, branch, row)

    def _open_head(self, target: Repository, branch: str, row: Row) -> RepositoryHead | None:
        """A head by an open pull request, which has the commits of both branches; None if it lacks one.

        Hosts read them from git. `ref` is the name of our branch only while that exists
        (https://github.com/go-gitea/gitea/blob/main/services/convert/pull.go).
        """
        head, base = row.get("head") or {}, row["base"]
        into, commit, tip_id = target.default_branch, base.get("sha"), head.get("sha")
        open_from_branch = row["state"] == "open" and self._is_ours(target, branch, row) and head.get("ref") == branch
        if not open_from_branch or into is None or base["ref"] != into or not commit or not tip_id:
            return None
        self._cache.expect(target, tip_id)
        tip = LazyTip(self._cache, target, tip_id, commit)
        request = self._merge_checked(target, row, tip, commit)
        return RepositoryHead(target=target, base=commit, tip=tip, request=request)

    def _head(self, target: Repository, branch: str, first: Row | None = None) -> RepositoryHead:
        """A head: one request for its branches; without our branch there is no open pull request to look for."""
        refs = self._git.refs(target, *(name for name in (branch, target.default_branch) if name))
        default = target.default_branch or refs.default
        updated = replace(target, default_branch=default)
        base, commit = refs.heads.get(default or ""), refs.heads.get(branch)
        if base is None or default is None:
            return RepositoryHead(target=updated, base=None)
        if updated.fork:
            return self._head_of_fork(updated, branch, base, first)
        if commit is None:
            return LazyHead(
                target=updated,
                base=base,
                past=lambda: self._closed_after(target, default, branch, first or self._first(target, default, branch)),
            )
        self._cache.expect(target, commit)
        tip = LazyTip(self._cache, target, commit, base)
        first = first or self._first(target, default, branch)
        row = self._open_after(target, default, branch, first)
        if row is None:
            past = self._closed_after(target, default, branch, first)
            return RepositoryHead(target=updated, base=base, tip=tip, past=past)
        return RepositoryHead(target=updated, base=base, tip=tip, request=self._merge_checked(target, row, tip, base))

    def _head_of_fork(self, target: Repository, branch: str, base: str, first: Row | None) -> RepositoryHead:
        """A head whose branch is in a fork: hosts read the head of an open pull request from there."""
        into = target.default_branch or ""
        first = first or self._first(target, into, branch)
        row = self._open_after(target, into, branch, first)
        commit = ((row or {}).get("head") or {}).get("sha")
        if row is None or not commit:
            tip_of_fork = partial(self._forks.tip, target, branch, base, trusted=False)
            past = partial(self._closed_after, target, into, branch, first)
            return LazyHead(target=target, base=base, tip=tip_of_fork, past=past)
        tip = LazyTip(self._cache, target, commit, base)
        return RepositoryHead(target=target, base=base, tip=tip, request=self._merge_checked(target, row, tip, base))

    def _placed(self, target: Repository) -> Repository:
        """The repository with its fork, if it has to be served from one. Whether the token may push is only read where
        that depends on it."""
        if target.fork or self._forks.when is Forking.NEVER:
            return target
        if self._forks.when is Forking.WHEN_NEEDED:
            row = get_of(self._client, target, "", {}).decode(responses.GiteaRepository)
            self._repositories[target.path] = row
            default = target.default_branch or row.get("default_branch")
            target = replace(with_rights(target, row), default_branch=default)
        return self._forks.placed(target)

    def _is_ours(self, target: Repository, branch: str, row: Row) -> bool:
        """Whether a pull request is from our branch, where it is now."""
        return branch_of(row) == branch and self._is_from(target, source_of(target, row))

    def _was_ours(self, target: Repository, branch: str, row: Row) -> bool:
        """Whether a pull request that is closed was from our branch, here or in a fork."""
        source, author = source_of(target, row), (row.get("user") or {}).get("login")
        by_us = source is None and target.fork != "" and author == self.whoami()
        return branch_of(row) == branch and self._may_be_past(target, source, by_us=by_us)

    def _find_open(self, target: Repository, base: str, branch: str) -> Row | None:
        """The open pull request from our branch."""
        return self._open_after(target, base, branch, self._first(target, base, branch))

    def _first(self, target: Repository, base: str, branch: str) -> Row | None:
        """Some pull request from our branch, open or not: where there are several, hosts do not document which.

        A fork is found only by the name of the repository itself, and a fork with another name by a list.
        Source: https://docs.gitea.com/api/#tag/repository/operation/repoGetPullRequestByBaseHead
        """
        if target.fork and target.source.name.lower() != target.name.lower():
            states = (self._requests(target, base, branch, None, state) for state in ("open", "closed"))
            return next((row for rows in states for row in rows), None)
        place = f"{api_path(target)}/pulls/{quote(base, safe='')}/{quote(head_name(target, branch), safe='/:')}"
        response = self._client.get(place, ok_statuses=(404,))
        if response.status != 200:
            return None
        row: Row = response.decode(responses.GiteaPullRequest)
        repository = row["base"].get("repo")
        if repository and repository.get("permissions"):
            self._repositories[target.path] = repository
        return row

    def _open_after(self, target: Repository, base: str, branch: str, first: Row | None) -> Row | None:
        """The open pull request, of which there is at most one."""
        if first is None or first["state"] == "open":
            return first
        return next(self._requests(target, base, branch, first, "open"), None)

    def _closed_after(self, target: Repository, base: str, branch: str, first: Row | None) -> ClosedRequest | None:
        """The last one that was closed or merged; without a fork, it is not found by its branch."""
        listed = self._requests(target, base, branch, first, "closed") if first or target.fork else iter(())
        row = next(listed, None)
        return closed_request(row) if row is not None else None

    def _requests(self, target: Repository, base: str, branch: str, first: Row | None, state: str) -> Iterator[Row]:
        """The pull requests from our branch in this state, the newest first, if they are not older than `first`."""
        poster = {"poster": self.whoami()} if target.fork else {}
        params = {"state": state, "limit": PER_PAGE, **self._variant.narrowed(base, branch), **poster}
        belongs = self._is_ours if state == "open" else self._was_ours
        pages = self._client.pages(f"{api_path(target)}/pulls", params)
        rows = (row for page in pages for row in page.decode(list[responses.GiteaPullRequest]))
        oldest = first["number"] if first and first["state"] == state and not target.fork else 0
        recent = takewhile(lambda row: row["number"] >= oldest, rows)
        return (row for row in recent if belongs(target, branch, row) and row["base"]["ref"] == base)

    def _merge_checked(self, target: Repository, row: Row, tip: LazyTip, base: str) -> MergeRequest:
        """A pull request with whether it can be merged. Hosts answer no until they have checked that, in the
        background: https://github.com/go-gitea/gitea/issues/32111."""
        request = open_request(row)
        pushed_on_base = self._parents.get((target.path, tip.commit)) == base
        if request.mergeable or pushed_on_base or tip.parent == base:
            return replace(request, mergeable=True)
        for attempt in range(_LOOKUPS):
            place = f"{api_path(target)}/pulls/{request.number}"
            row = self._client.get(place).decode(responses.GiteaPullRequest)
            if row.get("mergeable"):
                return replace(request, mergeable=True)
            self._client.rate_limiter.back_off(
                attempt, "the host is still checking whether a pull request can be merged"
            )
        return request

    def with_access(self, target: Repository) -> Repository:
        """Return the repository with information that Git does not have: whether it is archived, whether pull requests
        are enabled, and whether the token may push. A catalog that was read with the same token has that, too.
        """
        row, rights = self._repositories.pop(target.path, None), target.rights
        if row is None and rights and rights.account == self._client.account:
            return super().with_access(replace(target, writable=rights.writable, requests_off=rights.requests_off))
        row = row or get_of(self._client, target, "", {}).decode(responses.GiteaRepository)
        return super().with_access(with_rights(target, row))

    # Forks.

    def read_fork(self, path: str) -> Fork | None:
        """Read a repository; None if there is none that the token can see."""
        response = self._client.get(f"{API}repos/{quote(path)}", ok_statuses=(404,))
        return fork_of(response.decode(responses.GiteaRepository)) if response.status == 200 else None

    def create_fork(self, target: Repository, *, organisation: str | None, name: str) -> Fork:
        """Create a fork, with all branches: https://docs.gitea.com/api/#tag/repository/operation/createFork."""
        data = {"name": name} | ({"organization": organisation} if organisation else {})
        response = self._client.send("POST", f"{api_path(target)}/forks", data)
        return fork_of(response.decode(responses.GiteaRepository))

    def forbids_forks(self, target: Repository) -> str:
        """Return nothing: hosts do not say so before a fork is created."""
        return ""

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
        """Set `branch` to a commit on top of `parent`, or above another, by a push with a lease."""
        commit = super().commit(target, branch, parent, files, message, expected=expected, above=above)
        self._parents.put((target.path, commit), parent)
        return commit


def _isolated(target: Repository, read: Callable[[], RepositoryHead]) -> HeadOrError:
    head = isolated(target.path, read)
    return (target, head) if isinstance(head, CodexError) else head
