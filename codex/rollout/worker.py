"""Looks at some repositories and writes those that may be written: what one worker does, here or elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from codex.rollout.batch import evaluate_all
from codex.rollout.context import RepositoryResult, SyncContext, failed_result
from codex.rollout.execute import execute, record_results
from codex.rollout.limits import RunLimits
from codex.rollout.plan_file import PlanGuard
from codex.shell.isolation import isolated
from codex.shell.journal import Journal
from codex.sync.decision_table import Step
from codex.sync.observed import Target
from skills_build.errors import CodexError

ANY = PlanGuard()
"""Any decision is carried out, for there is no plan to hold it to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyMode:
    """What is to be done: only looked at (`write` is False), or written unless `stopped` says why not yet.

    `held` holds decisions to a plan that was saved before.
    """

    write: bool = True
    stopped: str | None = None
    held: PlanGuard = ANY


def process(
    run: SyncContext, targets: Sequence[Target], journal: Journal, *, order: ApplyMode, brakes: RunLimits, workers: int
) -> Iterator[RepositoryResult]:
    """Yield each repository as it is done, in order."""
    if not order.write:
        return evaluate_all(run, targets, journal, workers=workers, then=_counting(brakes), late=lambda: brakes.broken)
    return evaluate_all(
        run,
        targets,
        journal,
        workers=workers,
        then=_carrying(run, journal, order, brakes),
        after=lambda items: record_results(run, items, journal),
        late=lambda: brakes.late,
    )


def _counting(brakes: RunLimits) -> Callable[[RepositoryResult], RepositoryResult]:
    def then(item: RepositoryResult) -> RepositoryResult:
        brakes.record(item)
        return item

    return then


def _carrying(
    run: SyncContext, journal: Journal, order: ApplyMode, brakes: RunLimits
) -> Callable[[RepositoryResult], RepositoryResult]:
    def wait(item: RepositoryResult) -> str | None:
        proposes = Step.COMMIT in item.decision.steps or Step.OPEN in item.decision.steps
        return (order.stopped if proposes else None) or brakes.wait(item)

    def then(item: RepositoryResult) -> RepositoryResult:
        held = isolated(item.target.path, lambda: order.held(item))
        done = failed_result(item.target, held) if isinstance(held, CodexError) else held
        done = execute(run, done, journal, wait=wait)
        brakes.record(done)
        return done

    return then
