"""Gitea, from 1.22, and Forgejo: git for branches, files and commits; the API has the pull requests.

Source: https://docs.gitea.com/api/, https://forgejo.org/docs/latest/user/api-usage/. The APIs of the two differ in how
a merge is requested, and in what narrows a list of pull requests.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final
from urllib.parse import quote

from codex.forge import gitea_responses as responses
from codex.forge.api_forge import Row, comment_marker, server_version, write_once
from codex.forge.base import NOTE, Probe, RacedError
from codex.forge.commit_checks import gitea_fails
from codex.forge.gitea_heads import FORGEJO, PER_PAGE, GiteaReader
from codex.forge.gitea_paths import API, api_path, get_of
from codex.forge.gitea_rows import DRAFT_MARK, head_name, open_request
from codex.forge.repository_settings import RepositorySettings
from codex.forge.responses import CommentResponse, ObjectWithId
from codex.forge.threads import ReviewHost
from codex.http.errors import HttpError, UncertainError
from codex.http.response import Response
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from codex.sync.request_body import mark_of
from codex.sync.request_text import RequestText

_TRIES: Final = 8
_REPOSITORY_PARTS: Final = 5
"""The parts of `api/v1/repos/owner/name`."""
_LOOKUPS: Final = 3
_SCOPES: Final = ("write:repository", "write:issue", "read:organization", "read:user")
_SCOPE: Final = re.compile(r"scope\(s\)[^\[]*\[([a-z:, ]+)\]")
"""The scopes in the refusal of a host, as in `required scope(s), required=[read:organization]`."""
_LABEL_COLOUR: Final = "#1f6feb"
_REFUSALS: Final = {
    401: "the token does not have permission to merge the pull request",
    403: "the token does not have permission to merge the pull request",
    404: "the token does not have permission to merge the pull request",
    405: "the host does not allow the merge",
    409: "the branch has changed, or the pull request is already set to merge",
    422: "the pull request cannot be merged",
    423: "the repository is archived",
}


class GiteaForge(GiteaReader):
    """One host."""

    requests_owners = True
    """Patterns in CODEOWNERS are regular expressions here: https://docs.gitea.com/usage/repository/code-owners."""

    def probe(self) -> Iterator[Probe]:
        """Check the version and the account; hosts report neither the token's scopes nor their limits."""
        version = server_version(self._client.get(f"{API}version", ok_statuses=(401, 403, 404)))
        name = "Forgejo" if self._variant is FORGEJO else "Gitea"
        yield Probe(name="host", ok=True, details=f"{name} {version} at {self._client.base}")
        yield Probe(name="account", ok=True, details=self.whoami())
        yield Probe(name="token", ok=True, details="the host accepted the token, but does not report its scopes")

    def probe_repository(self, target: Repository) -> Iterator[Probe]:
        """Check pushing, and the scopes by requests that write nothing: hosts check those of a token first.

        A label without a name is refused. Source: https://docs.gitea.com/development/oauth2-provider#scopes
        """
        yield from super().probe_repository(target)
        owner, lacking = quote(target.path.partition("/")[0], safe=""), []
        requests: tuple[tuple[str, str, object], ...] = (
            ("GET", f"{API}orgs/{owner}/labels", None),
            ("POST", f"{api_path(target)}/labels", {}),
            ("GET", f"{API}users/search?limit=1", None),
        )
        for method, path, sent in requests:
            response = self._client.send(method, path, sent, ok_statuses=(403, 404, 422), write=False)
            missing = _SCOPE.search(response.body.decode("utf-8", "replace")) if response.status == 403 else None
            lacking += [missing[1]] if missing else []
        hint = f"create a token with the scopes {', '.join(_SCOPES)}" if lacking else ""
        details = f"lacks {', '.join(lacking)}" if lacking else "sufficient"
        yield Probe(name="scopes", ok=not lacking, details=details, hint=hint)

    # Pull requests.

    def _send(self, method: str, path: str, data: object, *, ok_statuses: tuple[int, ...] = ()) -> Response:
        """Send a write. After that, the recorded state of the pull request is discarded."""
        self._opened.pop("/".join(path.split("/")[:_REPOSITORY_PARTS]), None)
        return super()._send(method, path, data, ok_statuses=ok_statuses)

    def open_request(self, target: Repository, branch: str, text: RequestText, *, draft: bool) -> MergeRequest:
        """Open a pull request, or return the one that is already open."""
        base = target.default_branch or self._git.refs(target).default or ""
        payload: dict[str, object] = {
            "head": head_name(target, branch),
            "base": base,
            "title": f"WIP: {text.title}" if draft else text.title,
            "body": text.body,
            "labels": self._ids_of_labels(target, text.labels),
            "assignees": list(text.assignees),
            **({"allow_maintainer_edit": True} if target.fork and self._variant is not FORGEJO else {}),
        }
        find = partial(self._find_open, target, base, branch)
        request = open_request(write_once(lambda: self._create_or_find(target, branch, payload, find), find))
        self._add_reviewers(target, request, text.reviewers)
        return request

    def _create_or_find(
        self, target: Repository, branch: str, payload: dict[str, object], find: Callable[[], Row | None]
    ) -> Row:
        """Create a pull request, or return the open one. Assignees are left out if the host refuses one of them.

        Hosts may not see a branch yet that was just pushed, and then answer 404.
        """
        for attempt in range(_TRIES):
            try:
                response = self._send("POST", f"{api_path(target)}/pulls", payload)
                created: Row = response.decode(responses.GiteaPullRequest)
            except HttpError as error:
                if error.status not in (404, 409, 422) or isinstance(error, UncertainError):
                    raise
                existing = find()
                if existing is not None:
                    return existing
                if error.status == 422 and payload["assignees"]:
                    payload = {**payload, "assignees": []}
                elif error.status == 404 and attempt < _TRIES - 1:
                    self._client.rate_limiter.back_off(attempt, "the host does not list the branch yet")
                else:
                    raise
            else:
                return self._without_duplicates(target, str(payload["base"]), branch, created)
        raise AssertionError

    def _without_duplicates(self, target: Repository, base: str, branch: str, created: Row) -> Row:
        """The pull request that stays open: hosts open both of two that are created at once; we close ours if it is
        the later one."""
        rows = self._open_with(target, created)
        ours = [row for row in rows if self._is_ours(target, branch, row) and row["base"]["ref"] == base]
        first: Row = min((created, *ours), key=lambda row: int(row["number"]))
        if [row["number"] for row in ours] == [first["number"]]:
            self._opened[api_path(target)] = ours[0]
        if first["number"] != created["number"]:
            self.close_request(target, open_request(created))
        return first

    def _open_with(self, target: Repository, created: Row) -> list[Row]:
        """The open pull requests after one was created. If there is no other, a list would only repeat it (10 kB)."""
        place = f"{api_path(target)}/pulls"
        counted = (created["base"].get("repo") or {}).get("open_pr_counter")
        if counted is not None and counted <= 1:
            second = self._client.get(place, {"state": "open", "limit": 1, "page": 2})
            if not second.decode(list[responses.GiteaPullRequest]):
                self._open_rows[target.path] = [created]
                return [created]
        response = self._client.get(place, {"state": "open", "limit": PER_PAGE})
        rows: list[Row] = response.decode(list[responses.GiteaPullRequest])
        if response.link("next") is None:
            self._open_rows[target.path] = rows
        return rows

    def former_requests(self, target: Repository, branch: str) -> Sequence[MergeRequest]:
        """Return open pull requests of ours from another branch, or into another.

        The list is the one that was read after a pull request was opened, if it has one page.
        """
        rows = self._open_rows.pop(target.path, None)
        if rows is None:
            pages = self._client.pages(f"{api_path(target)}/pulls", {"state": "open", "limit": PER_PAGE})
            rows = [row for page in pages for row in page.decode(list[responses.GiteaPullRequest])]
        return [
            open_request(row)
            for row in rows
            if (row.get("user") or {}).get("login") == self.whoami()
            and mark_of(row.get("body") or "") is not None
            and not (self._is_ours(target, branch, row) and row["base"]["ref"] == target.default_branch)
        ]

    def _ids_of_labels(self, target: Repository, names: Iterable[str]) -> list[int]:
        """The ids of labels; missing ones are created, or left out where the token has no write access."""
        names = list(names)
        ids = self._label_ids.get(target.path, {})
        if any(name not in ids for name in names):
            ids = self._label_ids[target.path] = self._read_labels(target)
        for name in names:
            if name not in ids and target.writable:
                ids[name] = write_once(
                    partial(self._create_label, target, name), partial(self._find_label, target, name)
                )
        return [ids[name] for name in names if name in ids]

    def _create_label(self, target: Repository, name: str) -> int:
        response = self._send("POST", f"{api_path(target)}/labels", {"name": name, "color": _LABEL_COLOUR})
        return int(response.decode(ObjectWithId)["id"])

    def _find_label(self, target: Repository, name: str) -> int | None:
        return self._read_labels(target).get(name)

    def _read_labels(self, target: Repository) -> dict[str, int]:
        """The ids of the labels of a repository and its organisation; of two with one name, the repository's first."""
        own = self._labels_at(f"{api_path(target)}/labels")
        return self._organisation_labels(target.path.partition("/")[0]) | own

    def _organisation_labels(self, owner: str) -> dict[str, int]:
        """The ids of the labels of an organisation, read once. A user has none: hosts answer 404 for its name."""
        if owner not in self._shared_labels:
            self._shared_labels[owner] = self._labels_at(f"{API}orgs/{quote(owner, safe='')}/labels", (403, 404))
        return self._shared_labels[owner]

    def _labels_at(self, place: str, ok_statuses: tuple[int, ...] = ()) -> dict[str, int]:
        pages = self._client.pages(place, {"limit": PER_PAGE}, ok_statuses=ok_statuses)
        rows = [row for page in pages if page.status == 200 for row in page.decode(list[responses.GiteaLabel])]
        return {row["name"]: row["id"] for row in reversed(rows)}

    def _add_reviewers(self, target: Repository, request: MergeRequest, reviewers: Sequence[str]) -> None:
        place = f"{api_path(target)}/pulls/{request.number}/requested_reviewers"
        self._request_reviews(place, request, reviewers, lambda names: {"reviewers": list(names)})

    def auto_merge(self, target: Repository, request: MergeRequest, *, expected: str) -> str:
        """Set a pull request to merge once its checks pass. A scheduled merge ignores `head_commit_id`: the host merges
        whatever the branch has by then, so we compare the branch first.

        The host answers 405 until it has checked the pull request: https://github.com/go-gitea/gitea/issues/32111.
        """
        if target.fork:
            return "others can push to the fork before the merge, and the host would merge those commits too"
        place = f"{api_path(target)}/pulls/{request.number}"
        if (self._client.get(place).decode(responses.GiteaPullRequest).get("head") or {}).get("sha") != expected:
            return _REFUSALS[409]
        payload = {
            self._variant.merge_key: self._merge_method(target),
            "merge_when_checks_succeed": True,
            "delete_branch_after_merge": True,
            "head_commit_id": expected,
        }
        for attempt in range(_LOOKUPS):
            response = self._send_twice("POST", f"{place}/merge", payload, ok_statuses=tuple(_REFUSALS))
            if response.status != 405 or attempt == _LOOKUPS - 1:
                return _REFUSALS.get(response.status, "")
            self._client.get(place)
            self._client.rate_limiter.back_off(
                attempt, "the host is still checking whether the pull request can be merged"
            )
        raise AssertionError

    def _merge_method(self, target: Repository) -> str:
        repository = get_of(self._client, target, "", {}).decode(responses.GiteaRepository)
        return str(repository.get("default_merge_style") or "merge")

    def ci_fails(self, target: Repository, commit: str) -> bool:
        """Return whether CI fails on a commit."""
        return gitea_fails(self._client, api_path(target), commit, per_page=PER_PAGE)

    def required_approvals(self, target: Repository, request: MergeRequest) -> int:
        """Return how many people must approve, by the protection of the default branch.

        The branch has the number; `branch_protections` may be read by owners only.
        Source: https://docs.gitea.com/api/#tag/repository/operation/repoGetBranch
        """
        place = f"{api_path(target)}/branches/{quote(target.default_branch or '')}"
        response = self._client.get(place, ok_statuses=(403, 404))
        return (response.decode(responses.GiteaBranch).get("required_approvals") or 0) if response.status == 200 else 0

    def update_request(self, target: Repository, request: MergeRequest, text: RequestText) -> None:
        """Update title and body, and add labels and reviewers. The mark of a draft stays in the title."""
        place = f"{api_path(target)}/pulls/{request.number}"
        payload: dict[str, object] = {"body": text.body}
        if text.title != request.title:
            title = str(self._client.get(place).decode(responses.GiteaPullRequest).get("title") or "")
            mark = DRAFT_MARK.match(title)
            payload["title"] = f"{mark[0] if mark else ''}{text.title}"
        self._send_twice("PATCH", place, payload)
        missing = [label for label in text.labels if label not in request.labels]
        if missing and target.writable:
            labels = {"labels": self._ids_of_labels(target, missing)}
            self._send_twice("POST", f"{api_path(target)}/issues/{request.number}/labels", labels)
        self._add_reviewers(target, request, text.reviewers)

    def make_ready(self, target: Repository, request: MergeRequest) -> None:
        """Make a draft ready for review; its title marks it as a draft."""
        self._send_twice("PATCH", f"{api_path(target)}/pulls/{request.number}", {"title": request.title})

    def remove_label(self, target: Repository, request: MergeRequest, label: str) -> None:
        """Remove a label from a pull request; its id may be that of a label of the organisation."""
        place = f"{api_path(target)}/issues/{request.number}/labels"
        rows: list[responses.GiteaLabel] = self._client.get(place).decode(list[responses.GiteaLabel])
        for row in rows:
            if row["name"] == label:
                self._send_twice("DELETE", f"{place}/{row['id']}", None, ok_statuses=(404,))

    def _requests_path(self, target: Repository) -> str:
        return f"{api_path(target)}/pulls"

    def comment(self, target: Repository, request: MergeRequest, note: str, *, topic: str = NOTE) -> None:
        """Write our comment on a topic, or change it."""

        def is_ours(row: Row) -> bool:
            marked = str(row.get("body") or "").startswith(comment_marker(topic))
            return marked and (row.get("user") or {}).get("login") == self.whoami()

        self._write_comment(
            f"{api_path(target)}/issues/{request.number}/comments",
            note,
            topic=topic,
            update=("PATCH", f"{api_path(target)}/issues/comments"),
            row_type=CommentResponse,
            is_ours=is_ours,
        )

    def review_host(self) -> ReviewHost:
        """Return the threads and statuses of reviews."""
        from codex.forge.gitea_threads import GiteaReviews

        return GiteaReviews(self._client, self.whoami)

    def repository_settings(self, target: Repository) -> RepositorySettings:
        """Read the settings of a repository."""
        from codex.forge.gitea_settings import read_settings

        return read_settings(self._client, target)

    def close_request(self, target: Repository, request: MergeRequest) -> None:
        """Close a pull request. Raises `RacedError` where it was merged in the meantime."""
        place = f"{api_path(target)}/pulls/{request.number}"
        response = self._send_twice("PATCH", place, {"state": "closed"}, ok_statuses=(412,))
        if response.status == 412:
            message = f"{target.path}: pull request {request.number} was merged in the meantime"
            raise RacedError(message, hint="run the sync again")
