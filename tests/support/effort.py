"""Bounds the work of a block: by calls, which are always the same, or by the processor's time. Never by the clock."""

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


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


class at_most_cpu_seconds:  # noqa: N801 - reads like `at_most_calls`
    """Fail as soon as a block has used the processor for longer, also where one call alone does, as of a regex.

    How busy the machine is does not count, nor does the garbage that earlier tests left: a collection in a process that
    has run a thousand tests takes longer than some blocks may. Outside of the main thread the block is judged at its end.

    The signal may arrive at any place, the end of the block too. So its handler restores what the block had changed
    before it raises: code that should run afterwards may never be reached.
    """

    def __init__(self, most: float) -> None:
        self._most = most
        self._collects = False
        self._handler: Any = None
        self._begun = 0.0

    def __enter__(self) -> None:
        self._collects = gc.isenabled()
        gc.disable()
        if _is_main_thread():
            self._handler = signal.signal(signal.SIGVTALRM, self._too_long)
            signal.setitimer(signal.ITIMER_VIRTUAL, self._most)
        else:
            self._begun = time.thread_time()

    def __exit__(self, *raised: object) -> None:
        self._restore()
        if not _is_main_thread() and raised[0] is None:
            assert time.thread_time() - self._begun < self._most

    def _too_long(self, number: int, frame: FrameType | None) -> None:
        self._restore()
        raise AssertionError(f"more than {self._most} s of processor time")

    def _restore(self) -> None:
        if _is_main_thread():
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, self._handler)
        if self._collects:
            gc.enable()


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the processor time of a call."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
