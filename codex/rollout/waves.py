"""Runs a sync wave by wave, in this process or by workers, within the limits of the run."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from codex.forge.base import Forge
from codex.rollout.batch import ANY, ApplyMode
from codex.rollout.context import RepositoryResult
from codex.rollout.freshness import unchanged_since
from codex.rollout.limits import RunLimits
from codex.rollout.plan_file import PlanGuard
from codex.rollout.windows import in_words
from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from codex.sync.repository import Repository
from codex.sync.waves import ADOPTED, Result, Wave, closed, wave_of
from codex.sync.windows import Window, opening
from skills_build.errors import CodexError

Carry = Callable[[Sequence[Repository], ApplyMode, RunLimits], Iterator[RepositoryResult]]
"""Processes repositories in a mode and within limits, in this process or by workers."""


def run_waves(
    process: Carry,
    targets: Sequence[Repository],
    journal: Journal,
    *,
    waves: Sequence[Wave] = (),
    last_wave: str | None = None,
    limits: RunLimits | None = None,
    guard: PlanGuard = ANY,
    windows: Sequence[Window] = (),
    fails: Callable[[RepositoryResult], bool] = lambda _: False,
) -> Iterator[RepositoryResult]:
    """Evaluate every repository and write those that may be written; yields a result for each, wave after wave.

    A wave starts when its gate is open, by the results of the waves before it, including those of this run.
    Repositories that no wave reaches are queued; without waves, none is. Only proposed content waits for a wave:
    closing merge requests and deleting branches does not. Nothing at all is read or written outside `windows` and those
    of the wave. `fails` returns whether the CI of a repository fails. Raises `CodexError` for a wave that does not
    exist.
    """
    _require_wave(waves, last_wave)
    limits = limits or RunLimits()
    limits.seed(journal.entries.values())
    results: list[Result] = []
    stop_reason: str | None = None
    for wave, members in _grouped(targets, waves):
        enter_windows(limits, (windows, wave.windows if wave else ()))
        if wave is None:
            stop_reason = "the repository is not in any wave"
        elif stop_reason is None and (reason := closed(wave.after, results, limits.now())):
            stop_reason = f"wave `{wave.name}` waits: {reason}"
        for result in process(members, ApplyMode(stop_reason=stop_reason, guard=guard), limits):
            results.append(_counted(journal, result, fails))
            yield result
        if wave is not None and not limits.window.is_open and stop_reason is None:
            stop_reason = f"wave `{wave.name}` is waiting for its next time window"
        if wave is not None and wave.name == last_wave and stop_reason is None:
            stop_reason = f"wave `{last_wave}` does not include the repository"


def enter_windows(limits: RunLimits, conditions: Sequence[Sequence[Window]]) -> None:
    """Limit a run to the times that all conditions have in common, with the next of these times in words."""
    now = opening(conditions, limits.now())
    after = opening(conditions, now.until).until if now.is_open and now.until else now.until
    named = [window for condition in conditions for window in condition]
    limits.window = now
    limits.opens = f": they open on {in_words(after, named)}" if after else ""


def _counted(journal: Journal, result: RepositoryResult, fails: Callable[[RepositoryResult], bool]) -> Result:
    declined, past = result.decision.outcome is Outcome.DECLINED, result.head.past if result.head else None
    return Result(
        outcome=result.decision.outcome,
        since=_since(journal, result),
        reverted=declined and past is not None and past.merged,
        failing=lambda: fails(result),
    )


def ci_of(forge: Forge) -> Callable[[RepositoryResult], bool]:
    """Return a function that asks a forge whether CI fails: on the merge request of a repository, or else on its
    default branch.
    """

    def fails(result: RepositoryResult) -> bool:
        head = result.head
        if head is None or head.base is None:
            return False
        is_open = result.decision.outcome not in ADOPTED and head.tip is not None
        commit = head.tip.commit if is_open and head.tip is not None else head.base
        return forge.ci_fails(head.target, result.written_commit or commit)

    return fails


def _grouped(targets: Sequence[Repository], waves: Sequence[Wave]) -> Iterator[tuple[Wave | None, list[Repository]]]:
    """Yield the repositories of each wave, then those of none; without waves, all of them as one wave."""
    if not waves:
        yield Wave(name="all", percent=100), list(targets)
        return
    wave_names = {target.id: wave_of(target, waves) for target in targets}
    for wave in waves:
        yield wave, [target for target in targets if wave_names[target.id] == wave.name]
    yield None, [target for target in targets if wave_names[target.id] is None]


def _since(journal: Journal, result: RepositoryResult) -> datetime | None:
    since = unchanged_since(journal, result)
    return datetime.fromisoformat(since) if since else None


def _require_wave(waves: Sequence[Wave], upto: str | None) -> None:
    if upto is not None and upto not in {wave.name for wave in waves}:
        names = ", ".join(wave.name for wave in waves)
        hint = f"known waves: {names}" if names else "codex.yaml does not contain any `waves`"
        raise CodexError(f"there is no wave `{upto}`", hint=hint)


def shard_of(targets: Sequence[Repository], part: int, of: int) -> tuple[Repository, ...]:
    """The shard `part` (from 1) of `of` shards of a fleet. A stable hash decides, the same on every machine."""
    return tuple(target for target in targets if _number(target) % of == part - 1)


def _number(target: Repository) -> int:
    return int.from_bytes(hashlib.sha256(f"codexc shard {target.id}".encode()).digest()[:8], "big")
