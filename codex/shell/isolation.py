"""The boundary around the work on one repository, entity or bundle: what fails inside it fails there alone.

What is inside has a ration of bytes and seconds. Code that inflates or loops counts against the ration of its thread
with `spend` and `check_time`; outside a boundary nothing is counted.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, TypeVar

from codex.limits import BYTES_PER_REPOSITORY, SECONDS_PER_REPOSITORY
from codex.shell.bug_report import redact_report, write_bug_report
from skills_build.errors import CodexError

Value = TypeVar("Value")
_SHOWN: Final = 200
"""Characters of an unexpected error's own message that are shown."""


class LimitError(CodexError):
    """More was needed than a limit of docs/limits.md allows."""


class EndingError(CodexError):
    """An error that ends the whole run, because no other repository can be done either."""


@dataclass(slots=True)
class _Ration:
    """What is left for the work inside one boundary; `deadline` is an instant of the monotonic clock."""

    bytes_left: int
    deadline: float


_ration: Final[ContextVar[_Ration | None]] = ContextVar("ration", default=None)


def isolated(
    name: str,
    work: Callable[[], Value],
    *,
    most: int = BYTES_PER_REPOSITORY,
    seconds: float = SECONDS_PER_REPOSITORY,
) -> Value | CodexError:
    """Do some work inside a boundary; returns its value, or the error that it failed of.

    An unexpected exception, lack of memory included, becomes a `CodexError` that names its bug report; `name` is what
    the report is about. A boundary within another shares its ration. Interruptions and `EndingError` pass through.
    """
    outer = _ration.get()
    state = _ration.set(outer or _Ration(bytes_left=most, deadline=time.monotonic() + seconds))
    try:
        return work()
    except EndingError:
        raise
    except CodexError as error:
        return error
    except Exception as error:
        return unexpected(error, name)
    finally:
        _ration.reset(state)


def unexpected(error: Exception, name: str) -> CodexError:
    """The error of a row that failed unexpectedly, with the path of the bug report."""
    path = write_bug_report(error, about=name)
    if isinstance(error, MemoryError):
        why = "out of memory"
    elif isinstance(error, RecursionError):
        why = "nested too deeply"
    else:
        message = " ".join(redact_report(str(error)[:_SHOWN]).split())
        why = f"unexpected {type(error).__name__}{f': {message}' if message else ''}"
    return CodexError(why, hint=f"bug report: {path}" if path else "no bug report could be written")


def spend(count: int, *, what: str = "repository") -> None:
    """Count bytes that are about to be inflated. Raises `LimitError` where that is more than is left."""
    ration = _ration.get()
    if ration is None:
        return
    ration.bytes_left -= count
    if ration.bytes_left < 0:
        raise LimitError(f"more than {BYTES_PER_REPOSITORY:,} bytes of the {what} would be inflated")
    check_time()


def check_time() -> None:
    """Raise `LimitError` where the time of this boundary is over; cheap enough for loops."""
    ration = _ration.get()
    if ration is not None and time.monotonic() > ration.deadline:
        raise LimitError(f"took longer than {SECONDS_PER_REPOSITORY:,.0f} s")


@contextmanager
def off_the_clock() -> Iterator[None]:
    """Do not count the time of what is inside: a pause that a host asked for is not the repository's doing."""
    ration, start = _ration.get(), time.monotonic()
    try:
        yield
    finally:
        if ration is not None:
            ration.deadline += time.monotonic() - start
