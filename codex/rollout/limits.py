"""The limits of a run: writes, time, open merge requests, failures. Decides; writes nothing."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime

from codex.rollout.context import RepositoryResult
from codex.rollout.host_failures import HostFailures
from codex.shell.journal import JournalEntry
from codex.sync.decision_table import Step
from codex.sync.outcome import FAILURES, WAITING, Outcome
from codex.sync.windows import ALWAYS, Opening
from skills_build.frozen import dataclass

_OPEN = WAITING | {Outcome.HELD, Outcome.HUMAN_EDITED, Outcome.NEEDS_HUMAN}
_MINIMUM_SAMPLE = 10
"""Minimum number of results before a share of failures is considered."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureThresholds:
    """Shares of the results in percent; above one of them nothing more is written."""

    declined: float = 100
    failed: float = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RemainingLimits:
    """The remaining limits of a run, as plain values for a worker in another process."""

    max_writes: int | None
    max_open: int | None
    open_requests: int
    """The number of open merge requests."""
    deadline: datetime | None
    thresholds: FailureThresholds
    outcomes: Mapping[Outcome, int]
    """The number of results by outcome."""
    window: Opening = ALWAYS
    opens: str = ""


@dataclass(slots=True)
class RunLimits:
    """Decides for each repository whether it may be written now. Safe to use from several threads."""

    max_writes: int | None = None
    """The number of repositories that may still be written in this run."""
    deadline: datetime | None = None
    window: Opening = ALWAYS
    """Whether the time windows are open, and until when; after that, nothing is read or written."""
    opens: str = ""
    """The start of the next window, in words."""
    max_open: int | None = None
    """The number of merge requests that may be open in the fleet at a time."""
    thresholds: FailureThresholds = field(default_factory=FailureThresholds)
    host: HostFailures = field(default_factory=HostFailures)
    now: Callable[[], datetime] = _now
    _open: set[str] = field(default_factory=set)
    _open_elsewhere: int = 0
    """The number of open merge requests of repositories that this part of the run does not have."""
    _outcomes: dict[Outcome, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def from_remaining(
        cls, remaining: RemainingLimits, entries: Iterable[JournalEntry], host: HostFailures
    ) -> "RunLimits":
        """The limits of a part of a run, from what is left for it and the journal entries of its repositories."""
        open_ids = {entry.id for entry in entries if entry.outcome in _OPEN}
        return cls(
            max_writes=remaining.max_writes,
            deadline=remaining.deadline,
            window=remaining.window,
            opens=remaining.opens,
            max_open=remaining.max_open,
            thresholds=remaining.thresholds,
            host=host,
            _open=open_ids,
            _open_elsewhere=max(0, remaining.open_requests - len(open_ids)),
            _outcomes=dict(remaining.outcomes),
        )

    def remaining(self) -> RemainingLimits:
        """What is left of each limit."""
        with self._lock:
            return RemainingLimits(
                max_writes=self.max_writes,
                max_open=self.max_open,
                open_requests=len(self._open) + self._open_elsewhere,
                deadline=self.deadline,
                window=self.window,
                opens=self.opens,
                thresholds=self.thresholds,
                outcomes=dict(self._outcomes),
            )

    def covers(self, count: int) -> bool:
        """Whether the limits allow writing `count` repositories, whatever their outcomes."""
        left = self.remaining()
        room = None if left.max_open is None else left.max_open - left.open_requests
        return all(number is None or number >= count for number in (left.max_writes, room))

    def seed(self, entries: Iterable[JournalEntry]) -> None:
        """Count the merge requests that are open by the journal."""
        self._open |= {entry.id for entry in entries if entry.outcome in _OPEN}

    @property
    def past_deadline(self) -> str | None:
        """Why no more repositories are started: the deadline has passed, or the host failed."""
        if self.host.stop_reason is not None:
            return self.host.stop_reason
        if not self.window.is_open or (self.window.until is not None and self.now() >= self.window.until):
            return f"the run is outside the time windows{self.opens}"
        if self.deadline is None or self.now() < self.deadline:
            return None
        return f"the deadline {self.deadline:%Y-%m-%d %H:%M} has passed"

    def refusal(self, result: RepositoryResult) -> str | None:
        """Why a repository may not be written now; None if it may, which then counts as a write."""
        with self._lock:
            return self.past_deadline or self._halted() or self._full(result) or self._spent()

    def record(self, result: RepositoryResult) -> None:
        """Count the result of a repository."""
        with self._lock:
            outcome = result.decision.outcome
            if outcome is not Outcome.QUEUED and not result.from_journal:
                self.host.record(failed=result.host_failed)
            self._outcomes[outcome] = self._outcomes.get(outcome, 0) + 1
            if outcome is not Outcome.QUEUED:
                (self._open.add if outcome in _OPEN else self._open.discard)(result.target.id)

    def consume(self, remaining: RemainingLimits, left: int | None) -> None:
        """Subtract what a part of the run has written: the writes it was given without the `left` ones."""
        with self._lock:
            if self.max_writes is not None and remaining.max_writes is not None and left is not None:
                self.max_writes -= remaining.max_writes - max(0, left)

    def _full(self, result: RepositoryResult) -> str | None:
        """Return why no more merge requests may be opened; otherwise count one as open."""
        if self.max_open is None or Step.OPEN not in result.decision.steps or result.target.id in self._open:
            return None
        if len(self._open) + self._open_elsewhere >= self.max_open:
            return f"{self.max_open:,} merge requests are open"
        self._open.add(result.target.id)
        return None

    def _spent(self) -> str | None:
        if self.max_writes is None:
            return None
        self.max_writes -= 1
        return None if self.max_writes >= 0 else "the write budget is used up"

    def _halted(self) -> str | None:
        """Return why the run stops writing: too large a share has failed or declined. A small sample proves nothing."""
        total = sum(self._outcomes.values())
        if total < _MINIMUM_SAMPLE:
            return None
        failed = 100 * sum(self._outcomes.get(failure, 0) for failure in FAILURES) / total
        declined = 100 * self._outcomes.get(Outcome.DECLINED, 0) / total
        if failed > self.thresholds.failed:
            return f"halted: {failed:.0f}% failed (allowed: {self.thresholds.failed:g}%)"
        if declined > self.thresholds.declined:
            return f"halted: {declined:.0f}% declined (allowed: {self.thresholds.declined:g}%)"
        return None
