"""Carries out a sync wave by wave, here or by workers elsewhere, within the brakes an organisation set."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from codex.rollout.context import RepositoryResult
from codex.rollout.freshness import unchanged_since
from codex.rollout.limits import RunLimits
from codex.rollout.plan_file import PlanGuard
from codex.rollout.worker import ANY, ApplyMode
from codex.shell.journal import Journal
from codex.sync.observed import Target
from codex.sync.waves import Result, Wave, closed, wave_of
from skills_build.errors import CodexError

Carry = Callable[[Sequence[Target], ApplyMode, RunLimits], Iterator[RepositoryResult]]
"""Carries out an order in some repositories, here or elsewhere."""


def run_waves(
    carried: Carry,
    targets: Sequence[Target],
    journal: Journal,
    *,
    waves: Sequence[Wave] = (),
    upto: str | None = None,
    brakes: RunLimits | None = None,
    held: PlanGuard = ANY,
) -> Iterator[RepositoryResult]:
    """Look at every repository and write those that may be written; yields each as it is done, wave after wave.

    A wave begins when its gate is open, by what became of the repositories of the waves before it, this run included.
    Repositories that no wave reaches wait; without waves there is nothing to wait for. Only what proposes content waits
    for a wave: closing and clearing up does not. Raises `CodexError` for a wave that is not there.
    """
    _known(waves, upto)
    brakes = brakes or RunLimits()
    brakes.seed(journal.known.values())
    results: list[Result] = []
    stopped: str | None = None
    for wave, some in _grouped(targets, waves):
        if wave is None:
            stopped = "no wave reaches it"
        elif stopped is None and (why := closed(wave.after, results, brakes.now())):
            stopped = f"wave `{wave.name}` waits: {why}"
        for item in carried(some, ApplyMode(stopped=stopped, held=held), brakes):
            results.append(Result(outcome=item.decision.outcome, since=_since(journal, item)))
            yield item
        if wave is not None and wave.name == upto and stopped is None:
            stopped = f"wave `{upto}` does not reach it"


def _grouped(targets: Sequence[Target], waves: Sequence[Wave]) -> Iterator[tuple[Wave | None, list[Target]]]:
    """Yield the repositories of each wave, then those of none; without waves all are of one."""
    if not waves:
        yield Wave(name="all", percent=100), list(targets)
        return
    of = {target.id: wave_of(target, waves) for target in targets}
    for wave in waves:
        yield wave, [target for target in targets if of[target.id] == wave.name]
    yield None, [target for target in targets if of[target.id] is None]


def _since(journal: Journal, item: RepositoryResult) -> datetime | None:
    since = unchanged_since(journal, item)
    return datetime.fromisoformat(since) if since else None


def _known(waves: Sequence[Wave], upto: str | None) -> None:
    if upto is not None and upto not in {wave.name for wave in waves}:
        known = ", ".join(wave.name for wave in waves) or "none: codex.yaml has no `waves`"
        raise CodexError(f"there is no wave `{upto}`", hint=f"known waves: {known}")


def shard_of(targets: Sequence[Target], part: int, of: int) -> tuple[Target, ...]:
    """The part-th (from 1) of `of` parts of a fleet; a stable hash decides, so that every machine cuts alike."""
    return tuple(target for target in targets if _number(target) % of == part - 1)


def _number(target: Target) -> int:
    return int.from_bytes(hashlib.sha256(f"codexc shard {target.id}".encode()).digest()[:8], "big")
