"""Threads and statuses of reviews on GitHub (https://docs.github.com/en/rest/pulls/comments).

REST cannot resolve a thread, so a fixed one is edited.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NotRequired, TypedDict
from urllib.parse import quote

from codex.forge.api_forge import Row, write_once
from codex.forge.github_queries import is_account
from codex.forge.responses import Name, Text
from codex.forge.rest_threads import (
    LineComment,
    PullResponse,
    RemarkResponse,
    StatusResponse,
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


class _Status(TypedDict):
    context: Name
    state: Name
    description: NotRequired[Text | None]


class _Combined(TypedDict):
    statuses: list[_Status]


class _Permission(TypedDict):
    permission: NotRequired[Name | None]
    role_name: NotRequired[Name | None]


class GitHubReviews:
    """The threads and statuses of one GitHub."""

    def __init__(self, client: Client, token_account: Callable[[], Row]) -> None:
        self._client = client
        self._token_account = token_account

    def head(self, target: Repository, request: MergeRequest) -> RequestHead:
        """Return the head of a pull request."""
        row: PullResponse = self._client.get(_pull(target, request)).decode(PullResponse)
        return request_head(row)

    def diff(self, target: Repository, request: MergeRequest, *, most: int) -> bytes:
        """Return the diff of a pull request; GitHub refuses one of more than 300 files or 20,000 lines (406).

        https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
        """
        headers = {"accept": "application/vnd.github.diff"}
        return self._client.request("GET", _pull(target, request), headers=headers, max_bytes=most).body

    def account(self) -> str:
        """Return the account of the token."""
        return str(self._token_account()["login"])

    def threads(self, target: Repository, request: MergeRequest) -> Sequence[ReviewThread]:
        """Return our comments on lines, with the replies to them."""
        place, found = f"{_pull(target, request)}/comments", list[LineComment]()
        for page in self._client.pages(place, {"per_page": 100}):
            rows: list[RemarkResponse] = page.decode(list[RemarkResponse])
            found += [_line_comment(row, self._token_account()) for row in rows]
        return list(threads_of(found))

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

    def status(self, target: Repository, commit: str, name: str) -> CommitStatus | None:
        """Return our status of a commit (https://docs.github.com/en/rest/commits/statuses)."""
        place = f"repos/{target.path}/commits/{commit}/status"
        pages = (page.decode(_Combined)["statuses"] for page in self._client.pages(place, {"per_page": 100}))
        ours = next((one for page in pages for one in page if one["context"] == name), None)
        return status_of(name, ours["state"], ours.get("description")) if ours else None

    def set_status(self, target: Repository, commit: str, status: CommitStatus) -> None:
        """Set our status of a commit."""
        place = f"repos/{target.path}/statuses/{commit}"
        write_once(lambda: self._client.send("POST", place, status_data(status)))

    def past_statuses(self, target: Repository, commit: str, name: str) -> Iterator[PastStatus]:
        """Yield every status that a commit got; GitHub keeps up to 1,000 of a name."""
        for page in self._client.pages(f"repos/{target.path}/commits/{commit}/statuses", {"per_page": 100}):
            rows: list[StatusResponse] = page.decode(list[StatusResponse])
            yield from past_statuses(rows, name, lambda user: is_account(user, self._token_account()))

    def remarks(self, target: Repository, request: MergeRequest) -> Iterator[Remark]:
        """Yield the comments on a pull request."""
        for page in self._client.pages(f"repos/{target.path}/issues/{request.number}/comments", {"per_page": 100}):
            rows: list[RemarkResponse] = page.decode(list[RemarkResponse])
            yield from map(remark_of, rows)

    def is_program(self, target: Repository, remark: Remark) -> bool:
        """Return whether an account is a bot, or wrote through an App."""
        return remark.program

    def maintains(self, target: Repository, remark: Remark) -> bool | None:
        """Return whether an account has the role `maintain` or `admin`.

        https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
        """
        place = f"repos/{target.path}/collaborators/{quote(remark.author, safe='')}/permission"
        response = self._client.get(place, ok_statuses=(403, 404))
        if response.status != 200:
            return False if response.status == 404 else None
        row: _Permission = response.decode(_Permission)
        return row.get("permission") == "admin" or row.get("role_name") in ("admin", "maintain")


def _line_comment(row: RemarkResponse, account: Row) -> LineComment:
    first = row.get("in_reply_to_id") or row["id"]
    return LineComment(row=row, conversation=str(first), ours=is_account(row.get("user"), account))


def _pull(target: Repository, request: MergeRequest) -> str:
    return f"repos/{target.path}/pulls/{request.number}"
