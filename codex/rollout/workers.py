"""Splits a sync into chunks for workers in other processes or on other machines.

A worker gets plain values: the bundle, the settings of codex.yaml, its repositories and their journal entries. It reads
the token from its own environment, file or command. A chunk may be processed twice if a worker is lost: the second run
then finds the changes of the first one in each repository.
"""

import os
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import Final, Protocol

from codex.forge import registry as forges
from codex.forge.base import RepositoryHead
from codex.http.hosts import Hosts
from codex.limits import MEBIBYTES_PER_WORKER
from codex.rollout.batch import ApplyMode, batches, process, queued_result
from codex.rollout.context import ReleaseSource, RepositoryResult, SyncContext, failed_result
from codex.rollout.freshness import lacks_bundle
from codex.rollout.host_failures import HostFailures
from codex.rollout.limits import RemainingLimits, RunLimits
from codex.shell.isolation import isolated
from codex.shell.journal import Journal, JournalEntry
from codex.shell.reading import real_path
from codex.sync.changeset import ChangeSet
from codex.sync.observed import BranchTip
from codex.sync.policy import Policy
from codex.sync.repository import Repository
from codex.workflow.trust import Trust
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact
from skills_build.model.fleet import ForgeSettings
from skills_build.release.loaded_bundle import load_bundle

_CHUNK: Final = 50
"""Number of repositories in a chunk: enough to be worth sending, few enough that all workers finish at about the same
time.
"""
_PENDING: Final = 2
"""Number of chunks submitted for each worker, including the one in progress."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JobSpec:
    """Everything a worker needs to set up the sync itself."""

    bundle: tuple[Artifact, ...]
    signatures: Mapping[str, bytes]
    signer: str
    trust: Trust
    origin: str | None
    forge: ForgeSettings
    """The section `forge` of codex.yaml."""
    root: str
    """The folder that paths in these settings are relative to."""
    policy: Policy
    templates: Mapping[str, str]
    day: str
    targets: tuple[str, ...]
    threads: int
    memory: int = MEBIBYTES_PER_WORKER
    """Address space of a process, in MiB."""
    share: int = 1
    """The number of processes that share what a host allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkChunk:
    """Repositories, their journal entries, and the permitted actions."""

    targets: tuple[Repository, ...]
    entries: tuple[JournalEntry, ...]
    mode: ApplyMode
    limits: RemainingLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkChunkResult:
    """The results of a chunk, the journal entries to store, and what its worker used of the forge."""

    results: tuple[RepositoryResult, ...]
    entries: tuple[JournalEntry, ...]
    writes_left: int | None
    """The number of writes that the chunk may still have made; None without a limit."""
    worker: str
    used: Mapping[str, int]
    """What this worker has used of the forge so far, as `Forge.usage` returns it."""


class WorkerBackend(Protocol):
    """Runs chunks on `size` workers, which have the job."""

    @property
    def size(self) -> int:
        """The number of workers."""

    def submit(self, chunk: WorkChunk) -> Callable[[], WorkChunkResult]:
        """Submit a chunk; returns a function that waits for its result."""


class Coordinator:
    """Runs a sync on workers. A repository that needs a bundle only this machine has is processed in `local`."""

    def __init__(self, backend: WorkerBackend, local: SyncContext) -> None:
        self._backend = backend
        self._local = local
        self._used: dict[str, Mapping[str, int]] = {}

    def usage(self) -> Mapping[str, int]:
        """What all workers have used of the forge, as `Forge.usage` returns it."""
        return sum(map(Counter, self._used.values()), Counter())

    def process(
        self, targets: Sequence[Repository], journal: Journal, *, order: ApplyMode, limits: RunLimits
    ) -> Iterator[RepositoryResult]:
        """Yield a result for each repository, in order.

        If the limits may not last for all chunks in progress, chunks run one at a time, so that the same repositories
        are written as by one worker. A repository pinned to another version is processed here, where its bundle is.
        """
        pending: deque[tuple[Callable[[], WorkChunkResult], WorkChunk]] = deque()
        chunks = batches(targets, max(1, min(_CHUNK, len(targets) // (2 * self._backend.size))))
        submitted = 0
        for members in chunks:
            if (reason := limits.host.stop_reason) is not None:
                yield from (queued_result(target, reason) for target in members)
                continue
            most = _PENDING * self._backend.size
            while pending and (len(pending) >= most or not limits.covers(submitted + len(members))):
                yield from self._chunk_results(*pending.popleft(), journal, limits)
                submitted = sum(len(chunk.targets) for _, chunk in pending)
            entries = tuple(entry for target in members if (entry := journal.get(target.id)) is not None)
            mode = replace(order, guard=order.guard.restricted_to(members))
            chunk = WorkChunk(targets=members, entries=entries, mode=mode, limits=limits.remaining())
            pending.append((self._backend.submit(chunk), chunk))
            submitted += len(members)
        while pending:
            yield from self._chunk_results(*pending.popleft(), journal, limits)

    def _chunk_results(
        self, wait: Callable[[], WorkChunkResult], chunk: WorkChunk, journal: Journal, limits: RunLimits
    ) -> Iterator[RepositoryResult]:
        done = isolated(f"{len(chunk.targets):,} repositories from {chunk.targets[0].path}", wait, seconds=inf)
        if isinstance(done, CodexError):
            for target in chunk.targets:
                failed = failed_result(target, done)
                limits.record(failed)
                yield failed
            return
        self._used[done.worker] = done.used
        limits.consume(chunk.limits, done.writes_left)
        local_ids = {result.target.id for result in done.results if lacks_bundle(result)}
        journal.put(*(entry for entry in done.entries if entry.id not in local_ids))
        for result in done.results:
            if result.target.id in local_ids:
                yield from process(self._local, [result.target], journal, mode=chunk.mode, limits=limits, workers=1)
            else:
                limits.record(result)
                yield result


def run_chunk(job: JobSpec, chunk: WorkChunk) -> WorkChunkResult:
    """Process a chunk; runs in the worker."""
    with _context_lock:
        context = _context_of(job)
    journal = Journal(None, known=chunk.entries)
    limits = RunLimits.from_remaining(chunk.limits, chunk.entries, HostFailures(context.forge))
    results = process(context, chunk.targets, journal, mode=chunk.mode, limits=limits, workers=job.threads)
    plain = tuple(_plain_result(result) for result in results)
    return WorkChunkResult(
        results=plain,
        entries=tuple(entry for entry in journal.entries.values() if entry not in chunk.entries),
        writes_left=limits.max_writes,
        worker=f"{socket.gethostname()} {os.getpid()}",
        used=context.forge.usage(),
    )


_context_lock: Final = threading.Lock()


@lru_cache(maxsize=1)
def _context_of(job: JobSpec) -> SyncContext:
    """The sync of a job, set up once in a worker."""
    codex = replace(load_bundle(job.bundle), signatures=job.signatures, signer=job.signer)
    return SyncContext(
        source=ReleaseSource(codex=codex, origin=job.origin, releases=lambda _: None, elsewhere=True),
        trust=job.trust,
        forge=forges.make_forge(job.forge, Hosts(root=Path(job.root), share=job.share), job.policy.forks),
        policy=job.policy,
        templates=job.templates,
        day=job.day,
        targets=job.targets,
    )


def job_spec(
    context: SyncContext, forge: ForgeSettings, root: Path, *, threads: int, memory: int = MEBIBYTES_PER_WORKER
) -> JobSpec:
    """The job of a sync; `forge` is the section of codex.yaml that its forge was made from."""
    return JobSpec(
        bundle=tuple(context.source.codex.files.values()),
        signatures=context.source.codex.signatures,
        signer=context.source.codex.signer,
        trust=context.trust,
        origin=context.source.origin,
        forge=forge,
        root=str(real_path(root)),
        policy=context.policy,
        templates=context.templates,
        day=context.day,
        targets=context.targets,
        threads=threads,
        memory=memory,
    )


def _plain_result(result: RepositoryResult) -> RepositoryResult:
    """A result without what only its worker has: lazy reads of the forge, and the bytes of files."""
    head, proposal = result.head, result.proposal
    if head is not None:
        tip = head.tip
        bare = BranchTip(commit=tip.commit, parent=None, message="", changed={}, on_base=False) if tip else None
        head = RepositoryHead(target=head.target, base=head.base, tip=bare, request=head.request, past=head.past)
    if proposal is not None:
        changes = tuple(replace(change, new=None) for change in proposal.change_set.changes)
        proposal = replace(
            proposal, change_set=ChangeSet(changes=changes, lock=None, notes=proposal.change_set.notes), rebased_on=None
        )
    return replace(result, head=head, proposal=proposal, inputs="", blobs=())


def processors() -> int:
    """The number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
