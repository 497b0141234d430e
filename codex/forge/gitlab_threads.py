"""Threads and statuses of reviews on GitLab (https://docs.gitlab.com/api/discussions/#merge-requests)."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NotRequired, TypedDict

from codex.forge.api_forge import write_once
from codex.forge.gitlab_heads import api_path
from codex.forge.responses import Id, Name, Number, Text
from codex.forge.threads import CommitStatus, PastStatus, RequestHead, ReviewThread, marker_of, moments
from codex.http.client import Client
from codex.review.answers import Remark
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository


class _Refs(TypedDict):
    base_sha: Id
    head_sha: Id
    start_sha: Id


class _Request(TypedDict):
    sha: Id
    target_branch: Name
    state: NotRequired[Name | None]
    diff_refs: NotRequired[_Refs | None]


class _Project(TypedDict):
    default_branch: NotRequired[Name | None]


class _User(TypedDict):
    username: Name
    id: NotRequired[Number]
    bot: NotRequired[bool | None]


class _Member(TypedDict):
    access_level: Number
    state: NotRequired[Name | None]
    membership_state: NotRequired[Name | None]


class _Note(TypedDict):
    id: Number
    body: Text
    author: _User
    resolved: NotRequired[bool | None]
    system: NotRequired[bool | None]
    created_at: NotRequired[Name | None]
    updated_at: NotRequired[Name | None]


class _Discussion(TypedDict):
    id: Name
    notes: list[_Note]
    individual_note: NotRequired[bool | None]


class _Status(TypedDict):
    name: NotRequired[Name | None]
    status: Name
    description: NotRequired[Text | None]
    author: NotRequired[_User | None]
    created_at: NotRequired[Name | None]


_MAINTAINER: Final = 40
"""The access level of a maintainer (https://docs.gitlab.com/api/access_requests/#valid-access-levels)."""
_TOKEN_USER: Final = re.compile(r"(?:project|group)_[0-9]+_bot(?:_|$)")
"""The names of accounts of access tokens (https://docs.gitlab.com/user/project/settings/project_access_tokens/)."""


class GitLabReviews:
    """The threads and statuses of one GitLab."""

    def __init__(self, client: Client, whoami: Callable[[], str]) -> None:
        self._client = client
        self._whoami = whoami

    def head(self, target: Repository, request: MergeRequest) -> RequestHead:
        """Return the commits of a merge request, and its target; only its project says which branch is the default."""
        row: _Request = self._client.get(_request(target, request)).decode(_Request)
        project: _Project = self._client.get(api_path(target)).decode(_Project)
        refs, branch = row.get("diff_refs"), row["target_branch"]
        is_default = branch == project.get("default_branch")
        is_open = row.get("state") in (None, "opened")
        if not refs:
            return RequestHead(head=row["sha"], target=branch, is_default=is_default, is_open=is_open)
        return RequestHead(
            head=refs["head_sha"],
            base=refs["base_sha"],
            start=refs["start_sha"],
            target=branch,
            is_default=is_default,
            is_open=is_open,
        )

    def diff(self, target: Repository, request: MergeRequest, *, most: int) -> bytes:
        """Return the diff of a merge request (https://docs.gitlab.com/api/merge_requests/)."""
        return self._client.get(f"{_request(target, request)}/raw_diffs", max_bytes=most).body

    def account(self) -> str:
        """Return the account of the token."""
        return self._whoami()

    def threads(self, target: Repository, request: MergeRequest) -> Sequence[ReviewThread]:
        """Return our threads: a discussion whose first note is ours."""
        me = self._whoami()
        found = (_thread(row, me) for row in self._discussions(target, request))
        return [thread for thread in found if thread is not None]

    def _discussions(self, target: Repository, request: MergeRequest) -> Iterator[_Discussion]:
        for page in self._client.pages(f"{_request(target, request)}/discussions", {"per_page": 100}):
            rows: list[_Discussion] = page.decode(list[_Discussion])
            yield from rows

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

    def status(self, target: Repository, commit: str, name: str) -> CommitStatus | None:
        """Return our status of a commit (https://docs.gitlab.com/api/commits/#list-the-statuses-of-a-commit)."""
        place = f"{api_path(target)}/repository/commits/{commit}/statuses"
        rows: list[_Status] = self._client.get(place, {"name": name}).decode(list[_Status])
        ours = next((row for row in rows if row.get("name") == name), None)
        return (
            CommitStatus(name=name, passes=ours["status"] == "success", description=ours.get("description") or "")
            if ours
            else None
        )

    def set_status(self, target: Repository, commit: str, status: CommitStatus) -> None:
        """Set our status of a commit."""
        state = "success" if status.passes else "failed"
        data = {"name": status.name, "state": state, "description": status.description}
        write_once(lambda: self._client.send("POST", f"{api_path(target)}/statuses/{commit}", data))

    def past_statuses(self, target: Repository, commit: str, name: str) -> Iterator[PastStatus]:
        """Yield every status that a commit got, also those that were replaced."""
        place = f"{api_path(target)}/repository/commits/{commit}/statuses"
        for page in self._client.pages(place, {"name": name, "all": "true", "per_page": 100}):
            rows: list[_Status] = page.decode(list[_Status])
            for row in rows:
                if row.get("name") == name:
                    is_ours = (row.get("author") or _User(username=""))["username"] == self._whoami()
                    written, _ = moments(row.get("created_at"), None)
                    yield PastStatus(ours=is_ours, written=written, description=row.get("description") or "")

    def remarks(self, target: Repository, request: MergeRequest) -> Iterator[Remark]:
        """Yield the comments on a merge request that are not in threads."""
        for row in self._discussions(target, request):
            if row.get("individual_note"):
                yield from (_remark(note) for note in row["notes"] if not note.get("system"))

    def is_program(self, target: Repository, remark: Remark) -> bool:
        """Return whether an account is that of a token or a service; one that the API does not show counts as such."""
        if remark.program or _TOKEN_USER.match(remark.author):
            return True
        response = self._client.get(f"api/v4/users/{remark.account}", ok_statuses=(403, 404))
        return response.status != 200 or response.decode(_User).get("bot") is True

    def maintains(self, target: Repository, remark: Remark) -> bool | None:
        """Return whether an account is a maintainer, of the project or through a group.

        https://docs.gitlab.com/api/project_members/
        """
        response = self._client.get(f"{api_path(target)}/members/all/{remark.account}", ok_statuses=(403, 404))
        if response.status != 200:
            return False if response.status == 404 else None
        row: _Member = response.decode(_Member)
        states = (row.get("state") or "active", row.get("membership_state") or "active")
        return row["access_level"] >= _MAINTAINER and states == ("active", "active")


def _thread(row: _Discussion, me: str) -> ReviewThread | None:
    """Return a discussion that we started (`me`) as a thread; None for any other."""
    first = row["notes"][0] if row["notes"] else None
    marker = marker_of(first["body"]) if first and first["author"]["username"] == me else None
    if first is None or marker is None:
        return None
    return ReviewThread(
        id=row["id"],
        note=str(first["id"]),
        fingerprint=marker[0],
        body=first["body"],
        state=marker[1],
        resolved=bool(first.get("resolved")),
        conversation=row["id"],
        replies=tuple(_remark(note) for note in row["notes"][1:] if not note.get("system")),
    )


def _remark(note: _Note) -> Remark:
    written, edited = moments(note.get("created_at"), note.get("updated_at"))
    author = note["author"]
    return Remark(
        author=author["username"],
        account=author.get("id", 0),
        body=note["body"],
        written=written,
        edited=edited,
        program="id" not in author,
    )


def _request(target: Repository, request: MergeRequest) -> str:
    return f"{api_path(target)}/merge_requests/{request.number}"
