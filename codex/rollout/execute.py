"""Executes the decision for one repository, step by step, and records its result."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from codex.forge.base import FileWrite, ForceRefusedError, RacedError, RepositoryHead
from codex.http.errors import HttpError, is_host_fault
from codex.limits import SECONDS_PER_REPOSITORY
from codex.rollout.context import RepositoryResult, SyncContext, failed_result
from codex.rollout.evaluate import evaluate
from codex.rollout.freshness import journal_entry, refreshed_entries
from codex.shell.isolation import EndingError, isolated
from codex.shell.journal import Journal
from codex.sync.allowed_paths import write_fault
from codex.sync.changeset import FileChange
from codex.sync.decision_table import Decision, Step
from codex.sync.observed import MergeRequest
from codex.sync.outcome import Outcome
from codex.sync.repository import Repository
from codex.sync.request_body import generated_text, mark_of
from codex.sync.request_text import revised
from codex.sync.seal import Trailers, message_of, sealed
from skills_build import inert
from skills_build.errors import CodexError

_ON_CLOSED: Final = frozenset({Step.UNLABEL, Step.NOTE})
"""Steps that also apply to a merge request that is closed, if none is open."""
_TEXT: Final = "text"
"""The topic of the comment with our text."""


def execute(
    context: SyncContext,
    result: RepositoryResult,
    journal: Journal,
    *,
    refusal: Callable[[RepositoryResult], str | None] = lambda _: None,
) -> RepositoryResult:
    """Execute the decision for one repository. If someone else pushes first, it is evaluated again, once.

    `refusal` returns why a write has to wait (row 16). A result without a write is recorded at once, one with a write
    by `record_results`.
    """
    executed = result
    if result.decision.writes:
        reason = refusal(result)
        if reason is not None:
            executed = replace(result, decision=Decision(row=16, outcome=Outcome.QUEUED, reason=reason))
        else:
            written = isolated(result.target.path, lambda: _executed(context, result, retry=True))
            executed = written if isinstance(written, RepositoryResult) else _failed(result, written)
    if not executed.from_journal and executed.head is not None and not executed.decision.steps:
        _record(context, executed, journal)
    return executed


def _record(context: SyncContext, result: RepositoryResult, journal: Journal) -> None:
    """Record a result. If that fails, the next run reads the repository again."""
    entry = isolated(result.target.path, lambda: journal_entry(context, result, journal))
    if not isinstance(entry, CodexError):
        journal.put(entry)


def _failed(result: RepositoryResult, error: CodexError) -> RepositoryResult:
    decision = replace(result.decision, outcome=Outcome.FAILED, reason=error.summary, steps=())
    return replace(result, decision=decision, host_failed=is_host_fault(error))


def record_results(context: SyncContext, results: Sequence[RepositoryResult], journal: Journal) -> None:
    """Read the heads of all repositories that were written, together, and record them.

    Entries of repositories that were not read are recorded as valid for this release too.
    """
    journal.put(*refreshed_entries(context, results, journal))
    written = {result.target.id: result for result in results if result.decision.steps}
    if written:
        heads = isolated(
            f"{len(written):,} written repositories",
            lambda: list(
                context.forge.written_heads([result.target for result in written.values()], context.policy.branch)
            ),
            seconds=SECONDS_PER_REPOSITORY * len(written),
        )
        if isinstance(heads, CodexError):
            return  # without entries, the next run reads them again
        current = [(written[head.target.id], head) for head in heads if isinstance(head, RepositoryHead)]
        unchanged = [
            replace(result, head=head)
            for result, head in current
            if isolated(result.target.path, partial(_is_as_left, result, head)) is True
        ]
        entries = (
            isolated(result.target.path, partial(journal_entry, context, result, journal)) for result in unchanged
        )
        journal.put(*(entry for entry in entries if not isinstance(entry, CodexError)))


def _is_as_left(result: RepositoryResult, head: RepositoryHead) -> bool:
    """Whether our branch is where this run left it. What others have pushed since is not evaluated yet."""
    if head.tip is None:
        return True
    evaluated = result.head.tip.commit if result.head is not None and result.head.tip is not None else ""
    return head.tip.commit == (result.written_commit or evaluated)


def _executed(context: SyncContext, result: RepositoryResult, *, retry: bool) -> RepositoryResult:
    """Execute a decision. If the repository has moved, evaluate it once more (`retry`), then report it as raced."""
    try:
        return _steps(context, result)
    except RacedError as error:
        if not retry:
            raced = replace(result.decision, outcome=Outcome.RACED, reason=error.summary, steps=())
            return replace(result, decision=raced)
        fresh = _evaluated_again(context, result.target)
        return _executed(context, fresh, retry=False) if fresh.decision.writes else fresh
    except EndingError:
        raise
    except CodexError as error:
        return _failed(result, error)


def _evaluated_again(context: SyncContext, target: Repository) -> RepositoryResult:
    """Read the head of one repository again and evaluate it."""
    head = next(iter(context.forge.heads([target], context.policy.branch)))
    if not isinstance(head, RepositoryHead):
        return failed_result(head[0], head[1])
    result = isolated(target.path, lambda: evaluate(context, head))
    return result if isinstance(result, RepositoryResult) else failed_result(target, result)


def _steps(context: SyncContext, result: RepositoryResult) -> RepositoryResult:
    """Execute the steps of a decision in order; returns the result with its merge request, and what was refused."""
    head, decision = result.head, result.decision
    assert head is not None
    written = ""
    forge, policy, target = context.forge, context.policy, head.target
    for step in result.decision.steps:
        tip = head.tip
        request = head.request or (head.past.as_request() if step in _ON_CLOSED and head.past else None)
        if step is Step.COMMIT:
            written = _commit(context, result, head)
        elif step is Step.OPEN:
            head, decision = _open(context, result, head, decision)
        elif step is Step.UNLABEL and request is not None:
            forge.remove_label(target, request, policy.takeover)
        elif step is Step.READY and request is not None:
            forge.make_ready(target, request)
            head = replace(head, request=replace(request, draft=False))
        elif step is Step.AUTO_MERGE and request is not None:
            refused = _enable_auto_merge(context, target, request, written)
            decision = replace(decision, reason=f"{decision.reason}; no auto-merge: {refused}") if refused else decision
        elif step is Step.REVISE and request is not None:
            _revise(context, result, request)
        elif step is Step.NOTE and request is not None:
            forge.comment(target, request, result.decision.note)
        elif step is Step.CLOSE and request is not None:
            forge.close_request(target, request)
        elif step is Step.DELETE_BRANCH and tip is not None:
            decision = _delete_branch(context, head, decision)
    return replace(result, head=head, decision=decision, written_commit=written)


def _delete_branch(context: SyncContext, head: RepositoryHead, decision: Decision) -> Decision:
    """Delete our branch. A host may forbid that, as for protected branches: then it is kept."""
    assert head.tip is not None
    try:
        context.forge.delete_branch(head.target, context.policy.branch, expected=head.tip.commit)
    except HttpError as error:
        if error.status != 403:
            raise
        return replace(decision, reason=f"{decision.reason}; the branch is kept: {error.summary}")
    return decision


def _open(
    context: SyncContext, result: RepositoryResult, head: RepositoryHead, decision: Decision
) -> tuple[RepositoryHead, Decision]:
    """Open a merge request, and close those that it replaces: from a former branch, or into a former default branch."""
    assert result.proposal is not None
    forge, policy, target = context.forge, context.policy, head.target
    text = result.proposal.request_text
    opened = forge.open_request(target, policy.branch, text, draft=policy.draft)
    lacking = [inert.code(label) for label in text.labels if target.fork and label not in opened.labels]
    if lacking:
        labels = "label" if len(lacking) == 1 else "labels"
        why = f"the {labels} {', '.join(lacking)} could not be set without write access"
        decision = replace(decision, reason=f"{decision.reason}; {why}")
    for former in forge.former_requests(target, policy.branch):
        mark = mark_of(former.body)
        if mark is None or mark.codex not in ("", policy.source):
            continue
        into = inert.code(target.default_branch or "")
        note = (
            f"{opened.url} replaces this merge request ({inert.code(policy.branch)} into {into}). The branch is kept."
        )
        forge.comment(target, former, note)
        forge.close_request(target, former)
        decision = replace(decision, reason=f"{decision.reason}; replaces {former.url}, which was closed")
    return replace(head, request=opened), decision


def _revise(context: SyncContext, result: RepositoryResult, request: MergeRequest) -> None:
    """Update the text of a merge request. A body that a person replaced is left alone: a comment has our text."""
    assert result.proposal is not None
    text = result.proposal.request_text
    if mark_of(request.body) is None:
        context.forge.comment(result.target, request, generated_text(text.body), topic=_TEXT)
    else:
        context.forge.update_request(result.target, request, revised(request, text))


def _enable_auto_merge(context: SyncContext, target: Repository, request: MergeRequest, written: str) -> str:
    """Enable auto-merge for a commit of this run that a person has to approve; returns why it is refused, or ""."""
    if not written:
        return "the branch was not written in this run"
    if not target.writable:
        return "the token has no write access to the repository"
    if not context.policy.without_approval and not context.forge.required_approvals(target, request):
        return (
            f"the forge does not confirm that {target.default_branch or 'the default branch'} requires an approval; "
            "set `auto_merge: without-approval` to merge without one"
        )
    return context.forge.auto_merge(target, request, expected=written)


def _write(change: FileChange) -> FileWrite:
    """A change as a file of a commit. Raises `CodexError` for a path that codexc must not write."""
    fault = write_fault(change.path)
    if fault:
        raise CodexError(f"refusing to commit `{change.path}`: {fault}")
    return FileWrite(path=change.path, data=change.new, mode=change.mode)


def _commit(context: SyncContext, result: RepositoryResult, head: RepositoryHead) -> str:
    """Commit what was decided; returns the commit's id."""
    assert result.proposal is not None
    assert head.base is not None
    above = result.proposal.rebased_on if result.decision.row == 10 else None
    changes, parent = result.proposal.change_set, head.base
    if above is not None and head.tip is not None:
        changes, parent = above, head.tip.commit
    proposal = result.proposal
    trailers = Trailers(
        source=context.policy.source, version=proposal.version, base=parent, digest=proposal.digest, seal=""
    )
    message = message_of(proposal.words, changes, trailers, extra=context.policy.trailers)
    files = [_write(write) for write in changes.writes]
    expected = head.tip.commit if head.tip else None
    commit = partial(context.forge.commit, head.target, context.policy.branch, parent, files, message)
    try:
        return commit(expected=expected)
    except ForceRefusedError:
        if head.tip is None or not sealed(head.tip):
            raise
        return commit(expected=expected, above=expected)
