"""Plans and carries out a sync: looks at every repository, decides by the table, and does what was decided."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Final

import msgspec

import codex
from codex.forge.port import Forge, Head, RacedError, Write
from codex.http.threads import threads
from codex.profile.evidence import wanted as evidence
from codex.profile.model import Entry, Listing
from codex.profile.owners import owners_of
from codex.profile.read import profile
from codex.shell.journal import Journal, Known
from codex.sync.brief import Brief, brief_of, content_key, dump_brief, load_brief
from codex.sync.budget import chain_notes
from codex.sync.desired import AGENTS, Desired, desired
from codex.sync.facts import applying, facts_of, parts_of, reasons
from codex.sync.fleet import Observed, Target
from codex.sync.lock import LOCK, Lock, load_lock
from codex.sync.outcome import Outcome
from codex.sync.policy import Drift, Policy
from codex.sync.request import News, commit_message, letter, revised
from codex.sync.seal import Trailers, changes_of, digest, seal, trailers
from codex.sync.settings import SETTINGS, Settings, Waiver, settings_of
from codex.sync.table import Decision, Proposal, Step, decide, skipped
from codex.sync.work import Seen, Sort, Work, paths_of_interest, work
from codex.workflow.load import schema
from skills_build.errors import CodexError
from skills_build.model.release import Version
from skills_build.release.edition import Received

_SORTS: Final = {0o120000: Sort.LINK, 0o160000: Sort.MODULE, 0o040000: Sort.FOLDER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The codex that is brought to the fleet. `origin` is the commit it was compiled from; `releases` finds the bundle
    of another version, for repositories that are pinned to it."""

    codex: Received
    origin: str | None
    releases: Callable[[str], Received | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One sync: what is wanted, of whom, and where."""

    source: Source
    forge: Forge
    policy: Policy
    templates: Mapping[str, str]
    day: str
    targets: tuple[str, ...] = ()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One repository of a plan: what was seen, what was decided, and what it rests on."""

    target: Target
    decision: Decision
    head: Head | None = None
    proposal: Proposal | None = None
    version: str = ""
    """The version of what it should hold."""
    adopted: str = ""
    """The version of what its default branch holds; empty where nothing is installed there."""
    waivers: tuple[Waiver, ...] = ()
    known: bool = False
    """Whether nothing was read, because nothing has changed since the journal has it; the row may be 0 then."""
    brief: str = ""
    """What decides what it should hold, as JSON; empty where that was not asked, or is too long to keep."""
    wanted: str = ""
    """The digest of what it should hold."""
    blobs: tuple[str, ...] = ()
    """The ids of the files that were read."""

    @property
    def url(self) -> str:
        """The address of its request, if it has one."""
        return self.head.request.url if self.head and self.head.request else ""


def plan(
    run: Run,
    targets: Sequence[Target],
    journal: Journal,
    *,
    workers: int = 8,
    then: Callable[[Item], Item] = lambda item: item,
    after: Callable[[Sequence[Item]], None] = lambda _: None,
    late: Callable[[], str | None] = lambda: None,
) -> Iterator[Item]:
    """Yield a decision for each repository, in order; many are looked at at a time. Reads only.

    `then` is done with each as soon as it is decided, by the same worker: `carry_out`, to do what was decided; `after`
    with all that were looked at together: `settle`. Once `late` says why, what is left waits without a look.
    """
    with threads(workers) as pool:
        each = pool.map if workers > 1 else map
        for batch in batches(targets, run.forge.batch):
            why = late()
            if why is not None:
                yield from (_unseen(one, why) for one in batch)
                continue
            heads = list(run.forge.heads(batch, run.policy.branch))
            done: list[Item] = []
            for item in each(lambda found: then(_planned(run, found, journal)), heads):
                done.append(item)
                yield item
            after(done)


def batches(targets: Iterable[Target], size: int) -> Iterator[tuple[Target, ...]]:
    """Yield repositories in parts of `size`, in order."""
    left = iter(targets)
    while batch := tuple(islice(left, size)):
        yield batch


def _planned(run: Run, found: Head | tuple[Target, CodexError], journal: Journal) -> Item:
    if not isinstance(found, Head):
        return _failed(found[0], found[1])
    before = journal.get(found.target.id)
    try:
        if before is not None and _unchanged(run, found, before):
            return _remembered(found, before)
        return plan_one(run, found, before=before)
    except CodexError as error:
        return replace(_failed(found.target, error), head=found)


def _unseen(target: Target, why: str) -> Item:
    return Item(target=target, decision=Decision(row=16, outcome=Outcome.QUEUED, reason=why))


def _failed(target: Target, error: CodexError) -> Item:
    return Item(target=target, decision=Decision(row=0, outcome=Outcome.FAILED, reason=error.told))


def _unchanged(run: Run, head: Head, before: Known) -> bool:
    """Whether a repository stands as it stood, and nothing else is wanted of it."""
    same = before.head == head_key(head, before.outcome) and before.inputs == inputs_key(run, head.target)
    holds = same and (not before.until or run.day <= before.until) and before.outcome not in _AGAIN
    return holds and (before.tree == run.source.codex.tree or _wants_the_same(run, before))


def _wants_the_same(run: Run, before: Known) -> bool:
    """Whether this release wants of a repository that has not moved what the last one did."""
    brief = load_brief(before.brief)
    source = _pinned(run, brief.settings) if brief else None
    if brief is None or source is None or not brief.fits(source):
        return False
    return content_key(_desired(run, source, brief)) == before.wanted


_AGAIN: Final = frozenset({Outcome.FAILED, Outcome.RACED, Outcome.QUEUED, Outcome.CLOSED})
_REASONS: Final = {
    Outcome.OPEN: (11, "waits to be merged"),
    Outcome.IN_SYNC: (3, "the default branch has what it should"),
}
_LATER: Final = {Outcome.OPENED: Outcome.OPEN, Outcome.UPDATED: Outcome.OPEN, Outcome.MERGED: Outcome.IN_SYNC}


def _remembered(head: Head, before: Known) -> Item:
    outcome = before.outcome
    now = _LATER.get(outcome, outcome)
    row, reason = _REASONS.get(now, (0, before.reason))
    decision = Decision(row=row, outcome=now, reason=reason)
    return Item(
        target=head.target, decision=decision, head=head, version=before.version, adopted=before.adopted, known=True
    )


def head_key(head: Head, outcome: str) -> str:
    """A digest of what a repository looks like from outside.

    An ended request says nothing where the default branch has what it should: some forges need a request to find it.
    """
    settled = _stage(outcome) == Outcome.IN_SYNC and head.tip is None and head.request is None
    request, past = head.request, None if settled else head.past
    parts = [head.base or "", head.tip.commit if head.tip else ""]
    parts += [str(request.number), request.body, *request.labels, str(request.mergeable)] if request else [""]
    parts += [str(past.number), str(past.merged), *past.labels] if past else [""]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def inputs_key(run: Run, target: Target) -> str:
    """A digest of what is asked for a repository, apart from what is in it and in the codex."""
    parts = (codex.__version__, repr(run.policy), repr(run.targets), repr(target))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def plan_one(run: Run, head: Head, *, before: Known | None = None) -> Item:
    """Read one repository and decide; `before` is what the journal has of it. Raises `CodexError` where it cannot."""
    bare = Observed(target=head.target, base=head.base, tip=head.tip, request=head.request, past=head.past)
    early = skipped(bare)
    if early is not None or head.base is None:
        assert early is not None
        return Item(target=head.target, decision=early, head=head)
    along = before.blobs if before is not None and before.base == head.base else ()
    listing = run.forge.listing(head.target, head.base, along)
    own = run.forge.read(head.target, head.base, (SETTINGS, LOCK))
    settings = settings_of(_text(own.get(SETTINGS)), schema=schema("repository"))
    lock = load_lock(own[LOCK], schema=schema("lock")) if LOCK in own else None
    early = skipped(replace(bare, settings=settings))
    if early is not None:
        return Item(target=head.target, decision=early, head=head)
    source = _pinned(run, settings)
    if source is None:
        reason = f"pinned to {settings.pin}, whose bundle is not here"
        decision = Decision(row=2, outcome=Outcome.SKIPPED, reason=reason)
        return Item(target=head.target, decision=decision, head=head)
    look = _look(run, replace(bare, settings=settings, lock=lock), source, listing)
    observed, wanted = look.observed, look.wanted
    made = _work(run, observed, wanted)
    made = replace(made, notes=(*made.notes, *chain_notes(made.changes, observed.seen)))
    token = digest(made, observed.seen, riding=wanted.riding)
    words = letter(observed, made, _as_proposed(look.news, head, token), run.policy, digest=token)
    proposal = Proposal(work=made, digest=token, letter=words)
    decision = decide(observed, proposal, run.policy, before=before.outcome if before else None)
    version = made.lock.version if made.lock else ""
    return Item(
        target=head.target,
        decision=decision,
        head=head,
        proposal=proposal,
        version=version,
        adopted=lock.version if lock else "",
        waivers=settings.waivers,
        brief=dump_brief(look.brief),
        wanted=content_key(wanted),
        blobs=_blobs(listing, (SETTINGS, LOCK, *look.read)),
    )


def _blobs(listing: Listing, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({listing[path].blob or "" for path in paths if path in listing} - {""}))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a repository is, what it should hold, what is to be said about it, and the files that were read for it."""

    observed: Observed
    brief: Brief
    wanted: Desired
    news: News
    read: tuple[str, ...]


def _as_proposed(news: News, head: Head, token: str) -> News:
    """The news in the version that an open request speaks of, if the request holds just what is wanted."""
    said = trailers(head.tip.message) if head.tip else None
    if said is None or said.digest != token or said.version == news.version:
        return news
    last = Version.parse(said.version)
    history = tuple(one for one in news.history if Version.parse(one.version) <= last)
    return replace(news, version=said.version, history=history)


def _text(data: bytes | None) -> str | None:
    return data.decode("utf-8", "replace").removeprefix("\ufeff") if data is not None else None


def _pinned(run: Run, settings: Settings) -> Received | None:
    pin = settings.pin
    return run.source.codex if pin in (None, run.source.codex.version) else run.source.releases(str(pin))


def _look(run: Run, bare: Observed, source: Received, listing: Listing) -> _Look:
    assert bare.base is not None
    theirs = _without_ours(listing, bare.lock)
    read = evidence(theirs)
    found = profile(theirs, run.forge.read(bare.target, bare.base, read))
    chosen = applying(found, bare.settings)
    facts = facts_of(found, chosen, bare.settings, bare.target)
    brief = brief_of(source, chosen, bare.settings, facts=facts, parts=parts_of(found, chosen, bare.settings))
    wanted = _desired(run, source, brief)
    folders = {path.rpartition("/")[0] for path in theirs}
    blocks = {
        path: text
        for path, text in wanted.blocks.items()
        if not path.endswith(f"/{AGENTS}") or _is_folder(path.rpartition("/")[0], folders)
    }
    wanted = replace(wanted, blocks=blocks)
    owners = owners_of(found.code_owners, AGENTS)
    observed = replace(bare, seen=_seen(run, bare, listing, wanted), names=frozenset(listing), owners=owners)
    placed, applied = [one for skill in source.shelf.skills for one in skill.rules], set(wanted.rules)
    texts = {one.rule.id: one.rule.statement for one in placed}
    news = News(
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


def _desired(run: Run, source: Received, brief: Brief) -> Desired:
    return desired(
        source,
        brief.profile,
        brief.settings,
        day=run.day,
        templates=run.templates,
        targets=run.targets,
        facts=brief.facts,
        parts=brief.parts,
    )


def _is_folder(folder: str, folders: set[str]) -> bool:
    return any(one == folder or one.startswith(f"{folder}/") for one in folders)


def _without_ours(listing: Listing, lock: Lock | None) -> Listing:
    """The files that people wrote: what we installed says nothing of a repository."""
    owned = lock.files if lock else {}
    return {path: one for path, one in listing.items() if path not in owned and path != LOCK}


def _seen(run: Run, bare: Observed, listing: Listing, wanted: Desired) -> dict[str, Seen]:
    """What stands at each path that matters; bytes are read of host files and links alone."""
    assert bare.base is not None
    paths = paths_of_interest(wanted, bare.lock)
    folders = {parent for path in listing for parent in _parents(path)}
    hosts = {*wanted.blocks, *(bare.lock.blocks if bare.lock else ())}
    there = [path for path in paths if path in listing]
    wanted_bytes = [path for path in there if path in hosts or _sort(listing[path]) is Sort.LINK]
    data = run.forge.read(bare.target, bare.base, wanted_bytes)
    found = {path: _one(listing[path], data.get(path)) for path in there}
    return found | {path: Seen(sort=Sort.FOLDER) for path in paths if path in folders}


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _sort(entry: Entry) -> Sort:
    return _SORTS.get(entry.mode & 0o170000, Sort.FILE)


def _one(entry: Entry, data: bytes | None) -> Seen:
    mode = "100755" if entry.mode & 0o111 and _sort(entry) is Sort.FILE else f"{entry.mode:06o}"
    return Seen(sort=_sort(entry), blob=entry.blob or "", mode="100644" if mode == "100664" else mode, data=data)


def _work(run: Run, observed: Observed, wanted: Desired) -> Work:
    return work(
        wanted,
        observed.seen,
        observed.lock,
        name=observed.target.name,
        names=observed.names,
        restore=run.policy.drift is Drift.PROPOSE,
    )


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
        journal.put(_seen_as(run, done, journal))
    return done


def settle(run: Run, items: Sequence[Item], journal: Journal) -> None:
    """Look at all repositories that were written, together, and remember them as they are now.

    Of those that were not read it is remembered that they hold what this release wants too.
    """
    tree = run.source.codex.tree
    known = [before for one in items if one.known and (before := journal.get(one.target.id)) is not None]
    journal.put(*(msgspec.structs.replace(one, tree=tree) for one in known if one.tree != tree))
    written = {one.target.id: one for one in items if one.decision.steps}
    if written:
        heads = run.forge.heads([one.target for one in written.values()], run.policy.branch)
        found = [replace(written[one.target.id], head=one) for one in heads if isinstance(one, Head)]
        journal.put(*(_seen_as(run, one, journal) for one in found))


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
        return _failed(found[0], found[1])
    try:
        return plan_one(run, found)
    except CodexError as error:
        return _failed(target, error)


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


def _commit(run: Run, item: Item, head: Head) -> str:
    """Commit what was decided; returns the commit's id."""
    assert item.proposal is not None
    assert head.base is not None
    made = item.proposal.work
    said = Trailers(
        source=run.policy.source,
        version=item.version or run.source.codex.version,
        base=head.base,
        digest=item.proposal.digest,
        seal=seal(changes_of(made)),
    )
    news = News(title=run.source.codex.config.title, version=said.version, history=(), texts={}, applies=())
    message = commit_message(item.proposal.letter.title, news, said.text())
    files = [Write(path=one.path, data=one.new, mode=one.mode) for one in made.writes]
    expected = head.tip.commit if head.tip else None
    return run.forge.commit(head.target, run.policy.branch, head.base, files, message, expected=expected)


def _seen_as(run: Run, item: Item, journal: Journal) -> Known:
    """What to remember of a repository."""
    assert item.head is not None
    request = item.head.request
    return Known(
        id=item.target.id,
        head=_known_key(item),
        inputs=inputs_key(run, item.head.target),
        outcome=item.decision.outcome,
        tree=run.source.codex.tree,
        wanted=item.wanted,
        brief=item.brief,
        base=item.head.base or "",
        blobs=item.blobs,
        reason=item.decision.reason,
        url=item.url,
        version=item.version,
        adopted=item.adopted,
        until=min((one.expires for one in item.waivers if one.holds(run.day)), default=""),
        since=known_since(journal, item) or run.now().isoformat(timespec="seconds"),
        opened=request.created if request else "",
        waivers=tuple((one.rule, one.owner, one.expires) for one in item.waivers),
    )


def lacks_bundle(item: Item) -> bool:
    """Whether a repository is pinned to a version whose bundle is not here."""
    return item.decision.row == 2 and item.decision.outcome is Outcome.SKIPPED


def known_since(journal: Journal, item: Item) -> str:
    """Since when a repository is as it is now (RFC 3339); empty where the journal last saw it in another state."""
    before = journal.get(item.target.id)
    if before is None or before.version != item.version:
        return ""
    return before.since if _stage(before.outcome) == _stage(item.decision.outcome) else ""


def _known_key(item: Item) -> str:
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


def _stage(outcome: str) -> str:
    """What stays the same while a request only waits, and after it was merged."""
    return _LATER.get(Outcome(outcome), Outcome(outcome))
