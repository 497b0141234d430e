"""Does what was decided for a repository, step by step, and remembers how it stands then."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from codex.forge.base import FileWrite, RacedError, RepositoryHead
from codex.http.client import is_of_host
from codex.limits import SECONDS_PER_REPOSITORY
from codex.rollout.context import RepositoryResult, SyncContext, failed_result
from codex.rollout.evaluate import evaluate
from codex.rollout.freshness import journal_entry, refreshed_entries
from codex.shell.isolation import EndingError, isolated
from codex.shell.journal import Journal
from codex.sync.allowed_paths import write_fault
from codex.sync.changeset import FileChange
from codex.sync.decision_table import Decision, Step
from codex.sync.observed import MergeRequest, Target
from codex.sync.outcome import Outcome
from codex.sync.request_text import revised
from codex.sync.seal import Trailers, message_of
from skills_build.errors import CodexError


def execute(
    run: SyncContext,
    item: RepositoryResult,
    journal: Journal,
    *,
    wait: Callable[[RepositoryResult], str | None] = lambda _: None,
) -> RepositoryResult:
    """Do what was decided for one repository. A race that is lost is decided anew, once.

    `wait` says why what would be written has to wait (row 16). What was not written is remembered at once, what was
    with `record_results`.
    """
    done = item
    if item.decision.writes:
        why = wait(item)
        if why is not None:
            queued = Decision(row=16, outcome=Outcome.QUEUED, reason=why)
            done = replace(item, decision=queued)
        else:
            carried = isolated(item.target.path, lambda: _carried(run, item, again=True))
            done = carried if isinstance(carried, RepositoryResult) else _failed(item, carried)
    if not done.known and done.head is not None and not done.decision.steps:
        _remember(run, done, journal)
    return done


def _remember(run: SyncContext, item: RepositoryResult, journal: Journal) -> None:
    """Remember a repository; one of which that is not possible is looked at again by the next run."""
    seen = isolated(item.target.path, lambda: journal_entry(run, item, journal))
    if not isinstance(seen, CodexError):
        journal.put(seen)


def _failed(item: RepositoryResult, error: CodexError) -> RepositoryResult:
    decision = replace(item.decision, outcome=Outcome.FAILED, reason=error.summary, steps=())
    return replace(item, decision=decision, host_failed=is_of_host(error))


def record_results(run: SyncContext, items: Sequence[RepositoryResult], journal: Journal) -> None:
    """Look at all repositories that were written, together, and remember them as they are now.

    Of those that were not read it is remembered that they hold what this release wants too.
    """
    journal.put(*refreshed_entries(run, items, journal))
    written = {item.target.id: item for item in items if item.decision.steps}
    if written:
        heads = isolated(
            f"{len(written):,} written repositories",
            lambda: list(run.forge.heads([one.target for one in written.values()], run.policy.branch)),
            seconds=SECONDS_PER_REPOSITORY * len(written),
        )
        if isinstance(heads, CodexError):
            return  # nothing is remembered of them: the next run looks at them again
        found = [(written[head.target.id], head) for head in heads if isinstance(head, RepositoryHead)]
        left = [replace(item, head=head) for item, head in found if _left(item, head)]
        seen = (isolated(one.target.path, partial(journal_entry, run, one, journal)) for one in left)
        journal.put(*(one for one in seen if not isinstance(one, CodexError)))


def _left(item: RepositoryResult, head: RepositoryHead) -> bool:
    """Whether our branch is where this run left it: what others pushed since, it has not looked at."""
    if head.tip is None:
        return True
    seen = item.head.tip.commit if item.head is not None and item.head.tip is not None else ""
    return head.tip.commit == (item.written or seen)


def _carried(run: SyncContext, item: RepositoryResult, *, again: bool) -> RepositoryResult:
    try:
        return _steps(run, item)
    except RacedError as error:
        if not again:
            return replace(item, decision=replace(item.decision, outcome=Outcome.RACED, reason=error.summary, steps=()))
        fresh = _looked(run, item.target)
        return (
            fresh
            if isinstance(fresh, RepositoryResult) and not fresh.decision.writes
            else _carried(run, fresh, again=False)
        )
    except EndingError:
        raise
    except CodexError as error:
        return _failed(item, error)


def _looked(run: SyncContext, target: Target) -> RepositoryResult:
    """Look at one repository again and decide anew."""
    found = next(iter(run.forge.heads([target], run.policy.branch)))
    if not isinstance(found, RepositoryHead):
        return failed_result(found[0], found[1])
    item = isolated(target.path, lambda: evaluate(run, found))
    return item if isinstance(item, RepositoryResult) else failed_result(target, item)


def _steps(run: SyncContext, item: RepositoryResult) -> RepositoryResult:
    """Take the steps of a decision in order; returns the item with its request, and what did not go as it should."""
    head, decision = item.head, item.decision
    assert head is not None
    written = ""
    forge, policy, target = run.forge, run.policy, head.target
    for step in item.decision.steps:
        request, tip = head.request, head.tip
        if step is Step.COMMIT:
            written = _commit(run, item, head)
        elif step is Step.OPEN:
            assert item.proposal is not None
            head = replace(
                head, request=forge.open_request(target, policy.branch, item.proposal.letter, draft=policy.draft)
            )
        elif step is Step.AUTO_MERGE and request is not None:
            refused = _merged_later(run, target, request, written)
            decision = replace(decision, reason=f"{decision.reason}; no auto-merge: {refused}") if refused else decision
        elif step is Step.REVISE and request is not None:
            assert item.proposal is not None
            forge.update_request(target, request, revised(request, item.proposal.letter))
        elif step is Step.NOTE and request is not None:
            forge.comment(target, request, item.decision.note)
        elif step is Step.CLOSE and request is not None:
            forge.close_request(target, request)
        elif step is Step.DELETE_BRANCH and tip is not None:
            forge.delete_branch(target, policy.branch, expected=tip.commit)
    return replace(item, head=head, decision=decision, written=written)


def _merged_later(run: SyncContext, target: Target, request: MergeRequest, written: str) -> str:
    """Ask the forge to merge what this run wrote, where a person has to approve it; returns why not, or nothing."""
    if not written:
        return "the branch is not of this run"
    if not run.policy.without_approval and not run.forge.required_approvals(target, request):
        return (
            f"{target.default_branch or 'the default branch'} is not known to require a person's approval; "
            "`auto_merge: without-approval` merges without one"
        )
    return run.forge.auto_merge(target, request, expected=written)


def _write(change: FileChange) -> FileWrite:
    """A change as a file of a commit. Raises `CodexError` for a path that is not ours to write."""
    wrong = write_fault(change.path)
    if wrong:
        raise CodexError(f"refusing to commit `{change.path}`: {wrong}")
    return FileWrite(path=change.path, data=change.new, mode=change.mode)


def _commit(run: SyncContext, item: RepositoryResult, head: RepositoryHead) -> str:
    """Commit what was decided; returns the commit's id."""
    assert item.proposal is not None
    assert head.base is not None
    above = item.proposal.above if item.decision.row == 10 else None
    made, parent = item.proposal.work, head.base
    if above is not None and head.tip is not None:
        made, parent = above, head.tip.commit
    said = Trailers(
        source=run.policy.source, version=item.proposal.version, base=parent, digest=item.proposal.digest, seal=""
    )
    message = message_of(item.proposal.words, made, said)
    files = [_write(write) for write in made.writes]
    expected = head.tip.commit if head.tip else None
    return run.forge.commit(head.target, run.policy.branch, parent, files, message, expected=expected)
