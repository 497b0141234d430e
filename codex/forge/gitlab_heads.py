"""Reads repositories of GitLab: one GraphQL document for many, REST for those that it cannot read.

Sources: https://docs.gitlab.com/api/graphql/reference/, https://docs.gitlab.com/api/projects/.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar, Final
from urllib.parse import quote

from codex.forge import gitlab_queries as queries
from codex.forge import gitlab_responses as responses
from codex.forge.api_forge import Row
from codex.forge.base import RepositoryHead, hidden_by_others, repository_not_found
from codex.forge.batch_forge import BatchForge, BatchTooLargeError
from codex.forge.forks import Fork
from codex.forge.git.objects import Sign
from codex.forge.lazy import LazyHead, LazyTip
from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.rate_limit import Clock
from codex.http.response import GraphQLResponse, convert
from codex.sync.observed import MergeRequest
from codex.sync.policy import Forking
from codex.sync.repository import Repository
from skills_build.errors import CodexError

API: Final = "api/v4/"
_GRAPHQL: Final = "api/graphql"
_UNCHECKED: Final = frozenset({"preparing", "unchecked", "checking", "approvals_syncing"})
"""States in which GitLab has not computed yet whether a merge request can be merged:
https://docs.gitlab.com/api/merge_requests/#merge-status."""
_DEVELOPER: Final = 30
"""The lowest role that may push: https://docs.gitlab.com/api/access_requests/#valid-access-levels."""
_COPYING: Final = frozenset({"scheduled", "started"})
"""States of an import: https://docs.gitlab.com/api/project_import_export/#import-status."""
_TOO_LARGE: Final = ("complexity", "timeout", "timed out", "too large")
"""Words in GitLab's errors where a document asks for too much: https://docs.gitlab.com/api/graphql/#limits."""


def api_path(target: Repository) -> str:
    """The path of a project in REST."""
    return f"{API}projects/{quote(target.path, safe='')}"


class GitLabReader(BatchForge):
    """The half of a forge that reads."""

    _account_name: ClassVar[str] = "username"

    def __init__(
        self,
        client: Client,
        *,
        clock: Clock | None = None,
        sign: Sign | None = None,
    ) -> None:
        super().__init__(client, clock=clock, sign=sign)
        self._graphql = True
        """Whether the host has GraphQL with the fields that are read in bulk."""
        self._user_ids: dict[str, int | None] = {}
        self._drafts: dict[tuple[str, int], bool] = {}

    def _read_account(self) -> Row:
        account: Row = self._client.get(f"{API}user").decode(responses.GitLabAccount)
        return account

    def _author(self) -> str:
        account = self._account()
        address = account.get("commit_email") or account.get("email") or account.get("public_email")
        return f"{account.get('name') or account['username']} <{address or 'codexc@localhost'}>"

    def _read_batch(self, targets: Sequence[Repository], branch: str) -> Sequence[Row | None] | None:
        """Projects, in order; None for those that do not exist, None alone where this GitLab has no such GraphQL."""
        if not self._graphql:
            return None
        paths = [target.path for target in targets]
        try:
            response = self._client.graphql(_GRAPHQL, queries.HEADS, queries.heads_variables(paths, branch))
        except HttpError as error:
            if error.status == 404:
                self._graphql = False
                return None
            if error.status >= 500 or error.status == 413:
                raise BatchTooLargeError(error.message) from error
            raise
        projects = self._projects(response)
        return None if projects is None else [projects.get(path.lower()) for path in paths]

    def _projects(self, response: GraphQLResponse) -> dict[str, Row] | None:
        """The projects of a response, by their paths in lower case."""
        where = f"POST {self._client.base}{_GRAPHQL}"
        data = convert(response.data or {}, responses.GitLabHeadsData, where=where)
        nodes, errors = (data.get("projects") or {}).get("nodes"), response.error_text
        if any(word in errors.lower() for word in _TOO_LARGE):
            raise BatchTooLargeError(errors)
        if nodes is None or response.errors:
            if "doesn't exist on type" in errors or "isn't defined" in errors:
                self._graphql = False
            return None
        return {
            path.lower(): node
            for node in nodes
            if isinstance(node, dict) and isinstance(path := node.get("fullPath"), str)
        }

    def _head_of(self, target: Repository, branch: str, row: Row | None) -> RepositoryHead:
        """Convert a GraphQL row; with another default branch, or if others hide our merge request, read by REST."""
        if row is None:
            raise repository_not_found(target)
        where = f"POST {self._client.base}{_GRAPHQL}: {target.path}"
        project = convert(row, responses.GitLabProjectNode, where=where)
        repository = project.get("repository") or {}
        if target.default_branch not in (None, repository.get("rootRef")):
            return self._read_head(target, branch, None)
        updated = replace(
            target,
            default_branch=repository.get("rootRef") or target.default_branch,
            archived=target.archived or bool(project.get("archived")),
            requests_off=target.requests_off or project.get("mergeRequestsEnabled") is False,
            writable=target.writable and (project.get("userPermissions") or {}).get("pushCode") is not False,
        )
        base, tip = ((repository.get(name) or {}).get("sha") for name in ("base", "tip"))
        updated, rows = self._forks.placed(updated), queries.graphql_rows(project)
        if len(rows) >= queries.FEW and not any(self._ours(updated, rows)):
            return self._read_head(target, branch, None)
        return self._head(updated, branch, (base, tip), rows)

    def _read_head(self, target: Repository, branch: str, error: CodexError | None) -> RepositoryHead:
        """The head of one repository, by REST."""
        project = self._project(target)
        default = target.default_branch or project.get("default_branch")
        updated = replace(
            target,
            default_branch=default,
            archived=target.archived or bool(project.get("archived")),
            requests_off=target.requests_off or project.get("merge_requests_access_level") == "disabled",
            writable=target.writable and (self._forks.when is not Forking.WHEN_NEEDED or _may_push(project)),
        )
        updated = self._forks.placed(updated)
        base = self._tip(target, default) if default else None
        tip = self._tip(target, branch) if base and not updated.fork else None
        place = f"{api_path(target)}/merge_requests"
        params = {"source_branch": branch, "state": "all", "order_by": "created_at", "sort": "desc"}
        response = self._client.get(place, params | {"per_page": queries.MANY}, ok_statuses=(403, 404))
        rows = response.decode(list[responses.GitLabMergeRequest]) if response.status == 200 else []
        sources: dict[int | None, str] = {project["id"]: target.path}
        fork = self.read_fork(updated.fork) if updated.fork and rows else None
        if fork is not None:
            sources[fork.number] = fork.path
        merge_requests = [queries.rest_row(row, sources) for row in rows]
        if len(rows) >= queries.MANY and not any(self._ours(updated, merge_requests)):
            raise hidden_by_others(target, branch, queries.MANY)
        return self._head(updated, branch, (base, tip), merge_requests)

    def _head(
        self, target: Repository, branch: str, commits: tuple[str | None, str | None], rows: Sequence[Row]
    ) -> RepositoryHead:
        """A head; `commits` are those of the default branch and of ours.

        In a fork, our branch is read from there, since GitLab updates merge requests later.
        """
        base, tip = commits
        opened, ended = self._ours(target, rows)
        request = self._open_request(target, self._merge_checked(target, opened)) if opened else None
        past = queries.closed_request(ended) if ended else None
        if target.fork and base:
            tip_of_fork = partial(self._forks.tip, target, branch, base, trusted=opened is not None)
            return LazyHead(target=target, base=base, tip=tip_of_fork, request=request, past=past)
        if tip and base:
            self._cache.expect(target, tip)
        lazy_tip = LazyTip(self._cache, target, tip, base) if tip and base else None
        return RepositoryHead(target=target, base=base, tip=lazy_tip, request=request, past=past)

    def _ours(self, target: Repository, rows: Sequence[Row]) -> tuple[Row | None, Row | None]:
        """The open and the last ended merge request of ours. Those into other branches are not ours."""
        into = [row for row in rows if row["targetBranch"] == target.default_branch]
        opened = (row for row in into if row["state"] == "opened" and self._is_from(target, row["source"]))
        ended = (row for row in into if row["state"] in ("closed", "merged") and self._was_ours(target, row))
        return next(opened, None), next(ended, None)

    def _was_ours(self, target: Repository, row: Row) -> bool:
        by_us = row["source"] is None and target.fork != "" and row["by"] == self.whoami()
        return self._may_be_past(target, row["source"], by_us=by_us)

    def _merge_checked(self, target: Repository, row: Row) -> Row:
        """A merge request for which GitLab has computed whether it can be merged.

        GitLab computes that when a single one is read by REST: https://gitlab.com/gitlab-org/gitlab/-/issues/288846.
        One that was written in this run is left to the next run, since GitLab has only just begun.
        """
        if row["status"] not in _UNCHECKED or target.path in self._written:
            return row
        response = self._client.get(f"{api_path(target)}/merge_requests/{row['iid']}")
        return queries.rest_row(response.decode(responses.GitLabMergeRequest))

    def _open_request(self, target: Repository, row: Row) -> MergeRequest:
        self._drafts[target.path, int(row["iid"])] = bool(row.get("draft"))
        return queries.open_request(row)

    def _project(self, target: Repository) -> Row:
        response = self._client.get(api_path(target), ok_statuses=(404,))
        if response.status == 404:
            raise repository_not_found(target)
        project: Row = response.decode(responses.GitLabProject)
        return project

    def _tip(self, target: Repository, branch: str) -> str | None:
        """The commit of a branch."""
        place = f"{api_path(target)}/repository/branches/{quote(branch, safe='')}"
        response = self._client.get(place, ok_statuses=(404,))
        return str(response.decode(responses.GitLabBranch)["commit"]["id"]) if response.status == 200 else None

    # Forks: https://docs.gitlab.com/api/project_forks/.

    def read_fork(self, path: str) -> Fork | None:
        """Read a project; None if there is none that the token can see."""
        response = self._client.get(f"{API}projects/{quote(path, safe='')}", ok_statuses=(404,))
        return _fork(response.decode(responses.GitLabProject)) if response.status == 200 else None

    def create_fork(self, target: Repository, *, organisation: str | None, name: str) -> Fork:
        """Create a fork with the default branch alone; GitLab copies it later."""
        data = {"namespace_path": self._forks.owner, "path": name, "name": name}
        branches = {"branches": target.default_branch} if target.default_branch else {}
        response = self._client.send("POST", f"{api_path(target)}/fork", data | branches)
        return _fork(response.decode(responses.GitLabProject))

    def forbids_forks(self, target: Repository) -> str:
        """Return why GitLab does not allow forks of a project, or ""."""
        off = self._project(target).get("forking_access_level") == "disabled"
        return "the project does not allow forks" if off else ""


def _fork(row: Row) -> Fork:
    state = row.get("import_status") or ""
    return Fork(
        path=row.get("path_with_namespace") or "",
        parent=(row.get("forked_from_project") or {}).get("path_with_namespace") or "",
        number=row["id"],
        default_branch=row.get("default_branch"),
        archived=bool(row.get("archived")),
        disabled=row.get("merge_requests_access_level") == "disabled",
        writable=_may_push(row),
        copying=state in _COPYING,
        fault=(row.get("import_error") or "the copy failed") if state == "failed" else "",
    )


def _may_push(project: Row) -> bool:
    """Whether the token's account is a member that may push; GitLab names no role of administrators."""
    permissions = project.get("permissions")
    if permissions is None:
        return True
    roles = (permissions.get(name) for name in ("project_access", "group_access"))
    return any(role is not None and (role.get("access_level") or 0) >= _DEVELOPER for role in roles)
