"""Threads and statuses of reviews on Gitea and Forgejo (https://docs.gitea.com/api/#tag/repository).

Their APIs cannot resolve a thread, so a fixed one is edited; a comment on a line is also a comment of the issue.
"""

from collections.abc import Callable, Sequence
from typing import NotRequired, TypedDict

from codex.forge.api_forge import write_once
from codex.forge.gitea_files import api_path
from codex.forge.responses import CommentResponse, Login, Name, Number, Text
from codex.forge.rest_threads import PullResponse, request_head, status_data, status_of, thread_of
from codex.forge.threads import STATUS, CommitStatus, RequestHead, ReviewThread
from codex.http.client import Client
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository


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
        row: PullResponse = self._client.get(_pull(target, request)).decode(PullResponse)
        return request_head(row)

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
        ours = (row for row in rows if (row.get("user") or {"login": ""})["login"] == me)
        return [thread for thread in map(thread_of, ours) if thread is not None]

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
        return status_of(ours["status"], ours.get("description")) if ours else None

    def set_status(self, target: Repository, commit: str, status: CommitStatus) -> None:
        """Set our status of a commit."""
        place = f"{api_path(target)}/statuses/{commit}"
        write_once(lambda: self._client.send("POST", place, status_data(status)))


def _pull(target: Repository, request: MergeRequest) -> str:
    return f"{api_path(target)}/pulls/{request.number}"
