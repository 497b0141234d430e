"""GitHub and GitHub Enterprise Server: one GraphQL document for many repositories, git for files, REST for requests.

Sources: https://docs.github.com/graphql/reference, https://docs.github.com/rest/pulls, https://docs.github.com/rest/issues.
Commits go through git, which keeps modes, the parent and the lease in one push; the API would need three requests, and
cannot make a file executable.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import quote

from codex.forge import github_queries as queries
from codex.forge import github_responses as responses
from codex.forge.api_forge import Row, comment_marker, write_once
from codex.forge.base import NOTE, Probe
from codex.forge.commit_checks import github_fails
from codex.forge.github_heads import GitHubReader, api_path
from codex.forge.repository_settings import RepositorySettings
from codex.forge.responses import CommentResponse, Message
from codex.forge.threads import ReviewHost
from codex.http.errors import HttpError
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from codex.sync.request_body import mark_of
from codex.sync.request_text import RequestText

_TRIES: Final = 8


class GitHubForge(GitHubReader):
    """One host. `client` talks to its API, `git` to the address that repositories are cloned from."""

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
            text = "a fine-grained or GitHub App token; GitHub does not report its permissions"
            return Probe(name="token", ok=True, details=text)
        scopes = [scope.strip() for scope in header.split(",")]
        can_write = bool({"repo", "public_repo"} & set(scopes))
        hint = "" if can_write else "give the token the scope `repo`"
        return Probe(name="token", ok=can_write, details=f"scopes {header or 'none'}", hint=hint)

    # Pull requests.

    def open_request(self, target: Repository, branch: str, text: RequestText, *, draft: bool) -> MergeRequest:
        """Open a pull request, or return the one that is already open."""
        self._written.add(target.path)
        base = target.default_branch or self._git.refs(target).default or ""
        payload = {"title": text.title, "head": branch, "base": base, "body": text.body, "draft": draft}
        if target.fork:
            owner = _owner(target.source)
            own = owner.lower() == self.whoami().lower()
            payload |= {"head": f"{owner}:{branch}", "maintainer_can_modify": own}
        row = self._create_or_find(target, branch, payload)
        self._node_ids[target.path, row["number"]] = row["node_id"]
        request = queries.rest_request(row)
        added = self._add_labels(target, request, text.labels)
        self._add_reviewers(target, request, text.reviewers)
        if text.assignees:
            place = f"{api_path(target)}/issues/{request.number}/assignees"
            sent = {"assignees": list(text.assignees)}
            self._send_twice("POST", place, sent, ok_statuses=(*_unless(target), 404, 422))
        return replace(request, labels=tuple(dict.fromkeys((*request.labels, *added))))

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
                    self._client.rate_limiter.back_off(attempt, "GitHub does not list the branch yet")
                elif attempt < _TRIES - 1 and "already exists" in error.body:
                    self._client.rate_limiter.back_off(attempt, "GitHub does not list the pull request yet")
                else:
                    raise
        raise AssertionError

    def _create(self, target: Repository, payload: Mapping[str, object]) -> Row:
        response = self._send("POST", f"{api_path(target)}/pulls", payload)
        row: Row = response.decode(responses.GitHubPullRequest)
        return row

    def former_requests(self, target: Repository, branch: str) -> Sequence[MergeRequest]:
        """Return open pull requests of ours from another branch, or into another."""
        pages = self._client.pages(f"{api_path(target)}/pulls", {"state": "open", "per_page": 100})
        rows = (row for page in pages for row in page.decode(list[responses.GitHubPullRequest]))
        return [
            queries.rest_request(row)
            for row in rows
            if queries.is_account(row.get("user"), self._account())
            and mark_of(row.get("body") or "") is not None
            and not self._is_current(target, branch, row)
        ]

    def _is_current(self, target: Repository, branch: str, row: Row) -> bool:
        """Whether a pull request is from our branch, where it is now, into the default branch."""
        head = row["head"]
        from_here = self._is_from(target, (head.get("repo") or {}).get("full_name"))
        return from_here and (head.get("ref"), row["base"].get("ref")) == (branch, target.default_branch)

    def _find_open(self, target: Repository, branch: str, base: object) -> Row | None:
        params = {"state": "open", "head": f"{_owner(target.source)}:{branch}", "base": base}
        rows = self._client.get(f"{api_path(target)}/pulls", params).decode(list[responses.GitHubPullRequest])
        return next(iter(rows), None)

    def _add_labels(self, target: Repository, request: MergeRequest, labels: Sequence[str]) -> list[str]:
        """Add the labels that are missing; GitHub creates those that the repository does not have.

        Returns those that were added: without write access, GitHub refuses all of them.
        """
        missing = [label for label in labels if label not in request.labels]
        if not missing:
            return []
        place = f"{api_path(target)}/issues/{request.number}/labels"
        response = self._send_twice("POST", place, {"labels": missing}, ok_statuses=_unless(target))
        return missing if response.status < 400 else []

    def _add_reviewers(self, target: Repository, request: MergeRequest, reviewers: Sequence[str]) -> None:
        place = f"{api_path(target)}/pulls/{request.number}/requested_reviewers"
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
        place = f"{api_path(target)}/pulls/{request.number}/merge"
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
            response = self._client.get(f"{api_path(target)}/pulls/{request.number}")
            self._node_ids[key] = response.decode(responses.GitHubPullRequest)["node_id"]
        return self._node_ids[key]

    def ci_fails(self, target: Repository, commit: str) -> bool:
        """Return whether CI fails on a commit."""
        return github_fails(self._client, api_path(target), commit)

    def required_approvals(self, target: Repository, request: MergeRequest) -> int:
        """Return how many people must approve, by rulesets, or by branch protection where the token may read it.

        Sources: https://docs.github.com/rest/repos/rules#get-rules-for-a-branch,
        https://docs.github.com/rest/branches/branch-protection#get-branch-protection.
        """
        branch = quote(target.default_branch or "")
        rules = self._client.get(
            f"{api_path(target)}/rules/branches/{branch}", {"per_page": 100}, ok_statuses=(403, 404)
        )
        rows = rules.decode(list[responses.GitHubRule]) if rules.status == 200 else []
        counts = [queries.approvals(row.get("parameters")) for row in rows if row.get("type") == "pull_request"]
        if any(counts):
            return max(counts)
        protection = self._client.get(f"{api_path(target)}/branches/{branch}/protection", ok_statuses=(403, 404))
        if protection.status != 200:
            return 0
        return queries.approvals(protection.decode(responses.GitHubProtection).get("required_pull_request_reviews"))

    def update_request(self, target: Repository, request: MergeRequest, text: RequestText) -> None:
        """Update title and body, and add labels and reviewers."""
        payload = {"body": text.body, "title": text.title}
        self._send_twice("PATCH", f"{api_path(target)}/pulls/{request.number}", payload)
        self._add_labels(target, request, text.labels)
        self._add_reviewers(target, request, text.reviewers)

    def make_ready(self, target: Repository, request: MergeRequest) -> None:
        """Make a draft ready for review, which only GraphQL can."""
        variables = {"id": self._node_id(target, request)}
        response = write_once(partial(self._client.graphql, self._graphql, queries.MAKE_READY, variables, write=True))
        if response.errors:
            raise HttpError(f"{target.path}: pull request {request.number} is still a draft: {response.error_text}")

    def remove_label(self, target: Repository, request: MergeRequest, label: str) -> None:
        """Remove a label from a pull request."""
        place = f"{api_path(target)}/issues/{request.number}/labels/{quote(label, safe='')}"
        self._send_twice("DELETE", place, None, ok_statuses=(404,))

    def _requests_path(self, target: Repository) -> str:
        return f"{api_path(target)}/pulls"

    def comment(self, target: Repository, request: MergeRequest, note: str, *, topic: str = NOTE) -> None:
        """Write our comment on a topic, or change it."""

        def is_ours(row: Row) -> bool:
            is_marked = str(row.get("body") or "").startswith(comment_marker(topic))
            return is_marked and queries.is_account(row.get("user"), self._account())

        self._write_comment(
            f"{api_path(target)}/issues/{request.number}/comments",
            note,
            topic=topic,
            update=("PATCH", f"{api_path(target)}/issues/comments"),
            row_type=CommentResponse,
            is_ours=is_ours,
            params={"per_page": 100},
        )

    def review_host(self) -> ReviewHost:
        """Return the threads and statuses of reviews."""
        from codex.forge.github_threads import GitHubReviews

        return GitHubReviews(self._client, self._account)

    def repository_settings(self, target: Repository) -> RepositorySettings:
        """Read the settings of a repository."""
        from codex.forge.github_settings import read_settings

        return read_settings(self._client, target)

    def close_request(self, target: Repository, request: MergeRequest) -> None:
        """Close a pull request."""
        self._send_twice("PATCH", f"{api_path(target)}/pulls/{request.number}", {"state": "closed"})


def _owner(target: Repository) -> str:
    return target.path.partition("/")[0]


def _unless(target: Repository) -> tuple[int, ...]:
    """The statuses by which GitHub refuses what takes write access, where the token has none."""
    return () if target.writable else (403, 404)


def _reviewers_payload(names: Sequence[str]) -> object:
    """People and teams; a team is named `organisation/team`."""
    return {
        "reviewers": [name for name in names if "/" not in name],
        "team_reviewers": [name.rpartition("/")[2] for name in names if "/" in name],
    }
