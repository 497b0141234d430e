"""GitHub and GitHub Enterprise Server: one GraphQL document for many repositories, git for files, REST for requests.

Sources: https://docs.github.com/graphql/reference, https://docs.github.com/rest/pulls, https://docs.github.com/rest/issues.
Commits go through git, which keeps modes, the parent and the lease in one push; the API would need three requests, and
cannot make a file executable.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

from codex.forge import github_queries as queries
from codex.forge import github_responses as responses
from codex.forge.api_forge import BatchForge, BatchTooLargeError, Row, comment_marker, write_once
from codex.forge.base import NOTE, Probe, RepositoryHead, repository_not_found
from codex.forge.git.objects import Sign
from codex.forge.lazy import LazyTip
from codex.forge.responses import CommentResponse, Message
from codex.forge.threads import ReviewHost
from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.rate_limit import Clock
from codex.http.response import convert
from codex.http.urls import split_address
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from codex.sync.request_body import mark_of
from codex.sync.request_text import RequestText

_TRIES: Final = 8
_WRITE_PERMISSIONS: Final = frozenset({"WRITE", "MAINTAIN", "ADMIN"})
_TOO_LARGE: Final = ("timeout", "timed out", "something went wrong", "resource limits", "node limit", "complexity")
"""Words in GitHub's errors where a document asks for too much:
https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api."""


class GitHubForge(BatchForge):
    """One host. `client` talks to its API, `git` to the address that repositories are cloned from."""

    def __init__(
        self,
        client: Client,
        *,
        git: Client | None = None,
        authorities: Path | None = None,
        clock: Clock | None = None,
        sign: Sign | None = None,
    ) -> None:
        super().__init__(client, git=git, authorities=authorities, clock=clock, sign=sign)
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
        return f"{login} <{self._account().get('databaseId') or 0}+{login}@users.noreply.{host}>"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._git_client.close()

    def probe(self) -> Iterator[Probe]:
        """Check the host, the account, the scopes of the token, and what is left of the rate limits."""
        limits = self._client.get("rate_limit")
        yield Probe(name="host", ok=True, details=f"GitHub at {self._client.base}")
        yield Probe(name="account", ok=True, details=self.whoami())
        yield self._probe_token(self._client.get("user", ok_statuses=(403,)).headers.get("x-oauth-scopes"))
        rates = limits.decode(responses.GitHubRateLimits)["resources"]
        remaining = ", ".join(
            f"{rates[name]['remaining']:,} of {rates[name]['limit']:,} {unit} left"
            for name, unit in (("core", "requests"), ("graphql", "points"))
        )
        yield Probe(name="limits", ok=all(rates[name]["remaining"] for name in ("core", "graphql")), details=remaining)

    @staticmethod
    def _probe_token(header: str | None) -> Probe:
        if (
            header is None
        ):  # https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
            text = "fine-grained or from a GitHub App; GitHub does not report its permissions"
            return Probe(name="token", ok=True, details=text)
        scopes = [scope.strip() for scope in header.split(",")]
        can_write = bool({"repo", "public_repo"} & set(scopes))
        hint = "" if can_write else "give it the scope `repo`"
        return Probe(name="token", ok=can_write, details=f"scopes {header or 'none'}", hint=hint)

    # Heads.

    def _read_batch(self, targets: Sequence[Repository], branch: str) -> Sequence[Row | None]:
        """Rows of repositories, in order; None for those that do not exist."""
        query, variables = queries.heads_query(targets, branch)
        try:
            response = self._client.graphql(self._graphql, query, variables)
        except HttpError as error:
            if error.status >= 500 or error.status == 413:
                raise BatchTooLargeError(error.message) from error
            raise
        error_types = {str(error.get("type")) for error in response.errors or ()}
        if response.data is None or error_types - {"NOT_FOUND", "FORBIDDEN"}:
            if any(word in response.error_text.lower() for word in _TOO_LARGE):
                raise BatchTooLargeError(response.error_text)
            raise HttpError(f"{self._client.base}: GitHub rejected the query: {response.error_text}")
        return [response.data.get(f"r{number}") or None for number in range(len(targets))]

    def _read_head(self, target: Repository, branch: str, error: BatchTooLargeError | None) -> RepositoryHead:
        message = error.message if error else f"{target.path}: GitHub did not return the repository"
        raise HttpError(message, hint="try again later")

    def _head_of(self, target: Repository, branch: str, row: Row | None) -> RepositoryHead:
        if row is None:
            raise repository_not_found(target)
        where = f"POST {self._client.base}{self._graphql}: {target.path}"
        return self._head(target, convert(row, responses.GitHubRepositoryNode, where=where))

    def _head(self, target: Repository, row: Row) -> RepositoryHead:
        default = row.get("defaultBranchRef") or {}
        base = queries.commit_id(row.get("base") if target.default_branch else default)
        updated = replace(
            target,
            default_branch=target.default_branch or default.get("name"),
            archived=target.archived or bool(row.get("isArchived")),
            mirror=target.mirror or bool(row.get("isMirror")),
            writable=target.writable and row.get("viewerPermission") in (None, *_WRITE_PERMISSIONS),
        )
        tip = self._tip(updated, row.get("ours"), base)
        base_branch = updated.default_branch or ""
        opened, ended = (queries.first_into(base_branch, queries.nodes(row, name)) for name in ("opened", "ended"))
        return RepositoryHead(
            target=updated,
            base=base,
            tip=tip,
            request=self._open_request(updated, opened, tip, base) if opened else None,
            past=queries.closed_request(ended) if ended else None,
        )

    def _tip(self, target: Repository, ref: Row | None, base: str | None) -> LazyTip | None:
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
            response = self._client.get(f"{_api_path(target)}/pulls/{number}")
            can_merge = response.decode(responses.GitHubPullRequest).get("mergeable")
        return queries.open_request(row, can_merge=can_merge)

    # Pull requests.

    def open_request(self, target: Repository, branch: str, text: RequestText, *, draft: bool) -> MergeRequest:
        """Open a pull request, or return the one that is already open."""
        self._written.add(target.path)
        base = target.default_branch or self._git.refs(target).default or ""
        payload = {"title": text.title, "head": branch, "base": base, "body": text.body, "draft": draft}
        row = self._create_or_find(target, branch, payload)
        self._node_ids[target.path, row["number"]] = row["node_id"]
        request = queries.rest_request(row)
        self._add_labels(target, request, text.labels)
        self._add_reviewers(target, request, text.reviewers)
        if text.assignees:
            place = f"{_api_path(target)}/issues/{request.number}/assignees"
            self._send_twice("POST", place, {"assignees": list(text.assignees)}, ok_statuses=(404, 422))
        return replace(request, labels=tuple(dict.fromkeys((*request.labels, *text.labels))))

    def _create_or_find(self, target: Repository, branch: str, payload: Mapping[str, object]) -> Row:
        """Create a pull request, or return the open one.

        GitHub answers 422 for several causes, which only the body distinguishes: it may not see a branch yet that was
        just pushed, nor list a pull request that was just opened, and not every plan has drafts
        (https://docs.github.com/get-started/learning-about-github/githubs-plans).
        """
        find = partial(self._find_open, target, branch, payload["base"])
        for attempt in range(_TRIES):
            try:
                return write_once(partial(self._create, target, payload), find)
            except HttpError as error:
                if error.status != 422:
                    raise
                existing = find()
                if existing is not None:
                    return existing
                if "draft" in error.body.lower() and payload["draft"]:
                    payload = {**payload, "draft": False}
                elif attempt < _TRIES - 1 and '"invalid"' in error.body.replace(" ", ""):
                    self._client.rate_limiter.back_off(attempt, "GitHub does not see the branch yet")
                elif attempt < _TRIES - 1 and "already exists" in error.body:
                    self._client.rate_limiter.back_off(attempt, "GitHub does not list the pull request yet")
                else:
                    raise
        raise AssertionError

    def _create(self, target: Repository, payload: Mapping[str, object]) -> Row:
        response = self._send("POST", f"{_api_path(target)}/pulls", payload)
        row: Row = response.decode(responses.GitHubPullRequest)
        return row

    def former_requests(self, target: Repository, branch: str) -> Sequence[MergeRequest]:
        """Return open pull requests of ours from another branch, or into another."""
        pages = self._client.pages(f"{_api_path(target)}/pulls", {"state": "open", "per_page": 100})
        rows = (row for page in pages for row in page.decode(list[responses.GitHubPullRequest]))
        me = queries.bare_login(self.whoami())
        return [
            queries.rest_request(row)
            for row in rows
            if queries.bare_login((row.get("user") or {}).get("login")) == me
            and mark_of(row.get("body") or "") is not None
            and (row["head"]["ref"], row["base"]["ref"]) != (branch, target.default_branch)
        ]

    def _find_open(self, target: Repository, branch: str, base: object) -> Row | None:
        params = {"state": "open", "head": f"{target.path.partition('/')[0]}:{branch}", "base": base}
        rows = self._client.get(f"{_api_path(target)}/pulls", params).decode(list[responses.GitHubPullRequest])
        return next(iter(rows), None)

    def _add_labels(self, target: Repository, request: MergeRequest, labels: Sequence[str]) -> None:
        """Add the labels that are missing; GitHub creates those that the repository does not have."""
        missing = [label for label in labels if label not in request.labels]
        if missing:
            self._send_twice("POST", f"{_api_path(target)}/issues/{request.number}/labels", {"labels": missing})

    def _add_reviewers(self, target: Repository, request: MergeRequest, reviewers: Sequence[str]) -> None:
        place = f"{_api_path(target)}/pulls/{request.number}/requested_reviewers"
        self._request_reviews(place, request, reviewers, _reviewers_payload)

    def auto_merge(self, target: Repository, request: MergeRequest, *, expected: str) -> str:
        """Enable auto-merge. GitHub refuses it for a pull request that can be merged now, so that is merged:
        https://github.com/peter-evans/enable-pull-request-automerge/issues/343."""
        refusal = ""
        for method in queries.MERGE_METHODS:
            variables = {"id": self._node_id(target, request), "oid": expected, "method": method}
            response = write_once(
                partial(self._client.graphql, self._graphql, queries.ENABLE_AUTO_MERGE, variables, write=True)
            )
            if not response.errors:
                return ""
            refusal = response.error_text
            if "clean status" in refusal:
                return self._merge(target, request, expected)
            if "merge method" not in refusal.lower() and "not allowed on this repository" not in refusal:
                break
        return refusal

    def _merge(self, target: Repository, request: MergeRequest, expected: str) -> str:
        """Merge now, by the first method that the repository allows; returns why GitHub refuses, or nothing."""
        place = f"{_api_path(target)}/pulls/{request.number}/merge"
        for method in queries.MERGE_METHODS:
            payload = {"sha": expected, "merge_method": method.lower()}
            response = self._send_twice("PUT", place, payload, ok_statuses=(403, 405, 409, 422))
            if response.status == 200:
                return ""
            if response.status != 405:
                break
        return str(response.decode(Message).get("message"))

    def _node_id(self, target: Repository, request: MergeRequest) -> str:
        key = target.path, request.number
        if key not in self._node_ids:
            response = self._client.get(f"{_api_path(target)}/pulls/{request.number}")
            self._node_ids[key] = response.decode(responses.GitHubPullRequest)["node_id"]
        return self._node_ids[key]

    def required_approvals(self, target: Repository, request: MergeRequest) -> int:
        """Return how many people must approve, by rulesets, or by branch protection where the token may read it.

        Sources: https://docs.github.com/rest/repos/rules#get-rules-for-a-branch,
        https://docs.github.com/rest/branches/branch-protection#get-branch-protection.
        """
        branch = quote(target.default_branch or "")
        rules = self._client.get(
            f"{_api_path(target)}/rules/branches/{branch}", {"per_page": 100}, ok_statuses=(403, 404)
        )
        rows = rules.decode(list[responses.GitHubRule]) if rules.status == 200 else []
        counts = [queries.approvals(row.get("parameters")) for row in rows if row.get("type") == "pull_request"]
        if any(counts):
            return max(counts)
        protection = self._client.get(f"{_api_path(target)}/branches/{branch}/protection", ok_statuses=(403, 404))
        if protection.status != 200:
            return 0
        return queries.approvals(protection.decode(responses.GitHubProtection).get("required_pull_request_reviews"))

    def update_request(self, target: Repository, request: MergeRequest, text: RequestText) -> None:
        """Update title and body, and add labels and reviewers."""
        payload = {"body": text.body, "title": text.title}
        self._send_twice("PATCH", f"{_api_path(target)}/pulls/{request.number}", payload)
        self._add_labels(target, request, text.labels)
        self._add_reviewers(target, request, text.reviewers)

    def make_ready(self, target: Repository, request: MergeRequest) -> None:
        """Make a draft ready for review, which only GraphQL can."""
        variables = {"id": self._node_id(target, request)}
        response = write_once(partial(self._client.graphql, self._graphql, queries.MAKE_READY, variables, write=True))
        if response.errors:
            raise HttpError(f"{target.path}: pull request {request.number} stays a draft: {response.error_text}")

    def remove_label(self, target: Repository, request: MergeRequest, label: str) -> None:
        """Remove a label from a pull request."""
        place = f"{_api_path(target)}/issues/{request.number}/labels/{quote(label, safe='')}"
        self._send_twice("DELETE", place, None, ok_statuses=(404,))

    def _requests_path(self, target: Repository) -> str:
        return f"{_api_path(target)}/pulls"

    def comment(self, target: Repository, request: MergeRequest, note: str, *, topic: str = NOTE) -> None:
        """Write our comment on a topic, or change it."""
        account = queries.bare_login(self.whoami())

        def is_ours(row: Row) -> bool:
            author = queries.bare_login((row.get("user") or {}).get("login"))
            return str(row.get("body") or "").startswith(comment_marker(topic)) and author == account

        self._write_comment(
            f"{_api_path(target)}/issues/{request.number}/comments",
            note,
            topic=topic,
            update=("PATCH", f"{_api_path(target)}/issues/comments"),
            row_type=CommentResponse,
            is_ours=is_ours,
            params={"per_page": 100},
        )

    def review_host(self) -> ReviewHost:
        """Return the threads and statuses of reviews."""
        from codex.forge.github_threads import GitHubReviews

        return GitHubReviews(self._client, self.whoami)

    def close_request(self, target: Repository, request: MergeRequest) -> None:
        """Close a pull request."""
        self._send_twice("PATCH", f"{_api_path(target)}/pulls/{request.number}", {"state": "closed"})


def _api_path(target: Repository) -> str:
    return f"repos/{target.path}"


def _reviewers_payload(names: Sequence[str]) -> object:
    """People and teams; a team is named `organisation/team`."""
    return {
        "reviewers": [name for name in names if "/" not in name],
        "team_reviewers": [name.rpartition("/")[2] for name in names if "/" in name],
    }
