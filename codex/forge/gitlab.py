"""GitLab, from 17.10: one GraphQL document for many repositories, git for files and rewrites, REST for the rest.

Sources: https://docs.gitlab.com/api/commits/, https://docs.gitlab.com/api/merge_requests/. Tips and merge requests are
read in bulk (`gitlab_heads`); what the commit of our branch changed is read only when it is used.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from codex.forge import gitlab_queries as queries
from codex.forge import gitlab_responses as responses
from codex.forge.api_forge import Row, comment_marker, server_version, write_once
from codex.forge.base import NOTE, FileWrite, Probe, branch_moved
from codex.forge.commit_checks import gitlab_fails
from codex.forge.git.objects import listing_of
from codex.forge.gitlab_heads import API, GitLabReader, api_path
from codex.forge.gitlab_merging import merge_later, merge_of_request, merge_of_train, without_pipeline
from codex.forge.repository_settings import RepositorySettings
from codex.forge.threads import ReviewHost
from codex.http.errors import HttpError
from codex.http.response import Response
from codex.profile.model import LINK, SUBMODULE
from codex.sync.lock import blob_id
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from codex.sync.request_body import mark_of
from codex.sync.request_text import RequestText

_TRIES: Final = 8
_LOOKUPS: Final = 2
"""Number of lookups for a merge request that GitLab reports as open; 409 may mean something else."""


class GitLabForge(GitLabReader):
    """One GitLab."""

    def _send(self, method: str, path: str, data: object, *, ok_statuses: tuple[int, ...] = ()) -> Response:
        """Send a write; repeat it where GitLab answers that another request holds a lock:
        https://github.com/python-gitlab/python-gitlab/issues/2325."""
        for attempt in range(_TRIES):
            try:
                return super()._send(method, path, data, ok_statuses=ok_statuses)
            except HttpError as error:
                if error.status != 409 or "lock" not in error.body.lower() or attempt == _TRIES - 1:
                    raise
                self._client.rate_limiter.back_off(attempt, "the resource is locked on GitLab")
        raise AssertionError

    def probe(self) -> Iterator[Probe]:
        """Check the version, the account and scopes of the token, and what is left of the rate limits."""
        version = self._client.get(f"{API}version", ok_statuses=(401, 403, 404))
        yield Probe(name="host", ok=True, details=f"GitLab {server_version(version)} at {self._client.base}")
        yield Probe(name="account", ok=True, details=self.whoami())
        yield self._probe_token()
        remaining, limit = (version.headers.get(f"ratelimit-{key}", "") for key in ("remaining", "limit"))
        text = f"{remaining} of {limit} requests left" if limit else "the host does not report its rate limits"
        yield Probe(name="limits", ok=remaining != "0", details=text)

    def _probe_token(self) -> Probe:
        response = self._client.get(f"{API}personal_access_tokens/self", ok_statuses=(400, 401, 403, 404))
        if response.status != 200:
            return Probe(name="token", ok=True, details="GitLab does not report the scopes of this type of token")
        token = response.decode(responses.GitLabToken)
        scopes, expiry = list(token.get("scopes") or ()), token.get("expires_at") or "never"
        can_write = "api" in scopes and token.get("active", True)
        hint = "" if can_write else "give the token the scope `api`"
        return Probe(name="token", ok=can_write, details=f"scopes {', '.join(scopes)}; expires {expiry}", hint=hint)

    # Commits.

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
        """Set `branch` to a commit on top of `parent`: a new branch by one request, an existing one by a push.

        The API cannot move a branch with a lease, replace links and submodules, or take a signature of ours; a fork may
        lack the parent.
        """
        if target.fork:
            return self._push_commit(target, branch, (parent, above), files, message, expected)
        self._written.add(target.path)
        trees = self._cache.trees(target, parent)
        listed = listing_of(trees, parent)
        before = {file.path: listed[file.path] for file in files if file.path in listed}
        if expected is not None or self._sign or any(entry.mode in (LINK, SUBMODULE) for entry in before.values()):
            return self._push_commit(target, branch, (parent, above), files, message, expected)
        payload = {
            "branch": branch,
            "start_sha": parent,
            "commit_message": message,
            "actions": queries.commit_actions(files, before),
        }
        changes = {
            file.path: None if file.data is None else blob_id(file.data)
            for file in files
            if file.data is not None or file.path in before
        }

        def create() -> str:
            response = self._send("POST", f"{api_path(target)}/repository/commits", payload)
            return str(response.decode(responses.GitLabCommit)["id"])

        try:
            return write_once(create, lambda: self._find_commit(target, branch, parent, message, changes))
        except HttpError as error:
            if error.status == 400 and self._tip(target, branch) is not None:
                raise branch_moved(target, branch) from error
            raise

    def _find_commit(
        self, target: Repository, branch: str, parent: str, message: str, changes: Mapping[str, str | None]
    ) -> str | None:
        """The tip of a branch, if it is exactly this commit; `changes` are blobs by path (None: deleted).

        Raises `RacedError` where the branch has another commit.
        """
        tip = self._tip(target, branch)
        if tip is None:
            return None
        tip_message, parents = self._cache.commit_of(target, tip)
        if parents != [parent] or tip_message.strip() != message.strip():
            raise branch_moved(target, branch)
        changed = self._cache.changes(target, parent, tip)
        if {path: entry and entry.blob for path, entry in changed.items()} != changes:
            raise branch_moved(target, branch)
        return tip

    # Merge requests.

    def open_request(self, target: Repository, branch: str, text: RequestText, *, draft: bool) -> MergeRequest:
        """Open a merge request, or return the one that is already open."""
        self._written.add(target.path)
        base = target.default_branch or self._project(target).get("default_branch") or ""
        payload = {
            "source_branch": branch,
            "target_branch": base,
            "title": f"Draft: {text.title}" if draft else text.title,
            "description": text.body,
            "labels": ",".join(text.labels),
            "remove_source_branch": True,
            "reviewer_ids": self._ids_of(text.reviewers),
            "assignee_ids": self._ids_of(text.assignees),
        }
        if target.fork:
            payload |= {"target_project_id": self._project(target)["id"], "allow_collaboration": True}
        return self._open_request(target, queries.rest_row(self._create_or_find(target, branch, base, payload)))

    def _create_or_find(self, target: Repository, branch: str, base: str, payload: Mapping[str, object]) -> Row:
        """Create a merge request, or return the open one.

        GitLab may not see a branch yet that was just pushed, nor list a merge request that was just opened.
        """

        def create() -> Row:
            response = self._send("POST", f"{api_path(target.source)}/merge_requests", payload)
            row: Row = response.decode(responses.GitLabMergeRequest)
            return row

        for attempt in range(_TRIES):
            try:
                return write_once(create, lambda: self._find_open(target, branch, base))
            except HttpError as error:
                existing = self._find_open(target, branch, base) if error.status == 409 else None
                if existing is not None:
                    return existing
                if error.status == 409 and attempt < _LOOKUPS:
                    self._client.rate_limiter.back_off(attempt, "GitLab does not list the merge request yet")
                elif error.status == 400 and "source_branch" in error.body and attempt < _TRIES - 1:
                    self._client.rate_limiter.back_off(attempt, "GitLab does not list the branch yet")
                else:
                    raise
        raise AssertionError

    def former_requests(self, target: Repository, branch: str) -> Sequence[MergeRequest]:
        """Return open merge requests of ours from another branch, or into another."""
        params = {"state": "opened", "scope": "created_by_me", "per_page": 100}
        is_ours, ends = self._comes_from_here(target), (branch, target.default_branch)
        pages = self._client.pages(f"{api_path(target)}/merge_requests", params)
        rows = (row for page in pages for row in page.decode(list[responses.GitLabMergeRequest]))
        return [
            queries.open_request(queries.rest_row(row))
            for row in rows
            if mark_of(row.get("description") or "") is not None
            and not (is_ours(row) and (row.get("source_branch"), row["target_branch"]) == ends)
        ]

    def _comes_from_here(self, target: Repository) -> Callable[[Row], bool]:
        """What tells whether a merge request comes from the project that has our branch."""
        if not target.fork:
            return lambda row: row.get("source_project_id") == row.get("target_project_id")
        fork = self.read_fork(target.fork)
        return lambda row: fork is not None and row.get("source_project_id") == fork.number

    def _find_open(self, target: Repository, branch: str, base: str) -> Row | None:
        params = {"source_branch": branch, "target_branch": base, "state": "opened", "order_by": "created_at"}
        response = self._client.get(f"{api_path(target)}/merge_requests", params)
        rows = response.decode(list[responses.GitLabMergeRequest])
        return next(filter(self._comes_from_here(target), rows), None)

    def auto_merge(self, target: Repository, request: MergeRequest, *, expected: str) -> str:
        """Set a merge request to merge once its pipeline succeeds, or to join the merge train of the project."""
        place = f"{api_path(target)}/merge_requests/{request.number}"
        refusal = without_pipeline(self._client, place, expected)
        if refusal:
            return refusal
        merging = merge_of_train if self._project(target).get("merge_trains_enabled") else merge_of_request
        return merge_later(self._client, self._send_twice, place, merging(api_path(target), request.number, expected))

    def ci_fails(self, target: Repository, commit: str) -> bool:
        """Return whether CI fails on a commit."""
        return gitlab_fails(self._client, api_path(target), commit)

    def required_approvals(self, target: Repository, request: MergeRequest) -> int:
        """Return how many people must approve, by all rules. GitLab's free tier has no rules and returns no number.

        Source: https://docs.gitlab.com/api/merge_request_approvals/#retrieve-approval-state-for-a-merge-request
        """
        place = f"{api_path(target)}/merge_requests/{request.number}/approvals"
        response = self._client.get(place, ok_statuses=(401, 403, 404))
        if response.status != 200:
            return 0
        return response.decode(responses.GitLabApprovals).get("approvals_required") or 0

    def update_request(self, target: Repository, request: MergeRequest, text: RequestText) -> None:
        """Update title and description, and add labels and reviewers."""
        payload: dict[str, object] = {"description": text.body}
        if text.title != request.title:
            draft = self._drafts.get((target.path, request.number), False)
            payload["title"] = f"Draft: {text.title}" if draft else text.title
        if set(text.labels) - set(request.labels):
            payload["add_labels"] = ",".join(text.labels)
        missing = self._ids_of(reviewer for reviewer in text.reviewers if reviewer not in request.reviewers)
        if missing:
            present = self._ids_of(request.reviewers)
            if len(present) == len(request.reviewers):
                payload["reviewer_ids"] = [*present, *missing]
        self._update(target, request, payload)

    def make_ready(self, target: Repository, request: MergeRequest) -> None:
        """Make a draft ready for review; its title marks it as a draft."""
        self._update(target, request, {"title": request.title})
        self._drafts[target.path, request.number] = False

    def remove_label(self, target: Repository, request: MergeRequest, label: str) -> None:
        """Remove a label from a merge request."""
        self._update(target, request, {"remove_labels": label})

    def _update(self, target: Repository, request: MergeRequest, payload: Mapping[str, object]) -> None:
        self._send_twice("PUT", f"{api_path(target)}/merge_requests/{request.number}", payload)

    def _requests_path(self, target: Repository) -> str:
        return f"{api_path(target)}/merge_requests"

    def comment(self, target: Repository, request: MergeRequest, note: str, *, topic: str = NOTE) -> None:
        """Write our comment on a topic, or change it."""
        place = f"{api_path(target)}/merge_requests/{request.number}/notes"
        self._write_comment(
            place,
            note,
            topic=topic,
            update=("PUT", place),
            row_type=responses.GitLabNote,
            is_ours=lambda row: (
                row["body"].startswith(comment_marker(topic)) and row["author"]["username"] == self.whoami()
            ),
            params={"per_page": 100, "sort": "asc"},
        )

    def review_host(self) -> ReviewHost:
        """Return the threads and statuses of reviews."""
        from codex.forge.gitlab_threads import GitLabReviews

        return GitLabReviews(self._client, self.whoami)

    def repository_settings(self, target: Repository) -> RepositorySettings:
        """Read the settings of a repository."""
        from codex.forge.gitlab_settings import read_settings

        return read_settings(self._client, target)

    def close_request(self, target: Repository, request: MergeRequest) -> None:
        """Close a merge request."""
        self._update(target, request, {"state_event": "close"})

    def _ids_of(self, names: Iterable[str]) -> list[int]:
        """The ids of users; unknown names are left out."""
        ids = []
        for name in names:
            if name not in self._user_ids:
                self._user_ids[name] = self._read_user_id(name)
            user_id = self._user_ids[name]
            ids += [user_id] if user_id is not None else []
        return ids

    def _read_user_id(self, name: str) -> int | None:
        response = self._client.get(f"{API}users", {"username": name}, ok_statuses=(403, 404))
        users = response.decode(list[responses.GitLabUser]) if response.status == 200 else []
        return next((user["id"] for user in users if user["username"].lower() == name.lower()), None)
