"""Reads one repository, works out what it should hold, and decides by the table what to do about it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from codex.forge.base import RepositoryHead
from codex.profile.build_profile import build_profile
from codex.profile.evidence import evidence_paths as evidence
from codex.profile.model import Listing, ListingEntry
from codex.profile.owners import owners_of
from codex.rollout.context import RepositoryResult, SyncContext
from codex.rollout.freshness import was_exact
from codex.shell.journal import JournalEntry
from codex.sync.allowed_paths import AGENTS
from codex.sync.changes_since import is_version
from codex.sync.changeset import ChangeSet, EntryType, ObservedFile, State
from codex.sync.comparison import change_set, paths_of_interest
from codex.sync.decision_table import Decision, Proposal, Step, decide, skipped
from codex.sync.desired import Desired
from codex.sync.facts import applying, facts_of, parts_of, reasons
from codex.sync.inputs import DesiredInputs, content_key, desired_inputs, dump_inputs
from codex.sync.instruction_budget import chain_notes
from codex.sync.lock import LOCK, Lock, load_lock
from codex.sync.observed import BranchTip, Observed, Target
from codex.sync.outcome import Outcome
from codex.sync.policy import Drift, Touched
from codex.sync.request_text import ReleaseNotes, commit_words, request_text
from codex.sync.seal import exact, message_of, owned_digest, sealed, trailers
from codex.sync.settings import SETTINGS, Settings, settings_of
from codex.workflow.codex_folder import schema
from codex.workflow.trust import check_repository_trust, first_use_notes
from skills_build.errors import CodexError
from skills_build.model.release import Version
from skills_build.release.loaded_bundle import LoadedBundle

_CHANGED: Final = frozenset({State.EDITED, State.MISSING, State.FOREIGN, State.UNUSABLE})
"""What people did to a file that is ours, or put in its place."""
_SORTS: Final = {0o120000: EntryType.LINK, 0o160000: EntryType.MODULE, 0o040000: EntryType.FOLDER}


def evaluate(run: SyncContext, head: RepositoryHead, *, before: JournalEntry | None = None) -> RepositoryResult:
    """Read one repository and decide; `before` is what the journal has of it. Raises `CodexError` where it cannot."""
    bare = Observed(target=head.target, base=head.base, tip=head.tip, request=head.request, past=head.past)
    early = skipped(bare)
    if early is not None or head.base is None:
        assert early is not None
        return RepositoryResult(target=head.target, decision=early, head=head)
    along = before.blobs if before is not None and before.base == head.base else ()
    listing = run.forge.listing(head.target, head.base, along)
    own = _own(run, head.target, head.base, listing)
    settings, lock = _parsed(own, listing)
    early = skipped(replace(bare, settings=settings))
    if early is not None:
        return RepositoryResult(target=head.target, decision=early, head=head)
    source = run.source_for(settings)
    if source is None:
        return _without_bundle(head, f"pinned to {settings.pin}, whose bundle is not here")
    trust = (source, lock, settings, run.trust)
    news = (*check_repository_trust(*trust), *first_use_notes(*trust))
    plan = _plan(run, replace(bare, settings=settings, lock=lock), source, listing, news)
    release = _proposed_by(run, plan)
    if release is None and run.source.elsewhere:
        return _without_bundle(head, "its branch is of a release whose bundle is not here")
    kept = was_exact(run, head, before)
    exactly = release is not None and _is_exact(run, plan, release, known=kept)
    proposal, decision = _decided(run, plan, before, exact=exactly)
    look, made = plan.look, plan.made
    wanted = look.wanted
    return RepositoryResult(
        target=head.target,
        decision=decision,
        head=head,
        proposal=proposal,
        version=made.lock.version if made.lock else "",
        adopted=lock.version if lock else "",
        waivers=settings.waivers,
        brief=dump_inputs(look.brief),
        wanted=content_key(wanted),
        blobs=_blobs(listing, (SETTINGS, LOCK, *look.read)),
    )


def _without_bundle(head: RepositoryHead, reason: str) -> RepositoryResult:
    """A repository that cannot be decided on without a bundle which is not here."""
    return RepositoryResult(
        target=head.target, decision=Decision(row=2, outcome=Outcome.SKIPPED, reason=reason), head=head
    )


def _parsed(own: Mapping[str, bytes], listing: Listing) -> tuple[Settings, Lock | None]:
    """The settings and the lock of a commit. Raises `CodexError` where they are damaged."""
    settings = settings_of(own.get(SETTINGS), schema=schema("repository"), names=listing)
    return settings, load_lock(own[LOCK], schema=schema("lock")) if LOCK in own else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is to be done on one commit of the default branch by one release, and the digest of what is ours then."""

    source: LoadedBundle
    look: "_Look"
    made: ChangeSet
    token: str

    @property
    def words(self) -> str:
        """What the message of its commit says above the trailers."""
        return commit_words(self.look.observed, self.look.news)


def _plan(run: SyncContext, bare: Observed, source: LoadedBundle, listing: Listing, notes: Sequence[str] = ()) -> _Plan:
    look = _look(run, bare, source, listing)
    made = _work(look.observed, look.wanted, restore=run.policy.drift is Drift.PROPOSE)
    made = replace(made, notes=(*notes, *made.notes, *chain_notes(made.changes, look.observed.seen)))
    return _Plan(
        source=source, look=look, made=made, token=owned_digest(made, look.observed.seen, riding=look.wanted.riding)
    )


def _decided(run: SyncContext, plan: _Plan, before: JournalEntry | None, *, exact: bool) -> tuple[Proposal, Decision]:
    """What is proposed, and what is done. A branch that is kept keeps the words of the release that wrote it."""
    look, made, token = plan.look, plan.made, plan.token
    last = before.outcome if before else None
    proposal = Proposal(
        work=made,
        digest=token,
        letter=request_text(look.observed, made, look.news, run.policy, digest=token),
        words=plan.words,
        version=plan.source.version,
        riding=look.wanted.riding,
        above=_above(run, look, made) if run.policy.touched is Touched.APPEND else None,
        exact=exact,
    )
    news = _as_proposed(look.news, look.observed.tip, token, exact=exact)
    if news is not look.news:
        kept = replace(proposal, letter=request_text(look.observed, made, news, run.policy, digest=token))
        decision = decide(look.observed, kept, run.policy, before=last)
        if Step.COMMIT not in decision.steps:
            return kept, decision
    return proposal, decide(look.observed, proposal, run.policy, before=last)


def _proposed_by(run: SyncContext, plan: _Plan) -> LoadedBundle | None:
    """The release that our branch says it was written from; None where its bundle is not here.

    Where nothing depends on it, the one that is planned with: most branches need no other.
    """
    tip = plan.look.observed.tip
    said = trailers(tip.message) if tip is not None and sealed(tip) else None
    if said is None or said.digest != plan.token or said.version == plan.source.version:
        return plan.source
    return run.source.releases(said.version) if is_version(said.version) else None


def _is_exact(run: SyncContext, plan: _Plan, release: LoadedBundle, *, known: bool) -> bool:
    """Whether our branch is what this run would write from `release` on the same parent, and is wanted now.

    Only a branch that claims to be is looked at. Its parent is read where the default branch has moved since, unless it
    is `known` that the commit is exact.
    """
    tip = plan.look.observed.tip
    said = trailers(tip.message) if tip is not None and sealed(tip) else None
    if tip is None or said is None or said.digest != plan.token or not plan.made.writes:
        return False
    if known:
        return True
    there = plan if (tip.parent, release) == (plan.look.observed.base, plan.source) else _at(run, plan, tip, release)
    if there is None or there.token != plan.token or not _COMMIT.fullmatch(said.base):
        return False
    said = replace(said, source=run.policy.source, version=release.version, digest=there.token)
    return exact(tip, there.made, message_of(there.words, there.made, said))


def _at(run: SyncContext, plan: _Plan, tip: BranchTip, release: LoadedBundle) -> _Plan | None:
    """What `release` would write on the parent of our branch; None where that could not hold it."""
    observed = plan.look.observed
    target, parent = observed.target, tip.parent
    assert parent is not None
    listing = run.forge.listing(target, parent)
    try:
        own = _own(run, target, parent, listing)
        settings, lock = _parsed(own, listing)
    except CodexError:
        return None
    bare = Observed(target=target, base=parent, tip=tip, settings=settings, lock=lock)
    return _plan(run, bare, release, listing)


_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def _own(run: SyncContext, target: Target, commit: str, listing: Listing) -> Mapping[str, bytes]:
    """The settings and the lock of a commit. Raises `CodexError` where one is a link: what it leads to is not read."""
    for path in (SETTINGS, LOCK):
        if path in listing and _sort(listing[path]) is not EntryType.FILE:
            sort = "symbolic link" if _sort(listing[path]) is EntryType.LINK else _sort(listing[path])
            raise CodexError(f"`{path}` is a {sort}", hint="commit the file itself, or remove it")
    return run.read(target, commit, (SETTINGS, LOCK))


def _blobs(listing: Listing, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({listing[path].blob or "" for path in paths if path in listing} - {""}))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a repository is, what it should hold, what is to be said about it, and the files that were read for it."""

    observed: Observed
    brief: DesiredInputs
    wanted: Desired
    news: ReleaseNotes
    read: tuple[str, ...]


def _look(run: SyncContext, bare: Observed, source: LoadedBundle, listing: Listing) -> _Look:
    assert bare.base is not None
    theirs = _without_ours(listing, bare.lock)
    read = evidence(theirs)
    found = build_profile(theirs, run.forge.read(bare.target, bare.base, read))
    chosen = applying(found, bare.settings)
    facts = facts_of(found, chosen, bare.settings, bare.target)
    brief = desired_inputs(source, chosen, bare.settings, facts=facts, parts=parts_of(found, chosen, bare.settings))
    wanted = run.desired(source, brief)
    folders = {path.rpartition("/")[0] for path in theirs}
    blocks = {
        path: text
        for path, text in wanted.blocks.items()
        if not path.endswith(f"/{AGENTS}") or _is_folder(path.rpartition("/")[0], folders)
    }
    wanted = replace(wanted, blocks=blocks)
    owners = owners_of(found.code_owners, AGENTS)
    observed = replace(bare, seen=_seen(run, bare, listing, wanted), names=frozenset(listing), owners=owners)
    placed, applied = [rule for skill in source.shelf.skills for rule in skill.rules], set(wanted.rules)
    texts = {one.rule.id: one.rule.statement for one in placed}
    news = ReleaseNotes(
        title=source.config.title,
        version=source.version,
        history=source.history,
        texts=texts,
        applies=wanted.rules,
        blocking=sum(one.blocks for one in placed if one.rule.id in applied),
        reasons=reasons(source, brief.profile, found),
        origin=run.source.origin if source is run.source.codex else None,
        tree=source.tree,
    )
    hosts = (path for path, one in observed.seen.items() if one.data is not None)
    return _Look(observed=observed, brief=brief, wanted=wanted, news=news, read=(*read, *hosts))


def _above(run: SyncContext, look: _Look, made: ChangeSet) -> ChangeSet | None:
    """What is to be done on top of a branch that others worked on; None where they changed what is ours, or all of it.

    `made` is what is to be done on the default branch: what is left as it is there is left here too.
    """
    tip = look.observed.tip
    if tip is None or look.observed.request is None or sealed(tip):
        return None
    target = look.observed.target
    listing = run.forge.listing(target, tip.commit)
    try:
        own = _own(run, target, tip.commit, listing)
        lock = load_lock(own.get(LOCK, b""), schema=schema("lock"))
    except CodexError:
        return None
    there = replace(look.observed, base=tip.commit, lock=lock, names=frozenset(listing))
    there = replace(there, seen=_seen(run, there, listing, look.wanted))
    found = _work(there, look.wanted, restore=False)
    left = {file_change.path for file_change in (*made.kept, *made.conflicts)}
    changed = (change for change in found.changes if change.state in _CHANGED and change.path not in left)
    return None if any(changed) else found


def _as_proposed(news: ReleaseNotes, tip: BranchTip | None, token: str, *, exact: bool) -> ReleaseNotes:
    """The news in the version that an open request speaks of, if the request holds just what is wanted."""
    said = trailers(tip.message) if tip else None
    if tip is None or said is None or said.digest != token or said.version == news.version:
        return news
    if not is_version(said.version) or (sealed(tip) and not exact):
        return news
    last = Version.parse(said.version)
    history = tuple(release_entry for release_entry in news.history if Version.parse(release_entry.version) <= last)
    return replace(news, version=said.version, history=history)


def _is_folder(folder: str, folders: set[str]) -> bool:
    return any(one == folder or one.startswith(f"{folder}/") for one in folders)


def _without_ours(listing: Listing, lock: Lock | None) -> Listing:
    """The files that people wrote: what we installed says nothing of a repository."""
    owned = lock.files if lock else {}
    return {path: one for path, one in listing.items() if path not in owned and path != LOCK}


def _seen(run: SyncContext, bare: Observed, listing: Listing, wanted: Desired) -> dict[str, ObservedFile]:
    """What stands at each path that matters; bytes are read of host files and links alone."""
    assert bare.base is not None
    paths = paths_of_interest(wanted, bare.lock)
    folders = {parent for path in listing for parent in _parents(path)}
    hosts = {*wanted.blocks, *(bare.lock.blocks if bare.lock else ())}
    there = [path for path in paths if path in listing]
    wanted_bytes = [path for path in there if path in hosts or _sort(listing[path]) is EntryType.LINK]
    data = run.read(bare.target, bare.base, wanted_bytes)
    found = {path: _one(listing[path], data.get(path)) for path in there}
    return found | {path: ObservedFile(sort=EntryType.FOLDER) for path in paths if path in folders}


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _sort(entry: ListingEntry) -> EntryType:
    return _SORTS.get(entry.mode & 0o170000, EntryType.FILE)


def _one(entry: ListingEntry, data: bytes | None) -> ObservedFile:
    mode = "100755" if entry.mode & 0o111 and _sort(entry) is EntryType.FILE else f"{entry.mode:06o}"
    return ObservedFile(
        sort=_sort(entry), blob=entry.blob or "", mode="100644" if mode == "100664" else mode, data=data
    )


def _work(observed: Observed, wanted: Desired, *, restore: bool) -> ChangeSet:
    return change_set(
        wanted,
        observed.seen,
        observed.lock,
        name=observed.target.name,
        names=observed.names,
        restore=restore,
    )
