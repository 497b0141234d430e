"""Explains a decision: the changes in one repository as a diff, and the whole decision as text."""

from codex.forge.base import RepositoryHead
from codex.report import fleet as report
from codex.report.text import printable, printable_line
from codex.rollout.context import RepositoryResult, SyncContext
from codex.rollout.evaluate import evaluate
from codex.sync.changeset import Action, FileChange
from codex.sync.observed import BranchTip
from codex.sync.repository import Repository
from codex.sync.seal import sealed
from codex.workflow.build import FileDifference, unified_diff


def plan_diff(context: SyncContext, result: RepositoryResult) -> str:
    """The changes that would be written to one repository, as a unified diff."""
    return proposed_diff(context, result) if result.decision.writes else ""


def proposed_diff(context: SyncContext, result: RepositoryResult) -> str:
    """The changes that one repository needs, whether or not a merge request has them already, as a unified diff."""
    if result.proposal is None or result.head is None or result.head.base is None:
        return ""
    writes = result.proposal.change_set.writes
    before = context.read(result.target, result.head.base, [write.path for write in writes])
    changes = [
        FileDifference(
            path=f"{result.target.path}/{write.path}",
            old=before.get(write.path),
            new=None if write.action is Action.DELETE else write.new,
        )
        for write in writes
    ]
    return unified_diff(changes)


def explanation(context: SyncContext, target: Repository) -> str:
    """Evaluate one repository and explain the decision: its state, the row, the merge request and the files.

    Raises `CodexError` if the repository cannot be read.
    """
    head = next(iter(context.forge.heads([target], context.policy.branch)))
    if not isinstance(head, RepositoryHead):
        raise head[1]
    result = evaluate(context, head)
    reason = printable_line(result.decision.reason)
    lines = [f"{target.path}: {result.decision.outcome} (row {result.decision.row}): {reason}"]
    lines.append(f"  default branch {head.target.default_branch} at {(head.base or 'nothing')[:12]}")
    if head.target.fork:
        lines.append(f"  merge requests come from the fork {head.target.fork}")
    if head.tip is not None:
        lines.append(f"  our branch at {head.tip.commit[:12]}, {_branch_state(result, head.tip)}")
    if head.request is not None:
        lines.append(f"  open merge request {head.request.url}: {head.request.title}")
    if head.past is not None:
        lines.append(f"  last merge request {head.past.url}, {'merged' if head.past.merged else 'closed'}")
    if result.deletions:
        lines.append(f"  deletes {report.count(len(result.deletions))}; see the merge request")
    if result.proposal is not None:
        lines += [
            _change_line(change) for change in result.proposal.change_set.changes if change.action is not Action.NONE
        ]
        if result.decision.writes:
            body = result.proposal.request_text.body.rstrip("\n").split("\n")
            lines += ["", f"  {result.proposal.request_text.title}", "", *(f"  {line}".rstrip() for line in body)]
    return "".join(f"{printable(line)}\n" for text in lines for line in text.split("\n"))


def _branch_state(result: RepositoryResult, tip: BranchTip) -> str:
    if not sealed(tip):
        return "touched by others"
    if result.proposal is not None and result.proposal.exact:
        return "identical to what codexc would write"
    return "not edited, but different from what codexc would write now"


def _change_line(change: FileChange) -> str:
    return f"  {change.action:>6} {change.path}{f': {change.why}' if change.why else ''}"
