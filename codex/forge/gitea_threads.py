"""Threads and statuses of reviews on Gitea and Forgejo (https://docs.gitea.com/api/#tag/repository).

Their APIs cannot resolve a thread, so a fixed one is edited; a comment on a line is also a comment of the issue.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NotRequired, TypedDict
from urllib.parse import quote

from codex.forge.api_forge import write_once
from codex.forge.gitea_paths import api_path
from codex.forge.responses import Name, Number
from codex.forge.rest_threads import (
    Author,
    LineComment,
    PullResponse,
    RemarkResponse,
    StatusResponse,
    author_of,
    past_statuses,
    remark_of,
    request_head,
    status_data,
    status_of,
    threads_of,
)
from codex.forge.threads import CommitStatus, PastStatus, RequestHead, ReviewThread
from codex.http.client import Client
from codex.review.answers import Remark
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository


class _Review(TypedDict):
    id: Number
    comments_count: NotRequired[Number | None]


class _Permission(TypedDict):
    permission: NotRequired[Name | None]


class GiteaReviews:
    """The threads and statuses of one Gitea or Forgejo."""

    def __init__(self, client: Client, whoami: Callable[[], str]) -> None:
        self._client = client
        self._whoami = whoami

    def head(self, target: Repository, request: MergeRequest) -> RequestHead:
        """Return the head of a pull request."""
        row: PullResponse = self._client.get(_pull(target, request)).decode(PullResponse)
        return request_head(row)

    def diff(self, target: Repository, request: MergeRequest, *, most: int) -> bytes:
        """Return the diff of a pull request."""
        return self._client.get(f"{_pull(target, request)}.diff", max_bytes=most).body

    def account(self) -> str:
        """Return the account of the token."""
        return self._whoami()

    def threads(self, target: Repository, request: MergeRequest) -> Sequence[ReviewThread]:
        """Return our comments on lines. All comments on a line of a side are one conversation, as on the page."""
        me = self._whoami()
        return list(threads_of([_line_comment(row, me) for row in self._line_comments(target, request)]))

    def _line_comments(self, target: Repository, request: MergeRequest) -> Iterator[RemarkResponse]:
        """Yield all comments on lines; Gitea lists them only by review."""
        place = f"{_pull(target, request)}/reviews"
        for page in self._client.pages(place, {"limit": 50}):
            reviews: list[_Review] = page.decode(list[_Review])
            for review in reviews:
                if review.get("comments_count") != 0:
                    rows: list[RemarkResponse] = self._client.get(f"{place}/{review['id']}/comments").decode(
                        list[RemarkResponse]
                    )
                    yield from rows

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

    def status(self, target: Repository, commit: str, name: str) -> CommitStatus | None:
        """Return our last status of a commit; the newest is first with this order."""
        place = f"{api_path(target)}/commits/{commit}/statuses"
        rows: list[StatusResponse] = self._client.get(place, {"sort": "recentupdate", "limit": 50}).decode(
            list[StatusResponse]
        )
        ours = next((one for one in rows if one["context"] == name), None)
        return status_of(name, ours.get("status") or "", ours.get("description")) if ours else None

    def set_status(self, target: Repository, commit: str, status: CommitStatus) -> None:
        """Set our status of a commit."""
        place = f"{api_path(target)}/statuses/{commit}"
        write_once(lambda: self._client.send("POST", place, status_data(status)))

    def past_statuses(self, target: Repository, commit: str, name: str) -> Iterator[PastStatus]:
        """Yield every status that a commit got; Gitea keeps them all."""
        for page in self._client.pages(f"{api_path(target)}/commits/{commit}/statuses", {"limit": 50}):
            rows: list[StatusResponse] = page.decode(list[StatusResponse])
            yield from past_statuses(rows, name, self._is_me)

    def _is_me(self, user: Author | None) -> bool:
        return user is not None and user["login"] == self._whoami()

    def remarks(self, target: Repository, request: MergeRequest) -> Iterator[Remark]:
        """Yield the comments on a pull request; the API returns all of them at once."""
        place = f"{api_path(target)}/issues/{request.number}/comments"
        rows: list[RemarkResponse] = self._client.get(place).decode(list[RemarkResponse])
        yield from map(remark_of, rows)

    def is_program(self, target: Repository, remark: Remark) -> bool:
        """Return whether an account is a bot; Gitea only reports this for built-in accounts."""
        return remark.program

    def maintains(self, target: Repository, remark: Remark) -> bool | None:
        """Return whether an account owns or administers a repository; only its administrators can request this."""
        if remark.author.lower() == target.path.partition("/")[0].lower():
            return True
        place = f"{api_path(target)}/collaborators/{quote(remark.author, safe='')}/permission"
        response = self._client.get(place, ok_statuses=(403, 404))
        if response.status != 200:
            return False if response.status == 404 else None
        row: _Permission = response.decode(_Permission)
        return row.get("permission") in ("admin", "owner")


def _line_comment(row: RemarkResponse, me: str) -> LineComment:
    side = row.get("position") or -(row.get("original_position") or 0)
    return LineComment(row=row, conversation=f"{row.get('path')}:{side}", ours=author_of(row) == me)


def _pull(target: Repository, request: MergeRequest) -> str:
    return f"{api_path(target)}/pulls/{request.number}"
