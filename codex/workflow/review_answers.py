"""Reads the answers to a review in its merge request, and decides which of them count.

An answer counts if its account is listed in the settings of the base, or has maintain permission on the forge. Answers
by the account of the token (which other jobs may have) and by bots do not count, and neither do edited comments. If the
forge does not report a permission, the answer does not count.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from codex.forge.threads import RequestHead, ReviewHost, ReviewThread, has_marker
from codex.review.answers import Remark, Said, is_named, said, with_answers
from codex.review.model import Answer, AnswerKind, Decision, Review, ReviewFinding
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from skills_build.frozen import dataclass

MAX_ACCOUNTS: Final = 50
"""Maximum number of accounts that are not listed whose permission is requested in one run."""
MAX_ANSWERS: Final = 500
"""Maximum number of answers by accounts that are not listed that are examined in one run."""
PASSING: Final = (Decision.APPROVE, Decision.COMMENT, Decision.OVERRIDDEN)
"""The decisions with which a change may be merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A merge request on a forge, and its head."""

    host: ReviewHost
    target: Repository
    request: MergeRequest
    head: RequestHead


def description_start(place: Place) -> str:
    """Return the start of the description of a status, which names the merge request that was reviewed."""
    return f"request {place.request.number}: "


def answered(review: Review, place: Place, threads: Sequence[ReviewThread], names: Sequence[str]) -> Review:
    """Return a review with its answers; `names` are the accounts listed in the settings of the base."""
    judge = _Judge(place, names)
    answers = list(_wont_fix(review, threads, judge))
    closed = with_answers(review, answers)
    if closed.decision not in PASSING:
        answers += _break_glass(place, judge)
    return with_answers(review, answers)


class _Judge:
    """Decides whether a comment may answer, and asks the forge once for each account."""

    def __init__(self, place: Place, names: Sequence[str]) -> None:
        self._place = place
        self._names = names
        self._me = place.host.account().lower()
        self._known: dict[str, tuple[bool, str]] = {}
        self._left = MAX_ANSWERS

    def of(self, remark: Remark) -> tuple[bool, str]:
        """Return whether a comment counts, and why or why not."""
        if remark.edited:
            return False, "the comment was edited, or the line below it was changed: write a new comment"
        name = remark.author.lower()
        if name == self._me:
            return False, "the comment is by the token's account, which other jobs may use"
        if name not in self._known:
            if len(self._known) >= MAX_ACCOUNTS and not self._is_listed(remark):
                return False, f"permissions are checked for at most {MAX_ACCOUNTS} accounts"
            self._known[name] = self._account(remark)
        return self._known[name]

    def is_left(self, remark: Remark) -> bool:
        """Return whether one more answer may be examined. Those of listed accounts always are, however many others
        answer.
        """
        if self._is_listed(remark):
            return True
        self._left -= 1
        return self._left >= 0

    def _is_listed(self, remark: Remark) -> bool:
        return is_named(remark.author, self._names)

    def _account(self, remark: Remark) -> tuple[bool, str]:
        host, target = self._place.host, self._place.target
        if host.is_program(target, remark):
            return False, "the account is or may be a bot"
        if self._is_listed(remark):
            return True, "the account is listed in the settings of the base branch"
        maintains = host.maintains(target, remark)
        if maintains is None:
            hint = "list the account in `review.maintainers` of .engineering-codex.yaml"
            return False, f"the token is not allowed to read the account's permission: {hint}"
        return (
            maintains,
            "the account has maintain permission" if maintains else "the account needs maintain permission",
        )


def _wont_fix(review: Review, threads: Sequence[ReviewThread], judge: _Judge) -> Iterator[Answer]:
    """Yield the answers in threads of current findings; of each finding the first that counts, or all that do not."""
    current = {finding.fingerprint: finding for finding in review.findings}
    shared: dict[str, list[str]] = {}
    for thread in threads:
        if thread.fingerprint in current:
            shared.setdefault(thread.conversation, []).append(current[thread.fingerprint].id)
    for thread in threads:
        finding = current.get(thread.fingerprint)
        if finding is None:
            continue
        found = list(_in_thread(thread, finding, shared[thread.conversation], judge))
        counting = next((one for one in found if one.counts), None)
        yield from [counting] if counting else found


def _in_thread(thread: ReviewThread, finding: ReviewFinding, ids: Sequence[str], judge: _Judge) -> Iterator[Answer]:
    for remark in thread.replies:
        what = said(remark.body)
        if what is None or what.kind is not AnswerKind.WONT_FIX or has_marker(remark.body):
            continue
        if what.rule is not None and what.rule != finding.id and what.rule in ids:
            continue
        if not judge.is_left(remark):
            continue
        counts, why = _fault(what, finding, ids) or judge.of(remark)
        yield Answer(
            kind=what.kind,
            by=remark.author or "a deleted account",
            reason=what.reason,
            counts=counts,
            why=why,
            id=finding.id,
            path=finding.path,
            line=finding.line,
            fingerprint=finding.fingerprint,
        )


def _fault(what: Said, finding: ReviewFinding, ids: Sequence[str]) -> tuple[bool, str] | None:
    """Return why an answer cannot count, whoever gave it."""
    if not what.reason:
        return False, "the answer has no reason: write `won't fix: REASON`"
    if what.rule is not None and what.rule != finding.id:
        return False, f"this thread is about `{finding.id}`"
    if what.rule is None and len(ids) > 1:
        return False, f"this line has several findings: write `won't fix {finding.id}: REASON`"
    if ids.count(finding.id) > 1:
        return False, f"this line has several findings of `{finding.id}`: use a waiver"
    return None


def _break_glass(place: Place, judge: _Judge) -> Iterator[Answer]:
    """Yield the first `break glass` that counts, or all that do not."""
    begun = None
    refused: list[Answer] = []
    for remark in place.host.remarks(place.target, place.request):
        what = said(remark.body)
        if what is None or what.kind is not AnswerKind.BREAK_GLASS or has_marker(remark.body):
            continue
        if not judge.is_left(remark):
            continue
        begun = begun or _Begun(place)
        counts, why = _glass_fault(what) or judge.of(remark)
        if counts and not begun.is_before(remark):
            short = place.head.head[:12]
            counts, why = (
                False,
                f"commit {short} had not been reviewed yet: run the review again, then write a new answer",
            )
        answer = Answer(
            kind=what.kind,
            by=remark.author or "a deleted account",
            reason=what.reason,
            counts=counts,
            why=why,
        )
        if counts:
            yield answer
            return
        refused.append(answer)
    yield from refused


def _glass_fault(what: Said) -> tuple[bool, str] | None:
    if not what.reason:
        return False, "the answer has no reason: write `break glass: REASON`"
    if what.rule is not None:
        return (
            False,
            "`break glass` applies to the whole change: omit the rule, or write `won't fix: REASON` in a thread",
        )
    return None


class _Begun:
    """The time of the first review of the head of a merge request, from our own statuses: commits do not contain it."""

    def __init__(self, place: Place) -> None:
        start = description_start(place)
        times = (
            one.written
            for one in place.host.past_statuses(place.target, place.head.head, place.head.status)
            if one.ours and one.description.startswith(start)
        )
        self._first = min(times, default=None)

    def is_before(self, remark: Remark) -> bool:
        """Return whether the commit was reviewed before a comment was written.

        Hosts round times to seconds, so a comment of the same second may be the earlier one.
        """
        return self._first is not None and self._first.replace(microsecond=0) < remark.written.replace(microsecond=0)
