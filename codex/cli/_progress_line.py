"""The progress line of a long run: repositories done, estimated time left, and what the run is waiting for."""

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from codex.report.text import printable_line

if TYPE_CHECKING:
    from codex.http.rate_limit import Wait

_EVERY = 0.1
"""Seconds between two redraws."""
_DEFAULT_WIDTH = 80
_LONG_WAIT = 30.0
"""A wait of at least this many seconds is always logged."""
_LOG_INTERVAL = 60.0
"""Minimum number of seconds between two log lines about short waits with the same reason."""


def is_watched() -> bool:
    """Return whether standard error is a terminal that can redraw a line."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _columns() -> int:
    """Return the terminal width for standard error. A longer line would wrap and could not be erased."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _DEFAULT_WIDTH
    except (OSError, ValueError):
        return _DEFAULT_WIDTH


class ProgressLine:
    """A progress line on standard error, drawn only if `shown`; otherwise, each wait is logged on its own line."""

    def __init__(
        self, *, shown: bool, clock: Callable[[], float] = time.monotonic, width: Callable[[], int] = _columns
    ) -> None:
        self._shown, self._clock, self._width = shown, clock, width
        self._total, self._count, self._start, self._drawn = 0, 0, clock(), 0.0
        self._wait = ""
        self._logged: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def begin(self, total: int) -> None:
        """Reset the count and start a run of `total` repositories."""
        self._total, self._count, self._start = total, 0, self._clock()

    def done(self, path: str) -> None:
        """Count one repository as done."""
        with self._lock:
            self._count += 1
            now = self._clock()
            if self._shown and (now - self._drawn >= _EVERY or self._count == self._total):
                self._drawn = now
                self._draw(path)

    def waits(self, wait: "Wait") -> None:
        """Show how long the run waits for a host, and why."""
        until = datetime.fromtimestamp(wait.until, UTC).astimezone()
        with self._lock:
            text = f"{wait.host}: waiting {wait.seconds:,.0f} s, until {until:%H:%M:%S}: {wait.reason}"
            if not self._shown:
                if self._is_news(wait):
                    click.echo(f"{printable_line(text)}{self._so_far()}", err=True)
                return
            self._wait = text
            self._draw("")

    def _is_news(self, wait: "Wait") -> bool:
        """Return whether to log a wait. Short waits for the same rate limit are frequent, so only a few are logged."""
        now, key = self._clock(), (wait.host, wait.reason)
        if wait.seconds < _LONG_WAIT and now - self._logged.get(key, -_LOG_INTERVAL) < _LOG_INTERVAL:
            return False
        self._logged[key] = now
        return True

    def _so_far(self) -> str:
        return f" ({self._count:,}/{self._total:,} done{self._left()})" if self._total else ""

    def _draw(self, path: str) -> None:
        text = printable_line(f"{self._count:,}/{self._total:,}{self._left()} {self._wait or path}")
        click.echo(f"\r\x1b[K{text[: self._width() - 1]}", err=True, nl=False, color=True)
        self._wait = ""

    def _left(self) -> str:
        """Return the estimated time left, based on the average time per repository."""
        passed = self._clock() - self._start
        if self._count < 5 or passed < 1 or self._count >= self._total:
            return ""
        seconds = round(passed / self._count * (self._total - self._count))
        hours, minutes = seconds // 3600, seconds % 3600 // 60
        text = f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"
        return f", about {text} left"

    def clear(self) -> None:
        """Erase the line so that other output can be printed."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False, color=True)
