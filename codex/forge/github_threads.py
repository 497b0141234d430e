"""Threads and statuses of reviews on GitHub (https://docs.github.com/en/rest/pulls/comments).

REST cannot resolve a thread, so a fixed one is edited.
"""

from collections.abc import Callable, Sequence
from typing import NotRequired, TypedDict

from codex.forge.api_forge import write_once
from codex.forge.github_queries import bare_login
from codex.forge.responses import CommentResponse, Name, Text
from codex.forge.rest_threads import PullResponse, request_head, status_data, status_of, thread_of
from codex.forge.threads import STATUS, CommitStatus, RequestHead, ReviewThread
from codex.http.client import Client
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository


class _Status(TypedDict):
    context: Name
    state: Name
    description: NotRequired[Text | None]


class _Combined(TypedDict):
    statuses: list[_Status]


class GitHubReviews:
    """The threads and statuses of one GitHub."""

    def __init__(self, client: Client, whoami: Callable[[], str]) -> None:
        self._client = client
        self._whoami = whoami

    def head(self, target: Repository, request: MergeRequest) -> RequestHead:
        """Return the head of a pull request."""
        row: PullResponse = self._client.get(_pull(target, request)).decode(PullResponse)
        return request_head(row)

    def threads(self, target: Repository, request: MergeRequest) -> Sequence[ReviewThread]:
        """Return our comments on lines."""
        place, found, me = f"{_pull(target, request)}/comments", list[ReviewThread](), bare_login(self._whoami())
        for page in self._client.pages(place, {"per_page": 100}):
            rows: list[CommentResponse] = page.decode(list[CommentResponse])
            ours = (row for row in rows if bare_login((row.get("user") or {"login": ""})["login"]) == me)
            found += [thread for thread in map(thread_of, ours) if thread is not None]
        return found

    def open_thread(
        self, target: Repository, request: MergeRequest, head: RequestHead, place: tuple[str, int], body: str
    ) -> None:
        """Comment on a line of the new file."""
        data = {"body": body, "commit_id": head.head, "path": place[0], "line": place[1], "side": "RIGHT"}
        self._client.send("POST", f"{_pull(target, request)}/comments", data)

    def edit_thread(
        self, target: Repository, request: MergeRequest, thread: ReviewThread, body: str, *, resolve: bool | None
    ) -> None:
        """Change a comment."""
        place = f"repos/{target.path}/pulls/comments/{thread.id}"
        write_once(lambda: self._client.send("PATCH", place, {"body": body}))

    def status(self, target: Repository, commit: str) -> CommitStatus | None:
        """Return our status of a commit (https://docs.github.com/en/rest/commits/statuses)."""
        place = f"repos/{target.path}/commits/{commit}/status"
        row: _Combined = self._client.get(place, {"per_page": 100}).decode(_Combined)
        ours = next((one for one in row["statuses"] if one["context"] == STATUS), None)
        return status_of(ours["state"], ours.get("description")) if ours else None

    def set_status(self, target: Repository, commit: str, status: CommitStatus) -> None:
        """Set our status of a commit."""
        place = f"repos/{target.path}/statuses/{commit}"
        write_once(lambda: self._client.send("POST", place, status_data(status)))


def _pull(target: Repository, request: MergeRequest) -> str:
    return f"repos/{target.path}/pulls/{request.number}"
