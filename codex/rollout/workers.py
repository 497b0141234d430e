"""Shares a sync among workers in other processes or on other machines; each does with its part what would be done here.

A worker gets values alone: the bundle, the sections of codex.yaml, its repositories and what the journal knows of them.
It reads the token from its own environment, file or command. A part may be done twice, where a worker was lost: what a
repository holds decides, so the second time finds the work of the first.
"""

import os
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import Final, Protocol

from codex.forge import registry as forges
from codex.forge.base import RepositoryHead
from codex.http.hosts import Hosts
from codex.limits import MEBIBYTES_PER_WORKER
from codex.rollout.batch import batches, unseen
from codex.rollout.context import ReleaseSource, RepositoryResult, SyncContext, failed_result
from codex.rollout.freshness import lacks_bundle
from codex.rollout.limits import RemainingLimits, RunLimits
from codex.rollout.worker import ApplyMode, process
from codex.shell.isolation import isolated
from codex.shell.journal import Journal, JournalEntry
from codex.sync.changeset import ChangeSet
from codex.sync.observed import BranchTip, Target
from codex.sync.policy import Policy
from codex.workflow.trust import Trust
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from skills_build.model.fleet import ForgeSettings
from skills_build.release.loaded_bundle import load_bundle

_PART: Final = 50
"""Repositories in a part: enough to be worth the way, few enough that the last worker is not waited for long."""
_AHEAD: Final = 2
"""Parts that each worker has been given, the one that it works at among them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JobSpec:
    """All that a worker needs to make the run for itself."""

    bundle: tuple[Artifact, ...]
    signatures: Mapping[str, bytes]
    signer: str
    trust: Trust
    origin: str | None
    forge: ForgeSettings
    """The section `forge` of codex.yaml."""
    root: str
    """The folder that its paths start from."""
    policy: Policy
    templates: Mapping[str, str]
    day: str
    targets: tuple[str, ...]
    threads: int
    memory: int = MEBIBYTES_PER_WORKER
    """Address space of a process, in MiB."""
    share: int = 1
    """How many share what a host allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkChunk:
    """Some repositories, what is known of them, and what may be done."""

    targets: tuple[Target, ...]
    known: tuple[JournalEntry, ...]
    order: ApplyMode
    allowance: RemainingLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkChunkResult:
    """What became of a part: its repositories, what to remember of them, and what it used."""

    items: tuple[RepositoryResult, ...]
    known: tuple[JournalEntry, ...]
    left: int | None
    """What is left of the budget of writes."""
    worker: str
    used: Mapping[str, int]
    """What this worker used of its forge so far."""


class WorkerBackend(Protocol):
    """Where parts are done: `size` workers, which have the recipe."""

    @property
    def size(self) -> int:
        """The number of workers."""

    def submit(self, part: WorkChunk) -> Callable[[], WorkChunkResult]:
        """Have a part done; what is returned waits for it."""


class Coordinator:
    """Workers elsewhere. What is theirs to do but needs what only this machine has is done by `here`."""

    def __init__(self, engine: WorkerBackend, here: SyncContext) -> None:
        self._engine = engine
        self._here = here
        self._used: dict[str, Mapping[str, int]] = {}

    def usage(self) -> Mapping[str, int]:
        """What all of them used of the forge, as `Forge.usage` has it."""
        return sum(map(Counter, self._used.values()), Counter())

    def carry(
        self, targets: Sequence[Target], journal: Journal, *, order: ApplyMode, brakes: RunLimits
    ) -> Iterator[RepositoryResult]:
        """Yield each repository as it is done, in order.

        A budget that may not last for all parts under way is given to one part at a time, so that the same repositories
        are written as by one worker. A repository that is pinned to another version is done here, where its bundle is.
        """
        waiting: deque[tuple[Callable[[], WorkChunkResult], WorkChunk]] = deque()
        parts = batches(targets, max(1, min(_PART, len(targets) // (2 * self._engine.size))))
        ahead = 0
        for some in parts:
            if (why := brakes.broken) is not None:
                yield from (unseen(one, why) for one in some)
                continue
            while waiting and (len(waiting) >= _AHEAD * self._engine.size or not brakes.covers(ahead + len(some))):
                yield from self._done(*waiting.popleft(), journal, brakes)
                ahead = sum(len(part.targets) for _, part in waiting)
            known = tuple(one for target in some if (one := journal.get(target.id)) is not None)
            mine = replace(order, held=order.held.of(some))
            part = WorkChunk(targets=some, known=known, order=mine, allowance=brakes.allowance())
            waiting.append((self._engine.submit(part), part))
            ahead += len(some)
        while waiting:
            yield from self._done(*waiting.popleft(), journal, brakes)

    def _done(
        self, result: Callable[[], WorkChunkResult], part: WorkChunk, journal: Journal, brakes: RunLimits
    ) -> Iterator[RepositoryResult]:
        done = isolated(f"{len(part.targets):,} repositories from {part.targets[0].path}", result, seconds=inf)
        if isinstance(done, CodexError):
            for target in part.targets:
                item = failed_result(target, done)
                brakes.record(item)
                yield item
            return
        self._used[done.worker] = done.used
        brakes.consume(part.allowance, done.left)
        ours = {one.target.id for one in done.items if lacks_bundle(one)}
        journal.put(*(one for one in done.known if one.id not in ours))
        for item in done.items:
            if item.target.id in ours:
                again = process(self._here, [item.target], journal, order=part.order, brakes=brakes, workers=1)
                yield from again
            else:
                brakes.record(item)
                yield item


def run_chunk(recipe: JobSpec, part: WorkChunk) -> WorkChunkResult:
    """Do a part; runs in the worker."""
    with _making:
        run = _run(recipe)
    journal = Journal(None, known=part.known)
    brakes = RunLimits.of(part.allowance, part.known)
    items = process(run, part.targets, journal, order=part.order, brakes=brakes, workers=recipe.threads)
    done = tuple(_plain(item) for item in items)
    return WorkChunkResult(
        items=done,
        known=tuple(one for one in journal.known.values() if one not in part.known),
        left=brakes.most,
        worker=f"{socket.gethostname()} {os.getpid()}",
        used=run.forge.usage(),
    )


_making: Final = threading.Lock()


@lru_cache(maxsize=1)
def _run(recipe: JobSpec) -> SyncContext:
    """The run of a recipe, made once in a worker."""
    codex = replace(load_bundle(recipe.bundle), signatures=recipe.signatures, signer=recipe.signer)
    return SyncContext(
        source=ReleaseSource(codex=codex, origin=recipe.origin, releases=lambda _: None, elsewhere=True),
        trust=recipe.trust,
        forge=forges.make_forge(recipe.forge, Hosts(root=Path(recipe.root), share=recipe.share)),
        policy=recipe.policy,
        templates=recipe.templates,
        day=recipe.day,
        targets=recipe.targets,
    )


def job_spec(
    run: SyncContext, forge: ForgeSettings, root: Path, *, threads: int, memory: int = MEBIBYTES_PER_WORKER
) -> JobSpec:
    """The recipe of a run whose forge is made from a section of codex.yaml."""
    return JobSpec(
        bundle=tuple(run.source.codex.files.values()),
        signatures=run.source.codex.signatures,
        signer=run.source.codex.signer,
        trust=run.trust,
        origin=run.source.origin,
        forge=forge,
        root=str(root.resolve()),
        policy=run.policy,
        templates=run.templates,
        day=run.day,
        targets=run.targets,
        threads=threads,
        memory=memory,
    )


def _plain(item: RepositoryResult) -> RepositoryResult:
    """An item without what only its worker has: the way to its forge, and the bytes of files."""
    head, proposal = item.head, item.proposal
    if head is not None:
        tip = head.tip
        bare = BranchTip(commit=tip.commit, parent=None, message="", changed={}, on_base=False) if tip else None
        head = RepositoryHead(target=head.target, base=head.base, tip=bare, request=head.request, past=head.past)
    if proposal is not None:
        changes = tuple(replace(change, new=None) for change in proposal.work.changes)
        proposal = replace(proposal, work=ChangeSet(changes=changes, lock=None, notes=proposal.work.notes), above=None)
    return replace(item, head=head, proposal=proposal, brief="", blobs=())


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
