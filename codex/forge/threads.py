"""What a review needs of a forge: threads on lines of a merge request, and a status of its commit.

Ours is a thread whose author is the account of the token and whose text has our marker; all others are ignored.
"""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

STATUS: Final = "codex/review"
"""The name of the status of a commit."""
_MARKER: Final = re.compile(r"<!-- codex:finding ([0-9a-f]{64}) (open|fixed) -->")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewThread:
    """A thread of ours on a line: its ids on the forge, the finding it is about, and its text.

    `fixed` says that we closed it; `resolved` that somebody marked it as done, where the forge can.
    """

    id: str
    note: str
    fingerprint: str
    body: str
    fixed: bool
    resolved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHead:
    """The commits of a merge request: its head, the base of its diff, and where its branch starts."""

    head: str
    base: str = ""
    start: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitStatus:
    """The status of a commit: whether it passes, and a short description."""

    passes: bool
    description: str


class ReviewHost(Protocol):
    """What reviews need of one forge."""

    def head(self, target: Repository, request: MergeRequest) -> RequestHead:
        """Return the commits of a merge request."""

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

    def status(self, target: Repository, commit: str) -> CommitStatus | None:
        """Return our status of a commit, if it has one."""

    def set_status(self, target: Repository, commit: str, status: CommitStatus) -> None:
        """Set our status of a commit."""


def marked(fingerprint: str, text: str, *, fixed: bool) -> str:
    """Return the text of a thread with its marker."""
    return f"<!-- codex:finding {fingerprint} {'fixed' if fixed else 'open'} -->\n{text}"


def marker_of(body: str | None) -> tuple[str, bool] | None:
    """Return the fingerprint in the marker of a text and whether it is fixed; None without a marker at its start."""
    match = _MARKER.match(body or "")
    return (match[1], match[2] == "fixed") if match else None


def no_reviews(name: str) -> CodexError:
    """Return the error of a forge without merge requests that people see."""
    return CodexError(f"{name} has no threads or statuses", hint="pass the URL of a merge request on a forge")
