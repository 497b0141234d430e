"""Reads repositories of GitHub: one GraphQL document for many, git for files, REST for forks.

Sources: https://docs.github.com/graphql/reference, https://docs.github.com/rest/repos/forks.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from codex.forge import github_queries as queries
from codex.forge import github_responses as responses
from codex.forge.api_forge import Row
from codex.forge.base import RepositoryHead, hidden_by_others, repository_not_found
from codex.forge.batch_forge import BatchForge, BatchTooLargeError
from codex.forge.forks import Fork
from codex.forge.git.objects import Sign
from codex.forge.lazy import LazyHead, LazyTip
from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.rate_limit import Clock
from codex.http.response import convert
from codex.http.urls import split_address
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from skills_build.errors import CodexError

_WRITE_PERMISSIONS: Final = frozenset({"WRITE", "MAINTAIN", "ADMIN"})
_UNSEEN: Final = frozenset({"NOT_FOUND", "FORBIDDEN"})
"""Types of errors about one repository, which is then null."""
_TOO_LARGE: Final = ("timeout", "timed out", "something went wrong", "resource limits", "node limit", "complexity")
"""Words in GitHub's errors where a document asks for too much:
https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api."""


def api_path(target: Repository) -> str:
    """The path of a repository in REST."""
    return f"repos/{target.path}"


class GitHubReader(BatchForge):
    """The half of a forge that reads. `client` talks to its API, `git` to the address of clones."""

    def __init__(
        self,
        client: Client,
        *,
        git: Client | None = None,
        clock: Clock | None = None,
        sign: Sign | None = None,
    ) -> None:
        super().__init__(client, git=git, clock=clock, sign=sign)
        self._git_client = git or client
        # GitHub Enterprise Server has GraphQL next to REST, not below it:
        # https://docs.github.com/enterprise-server/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint
        self._graphql = "../graphql" if client.base.endswith("/api/v3/") else "graphql"
        self._node_ids: dict[tuple[str, int], str] = {}
        """Ids of pull requests in GraphQL, by the repository's path and the number."""

    def _read_account(self) -> Row:
        """The account of the token; of an App, its bot. REST has no account for an App's token."""
        response = self._client.graphql(self._graphql, queries.VIEWER)
        where = f"POST {self._client.base}{self._graphql}"
        viewer = convert(response.data or {}, responses.GitHubViewerData, where=where).get("viewer")
        if not viewer:
            raise HttpError(f"{self._client.base}: GitHub did not return the token's account: {response.error_text}")
        return dict(viewer)

    def _author(self) -> str:
        """The address by which GitHub links a commit to the account:
        https://docs.github.com/account-and-profile/reference/email-addresses-reference#your-noreply-email-address."""
        host = split_address(self._client.base).hostname or ""
        host = "github.com" if host == "api.github.com" else host
        login = self.whoami()
        return f"{login} <{self._account()['databaseId']}+{login}@users.noreply.{host}>"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._git_client.close()

    def _read_batch(
        self, targets: Sequence[Repository], branch: str, *, most: int = queries.FEW
    ) -> Sequence[Row | None]:
        """Rows of repositories, in order; None for those that do not exist."""
        query, variables = queries.heads_query(targets, branch, most)
        try:
            response = self._client.graphql(self._graphql, query, variables)
        except HttpError as error:
            if error.status >= 500 or error.status == 413:
                raise BatchTooLargeError(error.message) from error
            raise
        errors = [error for error in response.errors or () if str(error.get("type")) not in _UNSEEN]
        if response.data is not None and not errors:
            return [response.data.get(f"r{number}") or None for number in range(len(targets))]
        some_were_read = response.data is not None and len(targets) > 1
        if some_were_read or any(word in response.error_text.lower() for word in _TOO_LARGE):
            raise BatchTooLargeError(response.error_text)
        raise HttpError(f"{self._client.base}: GitHub rejected the query: {response.error_text}")

    def _read_head(self, target: Repository, branch: str, error: CodexError | None) -> RepositoryHead:
        message = error.message if error else f"{target.path}: GitHub did not return the repository"
        raise HttpError(message, hint="try again later")

    def _head_of(self, target: Repository, branch: str, row: Row | None) -> RepositoryHead:
        return self._head(target, branch, self._node(target, row))

    def _node(self, target: Repository, row: Row | None) -> Row:
        """Validate the GraphQL row of a repository. Raises `GoneError` if the token cannot see it."""
        if row is None:
            raise repository_not_found(target)
        node: Row = convert(
            row, responses.GitHubRepositoryNode, where=f"POST {self._client.base}{self._graphql}: {target.path}"
        )
        return node

    def _head(self, target: Repository, branch: str, row: Row) -> RepositoryHead:
        default = row.get("defaultBranchRef") or {}
        base = queries.commit_id(row.get("base") if target.default_branch else default)
        updated = replace(
            target,
            default_branch=target.default_branch or default.get("name"),
            archived=target.archived or bool(row.get("isArchived")),
            mirror=target.mirror or bool(row.get("isMirror")),
            writable=target.writable and row.get("viewerPermission") in (None, *_WRITE_PERMISSIONS),
        )
        updated = self._forks.placed(updated)
        opened, ended = self._ours(updated, branch, row)
        past = queries.closed_request(ended) if ended else None
        if opened is None and updated.fork and base is not None:
            tip_of_fork = partial(self._forks.tip, updated, branch, base, trusted=False)
            return LazyHead(target=updated, base=base, tip=tip_of_fork, past=past)
        tip = self._tip(updated, opened.get("headRef") if opened and updated.fork else row.get("ours"), base)
        return RepositoryHead(
            target=updated,
            base=base,
            tip=tip,
            request=self._open_request(updated, opened, tip, base) if opened else None,
            past=past,
        )

    def _ours(
        self, target: Repository, branch: str, row: Row, most: int = queries.FEW
    ) -> tuple[Row | None, Row | None]:
        """The open and the last ended pull request of ours. More are read where those of others may hide one."""
        opened = queries.first_into(target, queries.nodes(row, "opened"), self._is_ours)
        ended = queries.first_into(target, queries.nodes(row, "ended"), self._was_ours)
        is_hidden = queries.is_full(row, "opened", most) or (ended is None and queries.is_full(row, "ended", most))
        if opened is not None or not is_hidden:
            return opened, ended
        if most == queries.MANY:
            raise hidden_by_others(target, branch, most)
        (more,) = self._read_batch([target], branch, most=queries.MANY)
        return self._ours(target, branch, self._node(target, more), queries.MANY)

    def _is_ours(self, target: Repository, row: Row) -> bool:
        return self._is_from(target, queries.source_of(target, row))

    def _was_ours(self, target: Repository, row: Row) -> bool:
        source, author = queries.source_of(target, row), row.get("author") or {}
        asks = source is None and target.fork != ""
        by_us = asks and author.get("databaseId") == self._account()["databaseId"]
        return self._may_be_past(target, source, by_us=by_us)

    def _tip(self, target: Repository, ref: Row | None, base: str | None) -> LazyTip | None:
        """Return our branch, and store its message and parents, which save a fetch."""
        commit = queries.commit_id(ref)
        if commit is None or base is None or ref is None:
            return None
        row = ref["target"]
        parents = [parent["oid"] for parent in (row.get("parents") or {}).get("nodes") or ()]
        self._cache.expect(target, commit, (str(row.get("message") or ""), parents))
        return LazyTip(self._cache, target, commit, base)

    def _open_request(self, target: Repository, row: Row, tip: LazyTip | None, base: str | None) -> MergeRequest:
        """An open pull request, with whether it can be merged if GitHub had time to compute that.

        GitHub computes it when a single pull request is read, and answers null until it is done:
        https://docs.github.com/rest/pulls/pulls#get-a-pull-request.
        """
        number = int(row["number"])
        self._node_ids[target.path, number] = row["id"]
        can_merge = queries.mergeable(row)
        if can_merge is None and tip is not None and tip.parent == base:
            can_merge = True
        elif can_merge is None and target.path not in self._written:
            response = self._client.get(f"{api_path(target)}/pulls/{number}")
            can_merge = response.decode(responses.GitHubPullRequest).get("mergeable")
        return queries.open_request(row, can_merge=can_merge)

    # Forks.

    def read_fork(self, path: str) -> Fork | None:
        """Read a repository; None if there is none that the token can see."""
        response = self._client.get(f"repos/{path}", ok_statuses=(404,))
        return _fork(response.decode(responses.GitHubFork)) if response.status == 200 else None

    def create_fork(self, target: Repository, *, organisation: str | None, name: str) -> Fork:
        """Create a fork with the default branch alone. GitHub copies it later, and returns one that exists."""
        data = {"name": name, "default_branch_only": True} | ({"organization": organisation} if organisation else {})
        return _fork(self._send("POST", f"{api_path(target)}/forks", data).decode(responses.GitHubFork))

    def forbids_forks(self, target: Repository) -> str:
        """Return why GitHub does not allow forks of a repository, or ""."""
        row = self._client.get(api_path(target)).decode(responses.GitHubFork)
        return "the repository does not allow forks" if row.get("allow_forking") is False else ""


def _fork(row: Row) -> Fork:
    return Fork(
        path=row["full_name"],
        parent=(row.get("parent") or {}).get("full_name") or "",
        number=row["id"],
        default_branch=row.get("default_branch"),
        archived=bool(row.get("archived")),
        disabled=bool(row.get("disabled")),
        writable=(row.get("permissions") or {}).get("push") is not False,
    )
