"""Posts a review on a merge request: at most five threads, one summary and a status, all edited in place.

A second run with the same result writes nothing. Only our own comments are changed: their author is the account of the
token, and their text has our marker.
"""

from collections.abc import Callable, Sequence
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
    kept: int = 0
    """The number of open threads that are left as they are, because this review did not look for their findings."""
    refused: tuple[str, ...] = ()
    """Why the host refused threads; their findings are in the summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRequest:
    """Where to post a review, and what it depends on there."""

    address: str
    """The URL of the merge request."""
    base: str
    """The start of the change, as given by the user."""
    token: str | None = None
    """The environment variable that contains the token."""
    names: Sequence[str] = ()
    """The accounts listed in the settings of the base."""
    unexamined: Callable[[Review, Sequence[str]], frozenset[str]]
    """Returns the fingerprints of findings of the rules in some texts that the review cannot have found."""


def post_review(review: Review, asked: PostRequest) -> tuple[Review, Posted | None]:
    """Post a review; return it with the effect of the answers there, and what was written.

    If the merge request is closed or merged, nothing is posted: its commits may be part of the base by now, so that a
    review finds nothing. Raises `CodexError` if it is a review of another commit, or into another branch than that of
    the merge request.
    """
    repository, request = request_at(asked.address, token=asked.token)
    host = repository.forge.review_host()
    place = Place(host=host, target=repository.target, request=request, head=host.head(repository.target, request))
    if not place.head.is_open:
        return review, None
    _check_target(place, asked.base)
    if review.head != place.head.head:
        what = f"commit {review.head[:12]}" if review.head else "uncommitted changes"
        hint = "check out the head of the merge request: some pipelines check out a merge commit instead"
        raise CodexError(f"the review is for {what}, but the merge request is at {place.head.head[:12]}", hint=hint)
    threads = host.threads(place.target, request)
    review = answered(review, place, threads, asked.names)
    refused: list[str] = []
    own = _Threads(review, place, threads, refused)
    unexamined = asked.unexamined(review, [one.body for one in threads])
    kept = own.kept(unexamined)
    opened, closed, reopened = own.update(unexamined)
    status = CommitStatus(
        name=place.head.status,
        passes=review.decision in PASSING,
        description=(description_start(place) + verdict_text(review))[:140],
    )
    changed = host.status(place.target, place.head.head, status.name) != status
    if changed:
        host.set_status(place.target, place.head.head, status)
    repository.forge.comment(place.target, request, _fitted(as_markdown(review)), topic=TOPIC)
    return review, Posted(
        opened=opened, closed=closed, reopened=reopened, status=changed, kept=kept, refused=tuple(refused)
    )


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
    hint = f"run the review with `--base refs/remotes/origin/{head.target}`"
    raise CodexError(f"the base is `{base}`, but the target branch of the merge request is `{head.target}`", hint=hint)


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

    def kept(self, unexamined: frozenset[str]) -> int:
        """Return the number of open threads that are left as they are."""
        return sum(
            one.state is ThreadState.OPEN and fingerprint in unexamined - self._current
            for fingerprint, one in self._ours.items()
        )

    def update(self, unexamined: frozenset[str]) -> tuple[int, int, int]:
        """Open, close and reopen threads, except those that the review did not examine; returns the number of each."""
        declined = {one.fingerprint: one for one in self._review.answers if one.counts and one.fingerprint}
        known = self._current | declined.keys() | unexamined
        gone = [one for fingerprint, one in self._ours.items() if fingerprint not in known]
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
