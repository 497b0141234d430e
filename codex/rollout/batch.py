"""Runs repositories through evaluation and execution, batch by batch: the work of one process, or of one worker."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from codex.forge.base import Forge, HeadOrError, RepositoryHead
from codex.http.threads import threads
from codex.limits import SECONDS_PER_REPOSITORY
from codex.rollout.context import RepositoryResult, SyncContext, failed_result
from codex.rollout.evaluate import evaluate
from codex.rollout.execute import execute, record_results
from codex.rollout.freshness import is_unchanged, recorded_result
from codex.rollout.limits import RunLimits
from codex.rollout.plan_file import PlanGuard
from codex.shell.isolation import isolated
from codex.shell.journal import Journal
from codex.sync.decision_table import Decision, Step
from codex.sync.outcome import Outcome
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

Result = TypeVar("Result")
ANY = PlanGuard()
"""Allows every decision: there is no saved plan to compare with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyMode:
    """The permissions of a run: only reading, or also writing (`write`).

    `stop_reason` is the reason why no content may be proposed yet; closing and cleaning up continue. `guard` compares
    decisions with a saved plan.
    """

    write: bool = True
    stop_reason: str | None = None
    guard: PlanGuard = ANY


def process(
    context: SyncContext,
    targets: Sequence[Repository],
    journal: Journal,
    *,
    mode: ApplyMode,
    limits: RunLimits,
    workers: int,
) -> Iterator[RepositoryResult]:
    """Evaluate repositories, and write those that may be written; yields each as it is done, in order."""
    if not mode.write:
        return evaluate_all(
            context,
            targets,
            journal,
            workers=workers,
            then=_counting(limits),
            stopped=lambda: limits.host.stop_reason,
        )
    return evaluate_all(
        context,
        targets,
        journal,
        workers=workers,
        then=_executing(context, journal, mode, limits),
        after=lambda results: record_results(context, results, journal),
        stopped=lambda: limits.past_deadline,
    )


def _counting(limits: RunLimits) -> Callable[[RepositoryResult], RepositoryResult]:
    def then(result: RepositoryResult) -> RepositoryResult:
        limits.record(result)
        return result

    return then


def _executing(
    context: SyncContext, journal: Journal, mode: ApplyMode, limits: RunLimits
) -> Callable[[RepositoryResult], RepositoryResult]:
    """Return what executes one result: guard against a stale plan, write within the limits, count the outcome."""

    def refusal(result: RepositoryResult) -> str | None:
        proposes = Step.COMMIT in result.decision.steps or Step.OPEN in result.decision.steps
        return (mode.stop_reason if proposes else None) or limits.refusal(result)

    def then(result: RepositoryResult) -> RepositoryResult:
        guarded = isolated(result.target.path, lambda: mode.guard(result))
        if isinstance(guarded, CodexError):
            guarded = failed_result(result.target, guarded)
        executed = execute(context, guarded, journal, refusal=refusal)
        limits.record(executed)
        return executed

    return then


def evaluate_all(
    context: SyncContext,
    targets: Sequence[Repository],
    journal: Journal,
    *,
    workers: int = 8,
    then: Callable[[RepositoryResult], RepositoryResult] = lambda result: result,
    after: Callable[[Sequence[RepositoryResult]], None] = lambda _: None,
    stopped: Callable[[], str | None] = lambda: None,
) -> Iterator[RepositoryResult]:
    """Evaluate repositories, up to `workers` at a time; yields a result for each, in order. Reads only.

    A repository that fails does not stop the others.

    `then` is called with each result, in the same thread, such as to execute it; `after` with the results of each
    batch, such as to record them. Once `stopped` returns a reason, the rest is queued without being read.
    """
    return over_heads(
        context,
        targets,
        lambda head: then(_evaluated(context, head, journal)),
        workers=workers,
        stopped=stopped,
        queued=queued_result,
        after=after,
        waiting=lambda batch: frozenset(
            target.id for target in batch if (before := journal.get(target.id)) and before.opened
        ),
    )


def over_heads(
    context: SyncContext,
    targets: Sequence[Repository],
    work: Callable[[HeadOrError], Result],
    *,
    workers: int,
    stopped: Callable[[], str | None],
    queued: Callable[[Repository, str], Result],
    after: Callable[[Sequence[Result]], None] = lambda _: None,
    waiting: Callable[[Sequence[Repository]], Set[str]] = lambda _: frozenset(),
) -> Iterator[Result]:
    """Read the heads of repositories batch by batch and call `work` with each, up to `workers` at a time, in order.

    Once `stopped` returns a reason, the rest is `queued` without being read. `waiting` returns those that probably have
    an open merge request.
    """
    with threads(workers) as pool:
        map_results = pool.map if workers > 1 else map
        for batch in batches(targets, context.forge.batch):
            reason = stopped()
            if reason is not None:
                yield from (queued(target, reason) for target in batch)
                continue

            def worked(head: HeadOrError) -> Result:
                reason = stopped()
                return work(head) if reason is None else queued(_target_of(head), reason)

            results: list[Result] = []
            for result in map_results(
                worked, read_heads(context.forge, batch, context.policy.branch, waiting=waiting(batch))
            ):
                results.append(result)
                yield result
            after(results)


def read_heads(
    forge: Forge, targets: Sequence[Repository], branch: str, *, waiting: Set[str] = frozenset()
) -> list[HeadOrError]:
    """Read the heads of repositories together; where that fails, one by one."""
    heads = isolated(
        f"{len(targets):,} repositories from {targets[0].path}",
        lambda: list(forge.heads(targets, branch, waiting=waiting)),
        seconds=SECONDS_PER_REPOSITORY * len(targets),
    )
    if not isinstance(heads, CodexError):
        return heads
    if len(targets) == 1:
        return [(targets[0], heads)]
    return [head for target in targets for head in read_heads(forge, (target,), branch)]


def _target_of(head: HeadOrError) -> Repository:
    return head.target if isinstance(head, RepositoryHead) else head[0]


def batches(targets: Iterable[Repository], size: int) -> Iterator[tuple[Repository, ...]]:
    """Yield repositories in batches of `size`, in order."""
    rest = iter(targets)
    while batch := tuple(islice(rest, size)):
        yield batch


def _evaluated(context: SyncContext, head: HeadOrError, journal: Journal) -> RepositoryResult:
    """Evaluate one repository, or repeat its recorded result if nothing has changed; an error is a failed result."""
    if not isinstance(head, RepositoryHead):
        return failed_result(head[0], head[1])
    before = journal.get(head.target.id)

    def result_now() -> RepositoryResult:
        if before is not None and is_unchanged(context, head, before):
            return recorded_result(head, before)
        return evaluate(context, head, before=before)

    result = isolated(head.target.path, result_now)
    return result if isinstance(result, RepositoryResult) else replace(failed_result(head.target, result), head=head)


def queued_result(target: Repository, reason: str) -> RepositoryResult:
    """The result of a repository that is queued without being read."""
    return RepositoryResult(target=target, decision=Decision(row=16, outcome=Outcome.QUEUED, reason=reason))
