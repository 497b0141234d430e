"""Evaluates one repository: reads it, determines its desired state, and applies the decision table."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from codex.forge.base import RepositoryHead
from codex.http.hosts import owner_files
from codex.profile.build_profile import build_profile
from codex.profile.evidence import evidence_paths as evidence
from codex.profile.model import Listing, ListingEntry, RepositoryProfile
from codex.profile.owners import owners_of
from codex.rollout.context import RepositoryResult, SyncContext
from codex.shell.journal import JournalEntry
from codex.sync.allowed_paths import AGENTS
from codex.sync.changes_since import is_version
from codex.sync.changeset import ChangeSet, EntryType, ObservedFile, State
from codex.sync.comparison import change_set, paths_of_interest
from codex.sync.decision_table import Decision, Proposal, Step, decide, skipped
from codex.sync.desired import Desired
from codex.sync.facts import applied_profile, facts_of, parts_of, reasons_to_apply
from codex.sync.inputs import DesiredInputs, content_key, desired_inputs, dump_inputs
from codex.sync.instruction_budget import chain_notes
from codex.sync.lock import LOCK, Lock, load_lock
from codex.sync.observed import BranchTip, Observed
from codex.sync.outcome import Outcome
from codex.sync.owner_words import owner_notes
from codex.sync.policy import Drift, Policy, Touched
from codex.sync.repository import Repository
from codex.sync.request_text import ReleaseNotes, commit_words, request_text
from codex.sync.seal import Trailers, exact, message_of, owned_digest, refuse_other_codex, sealed, trailers
from codex.sync.settings import SETTINGS, Settings, settings_of, waivers_until
from codex.sync.trust import Allow
from codex.workflow.codex_folder import schema
from codex.workflow.trust import check_repository_trust, first_use_notes
from skills_build import inert
from skills_build.emit.registry import RULES
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.release import Version
from skills_build.release.loaded_bundle import LoadedBundle

_CHANGED_BY_OTHERS: Final = frozenset({State.EDITED, State.MISSING, State.FOREIGN, State.UNUSABLE})
"""The states of a managed file that others changed or replaced."""
_ENTRY_TYPES: Final = {0o120000: EntryType.LINK, 0o160000: EntryType.MODULE, 0o040000: EntryType.FOLDER}


def evaluate(context: SyncContext, head: RepositoryHead, *, before: JournalEntry | None = None) -> RepositoryResult:
    """Evaluate one repository; `before` is its journal entry. Raises `CodexError` if it cannot be read or decided."""
    bare = Observed(target=head.target, base=head.base, tip=head.tip, request=head.request, closed_request=head.past)
    skip = skipped(bare, context.policy)
    if skip is not None or head.base is None:
        assert skip is not None
        return RepositoryResult(target=head.target, decision=skip, head=head)
    known_blobs = before.blobs if before is not None and before.base == head.base else ()
    listing = context.forge.list_files(head.target, head.base, known_blobs)
    own = read_own_files(context, head.target, head.base, listing)
    settings, lock = parsed_files(own, listing)
    skip = skipped(replace(bare, settings=settings), context.policy)
    if skip is not None:
        return RepositoryResult(target=head.target, decision=skip, head=head)
    source = context.source_for(settings)
    if source is None:
        return _without_bundle(head, f"pinned to {settings.pin}, but its bundle was not found")
    trust = (source, lock, settings, context.trust)
    trust_notes = (*check_repository_trust(*trust), *first_use_notes(*trust))
    if bare.tip is not None and bare.request is not None and Allow.NAMESPACE not in context.trust.allow:
        refuse_other_codex(bare.tip, bare.request.body, context.policy)
    candidate = _candidate(context, replace(bare, settings=settings, lock=lock), source, listing, trust_notes)
    release = _proposed_by(context, candidate)
    if release is None and context.source.elsewhere:
        return _without_bundle(head, "the bundle used for the existing branch was not found")
    is_exact = release is not None and _is_exact(context, candidate, release)
    proposal, decision = _decided(context, candidate, before, exact=is_exact)
    observation, changes = candidate.observation, candidate.changes
    decision, target = _if_accessible(context, candidate.observation.observed, decision)
    return RepositoryResult(
        target=target,
        decision=decision,
        head=head,
        proposal=proposal,
        version=changes.lock.version if changes.lock else "",
        adopted=lock.version if lock else "",
        waivers=settings.waivers,
        until=waivers_until(settings, context.day, source.config.waivers.max_days),
        inputs=dump_inputs(observation.inputs),
        desired_digest=content_key(observation.desired),
        blobs=_blobs(listing, (SETTINGS, LOCK, *observation.read)),
    )


def _if_accessible(context: SyncContext, observed: Observed, decision: Decision) -> tuple[Decision, Repository]:
    """The decision, if the token has the permissions for it, and the repository as the host describes it.

    Some hosts report permissions only in a separate request, which is not needed for repositories without a change.
    """
    if not decision.writes and decision.outcome is not Outcome.CONFLICT:
        return decision, observed.target
    target = context.forge.with_access(observed.target)
    if target.fork and decision.writes:
        decision = replace(decision, reason=f"{decision.reason}; from the fork {inert.code(target.fork)}")
    return skipped(replace(observed, target=target), context.policy) or decision, target


def _without_bundle(head: RepositoryHead, reason: str) -> RepositoryResult:
    """The result of a repository that needs a bundle that was not found."""
    decision = Decision(row=2, outcome=Outcome.SKIPPED, reason=reason)
    return RepositoryResult(target=head.target, decision=decision, head=head)


def parsed_files(own: Mapping[str, bytes], listing: Listing) -> tuple[Settings, Lock | None]:
    """Parse the settings and the lock of a commit. Raises `CodexError` if they are damaged."""
    settings = settings_of(own.get(SETTINGS), schema=schema("repository"), names=listing)
    return settings, load_lock(own[LOCK], schema=schema("lock")) if LOCK in own else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Observation:
    """The state of a repository, its desired state, the release notes for it, and the files that were read for it."""

    observed: Observed
    inputs: DesiredInputs
    desired: Desired
    notes: ReleaseNotes
    read: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """The changes that one release needs on one commit, and the digest of all managed files after them."""

    source: LoadedBundle
    observation: _Observation
    changes: ChangeSet
    digest: str
    policy: Policy

    @property
    def words(self) -> str:
        """The commit message above the trailers."""
        return commit_words(self.observation.observed, self.observation.notes, self.policy)


def _candidate(
    context: SyncContext, bare: Observed, source: LoadedBundle, listing: Listing, notes: Sequence[str] = ()
) -> _Candidate:
    """Return the changes that `source` would make, with their digest and the notes on them."""
    observation = _observe(context, bare, source, listing)
    observed, desired = observation.observed, observation.desired
    changes = _change_set(observed, desired, restore=context.policy.drift is Drift.PROPOSE)
    of_files = (*chain_notes(changes.changes, observed.seen), *owner_notes(observed.seen))
    changes = replace(changes, notes=(*notes, *changes.notes, *of_files))
    digest = owned_digest(changes, observed.seen, coalesced=desired.coalesced)
    return _Candidate(source=source, observation=observation, changes=changes, digest=digest, policy=context.policy)


def _decided(
    context: SyncContext, candidate: _Candidate, before: JournalEntry | None, *, exact: bool
) -> tuple[Proposal, Decision]:
    """The proposal and the decision. A branch that is kept keeps the text of the release that wrote it."""
    observation, changes, digest = candidate.observation, candidate.changes, candidate.digest
    observed = observation.observed
    last = before.outcome if before else None
    proposal = Proposal(
        change_set=changes,
        digest=digest,
        request_text=request_text(observed, changes, observation.notes, context.policy, digest=digest),
        words=candidate.words,
        version=candidate.source.version,
        coalesced=observation.desired.coalesced,
        rebased_on=_changes_on_top(context, observation, changes) if context.policy.touched is Touched.APPEND else None,
        exact=exact,
    )
    notes = _notes_as_proposed(observation.notes, observed.tip, digest, exact=exact)
    if notes is not observation.notes:
        same_text = replace(
            proposal, request_text=request_text(observed, changes, notes, context.policy, digest=digest)
        )
        decision = decide(observed, same_text, context.policy, before=last)
        if Step.COMMIT not in decision.steps:
            return same_text, decision
    return proposal, decide(observed, proposal, context.policy, before=last)


def _proposed_by(context: SyncContext, candidate: _Candidate) -> LoadedBundle | None:
    """The release that our branch was written from, by its trailers; None if its bundle is not here.

    The release of the candidate where the branch has other content anyway: most branches need no other bundle.
    """
    tip = candidate.observation.observed.tip
    recorded = trailers(tip.message) if tip is not None and sealed(tip) else None
    if recorded is None or recorded.digest != candidate.digest or recorded.version == candidate.source.version:
        return candidate.source
    return context.source.releases(recorded.version) if is_version(recorded.version) else None


def _is_exact(context: SyncContext, candidate: _Candidate, release: LoadedBundle) -> bool:
    """Whether our branch is exactly what this run would write from `release` on the same parent, and still desired.

    It is always computed, never taken from the journal, which others may be able to edit. Only a branch whose trailers
    have the digest of the candidate is compared. Its parent is read if the default branch has moved since and needs
    other changes.
    """
    observed = candidate.observation.observed
    tip = observed.tip
    recorded = trailers(tip.message) if tip is not None and sealed(tip) else None
    if tip is None or recorded is None or recorded.digest != candidate.digest or not candidate.changes.writes:
        return False
    if not _COMMIT.fullmatch(recorded.base):
        return False
    if release == candidate.source and _writes(context, candidate, tip, recorded):
        return True
    if (tip.parent, release) == (observed.base, candidate.source):
        return False
    rebuilt = _candidate_at_parent(context, candidate, tip, release)
    return rebuilt is not None and rebuilt.digest == candidate.digest and _writes(context, rebuilt, tip, recorded)


def _writes(context: SyncContext, candidate: _Candidate, tip: BranchTip, recorded: Trailers) -> bool:
    """Whether a commit is what this run writes for a candidate, on the base that its trailers name."""
    claimed = replace(recorded, source=context.policy.source, version=candidate.source.version, digest=candidate.digest)
    message = message_of(candidate.words, candidate.changes, claimed, extra=context.policy.trailers)
    return exact(tip, candidate.changes, message)


def _candidate_at_parent(
    context: SyncContext, candidate: _Candidate, tip: BranchTip, release: LoadedBundle
) -> _Candidate | None:
    """The candidate of `release` on the parent of our branch; None if the parent's settings or lock are damaged."""
    observed = candidate.observation.observed
    target, parent = observed.target, tip.parent
    assert parent is not None
    listing = context.forge.list_files(target, parent)
    try:
        own = read_own_files(context, target, parent, listing)
        settings, lock = parsed_files(own, listing)
    except CodexError:
        return None
    bare = Observed(target=target, base=parent, tip=tip, settings=settings, lock=lock)
    return _candidate(context, bare, release, listing)


_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def read_own_files(context: SyncContext, target: Repository, commit: str, listing: Listing) -> Mapping[str, bytes]:
    """Read the settings and the lock of a commit. Raises `CodexError` if one is a link, which is not followed."""
    for path in (SETTINGS, LOCK):
        entry_type = _entry_type(listing[path]) if path in listing else EntryType.FILE
        if entry_type is not EntryType.FILE:
            name = "symbolic link" if entry_type is EntryType.LINK else entry_type
            raise CodexError(f"`{path}` is a {name}", hint="commit the file itself, or remove it")
    return context.read(target, commit, (SETTINGS, LOCK))


def _blobs(listing: Listing, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({listing[path].blob or "" for path in paths if path in listing} - {""}))


def observed_inputs(
    context: SyncContext, bare: Observed, source: LoadedBundle, listing: Listing
) -> tuple[RepositoryProfile, DesiredInputs, tuple[str, ...]]:
    """Return the profile of a repository, the inputs of its desired state, and the files that were read for them."""
    assert bare.base is not None
    own_listing = _without_installed(listing, bare.lock)
    read = evidence(own_listing)
    contents = context.forge.read_files(bare.target, bare.base, read)
    profile = build_profile(own_listing, contents, owner_files=owner_files(bare.target.forge))
    rule_profile = applied_profile(profile, bare.settings)
    facts = facts_of(profile, rule_profile, bare.settings, bare.target)
    parts = parts_of(profile, rule_profile, bare.settings)
    inputs = desired_inputs(source, rule_profile, bare.settings, facts=facts, parts=parts, lock=bare.lock)
    return profile, inputs, tuple(read)


def _observe(context: SyncContext, bare: Observed, source: LoadedBundle, listing: Listing) -> _Observation:
    """Determine what a repository should contain with `source`, and read the files that this concerns."""
    profile, inputs, read = observed_inputs(context, bare, source, listing)
    own_listing = _without_installed(listing, bare.lock)
    desired = context.desired(source, inputs)
    folders = {path.rpartition("/")[0] for path in own_listing}
    desired = desired.where_folders_exist(lambda folder: _is_folder(folder, folders))
    owners = () if context.forge.requests_owners else owners_of(profile.code_owners, AGENTS)
    seen = _observed_files(context, bare, listing, desired)
    observed = replace(bare, seen=seen, sibling_paths=frozenset(listing), owners=owners)
    placed, applied = [rule for skill in source.skill_index.skills for rule in skill.rules], set(desired.rules)
    texts = {placement.rule.id: placement.rule.statement for placement in placed}
    notes = ReleaseNotes(
        title=source.config.title,
        version=source.version,
        history=source.history,
        texts=texts,
        applies=desired.rules,
        blocking=sum(placement.blocks for placement in placed if placement.rule.id in applied),
        reasons=reasons_to_apply(source, inputs.profile, profile),
        origin=context.source.origin if source is context.source.codex else None,
        tree=source.tree,
    )
    hosts = (path for path, file in observed.seen.items() if file.data is not None)
    return _Observation(observed=observed, inputs=inputs, desired=desired, notes=notes, read=(*read, *hosts))


def _changes_on_top(context: SyncContext, observation: _Observation, changes: ChangeSet) -> ChangeSet | None:
    """The changes on top of a branch that others committed to; None if they changed managed files.

    `changes` are those on the default branch: a file that is left alone there is left alone here too.
    """
    tip = observation.observed.tip
    if tip is None or observation.observed.request is None or sealed(tip):
        return None
    target = observation.observed.target.source
    listing = context.forge.list_files(target, tip.commit)
    try:
        own = read_own_files(context, target, tip.commit, listing)
        lock = load_lock(own.get(LOCK, b""), schema=schema("lock"))
    except CodexError:
        return None
    branch = replace(observation.observed, target=target, base=tip.commit, lock=lock, sibling_paths=frozenset(listing))
    branch = replace(branch, seen=_observed_files(context, branch, listing, observation.desired))
    branch = replace(branch, target=observation.observed.target)
    on_top = _change_set(branch, observation.desired, restore=False)
    left_alone = {change.path for change in (*changes.kept, *changes.conflicts)}
    changed_by_others = (
        change for change in on_top.changes if change.state in _CHANGED_BY_OTHERS and change.path not in left_alone
    )
    return None if any(changed_by_others) else on_top


def _notes_as_proposed(notes: ReleaseNotes, tip: BranchTip | None, digest: str, *, exact: bool) -> ReleaseNotes:
    """The notes as of the version in an open merge request, if its content is exactly the desired state."""
    recorded = trailers(tip.message) if tip else None
    if tip is None or recorded is None or recorded.digest != digest or recorded.version == notes.version:
        return notes
    if not is_version(recorded.version) or (sealed(tip) and not exact):
        return notes
    last = Version.parse(recorded.version)
    history = tuple(entry for entry in notes.history if Version.parse(entry.version) <= last)
    return replace(notes, version=recorded.version, history=history)


def _is_folder(folder: str, folders: set[str]) -> bool:
    return any(other == folder or other.startswith(f"{folder}/") for other in folders)


def _without_installed(listing: Listing, lock: Lock | None) -> Listing:
    """The files without installed ones, which are not evidence about a repository."""
    owned = lock.files if lock else {}
    return {path: entry for path, entry in listing.items() if path not in owned and path != LOCK}


def _observed_files(
    context: SyncContext, bare: Observed, listing: Listing, desired: Desired
) -> dict[str, ObservedFile]:
    """The file at each path of interest; bytes are read for host files, links and a rules file that was edited."""
    assert bare.base is not None
    paths = paths_of_interest(desired, bare.lock)
    folders = {parent for path in listing for parent in _parents(path)}
    lists = (*(item.path for item in desired.items), *(key.path for key in (bare.lock.own_keys if bare.lock else ())))
    hosts = {*desired.blocks, *(bare.lock.blocks if bare.lock else ()), *lists}
    present = [path for path in paths if path in listing]
    rules = bare.lock.files.get(RULES) if bare.lock else None
    if rules is not None and RULES in listing and listing[RULES].blob != rules.blob:
        hosts.add(RULES)
    with_bytes = [path for path in present if path in hosts or _entry_type(listing[path]) is EntryType.LINK]
    data = context.read(bare.target, bare.base, with_bytes)
    files = {path: _observed_file(listing[path], data.get(path)) for path in present}
    return files | {path: ObservedFile(entry_type=EntryType.FOLDER) for path in paths if path in folders}


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _entry_type(entry: ListingEntry) -> EntryType:
    return _ENTRY_TYPES.get(entry.mode & 0o170000, EntryType.FILE)


def _observed_file(entry: ListingEntry, data: bytes | None) -> ObservedFile:
    mode = "100755" if entry.mode & 0o111 and _entry_type(entry) is EntryType.FILE else f"{entry.mode:06o}"
    return ObservedFile(
        entry_type=_entry_type(entry), blob=entry.blob or "", mode="100644" if mode == "100664" else mode, data=data
    )


def _change_set(observed: Observed, desired: Desired, *, restore: bool) -> ChangeSet:
    return change_set(
        desired,
        observed.seen,
        observed.lock,
        name=observed.target.name,
        sibling_paths=observed.sibling_paths,
        restore=restore,
    )
