"""Threads and statuses of reviews on GitLab (https://docs.gitlab.com/api/discussions/#merge-requests)."""

from collections.abc import Callable, Sequence
from typing import NotRequired, TypedDict

from codex.forge.api_forge import write_once
from codex.forge.gitlab_heads import api_path
from codex.forge.responses import Id, Name, Number, Text
from codex.forge.threads import STATUS, CommitStatus, RequestHead, ReviewThread, marker_of
from codex.http.client import Client
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository


class _Refs(TypedDict):
    base_sha: Id
    head_sha: Id
    start_sha: Id


class _Request(TypedDict):
    sha: Id
    diff_refs: NotRequired[_Refs | None]


class _User(TypedDict):
    username: Name


class _Note(TypedDict):
    id: Number
    body: Text
    author: _User
    resolved: NotRequired[bool | None]


class _Discussion(TypedDict):
    id: Name
    notes: list[_Note]


class _Status(TypedDict):
    name: NotRequired[Name | None]
    status: Name
    description: NotRequired[Text | None]


class GitLabReviews:
    """The threads and statuses of one GitLab."""

    def __init__(self, client: Client, whoami: Callable[[], str]) -> None:
        self._client = client
        self._whoami = whoami

    def head(self, target: Repository, request: MergeRequest) -> RequestHead:
        """Return the commits of a merge request."""
        row: _Request = self._client.get(_request(target, request)).decode(_Request)
        refs = row.get("diff_refs")
        if not refs:
            return RequestHead(head=row["sha"])
        return RequestHead(head=refs["head_sha"], base=refs["base_sha"], start=refs["start_sha"])

    def threads(self, target: Repository, request: MergeRequest) -> Sequence[ReviewThread]:
        """Return our threads: a discussion whose first note is ours."""
        place, found, me = f"{_request(target, request)}/discussions", list[ReviewThread](), self._whoami()
        for page in self._client.pages(place, {"per_page": 100}):
            rows: list[_Discussion] = page.decode(list[_Discussion])
            for row in rows:
                first = row["notes"][0] if row["notes"] else None
                marker = marker_of(first["body"]) if first and first["author"]["username"] == me else None
                if first is not None and marker is not None:
                    found.append(
                        ReviewThread(
                            id=row["id"],
                            note=str(first["id"]),
                            fingerprint=marker[0],
                            body=first["body"],
                            fixed=marker[1],
                            resolved=bool(first.get("resolved")),
                        )
                    )
        return found

    def open_thread(
        self, target: Repository, request: MergeRequest, head: RequestHead, place: tuple[str, int], body: str
    ) -> None:
        """Open a discussion on a line of the diff."""
        path, line = place
        position = {
            "position_type": "text",
            "base_sha": head.base,
            "start_sha": head.start,
            "head_sha": head.head,
            "old_path": path,
            "new_path": path,
            "new_line": line,
        }
        address = f"{_request(target, request)}/discussions"
        self._client.send("POST", address, {"body": body, "position": position})

    def edit_thread(
        self, target: Repository, request: MergeRequest, thread: ReviewThread, body: str, *, resolve: bool | None
    ) -> None:
        """Change the first note of a discussion, and resolve or reopen it."""
        place = f"{_request(target, request)}/discussions/{thread.id}"
        write_once(lambda: self._client.send("PUT", f"{place}/notes/{thread.note}", {"body": body}))
        if resolve is not None and resolve is not thread.resolved:
            write_once(lambda: self._client.send("PUT", place, {"resolved": resolve}))

    def status(self, target: Repository, commit: str) -> CommitStatus | None:
        """Return our status of a commit (https://docs.gitlab.com/api/commits/#list-the-statuses-of-a-commit)."""
        place = f"{api_path(target)}/repository/commits/{commit}/statuses"
        rows: list[_Status] = self._client.get(place, {"name": STATUS}).decode(list[_Status])
        ours = next((row for row in rows if row.get("name") == STATUS), None)
        return (
            CommitStatus(passes=ours["status"] == "success", description=ours.get("description") or "")
            if ours
            else None
        )

    def set_status(self, target: Repository, commit: str, status: CommitStatus) -> None:
        """Set our status of a commit."""
        state = "success" if status.passes else "failed"
        data = {"name": STATUS, "state": state, "description": status.description}
        write_once(lambda: self._client.send("POST", f"{api_path(target)}/statuses/{commit}", data))


def _request(target: Repository, request: MergeRequest) -> str:
    return f"{api_path(target)}/merge_requests/{request.number}"
