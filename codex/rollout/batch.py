"""Plans a sync: looks at every repository, many at a time, and decides by the table."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from codex.forge.base import Forge, RepositoryHead
from codex.http.threads import threads
from codex.limits import SECONDS_PER_REPOSITORY
from codex.rollout.context import RepositoryResult, SyncContext, failed_result
from codex.rollout.evaluate import evaluate
from codex.rollout.freshness import is_unchanged, recorded_result
from codex.shell.isolation import isolated
from codex.shell.journal import Journal
from codex.sync.decision_table import Decision
from codex.sync.observed import Target
from codex.sync.outcome import Outcome
from skills_build.errors import CodexError


def evaluate_all(
    run: SyncContext,
    targets: Sequence[Target],
    journal: Journal,
    *,
    workers: int = 8,
    then: Callable[[RepositoryResult], RepositoryResult] = lambda item: item,
    after: Callable[[Sequence[RepositoryResult]], None] = lambda _: None,
    late: Callable[[], str | None] = lambda: None,
) -> Iterator[RepositoryResult]:
    """Yield a decision for each repository, in order; many are looked at at a time. Reads only.

    Whatever one repository fails of is its own: the others are done.

    `then` is done with each as soon as it is decided, by the same worker: `carry_out`, to do what was decided; `after`
    with all that were looked at together: `settle`. Once `late` says why, what is left waits without a look.
    """
    with threads(workers) as pool:
        each = pool.map if workers > 1 else map
        for batch in batches(targets, run.forge.batch):
            why = late()
            if why is not None:
                yield from (unseen(one, why) for one in batch)
                continue

            def work(found: RepositoryHead | tuple[Target, CodexError]) -> RepositoryResult:
                why = late()
                return then(_planned(run, found, journal)) if why is None else unseen(_target(found), why)

            done: list[RepositoryResult] = []
            for item in each(work, heads_of(run.forge, batch, run.policy.branch)):
                done.append(item)
                yield item
            after(done)


def heads_of(forge: Forge, targets: Sequence[Target], branch: str) -> list[RepositoryHead | tuple[Target, CodexError]]:
    """What repositories look like. Where asking for all of them together fails, each is asked for alone."""
    found = isolated(
        f"{len(targets):,} repositories from {targets[0].path}",
        lambda: list(forge.heads(targets, branch)),
        seconds=SECONDS_PER_REPOSITORY * len(targets),
    )
    if not isinstance(found, CodexError):
        return found
    if len(targets) == 1:
        return [(targets[0], found)]
    return [one for target in targets for one in heads_of(forge, (target,), branch)]


def _target(found: RepositoryHead | tuple[Target, CodexError]) -> Target:
    return found.target if isinstance(found, RepositoryHead) else found[0]


def batches(targets: Iterable[Target], size: int) -> Iterator[tuple[Target, ...]]:
    """Yield repositories in parts of `size`, in order."""
    left = iter(targets)
    while batch := tuple(islice(left, size)):
        yield batch


def _planned(run: SyncContext, found: RepositoryHead | tuple[Target, CodexError], journal: Journal) -> RepositoryResult:
    if not isinstance(found, RepositoryHead):
        return failed_result(found[0], found[1])
    before = journal.get(found.target.id)

    def look() -> RepositoryResult:
        if before is not None and is_unchanged(run, found, before):
            return recorded_result(found, before)
        return evaluate(run, found, before=before)

    item = isolated(found.target.path, look)
    return item if isinstance(item, RepositoryResult) else replace(failed_result(found.target, item), head=found)


def unseen(target: Target, why: str) -> RepositoryResult:
    """A repository that waits without a look."""
    return RepositoryResult(target=target, decision=Decision(row=16, outcome=Outcome.QUEUED, reason=why))
