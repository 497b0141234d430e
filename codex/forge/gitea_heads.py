"""Reads repositories of Gitea and Forgejo: git has the branches, the API the pull requests.

Source: https://docs.gitea.com/api/, https://forgejo.org/docs/latest/user/api-usage/.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from codex.forge import gitea_responses as responses
from codex.forge.api_forge import ApiForge, Row, normalize_newlines
from codex.forge.base import FileWrite, HeadOrError, RepositoryHead
from codex.forge.git.cache import RecentValues
from codex.forge.git.objects import Sign
from codex.forge.gitea_files import API, GiteaFiles, api_path, get_of
from codex.forge.lazy import LazyHead, LazyTip
from codex.http.client import Client
from codex.http.rate_limit import Clock
from codex.http.threads import threads
from codex.profile.model import Listing
from codex.shell.isolation import isolated
from codex.sync.observed import ClosedRequest, MergeRequest
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

PER_PAGE: Final = 50
"""The longest page of pull requests and labels that hosts give by default:
https://docs.gitea.com/administration/config-cheat-sheet#api-api (`MAX_RESPONSE_ITEMS`)."""
_WORKERS: Final = 8
_KEPT: Final = 64
_LOOKUPS: Final = 3
DRAFT_MARK: Final = re.compile(r"^\s*(?:wip:|\[wip\])\s*", re.IGNORECASE)
"""How a title marks a draft: https://docs.gitea.com/administration/config-cheat-sheet (`WORK_IN_PROGRESS_PREFIXES`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiteaVariant:
    """Where the two differ: the key of a merge method, and the parameters that narrow a list of pull requests."""

    merge_key: str
    narrowed: Callable[[str, str], Mapping[str, str]]
    """Takes the names of the default branch and of ours."""


GITEA: Final = GiteaVariant(merge_key="do", narrowed=lambda base, _: {"base_branch": base})
FORGEJO: Final = GiteaVariant(merge_key="Do", narrowed=lambda base, branch: {"base": base, "head": branch})


class GiteaReader(ApiForge):
    """The half of a forge that reads."""

    def __init__(
        self,
        client: Client,
        *,
        variant: GiteaVariant = GITEA,
        authorities: Path | None = None,
        clock: Clock | None = None,
        sign: Sign | None = None,
    ) -> None:
        super().__init__(client, authorities=authorities, clock=clock, sign=sign)
        self._variant = variant
        self._files = GiteaFiles(client, self._git)
        self._repositories: dict[str, Row] = {}
        """What pull requests say of their repositories, by path, until it is used."""
        self._open_rows: dict[str, list[Row]] = {}
        """The open pull requests of repositories, by path, until they are used."""
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

    def heads(self, targets: Sequence[Repository], branch: str) -> Iterator[HeadOrError]:
        """Yield the head of each repository, or the error of reading it, in order; several are read at a time."""
        with threads(_WORKERS) as pool:
            yield from pool.map(lambda target: self._isolated_head(target, branch), targets)

    def _isolated_head(self, target: Repository, branch: str) -> HeadOrError:
        head = isolated(target.path, lambda: self._head(target, branch))
        return (target, head) if isinstance(head, CodexError) else head

    def _head(self, target: Repository, branch: str) -> RepositoryHead:
        """A head: one request for its branches; without our branch there is no open pull request to look for."""
        refs = self._git.refs(target, *(name for name in (branch, target.default_branch) if name))
        default = target.default_branch or refs.default
        updated = replace(target, default_branch=default)
        base, commit = refs.heads.get(default or ""), refs.heads.get(branch)
        if base is None or default is None:
            return RepositoryHead(target=updated, base=None)
        if commit is None:
            return LazyHead(target=updated, base=base, past=lambda: self._find_closed(target, default, branch))
        self._cache.expect(target, commit)
        tip = LazyTip(self._cache, target, commit, base)
        first = self._first(target, default, branch)
        row = self._open_after(target, default, branch, first)
        if row is None:
            past = self._closed_after(target, default, branch, first)
            return RepositoryHead(target=updated, base=base, tip=tip, past=past)
        return RepositoryHead(target=updated, base=base, tip=tip, request=self._merge_checked(target, row, tip, base))

    def _find_open(self, target: Repository, base: str, branch: str) -> Row | None:
        """The open pull request from our branch."""
        return self._open_after(target, base, branch, self._first(target, base, branch))

    def _find_closed(self, target: Repository, base: str, branch: str) -> ClosedRequest | None:
        """The last pull request from our branch that is not open."""
        return self._closed_after(target, base, branch, self._first(target, base, branch))

    def _first(self, target: Repository, base: str, branch: str) -> Row | None:
        """Some pull request from our branch, open or not: where there are several, hosts do not document which.

        Source: https://docs.gitea.com/api/#tag/repository/operation/repoGetPullRequestByBaseHead
        """
        place = f"{api_path(target)}/pulls/{quote(base, safe='')}/{quote(branch)}"
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
        """The last one that was closed or merged."""
        row = next(self._requests(target, base, branch, first, "closed"), None) if first else None
        return _closed_request(row) if row is not None else None

    def _requests(self, target: Repository, base: str, branch: str, first: Row, state: str) -> Iterator[Row]:
        """The pull requests from our branch in this state, the newest first, if they are not older than `first`."""
        params = {"state": state, "limit": PER_PAGE, **self._variant.narrowed(base, branch)}
        pages = self._client.pages(f"{api_path(target)}/pulls", params)
        rows = (row for page in pages for row in page.decode(list[responses.GiteaPullRequest]))
        oldest = first["number"] if first["state"] == state else 0
        recent = takewhile(lambda row: row["number"] >= oldest, rows)
        return (row for row in recent if is_from(row, branch) and row["base"]["ref"] == base)

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
        """Return the repository with what the host says of it, which git does not: whether it is archived, has pull
        requests, and whether the token may push."""
        row = self._repositories.pop(target.path, None)
        row = row or get_of(self._client, target, "", {}).decode(responses.GiteaRepository)
        permissions = row.get("permissions") or {}
        return replace(
            target,
            archived=target.archived or bool(row.get("archived")),
            mirror=target.mirror or bool(row.get("mirror")),
            requests_off=target.requests_off or row.get("has_pull_requests") is False,
            writable=target.writable and permissions.get("push") is not False,
        )

    def list_files(self, target: Repository, commit: str, prefetch: Iterable[str] = ()) -> Listing:
        """List the files of a commit, with their sizes."""
        return self._files.list_files(target, commit)

    def read_files(self, target: Repository, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Read files of a commit, all of them in one request."""
        return self._files.read_files(target, commit, paths)

    def commit(
        self,
        target: Repository,
        branch: str,
        parent: str,
        files: Sequence[FileWrite],
        message: str,
        *,
        expected: str | None,
    ) -> str:
        """Set `branch` to a commit on top of `parent`, by a push with a lease."""
        commit = self._push_commit(target, branch, parent, files, message, expected, None)
        self._parents.put((target.path, commit), parent)
        return commit


def is_from(row: Row, branch: str) -> bool:
    """Whether a pull request is from this branch of the same repository, not of a fork.

    `ref` is `refs/pull/N/head` once the branch is deleted; `label` keeps its name
    (https://github.com/go-gitea/gitea/blob/main/services/convert/pull.go).
    """
    head, base = row.get("head") or {}, row.get("base") or {}
    name = head.get("label") or head.get("ref")
    return name == branch and head.get("repo_id") == base.get("repo_id")


def _names(rows: Any, key: str) -> tuple[str, ...]:
    return tuple(row[key] for row in rows or ())


def open_request(row: Row) -> MergeRequest:
    """An open pull request."""
    return MergeRequest(
        number=row["number"],
        url=row.get("html_url") or "",
        title=DRAFT_MARK.sub("", row.get("title") or ""),
        body=normalize_newlines(row.get("body")),
        labels=_names(row.get("labels"), "name"),
        reviewers=_names(row.get("requested_reviewers"), "login"),
        mergeable=bool(row.get("mergeable")),
        created=str(row.get("created_at") or "")[:10],
        draft=bool(row.get("draft")) or DRAFT_MARK.match(row.get("title") or "") is not None,
    )


def _closed_request(row: Row) -> ClosedRequest:
    return ClosedRequest(
        number=row["number"],
        url=row.get("html_url") or "",
        body=normalize_newlines(row.get("body")),
        merged=bool(row.get("merged")),
        labels=_names(row.get("labels"), "name"),
    )
