"""Does what was decided for a repository, step by step, and remembers how it stands then."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from codex.forge.port import Head, RacedError, Write
from codex.shell.journal import Journal
from codex.sync.allowed import write_fault
from codex.sync.fleet import Target
from codex.sync.outcome import Outcome
from codex.sync.request import News, commit_message, revised
from codex.sync.seal import Trailers, changes_of, seal
from codex.sync.table import Decision, Step
from codex.sync.work import FileChange
from codex.workflow.looking import plan_one
from codex.workflow.memory import renewed, seen_as
from codex.workflow.run import Item, Run, failed
from skills_build.errors import CodexError


def carry_out(run: Run, item: Item, journal: Journal, *, wait: Callable[[Item], str | None] = lambda _: None) -> Item:
    """Do what was decided for one repository. A race that is lost is decided anew, once.

    `wait` says why what would be written has to wait (row 16). What was not written is remembered at once, what was
    with `settle`.
    """
    done = item
    if item.decision.writes:
        why = wait(item)
        if why is not None:
            queued = Decision(row=16, outcome=Outcome.QUEUED, reason=why)
            done = replace(item, decision=queued)
        else:
            done = _carried(run, item, again=True)
    if not done.known and done.head is not None and not done.decision.steps:
        journal.put(seen_as(run, done, journal))
    return done


def settle(run: Run, items: Sequence[Item], journal: Journal) -> None:
    """Look at all repositories that were written, together, and remember them as they are now.

    Of those that were not read it is remembered that they hold what this release wants too.
    """
    journal.put(*renewed(run, items, journal))
    written = {one.target.id: one for one in items if one.decision.steps}
    if written:
        heads = run.forge.heads([one.target for one in written.values()], run.policy.branch)
        found = [replace(written[one.target.id], head=one) for one in heads if isinstance(one, Head)]
        journal.put(*(seen_as(run, one, journal) for one in found))


def _carried(run: Run, item: Item, *, again: bool) -> Item:
    try:
        return _steps(run, item)
    except RacedError as error:
        if not again:
            return replace(item, decision=replace(item.decision, outcome=Outcome.RACED, reason=error.told, steps=()))
        fresh = _looked(run, item.target)
        return fresh if isinstance(fresh, Item) and not fresh.decision.writes else _carried(run, fresh, again=False)
    except CodexError as error:
        failed = replace(item.decision, outcome=Outcome.FAILED, reason=error.told, steps=())
        return replace(item, decision=failed)


def _looked(run: Run, target: Target) -> Item:
    """Look at one repository again and decide anew."""
    found = next(iter(run.forge.heads([target], run.policy.branch)))
    if not isinstance(found, Head):
        return failed(found[0], found[1])
    try:
        return plan_one(run, found)
    except CodexError as error:
        return failed(target, error)


def _steps(run: Run, item: Item) -> Item:
    """Take the steps of a decision in order; returns the item with its request, and what did not go as it should."""
    head, decision = item.head, item.decision
    assert head is not None
    ours = head.tip.commit if head.tip else ""
    forge, policy, target = run.forge, run.policy, head.target
    for step in item.decision.steps:
        request, tip = head.request, head.tip
        if step is Step.COMMIT:
            ours = _commit(run, item, head)
        elif step is Step.OPEN:
            assert item.proposal is not None
            head = replace(head, request=forge.propose(target, policy.branch, item.proposal.letter, draft=policy.draft))
        elif step is Step.AUTO_MERGE and request is not None:
            refused = forge.auto_merge(target, request, expected=ours)
            decision = replace(decision, reason=f"{decision.reason}; no auto-merge: {refused}") if refused else decision
        elif step is Step.REVISE and request is not None:
            assert item.proposal is not None
            forge.revise(target, request, revised(request, item.proposal.letter))
        elif step is Step.NOTE and request is not None:
            forge.annotate(target, request, item.decision.note)
        elif step is Step.CLOSE and request is not None:
            forge.withdraw(target, request)
        elif step is Step.DELETE_BRANCH and tip is not None:
            forge.delete_branch(target, policy.branch, expected=tip.commit)
    return replace(item, head=head, decision=decision)


def _write(change: FileChange) -> Write:
    """A change as a file of a commit. Raises `CodexError` for a path that is not ours to write."""
    wrong = write_fault(change.path)
    if wrong:
        raise CodexError(f"refusing to commit `{change.path}`: {wrong}")
    return Write(path=change.path, data=change.new, mode=change.mode)


def _commit(run: Run, item: Item, head: Head) -> str:
    """Commit what was decided; returns the commit's id."""
    assert item.proposal is not None
    assert head.base is not None
    above = item.proposal.above if item.decision.row == 10 else None
    made, parent = item.proposal.work, head.base
    if above is not None and head.tip is not None:
        made, parent = above, head.tip.commit
    said = Trailers(
        source=run.policy.source,
        version=item.version or run.source.codex.version,
        base=parent,
        digest=item.proposal.digest,
        seal=seal(changes_of(made)),
    )
    news = News(title=run.source.codex.config.title, version=said.version, history=(), texts={}, applies=())
    message = commit_message(item.proposal.letter.title, news, said.text())
    files = [_write(one) for one in made.writes]
    expected = head.tip.commit if head.tip else None
    return run.forge.commit(head.target, run.policy.branch, parent, files, message, expected=expected)
