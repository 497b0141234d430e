"""The line at the foot of a terminal that says how far a long run is, how long it will take, and what it waits for."""

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
"""Seconds between two drawings."""
_USUAL = 80
_LONG = 30.0
"""Seconds from which on every wait is told."""
_AGAIN = 60.0
"""Seconds after which a short wait is told again, if it is for the same reason."""


def is_watched() -> bool:
    """Whether a terminal shows standard error, and one on which a line can be drawn again."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _columns() -> int:
    """How wide the terminal is at standard error: a line that is longer could not be taken away again."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL
    except (OSError, ValueError):
        return _USUAL


class ProgressLine:
    """One line on standard error, drawn only where it is `shown`. Waits are told in any case."""

    def __init__(
        self, *, shown: bool, clock: Callable[[], float] = time.monotonic, width: Callable[[], int] = _columns
    ) -> None:
        self._shown, self._clock, self._width = shown, clock, width
        self._total, self._count, self._start, self._drawn = 0, 0, clock(), 0.0
        self._wait = ""
        self._told: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def begin(self, total: int) -> None:
        """Start over with so many repositories to do."""
        self._total, self._count, self._start = total, 0, self._clock()

    def done(self, path: str) -> None:
        """One more is done."""
        with self._lock:
            self._count += 1
            now = self._clock()
            if self._shown and (now - self._drawn >= _EVERY or self._count == self._total):
                self._drawn = now
                self._draw(path)

    def waits(self, wait: "Wait") -> None:
        """Tell of a wait, why, and until when."""
        until = datetime.fromtimestamp(wait.until, UTC).astimezone()
        with self._lock:
            text = f"{wait.host}: waits {wait.seconds:,.0f} s, until {until:%H:%M:%S}: {wait.reason}"
            if not self._shown:
                if self._is_news(wait):
                    click.echo(f"{printable_line(text)}{self._so_far()}", err=True)
                return
            self._wait = text
            self._draw("")

    def _is_news(self, wait: "Wait") -> bool:
        """Whether a log should have it: a run that keeps to a budget waits a little all the time, for one reason."""
        now, key = self._clock(), (wait.host, wait.reason)
        if wait.seconds < _LONG and now - self._told.get(key, -_AGAIN) < _AGAIN:
            return False
        self._told[key] = now
        return True

    def _so_far(self) -> str:
        return f" ({self._count:,}/{self._total:,} done{self._left()})" if self._total else ""

    def _draw(self, path: str) -> None:
        text = printable_line(f"{self._count:,}/{self._total:,}{self._left()} {self._wait or path}")
        click.echo(f"\r\x1b[K{text[: self._width() - 1]}", err=True, nl=False, color=True)
        self._wait = ""

    def _left(self) -> str:
        """How long the rest takes, if it goes on as it did."""
        passed = self._clock() - self._start
        if self._count < 5 or passed < 1 or self._count >= self._total:
            return ""
        seconds = round(passed / self._count * (self._total - self._count))
        hours, minutes = seconds // 3600, seconds % 3600 // 60
        text = f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"
        return f", about {text} left"

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False, color=True)
