"""What holds a run back: budget, time, the requests that are open, failures. Decides; writes nothing."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from codex.limits import HOST_FAILURES
from codex.rollout.context import RepositoryResult
from codex.shell.journal import JournalEntry
from codex.sync.decision_table import Step
from codex.sync.outcome import FAILURES, WAITING, Outcome

_OPEN = WAITING | {Outcome.HELD, Outcome.HUMAN_EDITED, Outcome.NEEDS_HUMAN}
_ENOUGH = 10
"""Repositories that must have been looked at before shares of them mean anything."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureThresholds:
    """Shares in percent of the repositories looked at; above one of them nothing more is written."""

    declined: float = 100
    failed: float = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RemainingLimits:
    """What a part of a run may do by itself: plain values, for a worker elsewhere."""

    most: int | None
    max_open: int | None
    opened: int
    """How many requests are open."""
    until: datetime | None
    halt: FailureThresholds
    seen: Mapping[Outcome, int]


@dataclass(slots=True)
class RunLimits:
    """Says of each repository whether it may be written now. Safe to use from several threads."""

    most: int | None = None
    """How many repositories may be written in this run."""
    until: datetime | None = None
    max_open: int | None = None
    """How many requests may be open in the fleet at a time."""
    halt: FailureThresholds = field(default_factory=FailureThresholds)
    now: Callable[[], datetime] = _now
    _open: set[str] = field(default_factory=set)
    _elsewhere: int = 0
    _seen: dict[Outcome, int] = field(default_factory=dict)
    _host_failures: int = 0
    """How many repositories in a row failed of their host."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, given: RemainingLimits, known: Iterable[JournalEntry]) -> "RunLimits":
        """The brakes of a part of a run, which was given this."""
        there = {journal_entry.id for journal_entry in known if journal_entry.outcome in _OPEN}
        return cls(
            most=given.most,
            until=given.until,
            max_open=given.max_open,
            halt=given.halt,
            _open=there,
            _elsewhere=max(0, given.opened - len(there)),
            _seen=dict(given.seen),
        )

    def allowance(self) -> RemainingLimits:
        """All that is left."""
        with self._lock:
            return RemainingLimits(
                most=self.most,
                max_open=self.max_open,
                opened=len(self._open) + self._elsewhere,
                until=self.until,
                halt=self.halt,
                seen=dict(self._seen),
            )

    def covers(self, count: int) -> bool:
        """Whether so many repositories may be written at once, whatever becomes of each."""
        left = self.allowance()
        room = None if left.max_open is None else left.max_open - left.opened
        return all(one is None or one >= count for one in (left.most, room))

    def seed(self, known: Iterable[JournalEntry]) -> None:
        """Learn which requests were open when last seen."""
        self._open |= {journal_entry.id for journal_entry in known if journal_entry.outcome in _OPEN}

    @property
    def broken(self) -> str | None:
        """Why nothing more is begun, where the host failed too often in a row; faults of repositories do not count."""
        if self._host_failures < HOST_FAILURES:
            return None
        return f"the run has ended: the host failed for {self._host_failures:,} repositories in a row"

    @property
    def late(self) -> str | None:
        """Why nothing more is begun, where its time is over or the host is broken."""
        if self.broken is not None:
            return self.broken
        if self.until is None or self.now() < self.until:
            return None
        return f"it is past {self.until:%Y-%m-%d %H:%M}"

    def wait(self, item: RepositoryResult) -> str | None:
        """Why a repository has to wait; None where it may be written, which then counts."""
        with self._lock:
            return self.late or self._halted() or self._full(item) or self._spent()

    def record(self, item: RepositoryResult) -> None:
        """Count what became of a repository."""
        with self._lock:
            outcome = item.decision.outcome
            if outcome is not Outcome.QUEUED and not item.known:
                self._host_failures = self._host_failures + 1 if item.host_failed else 0
            self._seen[outcome] = self._seen.get(outcome, 0) + 1
            if outcome is not Outcome.QUEUED:
                (self._open.add if outcome in _OPEN else self._open.discard)(item.target.id)

    def consume(self, given: RemainingLimits, left: int | None) -> None:
        """Count what a part of the run has written: the budget that it was given, and what it left of it."""
        with self._lock:
            if self.most is not None and given.most is not None and left is not None:
                self.most -= given.most - max(0, left)

    def _full(self, item: RepositoryResult) -> str | None:
        if self.max_open is None or Step.OPEN not in item.decision.steps or item.target.id in self._open:
            return None
        if len(self._open) + self._elsewhere >= self.max_open:
            return f"{self.max_open:,} requests are open"
        self._open.add(item.target.id)
        return None

    def _spent(self) -> str | None:
        if self.most is None:
            return None
        self.most -= 1
        return None if self.most >= 0 else "the budget of writes is spent"

    def _halted(self) -> str | None:
        total = sum(self._seen.values())
        if total < _ENOUGH:
            return None
        failed = 100 * sum(self._seen.get(failure, 0) for failure in FAILURES) / total
        declined = 100 * self._seen.get(Outcome.DECLINED, 0) / total
        if failed > self.halt.failed:
            return f"halted: {failed:.0f} % failed, and {self.halt.failed:g} % may"
        if declined > self.halt.declined:
            return f"halted: {declined:.0f} % declined, and {self.halt.declined:g} % may"
        return None
