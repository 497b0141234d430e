"""Threads that wait for hosts. An interrupted run does not wait for them: a host's pause may last an hour.

Their work is cut off at any point, as in a power failure; the next run finds out what is done.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def threads(count: int) -> Iterator[Executor]:
    """Start `count` threads, and wait for them at the end unless the run is interrupted."""
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
