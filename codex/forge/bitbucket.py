"""Bitbucket Cloud, experimental: git for branches, files and commits; the API has the pull requests.

It has no labels (see `bitbucket_comments`), no assignees and no merging later; declined pull requests stay declined.
Tested against a fake only. Source: https://developer.atlassian.com/cloud/bitbucket/rest/. Data Center has another API.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from codex.forge import bitbucket_responses as responses
from codex.forge.api_forge import Row, write_once
from codex.forge.base import NOTE, Probe, RacedError
from codex.forge.bitbucket_heads import BitbucketReader
from codex.forge.bitbucket_rows import (
    api_path,
    open_request,
    quoted,
    raw_of,
    uuid_of,
    values_of,
    workspace_path,
)
from codex.forge.bitbucket_settings import approvals, read_settings, restrictions
from codex.forge.repository_settings import RepositorySettings
from codex.forge.threads import ReviewHost
from codex.http.errors import HttpError, UncertainError
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from codex.sync.request_body import mark_of
from codex.sync.request_text import RequestText
from skills_build.errors import CodexError

_TRIES: Final = 8
_NO_BRANCH: Final = "branch not found"
"""In the response to a pull request from a branch that the host does not list yet:
https://github.com/TeamCodeStream/codestream/issues/391."""
_SCOPES: Final = (
    "read:user:bitbucket, read:workspace:bitbucket, read:repository:bitbucket, write:repository:bitbucket, "
    "read:pullrequest:bitbucket, write:pullrequest:bitbucket"
)


class BitbucketForge(BitbucketReader):
    """Bitbucket Cloud."""

    def probe(self) -> Iterator[Probe]:
        """Check the host and the account, which access tokens of a repository, project or workspace may not read
        (https://github.com/decocms/studio/pull/7231). A response names the scopes of its token in a header:
        https://support.atlassian.com/bitbucket-cloud/kb/how-to-fetch-the-scope-of-a-token-via-command-line/."""
        response = self._client.get("user", ok_statuses=(403,))
        yield Probe(name="host", ok=True, details=f"Bitbucket Cloud (experimental) at {self._client.base}")
        scopes = response.headers.get("x-oauth-scopes", "")
        if response.status == 403:
            hint = f"create an account API token with the scopes {_SCOPES}, and write the token as `email:token`"
            details = f"the token cannot read its own account; its scopes: {scopes or 'unknown'}"
            yield Probe(name="token", ok=False, details=details, hint=hint)
            return
        yield Probe(name="account", ok=True, details=self.whoami())
        yield Probe(
            name="token", ok=True, details=scopes or "the host accepted the token, but did not report its scopes"
        )

    def probe_repository(self, target: Repository) -> Iterator[Probe]:
        """Check pushing, and whether members of the workspace can be read, who set labels by comments."""
        yield from super().probe_repository(target)
        response = self._client.get(f"{workspace_path(target)}/members", {"pagelen": 1}, ok_statuses=(403, 404))
        reads = response.status == 200
        details = (
            "Bitbucket has no labels: to add a label, a workspace member writes a comment that contains only its name"
        )
        if not reads:
            details = "comments cannot be used as labels, because the token cannot read the members of the workspace"
        hint = "" if reads else "add the scope read:workspace:bitbucket to the token"
        yield Probe(name="labels", ok=reads, details=details, hint=hint)

    # Pull requests.

    def open_request(self, target: Repository, branch: str, text: RequestText, *, draft: bool) -> MergeRequest:
        """Open a pull request, or return the one that is already open; what a second one does is not documented."""
        base = target.default_branch or self._git.refs(target).default or ""
        find = partial(self._find_open, target, base, branch)
        existing = find()
        if existing is not None:
            return open_request(existing)
        payload: dict[str, object] = {
            "title": text.title,
            "description": text.body,
            "source": {"branch": {"name": branch}},
            "destination": {"branch": {"name": base}},
            "draft": draft,
            "reviewers": self._accounts(target, text.reviewers),
        }
        return open_request(write_once(lambda: self._create_or_find(target, payload, find), find))

    def _create_or_find(self, target: Repository, payload: dict[str, object], find: Callable[[], Row | None]) -> Row:
        """Create a pull request, or return the open one. Reviewers are left out if the host refuses one of them.

        Hosts may not see a branch yet that was just pushed.
        """
        for attempt in range(_TRIES):
            try:
                created: Row = self._send("POST", self._requests_path(target), payload).decode(
                    responses.BitbucketPullRequest
                )
            except HttpError as error:
                if error.status not in (400, 409) or isinstance(error, UncertainError):
                    raise
                existing = find()
                if existing is not None:
                    return existing
                if _NO_BRANCH in error.body and attempt < _TRIES - 1:
                    self._client.rate_limiter.back_off(attempt, "the host does not list the branch yet")
                elif payload["reviewers"] and _NO_BRANCH not in error.body:
                    payload = {**payload, "reviewers": []}
                else:
                    raise
            else:
                return created
        raise AssertionError

    def _accounts(self, target: Repository, names: Sequence[str]) -> list[dict[str, str]]:
        """The accounts of reviewers, which are named by UUID, account id, or a nickname that one member has."""
        if not names:
            return []
        members: dict[str, set[str]] = {}
        place = f"{workspace_path(target)}/members"
        rows = values_of(self._client, place, responses.BitbucketMemberships, {"pagelen": 100}, ok_statuses=(403, 404))
        for row in rows:
            account = row.get("user") or {}
            for name in (account.get("nickname"), uuid_of(account)):
                members.setdefault(str(name or "").lower(), set()).add(uuid_of(account))
        found = (members.get(name.lower(), set()) for name in names)
        return [{"uuid": next(iter(uuids))} for uuids in found if len(uuids) == 1]

    def former_requests(self, target: Repository, branch: str) -> Sequence[MergeRequest]:
        """Return open pull requests of ours from another branch, or into another."""
        mine = f"author.uuid = {quoted(uuid_of(self._account()))}"
        params = {"q": mine, "state": "OPEN"}
        return [
            open_request(row, self._comments.labels(target, row))
            for row in values_of(self._client, self._requests_path(target), responses.BitbucketPullRequests, params)
            if uuid_of(row.get("author")) == uuid_of(self._account())
            and mark_of(raw_of(row.get("summary"))) is not None
            and not self._is_ours(target, target.default_branch, branch, row)
        ]

    def auto_merge(self, target: Repository, request: MergeRequest, *, expected: str) -> str:
        """Return that it cannot: the API merges at once, or not at all.

        https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/#api-repositories-workspace-repo-slug-pullrequests-pull-request-id-merge-post
        """
        return "Bitbucket's API cannot set a pull request to merge later"

    def ci_fails(self, target: Repository, commit: str) -> bool:
        """Return whether a build status of a commit fails; there is one for each key."""
        place = f"{api_path(target)}/commit/{commit}/statuses"
        rows = values_of(self._client, place, responses.BitbucketStatuses, {"pagelen": 100})
        return any(row["state"] == "FAILED" for row in rows)

    def required_approvals(self, target: Repository, request: MergeRequest) -> int:
        """Return how many people must approve; only administrators may read that."""
        return approvals(restrictions(self._client, target, target.default_branch or "") or ())

    def update_request(self, target: Repository, request: MergeRequest, text: RequestText) -> None:
        """Update title and body, and add reviewers."""
        self._change(target, request, {"title": text.title, "description": text.body}, text.reviewers)

    def make_ready(self, target: Repository, request: MergeRequest) -> None:
        """Make a draft ready for review."""
        self._change(target, request, {"draft": False})

    def _change(
        self, target: Repository, request: MergeRequest, changes: dict[str, object], reviewers: Sequence[str] = ()
    ) -> None:
        """Change an open pull request. A change that does not name the reviewers removes them, and all are refused if
        one is not a member any more; then those that it has are sent: https://docs.renovatebot.com/modules/platform/bitbucket/.
        """
        place = f"{self._requests_path(target)}/{request.number}"
        row: Row = self._client.get(place).decode(responses.BitbucketPullRequest)
        present = [{"uuid": uuid_of(account)} for account in row.get("reviewers") or () if uuid_of(account)]
        kept = {"title": row.get("title") or "", "draft": bool(row.get("draft")), "reviewers": present}
        added = [account for account in self._accounts(target, reviewers) if account not in present]
        payload = {**kept, **changes, "reviewers": [*present, *added]}
        refusable = (400,) if added else ()
        if self._send_twice("PUT", place, payload, ok_statuses=refusable).status == 400:
            self._send_twice("PUT", place, {**payload, "reviewers": present})

    def remove_label(self, target: Repository, request: MergeRequest, label: str) -> None:
        """Answer the comments that are the label."""
        self._comments.remove_label(target, request.number, label)

    def comment(self, target: Repository, request: MergeRequest, note: str, *, topic: str = NOTE) -> None:
        """Write our comment on a topic, or change it."""
        self._comments.write(target, request.number, note, topic)

    def close_request(self, target: Repository, request: MergeRequest) -> None:
        """Decline a pull request. Raises `RacedError` where it was merged in the meantime.

        The API does not document what it responds if that is no longer open, so its state is read.
        """
        place = f"{self._requests_path(target)}/{request.number}"

        def state() -> str | None:
            row: Row = self._client.get(place).decode(responses.BitbucketPullRequest)
            return None if row["state"] == "OPEN" else str(row["state"])

        def decline() -> str:
            response = self._send("POST", f"{place}/decline", None, ok_statuses=(400, 404, 409))
            if response.status < 400:
                return "DECLINED"
            after = state()
            if after is None:
                self._send("POST", f"{place}/decline", None)
            return after or "DECLINED"

        if write_once(decline, state) == "MERGED":
            message = f"{target.path}: pull request {request.number} was merged in the meantime"
            raise RacedError(message, hint="run the sync again")

    def review_host(self) -> ReviewHost:
        """Raise `CodexError`: reviews are not supported on Bitbucket."""
        raise CodexError("reviews are not supported on Bitbucket", hint="run `codexc review` without `--post`")

    def repository_settings(self, target: Repository) -> RepositorySettings:
        """Read the settings of a repository."""
        return read_settings(self._client, target)
