"""What the reviews of GitHub and Gitea have in common: pull requests, comments on lines, and statuses of commits.

Gitea's API follows GitHub's (https://docs.gitea.com/development/api-usage), with other names for a few keys.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NotRequired, TypedDict

from codex.forge.responses import Id, Name, Number, Text
from codex.forge.threads import (
    CommitStatus,
    PastStatus,
    RequestHead,
    ReviewThread,
    marker_of,
    moments,
)
from codex.review.answers import Remark
from skills_build.frozen import dataclass


class _Side(TypedDict):
    sha: Id


class _Owner(TypedDict):
    default_branch: NotRequired[Name | None]


class _Base(TypedDict):
    ref: Name
    repo: NotRequired[_Owner | None]


class PullResponse(TypedDict):
    """The fields of a pull request that a review needs."""

    head: _Side
    base: _Base
    state: NotRequired[Name | None]


class Author(TypedDict):
    """The author of a comment. On Gitea, accounts that are not people have numbers below 1."""

    login: Name
    id: NotRequired[int]
    type: NotRequired[Name | None]


class RemarkResponse(TypedDict):
    """A comment, on a pull request or on a line."""

    id: Number
    body: NotRequired[Text | None]
    user: NotRequired[Author | None]
    created_at: NotRequired[Name | None]
    updated_at: NotRequired[Name | None]
    path: NotRequired[Text | None]
    position: NotRequired[Number | None]
    original_position: NotRequired[Number | None]
    in_reply_to_id: NotRequired[Number | None]
    performed_via_github_app: NotRequired[dict[str, object] | None]


class StatusResponse(TypedDict):
    """A status of a commit."""

    context: Name
    state: NotRequired[Name | None]
    status: NotRequired[Name | None]
    description: NotRequired[Text | None]
    creator: NotRequired[Author | None]
    created_at: NotRequired[Name | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineComment:
    """A comment on a line, whose conversation it is in, and whether it is ours."""

    row: RemarkResponse
    conversation: str
    ours: bool


def request_head(row: PullResponse) -> RequestHead:
    """Return the head of a pull request, and its target."""
    base = row["base"]
    default = (base.get("repo") or _Owner()).get("default_branch")
    is_open = row.get("state") in (None, "open")
    return RequestHead(head=row["head"]["sha"], target=base["ref"], is_default=base["ref"] == default, is_open=is_open)


def author_of(row: RemarkResponse) -> str:
    """Return the login of the author of a comment; empty if the account is gone."""
    return (row.get("user") or {"login": ""})["login"]


def threads_of(comments: Sequence[LineComment]) -> Iterator[ReviewThread]:
    """Yield our comments with a marker as threads, with the comments of others in the same conversation."""
    replies: dict[str, list[RemarkResponse]] = {}
    for one in comments:
        if not (one.ours and marker_of(one.row.get("body"))):
            replies.setdefault(one.conversation, []).append(one.row)
    for one in comments:
        thread = _thread_of(one) if one.ours else None
        if thread is not None:
            later = [row for row in replies.get(one.conversation, ()) if row["id"] > one.row["id"]]
            yield replace(thread, replies=tuple(remark_of(row) for row in sorted(later, key=lambda row: row["id"])))


def _thread_of(one: LineComment) -> ReviewThread | None:
    """Return a comment with our marker as a thread without replies; None for any other."""
    body = one.row.get("body") or ""
    marker = marker_of(body)
    if marker is None:
        return None
    identity = str(one.row["id"])
    return ReviewThread(
        id=identity,
        note=identity,
        fingerprint=marker[0],
        body=body,
        state=marker[1],
        conversation=one.conversation,
    )


def remark_of(row: RemarkResponse) -> Remark:
    """Return a comment."""
    written, edited = moments(row.get("created_at"), row.get("updated_at"))
    user = row.get("user") or Author(login="")
    is_bot = (user.get("type") or "User") != "User" or user.get("id", 1) < 1
    return Remark(
        author=user["login"],
        account=user.get("id", 0),
        body=row.get("body") or "",
        written=written,
        edited=edited,
        program=is_bot or not user["login"] or bool(row.get("performed_via_github_app")),
    )


def past_statuses(
    rows: Iterable[StatusResponse], name: str, is_ours: Callable[[Author | None], bool]
) -> Iterator[PastStatus]:
    """Yield the statuses with a name among those of a commit."""
    for row in rows:
        if row["context"] == name:
            written, _ = moments(row.get("created_at"), None)
            yield PastStatus(
                ours=is_ours(row.get("creator")), written=written, description=row.get("description") or ""
            )


def status_of(name: str, state: str, description: Text | None) -> CommitStatus:
    """Return a status of a commit."""
    return CommitStatus(name=name, passes=state == "success", description=description or "")


def status_data(status: CommitStatus) -> Mapping[str, str]:
    """Return the body of the request that sets our status."""
    return {
        "context": status.name,
        "state": "success" if status.passes else "failure",
        "description": status.description,
    }
