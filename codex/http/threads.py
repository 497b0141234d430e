"""Threads that wait for hosts. Whoever interrupts a run does not wait with them: a host's pause may last an hour.

What they were at is then cut off wherever it is, as it is when the machine goes down; the next run finds out.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def threads(count: int) -> Iterator[Executor]:
    """Start `count` threads, and wait for them at the end unless the run was interrupted."""
    pool = ThreadPoolExecutor(max_workers=count)
    try:
        yield pool
    except (KeyboardInterrupt, GeneratorExit):
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()
