"""What the journal remembers of a repository, and when that is enough to know what to do."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

import codex
from codex.forge.base import RepositoryHead
from codex.rollout.context import RepositoryResult, SyncContext
from codex.shell.journal import Journal, JournalEntry
from codex.sync.decision_table import Decision
from codex.sync.inputs import content_key, load_inputs
from codex.sync.observed import Target
from codex.sync.outcome import Outcome
from skills_build.errors import CodexError

_AGAIN: Final = frozenset({Outcome.FAILED, Outcome.RACED, Outcome.QUEUED, Outcome.CLOSED})
_REASONS: Final = {
    Outcome.OPEN: (11, "waits to be merged"),
    Outcome.IN_SYNC: (3, "default branch is up to date"),
}
_LATER: Final = {Outcome.OPENED: Outcome.OPEN, Outcome.UPDATED: Outcome.OPEN, Outcome.MERGED: Outcome.IN_SYNC}


def head_key(head: RepositoryHead, outcome: str) -> str:
    """A digest of what a repository looks like from outside.

    An ended request says nothing where the default branch has what it should: some forges need a request to find it.
    """
    settled = _stage(outcome) == Outcome.IN_SYNC and head.tip is None and head.request is None
    request, past = head.request, None if settled else head.past
    parts = [head.base or "", head.tip.commit if head.tip else ""]
    parts += [str(request.number), request.body, *request.labels, str(request.mergeable)] if request else [""]
    parts += [str(past.number), str(past.merged), *past.labels] if past else [""]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def inputs_key(run: SyncContext, target: Target) -> str:
    """A digest of what is asked for a repository, apart from what is in it and in the codex."""
    parts = (codex.__version__, repr(run.policy), repr(run.targets), repr(target))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_unchanged(run: SyncContext, head: RepositoryHead, before: JournalEntry) -> bool:
    """Whether a repository stands as it stood, and nothing else is wanted of it."""
    same = before.head == head_key(head, before.outcome) and before.inputs == inputs_key(run, head.target)
    holds = same and (not before.until or run.day <= before.until) and before.outcome not in _AGAIN
    return holds and (before.tree == run.source.codex.tree or _wants_the_same(run, before))


def _wants_the_same(run: SyncContext, before: JournalEntry) -> bool:
    """Whether this release wants of a repository that has not moved what the last one did."""
    brief = load_inputs(before.brief)
    source = run.source_for(brief.settings) if brief else None
    if brief is None or source is None or not brief.fits(source):
        return False
    return content_key(run.desired(source, brief)) == before.wanted


def recorded_result(head: RepositoryHead, before: JournalEntry) -> RepositoryResult:
    """A repository as the journal has it."""
    outcome = before.outcome
    now = _LATER.get(outcome, outcome)
    row, reason = _REASONS.get(now, (0, before.reason))
    decision = Decision(row=row, outcome=now, reason=reason)
    return RepositoryResult(
        target=head.target, decision=decision, head=head, version=before.version, adopted=before.adopted, known=True
    )


def journal_entry(run: SyncContext, item: RepositoryResult, journal: Journal) -> JournalEntry:
    """What to remember of a repository."""
    assert item.head is not None
    request = item.head.request
    return JournalEntry(
        id=item.target.id,
        head=_known_key(item),
        inputs=inputs_key(run, item.head.target),
        outcome=item.decision.outcome,
        tree=run.source.codex.tree,
        wanted=item.wanted,
        exact=_exact(item),
        brief=item.brief,
        base=item.head.base or "",
        blobs=item.blobs,
        reason=item.decision.reason,
        url=item.url,
        version=item.version,
        adopted=item.adopted,
        until=min((waiver.expires for waiver in item.waivers if waiver.holds(run.day)), default=""),
        since=unchanged_since(journal, item) or run.now().isoformat(timespec="seconds"),
        opened=request.created if request else "",
        waivers=tuple((waiver.rule, waiver.owner, waiver.expires) for waiver in item.waivers),
    )


def refreshed_entries(run: SyncContext, items: Iterable[RepositoryResult], journal: Journal) -> Iterator[JournalEntry]:
    """Yield what is known of repositories that were not read, as known of this release too."""
    tree = run.source.codex.tree
    for item in items:
        before = journal.get(item.target.id) if item.known else None
        if before is not None and before.tree != tree:
            yield msgspec.structs.replace(before, tree=tree)


def unchanged_since(journal: Journal, item: RepositoryResult) -> str:
    """Since when a repository is as it is now (RFC 3339); empty where the journal last saw it in another state."""
    before = journal.get(item.target.id)
    if before is None or before.version != item.version:
        return ""
    return before.since if _stage(before.outcome) == _stage(item.decision.outcome) else ""


def lacks_bundle(item: RepositoryResult) -> bool:
    """Whether a repository is pinned to a version whose bundle is not here."""
    return item.decision.row == 2 and item.decision.outcome is Outcome.SKIPPED


def _known_key(item: RepositoryResult) -> str:
    """The key to know a repository by; where it cannot be found out, none, so that the next run looks again.

    It does so too where a bundle was missing: it may be here then.
    """
    assert item.head is not None
    if lacks_bundle(item):
        return ""
    try:
        return head_key(item.head, item.decision.outcome)
    except CodexError:
        return ""


def _exact(item: RepositoryResult) -> str:
    """The commit on our branch that this run wrote, or found to be what it would write."""
    tip = item.head.tip if item.head else None
    found = item.proposal is not None and item.proposal.exact and not item.written
    return tip.commit if tip is not None and (found or tip.commit == item.written) else ""


def was_exact(run: SyncContext, head: RepositoryHead, before: JournalEntry | None) -> bool:
    """Whether our branch is a commit that an earlier run, asked for the same, wrote or found to be exact.

    This saves reading what is below it; without a journal that is read, with the same result.
    """
    if before is None or head.tip is None or before.exact != head.tip.commit:
        return False
    return before.inputs == inputs_key(run, head.target)


def _stage(outcome: str) -> str:
    """What stays the same while a request only waits, and after it was merged."""
    return _LATER.get(Outcome(outcome), Outcome(outcome))
