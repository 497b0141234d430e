"""Starts workers: processes on this machine, or those of a Dask cluster. The only importer of `distributed`."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_all_start_methods, get_context, parent_process
from typing import TYPE_CHECKING, Any

from codex.rollout.workers import JobSpec, WorkChunk, WorkChunkResult, WorkerBackend, run_chunk
from codex.shell.address_space import limit_address_space
from codex.shell.isolation import EndingError
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

_job: list[JobSpec] = []
"""The job of this process, if it is a worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Workers:
    """Workers that are ready for chunks."""

    size: int
    send: Callable[[WorkChunk], Callable[[], WorkChunkResult]]

    def submit(self, chunk: WorkChunk) -> Callable[[], WorkChunkResult]:
        """Submit a chunk; returns a function that waits for its result."""
        return self.send(chunk)


@contextmanager
def processes(job: JobSpec, size: int) -> Iterator[WorkerBackend]:
    """Start `size` worker processes on this machine."""
    pool = ProcessPoolExecutor(
        size, mp_context=get_context(_start_method()), initializer=_start_worker, initargs=(job,)
    )

    def send(chunk: WorkChunk) -> Callable[[], WorkChunkResult]:
        future = pool.submit(_run, chunk)
        return lambda: _result(future)

    try:
        yield _Workers(size=size, send=send)
    finally:
        pool.shutdown(cancel_futures=True)


def _start_method() -> str:
    """How a process starts: as a fork where that is safe, because a fresh one takes a second.

    A process with threads is not safe to fork: https://docs.python.org/3.11/library/multiprocessing.html#contexts-and-start-methods.
    """
    single_thread = threading.active_count() == 1
    return "fork" if single_thread and "fork" in get_all_start_methods() and sys.platform == "linux" else "spawn"


def _start_worker(job: JobSpec) -> None:
    """Set up a worker process. It ends on SIGTERM, and with the process that started it."""
    _job[:] = [job]
    limit_address_space(job.memory)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(parent: "BaseProcess | None") -> None:
    """End once the parent has ended; otherwise the worker would wait for work forever."""
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(chunk: WorkChunk) -> WorkChunkResult:
    return run_chunk(_job[0], chunk)


def _result(future: "Future[WorkChunkResult]") -> WorkChunkResult:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise EndingError("a worker was killed", hint="run the sync again: it resumes where it stopped") from error


@contextmanager
def dask(job: JobSpec, address: str) -> Iterator[WorkerBackend]:
    """Use the workers of a Dask cluster; its scheduler is at `address` (`tcp://host:8786`).

    Raises `CodexError` without the extra, if the scheduler cannot be reached, and if it has no workers.
    """
    try:
        import distributed
    except ImportError as error:
        raise CodexError("Dask is not installed", hint="pip install 'engineering-codex[dask]'") from error
    try:
        cluster: Any = distributed
        client = cluster.Client(address, timeout=_TIMEOUT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise CodexError(f"no Dask scheduler responds at `{address}`", hint="check the address") from error
    with client:
        threads = [worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()]
        if not threads:
            raise CodexError(
                f"the scheduler at `{address}` has no workers", hint="start workers with `dask worker ADDRESS`"
            )
        scattered = client.scatter(replace(job, share=len(threads)), broadcast=True)

        def send(chunk: WorkChunk) -> Callable[[], WorkChunkResult]:
            future = client.submit(run_chunk, scattered, chunk, pure=False)
            return lambda: _cluster_result(future, address)

        yield _Workers(size=sum(threads), send=send)


_TIMEOUT = 15
"""Timeout for the response of a scheduler, in seconds."""


def _cluster_result(future: Any, address: str) -> WorkChunkResult:
    """Wait for a chunk. Raises `EndingError` if the cluster has lost all of its workers."""
    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker

    try:
        chunk_result: WorkChunkResult = future.result()
    except (KilledWorker, FutureCancelledError, OSError) as error:
        hint = "run the sync again: it resumes where it stopped"
        raise EndingError(f"the cluster at `{address}` has no workers left", hint=hint) from error
    return chunk_result
