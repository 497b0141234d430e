"""Threads and statuses of reviews on Gitea and Forgejo (https://docs.gitea.com/api/#tag/repository).

Their APIs cannot resolve a thread, so a fixed one is edited; a comment on a line is also a comment of the issue.
"""

from collections.abc import Callable, Sequence
from typing import NotRequired, TypedDict

from codex.forge.api_forge import write_once
from codex.forge.gitea_files import api_path
from codex.forge.responses import CommentResponse, Id, Login, Name, Number, Text
from codex.forge.threads import STATUS, CommitStatus, RequestHead, ReviewThread, marker_of
from codex.http.client import Client
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository


class _Side(TypedDict):
    sha: Id


class _Pull(TypedDict):
    head: _Side


class _Review(TypedDict):
    id: Number
    user: NotRequired[Login | None]
    comments_count: NotRequired[Number | None]


class _Status(TypedDict):
    context: Name
    status: Name
    description: NotRequired[Text | None]


class GiteaReviews:
    """The threads and statuses of one Gitea or Forgejo."""

    def __init__(self, client: Client, whoami: Callable[[], str]) -> None:
        self._client = client
        self._whoami = whoami

    def head(self, target: Repository, request: MergeRequest) -> RequestHead:
        """Return the head of a pull request."""
        row: _Pull = self._client.get(_pull(target, request)).decode(_Pull)
        return RequestHead(head=row["head"]["sha"])

    def threads(self, target: Repository, request: MergeRequest) -> Sequence[ReviewThread]:
        """Return our comments on lines, of all our reviews."""
        place, found, me = f"{_pull(target, request)}/reviews", list[ReviewThread](), self._whoami()
        for page in self._client.pages(place, {"limit": 50}):
            reviews: list[_Review] = page.decode(list[_Review])
            for review in reviews:
                if (review.get("user") or {"login": ""})["login"] == me and review.get("comments_count") != 0:
                    found.extend(self._comments(f"{place}/{review['id']}/comments", me))
        return found

    def _comments(self, place: str, me: str) -> Sequence[ReviewThread]:
        rows: list[CommentResponse] = self._client.get(place).decode(list[CommentResponse])
        found = []
        for row in rows:
            marker = marker_of(row.get("body"))
            if marker is not None and (row.get("user") or {"login": ""})["login"] == me:
                identity, body = str(row["id"]), row.get("body") or ""
                found.append(
                    ReviewThread(id=identity, note=identity, fingerprint=marker[0], body=body, fixed=marker[1])
                )
        return found

    def open_thread(
        self, target: Repository, request: MergeRequest, head: RequestHead, place: tuple[str, int], body: str
    ) -> None:
        """Submit a review with one comment on a line of the new file."""
        comment = {"path": place[0], "new_position": place[1], "old_position": 0, "body": body}
        data = {"event": "COMMENT", "commit_id": head.head, "body": "", "comments": [comment]}
        self._client.send("POST", f"{_pull(target, request)}/reviews", data)

    def edit_thread(
        self, target: Repository, request: MergeRequest, thread: ReviewThread, body: str, *, resolve: bool | None
    ) -> None:
        """Change a comment."""
        place = f"{api_path(target)}/issues/comments/{thread.id}"
        write_once(lambda: self._client.send("PATCH", place, {"body": body}))

    def status(self, target: Repository, commit: str) -> CommitStatus | None:
        """Return our last status of a commit; the newest is first with this order."""
        place = f"{api_path(target)}/commits/{commit}/statuses"
        rows: list[_Status] = self._client.get(place, {"sort": "recentupdate", "limit": 50}).decode(list[_Status])
        ours = next((one for one in rows if one["context"] == STATUS), None)
        return (
            CommitStatus(passes=ours["status"] == "success", description=ours.get("description") or "")
            if ours
            else None
        )

    def set_status(self, target: Repository, commit: str, status: CommitStatus) -> None:
        """Set our status of a commit."""
        state = "success" if status.passes else "failure"
        data = {"context": STATUS, "state": state, "description": status.description}
        write_once(lambda: self._client.send("POST", f"{api_path(target)}/statuses/{commit}", data))


def _pull(target: Repository, request: MergeRequest) -> str:
    return f"{api_path(target)}/pulls/{request.number}"
