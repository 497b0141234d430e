"""Journal entries: what is recorded about a repository, and when an entry is fresh enough to skip reading it."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import msgspec

import codex
from codex.forge.base import RepositoryHead
from codex.rollout.context import RepositoryResult, SyncContext
from codex.shell.journal import Journal, JournalEntry, WaiverEntry
from codex.sync.decision_table import Decision
from codex.sync.inputs import content_key, load_inputs
from codex.sync.outcome import Outcome
from codex.sync.repository import Repository
from skills_build.errors import CodexError

_NEVER_FRESH: Final = frozenset({Outcome.FAILED, Outcome.RACED, Outcome.QUEUED, Outcome.CLOSED})
_REASONS: Final = {
    Outcome.OPEN: (11, "waiting to be merged"),
    Outcome.IN_SYNC: (3, "default branch is up to date"),
}
_NEXT_OUTCOME: Final = {Outcome.OPENED: Outcome.OPEN, Outcome.UPDATED: Outcome.OPEN, Outcome.MERGED: Outcome.IN_SYNC}


def head_key(head: RepositoryHead, outcome: str) -> str:
    """A digest of a repository's default branch, our branch and its merge request.

    A closed request does not count if the default branch is up to date: some forges need another API call to find it.
    """
    in_sync = _stage(outcome) == Outcome.IN_SYNC and head.tip is None and head.request is None
    request, past = head.request, None if in_sync else head.past
    parts = [head.base or "", head.tip.commit if head.tip else ""]
    parts += (
        [str(request.number), request.body, *request.labels, str(request.mergeable), str(request.draft)]
        if request
        else [""]
    )
    parts += [str(past.number), str(past.merged), *past.labels] if past else [""]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def inputs_key(context: SyncContext, target: Repository) -> str:
    """A digest of everything that a decision about a repository depends on, except its own content and the codex.

    Languages and topics of a catalog only select repositories, and hosts determine languages some time after a push.
    The rights that it read are those of one run.
    """
    parts = (
        codex.__version__,
        repr(context.policy),
        repr(context.targets),
        repr(replace(target, languages=(), topics=(), rights=None)),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_unchanged(context: SyncContext, head: RepositoryHead, before: JournalEntry) -> bool:
    """Whether a repository has not changed since its journal entry, and its desired state has not either."""
    same = before.head == head_key(head, before.outcome) and before.inputs == inputs_key(context, head.target)
    valid = same and (not before.until or context.day <= before.until) and before.outcome not in _NEVER_FRESH
    return valid and (before.tree == context.source.codex.tree or _has_same_desired_state(context, before))


def _has_same_desired_state(context: SyncContext, before: JournalEntry) -> bool:
    """Whether this release has the same desired state for a repository as the one in its journal entry."""
    inputs = load_inputs(before.brief)
    source = context.source_for(inputs.settings) if inputs else None
    if inputs is None or source is None or not inputs.fits(source):
        return False
    return content_key(context.desired(source, inputs)) == before.wanted


def recorded_result(head: RepositoryHead, before: JournalEntry) -> RepositoryResult:
    """The result of a repository as its journal entry has it."""
    outcome = before.outcome
    now = _NEXT_OUTCOME.get(outcome, outcome)
    row, reason = _REASONS.get(now, (0, before.reason))
    decision = Decision(row=row, outcome=now, reason=reason)
    return RepositoryResult(
        target=head.target,
        decision=decision,
        head=head,
        version=before.version,
        adopted=before.adopted,
        from_journal=True,
    )


def journal_entry(context: SyncContext, result: RepositoryResult, journal: Journal) -> JournalEntry:
    """The journal entry for a result."""
    assert result.head is not None
    request = result.head.request
    return JournalEntry(
        id=result.target.id,
        head=_recorded_key(result),
        inputs=inputs_key(context, result.head.target),
        outcome=result.decision.outcome,
        codex=context.policy.source,
        tree=context.source.codex.tree,
        wanted=result.desired_digest,
        brief=result.inputs,
        base=result.head.base or "",
        blobs=result.blobs,
        reason=result.decision.reason,
        url=result.url,
        version=result.version,
        adopted=result.adopted,
        until=result.until,
        since=unchanged_since(journal, result) or context.now().isoformat(timespec="seconds"),
        opened=request.created if request else "",
        waivers=tuple(
            WaiverEntry(
                waiver.rule,
                waiver.owner,
                waiver.expires,
                waiver.reason,
                waiver.granted or "",
                waiver.rule in context.source.codex.skill_index.home,
            )
            for waiver in result.waivers
        ),
        **_changed_files(result),
    )


_FILES: Final = 40
"""Number of changed files that are recorded by path."""


def _changed_files(result: RepositoryResult) -> dict[str, Any]:
    writes = result.proposal.change_set.writes if result.proposal is not None else ()
    files = tuple(f"{change.action} {change.path}" for change in writes[:_FILES])
    return {"files": files, "file_count": len(writes)} if files else {}


def refreshed_entries(
    context: SyncContext, results: Iterable[RepositoryResult], journal: Journal
) -> Iterator[JournalEntry]:
    """Yield the journal entries of repositories that were not read, as valid for this release too."""
    tree = context.source.codex.tree
    for result in results:
        before = journal.get(result.target.id) if result.from_journal else None
        if before is not None and before.tree != tree:
            yield msgspec.structs.replace(before, tree=tree)


def unchanged_since(journal: Journal, result: RepositoryResult) -> str:
    """Since when a repository has had this outcome (RFC 3339); empty if its journal entry has another one."""
    before = journal.get(result.target.id)
    if before is None or before.version != result.version:
        return ""
    return before.since if _stage(before.outcome) == _stage(result.decision.outcome) else ""


def lacks_bundle(result: RepositoryResult) -> bool:
    """Whether a repository needs a version whose bundle was not found."""
    return result.decision.row == 2 and result.decision.outcome is Outcome.SKIPPED


def _recorded_key(result: RepositoryResult) -> str:
    """The head key to record; empty if it cannot be read, so that the next run reads the repository again.

    Also empty if a bundle is missing, because it may be here by then, and if the token lacks access, which it may have.
    """
    assert result.head is not None
    if lacks_bundle(result) or result.target != result.head.target:
        return ""
    try:
        return head_key(result.head, result.decision.outcome)
    except CodexError:
        return ""


def _stage(outcome: str) -> str:
    """The outcome that stays the same while a merge request waits, and after it was merged."""
    return _NEXT_OUTCOME.get(Outcome(outcome), Outcome(outcome))
