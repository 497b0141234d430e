"""The decision table: what to do in one repository, given its observed state. Pure and total.

The row numbers are those of docs/sync.md. The rows are tried in this order: skipped, opted out, damaged markers,
declined, held, nothing to do, commits by others on the branch, then what is written.
"""

from enum import StrEnum
from typing import Final

from codex.sync.allowed_paths import AGENTS
from codex.sync.changeset import ChangeSet, FileChange, State
from codex.sync.lock import LOCK
from codex.sync.observed import BranchTip, ClosedRequest, MergeRequest, Observed
from codex.sync.outcome import WAITING, Outcome
from codex.sync.policy import Policy, Touched
from codex.sync.request_text import RequestText, is_our_draft, needs_revision, proposed_digest
from codex.sync.seal import sealed, trailers
from skills_build import inert
from skills_build.frozen import dataclass


class Step(StrEnum):
    """One action on a forge. Actions are run in this order."""

    UNLABEL = "unlabel"
    COMMIT = "commit"
    OPEN = "open"
    READY = "ready"
    AUTO_MERGE = "auto-merge"
    REVISE = "revise"
    NOTE = "note"
    CLOSE = "close"
    DELETE_BRANCH = "delete-branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The proposal: the change set, the digest of its managed content, and the text of the merge request."""

    change_set: ChangeSet
    digest: str
    request_text: RequestText
    words: str = ""
    """The commit message above its trailers."""
    coalesced: frozenset[str] = frozenset()
    """Files that are not worth a commit of their own."""
    rebased_on: ChangeSet | None = None
    """The change set on top of the commits by others on the branch; None if codexc may not add to them."""
    exact: bool = False
    """Whether the branch is exactly what this run would write on the same parent, with the content desired now.

    Only an exact branch is kept, or gets a merge request. One that is merely untouched is rewritten.
    """
    version: str = ""
    """The release that the change set comes from."""

    def within(self, tip: BranchTip) -> bool:
        """Whether the branch changes every file that would be changed now, so that merging it is complete."""
        paths = {write.path for write in self.change_set.writes} - self.coalesced - {LOCK}
        return paths <= tip.changed.keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The actions and the reason. `note` is the text of the one comment that codexc maintains on a merge request."""

    row: int
    outcome: Outcome
    reason: str
    steps: tuple[Step, ...] = ()
    note: str = ""

    @property
    def writes(self) -> bool:
        """Whether anything is written on the forge."""
        return bool(self.steps)


def skipped(observed: Observed, policy: Policy) -> Decision | None:
    """Return the decision of rows 1 and 2, which read no file; None if other rows apply."""
    target = observed.target
    reasons = (
        (target.archived, "archived"),
        (target.mirror, "mirror"),
        (target.requests_off, "merge requests are disabled"),
        (not target.writable and not target.fork, "no permission"),
        (observed.base is None, "the repository is empty, or has no default branch"),
        (target.default_branch == policy.branch, f"{inert.code(policy.branch)} is the default branch"),
    )
    for applies, reason in reasons:
        if applies:
            return Decision(row=1, outcome=Outcome.SKIPPED, reason=reason)
    if observed.settings.opt_out is not None:
        return Decision(row=2, outcome=Outcome.OPTED_OUT, reason=observed.settings.opt_out.reason)
    return None


def decide(observed: Observed, proposal: Proposal, policy: Policy, *, before: Outcome | None = None) -> Decision:
    """Decide for one repository. `before` is the outcome of the last run, if known."""
    return (
        skipped(observed, policy)
        or _rows_7_to_9(observed, proposal, policy)
        or _rows_3_to_15(observed, proposal, policy, before)
    )


def _rows_7_to_9(observed: Observed, proposal: Proposal, policy: Policy) -> Decision | None:
    """Rows 7, 1, 8 and 9: nothing is written although something differs.

    If AGENTS.md cannot have the block, nothing would point to the skills, so they are not written either.
    """
    damaged = next((conflict for conflict in proposal.change_set.conflicts if conflict.markers), None)
    if damaged is not None:
        fix = "restore both block markers from Git, or delete them"
        return Decision(row=7, outcome=Outcome.CONFLICT, reason=f"markers: {damaged.path}: {damaged.why}; {fix}")
    agents_file = next((conflict for conflict in proposal.change_set.conflicts if conflict.path == AGENTS), None)
    if agents_file is not None:
        return Decision(row=1, outcome=Outcome.SKIPPED, reason=f"{agents_file.path}: {agents_file.why}")
    request = observed.request
    declined = _declined(observed, proposal, policy)
    if declined is not None:
        return declined
    if request is not None and policy.hold in request.labels:
        return Decision(row=9, outcome=Outcome.HELD, reason=f"label {inert.code(policy.hold)} on {request.url}")
    return None


def _declined(observed: Observed, proposal: Proposal, policy: Policy) -> Decision | None:
    """Row 8: a person closed a merge request with this content, or merged it and then reverted that."""
    closed = observed.closed_request
    if observed.request is not None or closed is None or not proposal.change_set.writes:
        return None
    if policy.retry in closed.labels or (closed.merged and not _taken_back(observed, proposal.change_set)):
        return None
    if _proposed(observed, closed) != proposal.digest:
        return None
    what = "merged and then reverted" if closed.merged else "closed by a person"
    label = f"{observed.target.label_word} {inert.code(policy.retry)}"
    reason = f"{what}: {closed.url}; to get a new merge request, add the {label} to the closed one"
    return Decision(row=8, outcome=Outcome.DECLINED, reason=reason)


def _taken_back(observed: Observed, changes: ChangeSet) -> bool:
    """Whether the default branch is as it was before a merge: as its own lock says, and that is not the new lock.

    Whatever else people changed there since is row 6.
    """
    if changes.lock == observed.lock:
        return False
    return all(_is_as_locked(observed, change) for change in changes.changes if change.path != LOCK)


def _is_as_locked(observed: Observed, change: FileChange) -> bool:
    """Whether a file is as the lock on the default branch says; without a lock, absent."""
    if change.state in (State.EDITED, State.MISSING):
        return False
    if change.state is not State.CURRENT or observed.lock is None:
        return change.state is not State.CURRENT
    owned = observed.lock.files.get(change.path)
    seen = observed.seen.get(change.path)
    return change.path in observed.lock.blocks if owned is None else seen is not None and seen.holds(owned.blob)


def _proposed(observed: Observed, closed: ClosedRequest) -> str | None:
    """The digest that a closed merge request proposed; that of its branch if the body no longer contains it."""
    digest = proposed_digest(closed.body)
    if digest is not None or observed.tip is None:
        return digest
    claimed = trailers(observed.tip.message) if sealed(observed.tip) else None
    return claimed.digest if claimed else None


def _rows_3_to_15(observed: Observed, proposal: Proposal, policy: Policy, before: Outcome | None) -> Decision:
    tip, request = observed.tip, observed.request
    untouched = tip is not None and (sealed(tip) or _has_nothing_to_lose(observed, tip))
    if not proposal.change_set.writes:
        return _rows_3_to_6(observed, proposal, request, before, untouched=untouched)
    if tip is not None and not untouched and not _may_overwrite(observed, policy):
        return _row_10_append(request, proposal, policy) or _row_10_leave(observed, policy)
    return _rows_11_to_15(observed, proposal, policy, untouched=untouched)


def _rows_3_to_6(
    observed: Observed, proposal: Proposal, request: MergeRequest | None, before: Outcome | None, *, untouched: bool
) -> Decision:
    """Rows 3, 4, 5 and 6: the default branch is up to date."""
    tip, closed = observed.tip, observed.closed_request
    if request is not None and untouched:
        closing = (Step.NOTE, Step.CLOSE, Step.DELETE_BRANCH)
        note = "The default branch already contains these changes, so there is nothing left to merge."
        return Decision(row=4, outcome=Outcome.CLOSED, reason="nothing left to merge", steps=closing, note=note)
    if request is not None:
        reason = "the default branch already contains these changes, and the branch has commits by others"
        note = (
            "The default branch already contains everything that codexc proposed here. The remaining commits on "
            "this branch are by others: merge or close this merge request."
        )
        return Decision(row=5, outcome=Outcome.NEEDS_HUMAN, reason=reason, steps=(Step.NOTE,), note=note)
    steps = (Step.DELETE_BRANCH,) if tip is not None and untouched else ()
    edited = [file_change.path for file_change in proposal.change_set.kept if file_change.state is State.EDITED]
    conflicts = proposal.change_set.conflicts
    if conflicts:
        reason = f"{conflicts[0].path}: {conflicts[0].why}"
        return Decision(row=1, outcome=Outcome.SKIPPED, reason=reason, steps=steps)
    if edited:
        return Decision(row=6, outcome=Outcome.DRIFT, reason=f"edited by hand: {', '.join(edited)}", steps=steps)
    if before in WAITING and closed is not None and closed.merged:
        return Decision(row=3, outcome=Outcome.MERGED, reason=closed.url, steps=steps)
    return Decision(row=3, outcome=Outcome.IN_SYNC, reason="default branch is up to date", steps=steps)


def _has_nothing_to_lose(observed: Observed, tip: BranchTip) -> bool:
    """Whether every commit of the branch was merged, also those by others: there is a copy of each."""
    closed = observed.closed_request
    squashed = observed.request is None and closed is not None and closed.merged and closed.head == tip.commit
    return squashed or tip.merged


def _may_overwrite(observed: Observed, policy: Policy) -> bool:
    """Whether codexc may overwrite the branch, with the commits by others: by the policy or by a label.

    Without an open merge request, the label counts on the last one.
    """
    return policy.touched is Touched.TAKEOVER or _is_labelled(observed, policy)


def _is_labelled(observed: Observed, policy: Policy) -> bool:
    """Whether the label is set, and counts: codexc has to remove it first, which takes write access."""
    request = observed.request or observed.closed_request
    return request is not None and observed.target.writable and policy.takeover in request.labels


def _row_10_append(request: MergeRequest | None, proposal: Proposal, policy: Policy) -> Decision | None:
    """Row 10 with `touched: append`: commit on top of the commits by others, if they did not change managed content."""
    if request is None or proposal.rebased_on is None:
        return None
    revise = _revision(request, proposal, policy)
    if not proposal.rebased_on.writes:
        reason = "waiting to be merged, with commits by others"
        return Decision(row=10, outcome=Outcome.OPEN, reason=reason, steps=revise)
    reason = "the content has changed; the commits by others are kept"
    return Decision(row=10, outcome=Outcome.UPDATED, reason=reason, steps=(Step.COMMIT, *revise))


def _row_10_leave(observed: Observed, policy: Policy) -> Decision:
    """Row 10: leave the branch alone and explain why."""
    request, closed = observed.request, observed.closed_request
    takeover, branch = inert.code(policy.takeover), inert.code(policy.branch)
    label = observed.target.label_word
    if not observed.target.writable:
        return _left_in_fork(observed, branch)
    if request is None and closed is None:
        reason = f"{branch} has commits by others and no merge request; to get one, rename or delete the branch"
        return Decision(row=10, outcome=Outcome.HUMAN_EDITED, reason=reason)
    if request is None:
        assert closed is not None
        reason = (
            f"{branch} has commits by others, and {closed.url} is closed; "
            f"rename or delete the branch, or add the {label} {takeover} to that merge request"
        )
        note = (
            f"The branch {branch} of this merge request has commits by others, so codexc cannot open a new one for "
            "newer content. Rename or delete the branch. To let codexc overwrite it and discard those commits, add "
            f"the {takeover} {label} here."
        )
        return Decision(row=10, outcome=Outcome.HUMAN_EDITED, reason=reason, steps=(Step.NOTE,), note=note)
    reason = f"the branch has commits by others; merge or close the merge request, or add the {label} {takeover}"
    note = (
        "This branch has commits by others, so codexc no longer updates it. Merge or close this merge request. To let "
        f"codexc overwrite the branch and discard those commits, add the {takeover} {label}. {_REMOVES[label]}"
    )
    return Decision(row=10, outcome=Outcome.HUMAN_EDITED, reason=reason, steps=(Step.NOTE,), note=note)


_REMOVES: Final = {
    "label": "codexc then removes the label, and keeps later commits.",
    "comment": "codexc then replies to the comment, and keeps later commits.",
}


def _left_in_fork(observed: Observed, branch: str) -> Decision:
    """Row 10 where codexc may not change labels: it could not remove the one that allows it to discard commits."""
    place = f"{branch} in {inert.code(observed.target.fork)}"
    ending = f"merge or close the merge request, or delete {place} to get a new merge request"
    note = f"The branch {place} has commits by others, so codexc no longer updates it: {ending}."
    steps = (Step.NOTE,) if observed.request or observed.closed_request else ()
    reason = f"{place} has commits by others; {ending}"
    return Decision(row=10, outcome=Outcome.HUMAN_EDITED, reason=reason, steps=steps, note=note)


def _revision(request: MergeRequest, proposal: Proposal, policy: Policy) -> tuple[Step, ...]:
    """Mark our draft as ready if drafts are no longer wanted, and update the text of a merge request."""
    ready = (Step.READY,) if is_our_draft(request) and not policy.draft else ()
    return (*ready, *((Step.REVISE,) if needs_revision(request, proposal.request_text, policy) else ()))


_NOT_EXACT: Final = "the branch differs from what codexc would write, so it is rewritten"


def _rows_11_to_15(observed: Observed, proposal: Proposal, policy: Policy, *, untouched: bool) -> Decision:
    """Rows 11 to 15: something differs, and the branch is untouched or does not exist.

    Only an exact branch is kept. Auto-merge is requested only for a commit of this run.
    """
    tip, request = observed.tip, observed.request
    auto_merge = (Step.AUTO_MERGE,) if policy.auto_merge and not policy.draft else ()
    if tip is None:
        steps = (Step.COMMIT, Step.OPEN, *auto_merge)
        return Decision(row=15, outcome=Outcome.OPENED, reason="new content", steps=steps)
    claimed = trailers(tip.message)
    is_current = untouched and proposal.exact
    on_newest_base = tip.parent == observed.base
    used = (Step.UNLABEL,) if _is_labelled(observed, policy) and (request is not None or not untouched) else ()
    if request is None:
        keep_commit = is_current and on_newest_base and not auto_merge
        steps = (Step.OPEN,) if keep_commit else (*used, Step.COMMIT, Step.OPEN, *auto_merge)
        return Decision(row=14, outcome=Outcome.OPENED, reason="the branch has no merge request", steps=steps)
    revise = _revision(request, proposal, policy)
    if is_current and on_newest_base:
        reason = "the text of the merge request is updated" if revise else "waiting to be merged"
        reason = "no longer a draft" if Step.READY in revise else reason
        return Decision(row=11, outcome=Outcome.OPEN, reason=reason, steps=(*used, *revise))
    fits = request.mergeable is not False and not policy.rebase
    if is_current and proposal.within(tip) and fits and not tip.conflicts:
        reason = "waiting to be merged; the base branch has new commits"
        return Decision(row=12, outcome=Outcome.OPEN, reason=reason, steps=(*used, *revise))
    same_digest = untouched and claimed is not None and claimed.digest == proposal.digest
    reason = (
        "the base branch has new commits" if is_current else _NOT_EXACT if same_digest else "the content has changed"
    )
    if not untouched:
        reason = "the commits by others are overwritten, because a label or `touched` allows this"
    ready = tuple(step for step in revise if step is Step.READY)
    text = tuple(step for step in revise if step is not Step.READY)
    steps = (*used, Step.COMMIT, *ready, *auto_merge, *text)
    return Decision(row=13, outcome=Outcome.UPDATED, reason=reason, steps=steps)
