"""What the reviews of GitHub and Gitea have in common: pull requests, comments on lines, and statuses of commits.

Gitea's API follows GitHub's (https://docs.gitea.com/development/api-usage), with other names for a few keys.
"""

from collections.abc import Mapping
from typing import TypedDict

from codex.forge.responses import CommentResponse, Id, Text
from codex.forge.threads import STATUS, CommitStatus, RequestHead, ReviewThread, marker_of


class _Side(TypedDict):
    sha: Id


class PullResponse(TypedDict):
    """A pull request, as far as a review needs it."""

    head: _Side


def request_head(row: PullResponse) -> RequestHead:
    """Return the head of a pull request."""
    return RequestHead(head=row["head"]["sha"])


def thread_of(row: CommentResponse) -> ReviewThread | None:
    """Return a comment on a line as a thread; None without our marker."""
    marker = marker_of(row.get("body"))
    if marker is None:
        return None
    identity, body = str(row["id"]), row.get("body") or ""
    return ReviewThread(id=identity, note=identity, fingerprint=marker[0], body=body, fixed=marker[1])


def status_of(state: str, description: Text | None) -> CommitStatus:
    """Return a status of a commit."""
    return CommitStatus(passes=state == "success", description=description or "")


def status_data(status: CommitStatus) -> Mapping[str, str]:
    """Return the body of the request that sets our status."""
    return {
        "context": STATUS,
        "state": "success" if status.passes else "failure",
        "description": status.description,
    }
