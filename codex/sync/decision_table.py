"""The decision table: what is done in one repository, by what was observed there. Pure and total.

The rows have the numbers that the design gives them; they are tried in this order: skip, opt-out, damaged markers,
declined, held, nothing to do, somebody's work on the branch, then what is written.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from codex.sync.allowed_paths import AGENTS
from codex.sync.changeset import ChangeSet, State
from codex.sync.lock import LOCK
from codex.sync.observed import BranchTip, ClosedRequest, MergeRequest, Observed
from codex.sync.outcome import WAITING, Outcome
from codex.sync.policy import Policy, Touched
from codex.sync.request_text import RequestText, fingerprint, proposed_digest
from codex.sync.seal import sealed, trailers
from skills_build import inert


class Step(StrEnum):
    """One thing that is done on a forge, in this order."""

    COMMIT = "commit"
    OPEN = "open"
    AUTO_MERGE = "auto-merge"
    REVISE = "revise"
    NOTE = "note"
    CLOSE = "close"
    DELETE_BRANCH = "delete-branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What would be proposed: the work, the digest of what is ours in it, and the words of the request."""

    work: ChangeSet
    digest: str
    letter: RequestText
    words: str = ""
    """What the message of its commit says above the trailers."""
    riding: frozenset[str] = frozenset()
    """Files that are worth no commit by themselves."""
    above: ChangeSet | None = None
    """What is to be done on top of what others added to our branch; None where that may not be done."""
    exact: bool = False
    """Whether our branch is what this run would write on the same parent, with the content that is wanted now.

    Only then it is kept or a request is opened from it; one that is merely untouched is written again.
    """
    version: str = ""
    """The release that the work was made from."""

    def within(self, tip: BranchTip) -> bool:
        """Whether a branch changes every file that would be changed now, so that merging it leaves nothing out."""
        paths = {write.path for write in self.work.writes} - self.riding - {LOCK}
        return paths <= tip.changed.keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is done and why. `note` is the text of the one note that is kept up to date on a request."""

    row: int
    outcome: Outcome
    reason: str
    steps: tuple[Step, ...] = ()
    note: str = ""

    @property
    def writes(self) -> bool:
        """Whether anything is done."""
        return bool(self.steps)


def skipped(observed: Observed) -> Decision | None:
    """Rows 1 and 2: repositories that nothing is read in. None where the others apply."""
    target = observed.target
    reasons = (
        (target.archived, "archived"),
        (target.mirror, "mirror"),
        (target.requests_off, "merge requests are off"),
        (not target.writable, "no permission"),
        (observed.base is None, "empty, or without a default branch"),
    )
    for holds, reason in reasons:
        if holds:
            return Decision(row=1, outcome=Outcome.SKIPPED, reason=reason)
    if observed.settings.opt_out is not None:
        return Decision(row=2, outcome=Outcome.OPTED_OUT, reason=observed.settings.opt_out.reason)
    return None


def decide(observed: Observed, proposal: Proposal, policy: Policy, *, before: Outcome | None = None) -> Decision:
    """Decide for one repository; `before` is what the last run said of it, if it is known."""
    return skipped(observed) or _refused(observed, proposal, policy) or _done(observed, proposal, policy, before)


def _refused(observed: Observed, proposal: Proposal, policy: Policy) -> Decision | None:
    """Rows 7, 1, 8 and 9: where nothing is written although something differs.

    Where AGENTS.md cannot hold the block, skills that nothing points to would be no help.
    """
    damaged = next((conflict for conflict in proposal.work.conflicts if conflict.markers), None)
    if damaged is not None:
        fix = "restore the markers from git, or delete what is left of them"
        return Decision(row=7, outcome=Outcome.CONFLICT, reason=f"markers: {damaged.path}: {damaged.why}; {fix}")
    host = next((conflict for conflict in proposal.work.conflicts if conflict.path == AGENTS), None)
    if host is not None:
        return Decision(row=1, outcome=Outcome.SKIPPED, reason=f"{host.path}: {host.why}")
    request, past = observed.request, observed.past
    if request is None and past is not None and not past.merged and proposal.work.writes:
        again = policy.retry in past.labels
        if _proposed(observed, past) == proposal.digest and not again:
            reason = f"closed by a person: {past.url}; add the label {inert.code(policy.retry)} to it to get a new one"
            return Decision(row=8, outcome=Outcome.DECLINED, reason=reason)
    if request is not None and policy.hold in request.labels:
        return Decision(row=9, outcome=Outcome.HELD, reason=f"label {inert.code(policy.hold)} on {request.url}")
    return None


def _proposed(observed: Observed, past: ClosedRequest) -> str | None:
    """The digest of what an ended request proposed; where people wrote over its words, that of what it left behind."""
    digest = proposed_digest(past.body)
    if digest is not None or observed.tip is None:
        return digest
    claimed = trailers(observed.tip.message) if sealed(observed.tip) else None
    return claimed.digest if claimed else None


def _done(observed: Observed, proposal: Proposal, policy: Policy, before: Outcome | None) -> Decision:
    tip, request = observed.tip, observed.request
    ours = tip is not None and sealed(tip)
    if not proposal.work.writes:
        return _nothing(observed, proposal, request, before, ours=ours)
    if tip is not None and not ours and not _may_take(request, policy):
        return _above(request, proposal) or _touched(request, policy)
    return _written(observed, proposal, policy, ours=ours)


def _nothing(
    observed: Observed, proposal: Proposal, request: MergeRequest | None, before: Outcome | None, *, ours: bool
) -> Decision:
    """Rows 3, 4, 5 and 6: the default branch is up to date."""
    tip, past = observed.tip, observed.past
    if request is not None and ours:
        closing = (Step.NOTE, Step.CLOSE, Step.DELETE_BRANCH)
        note = "The default branch already has all of this, so there is nothing left to merge."
        return Decision(row=4, outcome=Outcome.CLOSED, reason="nothing left to merge", steps=closing, note=note)
    if request is not None:
        reason = "the default branch already has all of this, and the branch has commits by others"
        note = (
            "The default branch already has everything that codexc proposed here. The rest of this branch is by "
            "others: merge or close it."
        )
        return Decision(row=5, outcome=Outcome.NEEDS_HUMAN, reason=reason, steps=(Step.NOTE,), note=note)
    steps = (Step.DELETE_BRANCH,) if tip is not None and ours else ()
    edited = [file_change.path for file_change in proposal.work.kept if file_change.state is State.EDITED]
    stuck = proposal.work.conflicts
    if stuck:
        reason = f"{stuck[0].path}: {stuck[0].why}"
        return Decision(row=1, outcome=Outcome.SKIPPED, reason=reason, steps=steps)
    if edited:
        return Decision(row=6, outcome=Outcome.DRIFT, reason=f"changed by hand: {', '.join(edited)}", steps=steps)
    if before in WAITING and past is not None and past.merged:
        return Decision(row=3, outcome=Outcome.MERGED, reason=past.url, steps=steps)
    return Decision(row=3, outcome=Outcome.IN_SYNC, reason="default branch is up to date", steps=steps)


def _may_take(request: MergeRequest | None, policy: Policy) -> bool:
    """Whether somebody said that our branch may be written over, work of others and all."""
    if policy.touched is Touched.TAKEOVER:
        return True
    return request is not None and policy.takeover in request.labels


def _above(request: MergeRequest | None, proposal: Proposal) -> Decision | None:
    """Row 10, where the policy is to go on upon the work of others, and they left alone what is ours."""
    if request is None or proposal.above is None:
        return None
    revise = (Step.REVISE,) if fingerprint(request.body) != proposal.letter.fingerprint else ()
    if not proposal.above.writes:
        reason = "waits to be merged, with commits by others"
        return Decision(row=10, outcome=Outcome.OPEN, reason=reason, steps=revise)
    reason = "the content is new; the commits by others are kept below it"
    return Decision(row=10, outcome=Outcome.UPDATED, reason=reason, steps=(Step.COMMIT, *revise))


def _touched(request: MergeRequest | None, policy: Policy) -> Decision:
    """Row 10."""
    if request is None:
        branch = inert.code(policy.branch)
        reason = f"{branch} has commits by others and no merge request; rename or delete it to get one"
        return Decision(row=10, outcome=Outcome.HUMAN_EDITED, reason=reason)
    reason = f"the branch has commits by others; merge or close it, or add the label {inert.code(policy.takeover)}"
    note = (
        "This branch has commits by others, so codexc no longer updates it. Merge or close it. To let codexc overwrite "
        f"the branch and discard those commits, add the {inert.code(policy.takeover)} label."
    )
    return Decision(row=10, outcome=Outcome.HUMAN_EDITED, reason=reason, steps=(Step.NOTE,), note=note)


_NOT_EXACT: Final = "the branch differs from what codexc would write, so it is rewritten"


def _written(observed: Observed, proposal: Proposal, policy: Policy, *, ours: bool) -> Decision:
    """Rows 11 to 15: something differs and the branch is ours to write, or is not there.

    What is kept is exact. A merge is asked for only at a commit of this run.
    """
    tip, request = observed.tip, observed.request
    merging = (Step.AUTO_MERGE,) if policy.auto_merge and not policy.draft else ()
    if tip is None:
        steps = (Step.COMMIT, Step.OPEN, *merging)
        return Decision(row=15, outcome=Outcome.OPENED, reason="new content", steps=steps)
    claimed = trailers(tip.message)
    current = ours and proposal.exact
    based = tip.parent == observed.base
    if request is None:
        keeps = current and based and not merging
        steps = (Step.OPEN,) if keeps else (Step.COMMIT, Step.OPEN, *merging)
        return Decision(row=14, outcome=Outcome.OPENED, reason="a branch without a merge request", steps=steps)
    revise = (Step.REVISE,) if fingerprint(request.body) != proposal.letter.fingerprint else ()
    if current and based:
        reason = "text of the merge request" if revise else "waits to be merged"
        return Decision(row=11, outcome=Outcome.OPEN, reason=reason, steps=revise)
    if current and proposal.within(tip) and request.mergeable is not False and not policy.rebase:
        return Decision(row=12, outcome=Outcome.OPEN, reason="waits to be merged; the base has moved", steps=revise)
    claims = ours and claimed is not None and claimed.digest == proposal.digest
    reason = "the base has moved" if current else _NOT_EXACT if claims else "the content is new"
    return Decision(row=13, outcome=Outcome.UPDATED, reason=reason, steps=(Step.COMMIT, *merging, *revise))
