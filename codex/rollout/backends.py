"""Starts workers for a crew: processes of this machine, or a Dask cluster. The only importer of `distributed`."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_all_start_methods, get_context, parent_process
from typing import TYPE_CHECKING, Any

from codex.rollout.workers import JobSpec, WorkChunk, WorkChunkResult, WorkerBackend, run_chunk
from codex.shell.isolation import EndingError
from skills_build.errors import CodexError

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

_mine: list[JobSpec] = []
"""The recipe of this process, where it is a worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Workers:
    """An engine."""

    size: int
    send: Callable[[WorkChunk], Callable[[], WorkChunkResult]]

    def submit(self, part: WorkChunk) -> Callable[[], WorkChunkResult]:
        """Have a part done."""
        return self.send(part)


@contextmanager
def processes(recipe: JobSpec, size: int) -> Iterator[WorkerBackend]:
    """Start `size` processes on this machine."""
    pool = ProcessPoolExecutor(size, mp_context=get_context(_method()), initializer=_begin, initargs=(recipe,))

    def send(part: WorkChunk) -> Callable[[], WorkChunkResult]:
        future = pool.submit(_do, part)
        return lambda: _result(future)

    try:
        yield _Workers(size=size, send=send)
    finally:
        pool.shutdown(cancel_futures=True)


def _method() -> str:
    """How a process begins: as a copy of this one where that is safe, for a fresh one takes a second to start."""
    alone = threading.active_count() == 1
    return "fork" if alone and "fork" in get_all_start_methods() and sys.platform == "linux" else "spawn"


def _begin(recipe: JobSpec) -> None:
    """Be a worker, which ends when it is told to, and with the process that started it."""
    _mine[:] = [recipe]
    _bounded(recipe.memory)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _bounded(mebibytes: int) -> None:
    """Give this process no more address space than that, where the system can: a repository too many then fails alone.

    macOS has the call and does not enforce it; Windows has none.
    """
    try:
        import resource
    except ImportError:
        return
    most = mebibytes * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _end_with(parent: "BaseProcess | None") -> None:
    """End at once where nobody is left to take what is done; a worker would wait for work for ever."""
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(part: WorkChunk) -> WorkChunkResult:
    return run_chunk(_mine[0], part)


def _result(future: "Future[WorkChunkResult]") -> WorkChunkResult:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise EndingError("a worker was ended by force", hint="run the sync again: it goes on where it was") from error


@contextmanager
def dask(recipe: JobSpec, address: str) -> Iterator[WorkerBackend]:
    """Use the workers of a Dask cluster; its scheduler is at `address` (`tcp://host:8786`).

    Raises `CodexError` without the extra, where nobody answers, and where there are no workers.
    """
    try:
        import distributed
    except ImportError as error:
        raise CodexError("Dask is not installed", hint="pip install 'engineering-codex[dask]'") from error
    try:
        cluster: Any = distributed
        client = cluster.Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise CodexError(f"no Dask scheduler answers at `{address}`", hint="is its address right?") from error
    with client:
        threads = [one["nthreads"] for one in client.scheduler_info(n_workers=-1)["workers"].values()]
        if not threads:
            raise CodexError(f"the scheduler at `{address}` has no workers", hint="start some: `dask worker ADDRESS`")
        handed = client.scatter(replace(recipe, share=len(threads)), broadcast=True)

        def send(part: WorkChunk) -> Callable[[], WorkChunkResult]:
            future = client.submit(run_chunk, handed, part, pure=False)
            return lambda: _gathered(future, address)

        yield _Workers(size=sum(threads), send=send)


_PATIENCE = 15
"""Seconds that a scheduler may take to answer."""


def _gathered(future: Any, address: str) -> WorkChunkResult:
    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker

    try:
        done: WorkChunkResult = future.result()
    except (KilledWorker, FutureCancelledError, OSError) as error:
        hint = "run the sync again: it goes on where it was"
        raise EndingError(f"the cluster at `{address}` lost its workers", hint=hint) from error
    return done
