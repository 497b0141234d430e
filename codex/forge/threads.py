"""The operations that reviews need on a forge: threads on lines of a merge request, and a status of its commit.

A thread is ours if its author is the account of the token and its text has our marker; all others are ignored.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol

from codex.review.answers import Remark, moment
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

STATUS: Final = "codex/review"
"""The name of the status of a commit for merge requests into the default branch."""
_MARKER: Final = re.compile(r"<!-- codex:finding ([0-9a-f]{64}) (open|fixed|declined) -->")
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class ThreadState(StrEnum):
    """The state of a thread: its finding still exists, was fixed, or will not be fixed."""

    OPEN = "open"
    FIXED = "fixed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewThread:
    """A thread of ours on a line: its ids on the forge, the finding it is about, its text, and replies, oldest first.

    `resolved` is whether someone marked it as resolved, if the forge supports that. Threads with the same
    `conversation` share their replies: some forges have one conversation for each line.
    """

    id: str
    note: str
    fingerprint: str
    body: str
    state: ThreadState
    resolved: bool = False
    conversation: str
    replies: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHead:
    """The commits of a merge request: its head, the base of its diff, and where its branch starts; and its target.

    A commit can be the head of several merge requests, into branches with other rules. Each target therefore has a
    status of its own, so that none of them can replace the status that another one needs.
    """

    head: str
    base: str = ""
    start: str = ""
    target: str
    """The branch that it is to be merged into."""
    is_default: bool
    """Whether that is the default branch."""
    is_open: bool = True
    """Whether it is neither closed nor merged."""

    @property
    def status(self) -> str:
        """The name of the status."""
        return STATUS if self.is_default else f"{STATUS}: {self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitStatus:
    """The status of a commit: its name, whether it passes, and a short description."""

    name: str
    passes: bool
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastStatus:
    """A status that a commit got: whether the account of the token set it, when, and its description."""

    ours: bool
    written: datetime
    description: str


class ReviewHost(Protocol):
    """The operations that reviews need on one forge."""

    def account(self) -> str:
        """Return the account of the token, as comments show it."""

    def head(self, target: Repository, request: MergeRequest) -> RequestHead:
        """Return the commits of a merge request."""

    def diff(self, target: Repository, request: MergeRequest, *, most: int) -> bytes:
        """Return the diff of a merge request from where its branch starts. Raises `HttpError` above `most` bytes."""

    def threads(self, target: Repository, request: MergeRequest) -> Sequence[ReviewThread]:
        """Return our threads."""

    def open_thread(
        self, target: Repository, request: MergeRequest, head: RequestHead, place: tuple[str, int], body: str
    ) -> None:
        """Open a thread on a line of the new file; `place` is its path and its line."""

    def edit_thread(
        self, target: Repository, request: MergeRequest, thread: ReviewThread, body: str, *, resolve: bool | None
    ) -> None:
        """Change the text of a thread, and resolve or reopen it where the forge can."""

    def status(self, target: Repository, commit: str, name: str) -> CommitStatus | None:
        """Return the status of a commit with a name, if it has one."""

    def set_status(self, target: Repository, commit: str, status: CommitStatus) -> None:
        """Set our status of a commit."""

    def past_statuses(self, target: Repository, commit: str, name: str) -> Iterable[PastStatus]:
        """Return every status with a name that a commit got."""

    def remarks(self, target: Repository, request: MergeRequest) -> Iterable[Remark]:
        """Return the comments on a merge request that are not in threads."""

    def is_program(self, target: Repository, remark: Remark) -> bool:
        """Return whether the account of a comment is known to be a program."""

    def maintains(self, target: Repository, remark: Remark) -> bool | None:
        """Return whether the author of a comment has maintain permission; None if the forge does not report it."""


def marked(fingerprint: str, text: str, state: ThreadState) -> str:
    """Return the text of a thread with its marker."""
    return f"<!-- codex:finding {fingerprint} {state} -->\n{text}"


def marker_of(body: str | None) -> tuple[str, ThreadState] | None:
    """Return the fingerprint and the state in the marker of a text; None without a marker at its start."""
    match = _MARKER.match(body or "")
    return (match[1], ThreadState(match[2])) if match else None


def has_marker(body: str) -> bool:
    """Return whether a text is one that codexc writes."""
    return body.startswith("<!-- codex:")


def moments(created: str | None, updated: str | None) -> tuple[datetime, bool]:
    """Return when a text was written, and whether it may have been edited since."""
    first, last = moment(created or ""), moment(updated or "")
    return first or _NEVER, first is None or last is None or first != last


def no_reviews(name: str) -> CodexError:
    """Return the error of a forge without merge requests that people see."""
    return CodexError(f"{name} has no threads or statuses", hint="pass the URL of a merge request on a forge")
