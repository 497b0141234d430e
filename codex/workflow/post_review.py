"""Posts a review on a merge request: at most five threads, one summary and a status, all edited in place.

A second run with the same result writes nothing. Only our own comments are changed: their author is the account of the
token, and their text has our marker.
"""

from collections.abc import Sequence
from typing import Final

from codex.forge.threads import CommitStatus, ReviewThread, ThreadState, marked
from codex.http.errors import HttpError
from codex.report.review import answer_text, as_markdown, thread_text, verdict_text
from codex.review.model import Review, ReviewFinding
from codex.workflow.own_repository import request_at
from codex.workflow.review_answers import PASSING, Place, answered, description_start
from skills_build import inert
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

MAX_THREADS: Final = 5
"""Maximum number of open threads; all other findings are in the summary."""
MAX_SUMMARY: Final = 60_000
"""Maximum number of characters in a summary."""
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


def post_review(
    review: Review, address: str, *, base: str, token: str | None = None, names: Sequence[str] = ()
) -> tuple[Review, Posted]:
    """Post a review on the merge request at a URL; return it with the effect of the answers there, and what was
    written.

    `base` is the start of the change, as given by the user; `names` are the accounts listed in the settings of the
    base. Raises `CodexError` if it is a review of another commit, or into another branch than that of the merge
    request.
    """
    repository, request = request_at(address, token=token)
    host = repository.forge.review_host()
    place = Place(host=host, target=repository.target, request=request, head=host.head(repository.target, request))
    _check_target(place, base)
    if review.head != place.head.head:
        what = f"commit {review.head[:12]}" if review.head else "uncommitted changes"
        hint = "check out the head of the merge request: pipelines may build a merge commit"
        raise CodexError(f"the review is for {what}, but the merge request is at {place.head.head[:12]}", hint=hint)
    threads = host.threads(place.target, request)
    review = answered(review, place, threads, names)
    refused: list[str] = []
    posted = _Threads(review, place, threads, refused).update()
    status = CommitStatus(
        name=place.head.status,
        passes=review.decision in PASSING,
        description=(description_start(place) + verdict_text(review))[:140],
    )
    changed = host.status(place.target, place.head.head, status.name) != status
    if changed:
        host.set_status(place.target, place.head.head, status)
    repository.forge.comment(place.target, request, _fitted(as_markdown(review)), topic=TOPIC)
    opened, closed, reopened = posted
    return review, Posted(opened=opened, closed=closed, reopened=reopened, status=changed, refused=tuple(refused))


def _fitted(text: str) -> str:
    """Return a summary that every host accepts: GitHub takes 65,536 characters."""
    if len(text) <= MAX_SUMMARY:
        return text
    kept = text[:MAX_SUMMARY].rpartition("\n")[0]
    return f"{kept}\n\nThe rest of this summary is too long for a comment: see the job's report.\n"


def _check_target(place: Place, base: str) -> None:
    """Raise `CodexError` unless a base is the target of the merge request: other branches can have other rules."""
    head = place.head
    if base == head.target or base.endswith(f"/{head.target}") or base in {head.base, head.start} - {""}:
        return
    hint = f"review it with `--base refs/remotes/origin/{head.target}`"
    raise CodexError(f"the base is `{base}`, but the merge request is into `{head.target}`", hint=hint)


class _Threads:
    """Our threads of a merge request, brought up to date with a review."""

    def __init__(self, review: Review, place: Place, threads: Sequence[ReviewThread], refused: list[str]) -> None:
        self._review = review
        self._place = place
        self._ours = {thread.fingerprint: thread for thread in threads}
        self._refused = refused
        self._current = {finding.fingerprint for finding in review.findings}
        self._shown = sum(
            one.state is ThreadState.OPEN for fingerprint, one in self._ours.items() if fingerprint in self._current
        )

    def update(self) -> tuple[int, int, int]:
        """Open, close and reopen threads; returns the number of each."""
        declined = {one.fingerprint: one for one in self._review.answers if one.counts and one.fingerprint}
        gone = [one for fingerprint, one in self._ours.items() if fingerprint not in self._current | declined.keys()]
        closed = sum(self._close(one, ThreadState.FIXED, f"Fixed in {self._place.head.head[:12]}.") for one in gone)
        for fingerprint, answer in declined.items():
            closed += self._close(self._ours[fingerprint], ThreadState.DECLINED, answer_text(answer))
        opened = reopened = 0
        for finding in self._review.findings:
            thread = self._ours.get(finding.fingerprint)
            if thread is None:
                opened += self._open(finding)
            elif thread.state is ThreadState.OPEN:
                _edit(thread, thread_text(finding), self._place, ThreadState.OPEN, resolve=None)
            elif self._shown < MAX_THREADS:
                _edit(thread, thread_text(finding), self._place, ThreadState.OPEN, resolve=False)
                reopened, self._shown = reopened + 1, self._shown + 1
        return opened, closed, reopened

    def _close(self, thread: ReviewThread, state: ThreadState, text: str) -> bool:
        """Close a thread; returns whether it was open. One that was fixed stays as it is."""
        if thread.state is not ThreadState.FIXED or state is not ThreadState.FIXED:
            was_open = thread.state is ThreadState.OPEN
            _edit(thread, text, self._place, state, resolve=True if was_open else None)
        return thread.state is ThreadState.OPEN

    def _open(self, finding: ReviewFinding) -> bool:
        if not (finding.line and finding.path and self._shown < MAX_THREADS):
            return False
        opened = _opened(finding, self._place, self._refused)
        self._shown += opened
        return opened


def _opened(finding: ReviewFinding, place: Place, refused: list[str]) -> bool:
    """Open a thread. Return whether the host accepts it: its diff may end before the line, or be too large to show."""
    body = marked(finding.fingerprint, thread_text(finding), ThreadState.OPEN)
    try:
        place.host.open_thread(place.target, place.request, place.head, (finding.path, finding.line), body)
    except HttpError as error:
        if error.status not in (400, 404, 422):
            raise
        refused.append(inert.terminal_line(f"no thread on {finding.path}:{finding.line}: {error.message}"))
        return False
    return True


def _edit(thread: ReviewThread, text: str, place: Place, state: ThreadState, *, resolve: bool | None) -> None:
    body = marked(thread.fingerprint, text, state)
    same = body.strip() == thread.body.replace("\r\n", "\n").strip()
    if not same or (resolve is not None and resolve is not thread.resolved):
        place.host.edit_thread(place.target, place.request, thread, body, resolve=resolve)
