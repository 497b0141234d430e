"""Bounds the work of a block: by calls, which are always the same, or by the processor's time. Never by the clock."""

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def at_most_calls(most: int) -> Iterator[None]:
    """Fail as soon as a block has called more than `most` functions, written in Python or in C."""
    left, before = most, sys.getprofile()

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal left
        if event in ("call", "c_call"):
            left -= 1
            if left < 0:
                sys.setprofile(None)
                raise AssertionError(f"more than {most} calls")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions a call calls, written in Python or in C."""
    count, before = 0, sys.getprofile()

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@contextmanager
def at_most_cpu_seconds(most: float) -> Iterator[None]:
    """Fail as soon as a block has used the processor for longer, also where one call alone does, as of a regex.

    How busy the machine is does not count, nor does the garbage that earlier tests left: a collection in a process that
    has run a thousand tests takes longer than some blocks may. Outside of the main thread the block is judged at its end.
    """
    with _no_garbage_collection():
        if threading.current_thread() is threading.main_thread():
            with _alarm(most):
                yield
        else:
            begun = time.thread_time()
            yield
            assert time.thread_time() - begun < most


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _alarm(most: float) -> Iterator[None]:
    def ends(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"more than {most} s of processor time")

    before = signal.signal(signal.SIGVTALRM, ends)
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
