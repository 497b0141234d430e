"""Carries out a sync wave by wave, within the brakes an organisation set: budget, time, open requests, failures."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from codex.shell.journal import Journal
from codex.sync.fleet import Target
from codex.sync.outcome import FAILURES, Outcome
from codex.sync.table import Step
from codex.sync.waves import Result, Wave, closed, wave_of
from codex.workflow.sync import Item, Run, carry_out, known_since, plan, settle
from skills_build.errors import CodexError

_OPEN = frozenset(
    {Outcome.OPENED, Outcome.UPDATED, Outcome.OPEN, Outcome.HELD, Outcome.HUMAN_EDITED, Outcome.NEEDS_HUMAN}
)
_ENOUGH = 10
"""Repositories that must have been looked at before shares of them mean anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Shares in percent of the repositories looked at; above one of them nothing more is written."""

    declined: float = 100
    failed: float = 100


@dataclass(slots=True)
class Brakes:
    """Says of each repository whether it may be written now. Safe to use from several threads."""

    most: int | None = None
    """How many repositories may be written in this run."""
    until: datetime | None = None
    max_open: int | None = None
    """How many requests may be open in the fleet at a time."""
    halt: Halt = field(default_factory=Halt)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _open: set[str] = field(default_factory=set)
    _seen: dict[Outcome, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def recall(self, journal: Journal) -> None:
        """Learn which requests were open when last seen."""
        self._open |= {one.id for one in journal.known.values() if one.outcome in _OPEN}

    @property
    def late(self) -> str | None:
        """Why nothing more is begun, where its time is over."""
        return f"it is past {self.until:%H:%M}" if self.until is not None and self.now() >= self.until else None

    def wait(self, item: Item) -> str | None:
        """Why a repository has to wait; None where it may be written, which then counts."""
        with self._lock:
            return self.late or self._halted() or self._full(item) or self._spent()

    def saw(self, item: Item) -> None:
        """Count what became of a repository."""
        with self._lock:
            outcome = item.decision.outcome
            self._seen[outcome] = self._seen.get(outcome, 0) + 1
            if outcome is not Outcome.QUEUED:
                (self._open.add if outcome in _OPEN else self._open.discard)(item.target.id)

    def _full(self, item: Item) -> str | None:
        if self.max_open is None or Step.OPEN not in item.decision.steps or item.target.id in self._open:
            return None
        if len(self._open) >= self.max_open:
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
        failed = 100 * sum(self._seen.get(one, 0) for one in FAILURES) / total
        declined = 100 * self._seen.get(Outcome.DECLINED, 0) / total
        if failed > self.halt.failed:
            return f"halted: {failed:.0f} % failed, and {self.halt.failed:g} % may"
        return (
            f"halted: {declined:.0f} % declined, and {self.halt.declined:g} % may"
            if (declined > self.halt.declined)
            else None
        )


def rollout(
    run: Run,
    targets: Sequence[Target],
    journal: Journal,
    *,
    waves: Sequence[Wave] = (),
    upto: str | None = None,
    brakes: Brakes | None = None,
    held: Callable[[Item], Item] = lambda item: item,
    workers: int = 8,
) -> Iterator[Item]:
    """Look at every repository and write those that may be written; yields each as it is done, wave after wave.

    A wave begins when its gate is open, by what became of the repositories of the waves before it, this run included.
    Repositories that no wave reaches wait; without waves there is nothing to wait for. Only what proposes content waits
    for a wave: closing and clearing up does not. `held` may change what was
    decided before it is done. Raises `CodexError` for a wave that is not there.
    """
    _known(waves, upto)
    brakes = brakes or Brakes()
    brakes.recall(journal)
    results: list[Result] = []
    stopped: str | None = None
    for wave, some in _grouped(targets, waves):
        if wave is None:
            stopped = "no wave reaches it"
        elif stopped is None and (why := closed(wave.after, results, brakes.now())):
            stopped = f"wave `{wave.name}` waits: {why}"
        for item in _wave(run, some, journal, brakes, stopped, held, workers):
            results.append(Result(outcome=item.decision.outcome, since=_since(journal, item)))
            yield item
        if wave is not None and wave.name == upto and stopped is None:
            stopped = f"wave `{upto}` does not reach it"


def _wave(
    run: Run,
    targets: Sequence[Target],
    journal: Journal,
    brakes: Brakes,
    stopped: str | None,
    held: Callable[[Item], Item],
    workers: int,
) -> Iterator[Item]:
    def wait(item: Item) -> str | None:
        proposes = Step.COMMIT in item.decision.steps or Step.OPEN in item.decision.steps
        return (stopped if proposes else None) or brakes.wait(item)

    def then(item: Item) -> Item:
        done = carry_out(run, held(item), journal, wait=wait)
        brakes.saw(done)
        return done

    def after(items: Sequence[Item]) -> None:
        settle(run, items, journal)

    return plan(run, targets, journal, workers=workers, then=then, after=after, late=lambda: brakes.late)


def _grouped(targets: Sequence[Target], waves: Sequence[Wave]) -> Iterator[tuple[Wave | None, list[Target]]]:
    """Yield the repositories of each wave, then those of none; without waves all are of one."""
    if not waves:
        yield Wave(name="all", percent=100), list(targets)
        return
    of = {one.id: wave_of(one, waves) for one in targets}
    for wave in waves:
        yield wave, [one for one in targets if of[one.id] == wave.name]
    yield None, [one for one in targets if of[one.id] is None]


def _since(journal: Journal, item: Item) -> datetime | None:
    since = known_since(journal, item)
    return datetime.fromisoformat(since) if since else None


def _known(waves: Sequence[Wave], upto: str | None) -> None:
    if upto is not None and upto not in {one.name for one in waves}:
        known = ", ".join(one.name for one in waves) or "none: codex.yaml has no `waves`"
        raise CodexError(f"there is no wave `{upto}`", hint=f"known waves: {known}")


def shard(targets: Sequence[Target], part: int, of: int) -> tuple[Target, ...]:
    """The part-th (from 1) of `of` parts of a fleet; a stable hash decides, so that every machine cuts alike."""
    return tuple(one for one in targets if _number(one) % of == part - 1)


def _number(target: Target) -> int:
    return int.from_bytes(hashlib.sha256(f"codexc shard {target.id}".encode()).digest()[:8], "big")
