"""Posts a review on a merge request: at most five threads, one summary and a status, all edited in place.

A second run with the same result writes nothing. Only what is ours is changed: the author is the account of the token,
and the text has our marker.
"""

from collections.abc import Sequence
from typing import Final

from codex.forge.threads import CommitStatus, RequestHead, ReviewHost, ReviewThread, marked
from codex.http.errors import HttpError
from codex.report.review import as_markdown, thread_text, verdict_text
from codex.review.model import Decision, Review, ReviewFinding
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from codex.workflow.own_repository import request_at
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

MAX_THREADS: Final = 5
"""The most threads that are open at a time; all other findings are in the summary."""
TOPIC: Final = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What was written."""

    opened: int
    closed: int
    reopened: int
    status: bool
    refused: tuple[str, ...] = ()
    """Why the host refused threads; their findings are in the summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A merge request on a forge, and its head."""

    host: ReviewHost
    target: Repository
    request: MergeRequest
    head: RequestHead


def post_review(review: Review, address: str, *, token: str | None = None) -> Posted:
    """Post a review on the merge request at a URL. Raises `CodexError` if it is a review of another commit."""
    repository, request = request_at(address, token=token)
    host = repository.forge.review_host()
    place = _Place(host=host, target=repository.target, request=request, head=host.head(repository.target, request))
    if review.head != place.head.head:
        what = f"commit {review.head[:12]}" if review.head else "uncommitted changes"
        hint = "check out the head of the merge request: pipelines may build a merge commit"
        raise CodexError(f"the review is of {what}, the merge request is at {place.head.head[:12]}", hint=hint)
    refused: list[str] = []
    posted = _threads(review, place, refused)
    repository.forge.comment(place.target, request, as_markdown(review), topic=TOPIC)
    status = CommitStatus(
        passes=review.decision in (Decision.APPROVE, Decision.COMMENT), description=verdict_text(review)[:140]
    )
    changed = host.status(place.target, place.head.head) != status
    if changed:
        host.set_status(place.target, place.head.head, status)
    return Posted(opened=posted[0], closed=posted[1], reopened=posted[2], status=changed, refused=tuple(refused))


def _threads(review: Review, place: _Place, refused: list[str]) -> tuple[int, int, int]:
    """Open, close and reopen threads; returns the number of each."""
    ours = {thread.fingerprint: thread for thread in place.host.threads(place.target, place.request)}
    current = {finding.fingerprint: finding for finding in review.findings}
    closed = _close_fixed([one for one in ours.values() if one.fingerprint not in current], place)
    reopened = 0
    shown = sum(not one.fixed for fingerprint, one in ours.items() if fingerprint in current)
    opened = 0
    for finding in review.findings:
        thread = ours.get(finding.fingerprint)
        if thread is None:
            if finding.line and finding.path and shown < MAX_THREADS and _opened(finding, place, refused):
                opened, shown = opened + 1, shown + 1
        elif thread.fixed and shown < MAX_THREADS:
            _edit(thread, thread_text(finding), place, fixed=False, resolve=False)
            reopened, shown = reopened + 1, shown + 1
        elif not thread.fixed:
            _edit(thread, thread_text(finding), place, fixed=False, resolve=None)
    return opened, closed, reopened


def _close_fixed(threads: Sequence[ReviewThread], place: _Place) -> int:
    """Close the threads whose finding is gone; returns their number."""
    left = [thread for thread in threads if not thread.fixed]
    for thread in left:
        _edit(thread, f"Fixed in {place.head.head[:12]}.", place, fixed=True, resolve=True)
    return len(left)


def _opened(finding: ReviewFinding, place: _Place, refused: list[str]) -> bool:
    """Open a thread. Return whether the host accepts it: its diff may end before the line, or be too large to show."""
    body = marked(finding.fingerprint, thread_text(finding), fixed=False)
    try:
        place.host.open_thread(place.target, place.request, place.head, (finding.path, finding.line), body)
    except HttpError as error:
        if error.status not in (400, 404, 422):
            raise
        refused.append(f"no thread on {finding.path}:{finding.line}: {error.message}")
        return False
    return True


def _edit(thread: ReviewThread, text: str, place: _Place, *, fixed: bool, resolve: bool | None) -> None:
    body = marked(thread.fingerprint, text, fixed=fixed)
    same = body.strip() == thread.body.replace("\r\n", "\n").strip()
    if not same or (resolve is not None and resolve is not thread.resolved):
        place.host.edit_thread(place.target, place.request, thread, body, resolve=resolve)
