"""Isolates the work on one repository, catalog entry or bundle, so that a failure affects nothing else.

Isolated work has a budget of bytes and seconds. Code that inflates data or loops charges the budget of its thread with
`spend` and `check_time`; outside `isolated`, nothing is counted.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

from codex.limits import BYTES_PER_REPOSITORY, SECONDS_PER_REPOSITORY
from codex.shell.bug_report import redact_report, write_bug_report
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

Value = TypeVar("Value")
_SHOWN: Final = 200
"""Number of characters shown of the message of an unexpected error."""


class LimitError(CodexError):
    """A limit of docs/limits.md was exceeded."""


class EndingError(CodexError):
    """An error that ends the whole run, because it affects all repositories."""


@dataclass(slots=True)
class _Budget:
    """The remaining budget of isolated work; `deadline` is a time of the monotonic clock."""

    bytes_left: int
    deadline: float


_budget: Final[ContextVar[_Budget | None]] = ContextVar("budget", default=None)


def isolated(
    name: str,
    work: Callable[[], Value],
    *,
    most: int = BYTES_PER_REPOSITORY,
    seconds: float = SECONDS_PER_REPOSITORY,
) -> Value | CodexError:
    """Run `work` in isolation, and return its value or its error.

    An unexpected exception, including `MemoryError`, becomes a `CodexError` with the path of its bug report; `name` is
    the subject of the report. Nested isolation shares the outer budget. Interruptions and `EndingError` are raised.
    """
    outer = _budget.get()
    state = _budget.set(outer or _Budget(bytes_left=most, deadline=time.monotonic() + seconds))
    try:
        return work()
    except EndingError:
        raise
    except CodexError as error:
        return error
    except Exception as error:
        return unexpected(error, name)
    finally:
        _budget.reset(state)


def unexpected(error: Exception, name: str) -> CodexError:
    """Return an unexpected error as a `CodexError` with the path of its bug report."""
    path = write_bug_report(error, about=name)
    if isinstance(error, MemoryError):
        why = "out of memory"
    elif isinstance(error, RecursionError):
        why = "nested too deeply"
    else:
        message = " ".join(redact_report(str(error)[:_SHOWN]).split())
        why = f"unexpected {type(error).__name__}{f': {message}' if message else ''}"
    return CodexError(why, hint=f"bug report: {path}" if path else "the bug report could not be written")


def spend(count: int, *, what: str = "repository") -> None:
    """Charge bytes that are about to be inflated. Raises `LimitError` if the budget is exceeded."""
    budget = _budget.get()
    if budget is None:
        return
    budget.bytes_left -= count
    if budget.bytes_left < 0:
        raise LimitError(f"the decompressed {what} would be larger than {BYTES_PER_REPOSITORY:,} bytes")
    check_time()


def check_time() -> None:
    """Raise `LimitError` if the time budget is exceeded. Cheap enough for loops."""
    budget = _budget.get()
    if budget is not None and time.monotonic() > budget.deadline:
        raise LimitError(f"took longer than {SECONDS_PER_REPOSITORY:,.0f} s")


@contextmanager
def off_the_clock() -> Iterator[None]:
    """Exclude the time of a block from the budget, such as a pause that a host requested."""
    budget, start = _budget.get(), time.monotonic()
    try:
        yield
    finally:
        if budget is not None:
            budget.deadline += time.monotonic() - start
