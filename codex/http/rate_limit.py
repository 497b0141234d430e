"""Keeps all workers of one host within what the host allows, and tells whoever watches why they wait.

Sources: RFC 9110 10.2.3 (Retry-After), RFC 6585 (429), the forges' documentation of `RateLimit-*` and `X-RateLimit-*`
and of GitHub's secondary limits. All times are seconds. The clock is given, so that tests need not wait.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

from codex.shell.isolation import off_the_clock

LONGEST: Final = 3600.0
"""The longest pause that is believed; a host that asks for more is asked again after it."""
SILENT: Final = 60.0
"""The pause after a limit without a word on how long it lasts."""
_MOST_SILENT: Final = 900.0
_SECONDARY: Final = ("secondary rate limit", "abuse detection", "was submitted too quickly")
_PRIMARY: Final = "rate_limited"
"""The type of the error that GitHub's GraphQL gives, with status 200, once the hour's points are spent."""
_EPOCH: Final = 1_000_000_000
_MILLISECONDS: Final = 1_000_000_000_000
_LOW: Final = 0.1
_INSTANT: Final = 0.001
"""Shorter than what a clock of seconds since the epoch can tell apart reliably."""


class Clock(Protocol):
    """Tells and passes time."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """What may be asked of a host; 0 is no limit. Writes are requests that make or change something."""

    concurrency: int = 8
    per_minute: int = 0
    writes_per_minute: int = 0
    writes_per_hour: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A wait: for how long, why, and until when (seconds since the epoch)."""

    host: str
    reason: str
    seconds: float
    until: float


class _Bucket:
    """A token bucket that starts full: `most` in any `period`, refilled evenly."""

    def __init__(self, most: int, period: float, now: float) -> None:
        self._most, self._rate, self._left, self._at = float(most), most / period, float(most), now

    def delay(self, now: float) -> float:
        """How long until there is a token."""
        self._left = min(self._most, self._left + max(now - self._at, 0.0) * self._rate)
        self._at = now
        return 0.0 if self._left >= 1.0 else (1.0 - self._left) / self._rate

    def take(self) -> None:
        """Take a token."""
        self._left -= 1.0


class RateLimiter:
    """Paces the requests to one host, from any number of threads."""

    def __init__(
        self,
        host: str,
        limits: RateLimits | None = None,
        *,
        clock: Clock | None = None,
        on_wait: Callable[[Wait], None] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.host = host
        self.limits = limits or RateLimits()
        self._clock = clock or SystemClock()
        self._on_wait = on_wait
        self._jitter = jitter
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(self.limits.concurrency)
        now = self._clock.now()
        self._any = [_Bucket(self.limits.per_minute, 60.0, now)] if self.limits.per_minute else []
        self._writes = [
            _Bucket(most, period, now)
            for most, period in ((self.limits.writes_per_minute, 60.0), (self.limits.writes_per_hour, 3600.0))
            if most
        ]
        self._paused_until, self._reason = 0.0, ""
        self._spacing, self._spaced_until, self._last = 0.0, 0.0, 0.0
        self._silent = 0
        self._told_until = 0.0
        self.unreachable = False
        """Whether a request was given up because nobody answers there; then others need not be as patient."""

    def now(self) -> float:
        """Seconds since the epoch, by this host's clock."""
        return self._clock.now()

    @contextmanager
    def slot(self, *, write: bool) -> Iterator[None]:
        """Wait for a place and a token, and hold the place during the request."""
        with off_the_clock():
            self._room.acquire()
        try:
            self._wait(write=write)
            yield
        finally:
            self._room.release()

    def _wait(self, *, write: bool) -> None:
        while True:
            with self._lock:
                now = self._clock.now()
                seconds, reason = self._delay(now, write=write)
                if seconds < _INSTANT:
                    for bucket in (*self._any, *(self._writes if write else [])):
                        bucket.take()
                    self._last = now
                    return
            self._pass(seconds, reason)

    def _delay(self, now: float, *, write: bool) -> tuple[float, str]:
        waits = [(self._paused_until - now, self._reason)]
        waits += [(bucket.delay(now), "the budget of requests") for bucket in self._any]
        waits += [(bucket.delay(now), "the budget of writes") for bucket in (self._writes if write else [])]
        if now < self._spaced_until:
            waits.append((self._last + self._spacing - now, "what the host has left"))
        return max(waits)

    def _pass(self, seconds: float, reason: str) -> None:
        if self._on_wait is not None and seconds >= 1.0 and self._is_news(until := self._clock.now() + seconds):
            self._on_wait(Wait(host=self.host, reason=reason, seconds=seconds, until=until))
        with off_the_clock():
            self._clock.sleep(seconds)

    def _is_news(self, until: float) -> bool:
        """Whether nobody was told yet that somebody waits until then: all workers wait for the same."""
        with self._lock:
            told, self._told_until = self._told_until, max(self._told_until, until)
        return until >= told + 1.0

    def back_off(self, attempt: int, reason: str) -> None:
        """Wait before a request is tried again: 1, 2, 4 ... seconds, at most 30, with jitter."""
        self._pass(min(2.0**attempt, 30.0) * (0.5 + self._jitter() / 2), reason)

    def observe(self, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Learn from an answer (header names in lower case). True if it says that the request was not carried out
        because of a limit: then the whole host rests."""
        now = self._clock.now()
        skew = _date(headers.get("date", ""), now)
        limited = _limited(status, headers, body)
        self.unreachable = False
        with self._lock:
            self._tighten(headers, now, skew)
            if limited:
                self._rest(headers, now, skew)
            elif status < 500:
                self._silent = 0
        return limited

    def _tighten(self, headers: Mapping[str, str], now: float, server: float) -> None:
        """Spread what is left evenly once little of it is left."""
        left, most = _number(headers, "remaining"), _number(headers, "limit")
        reset = _reset(headers, server)
        if left is None or reset is None:
            return
        if left == 0:
            self._pause(now + min(reset, LONGEST), "the host's budget is spent")
        elif most and left < most * _LOW:
            self._spacing, self._spaced_until = min(reset / left, 60.0), now + min(reset, LONGEST)

    def _rest(self, headers: Mapping[str, str], now: float, server: float) -> None:
        asked = _retry_after(headers.get("retry-after", ""), server)
        if asked is None:
            asked = min(SILENT * 2.0**self._silent, _MOST_SILENT)
            self._silent += 1
            reset = _reset(headers, server)
            left = _number(headers, "remaining")
            asked = max(asked, reset) if reset is not None and left == 0 else asked
        reason = "the host asked for a pause" if asked <= LONGEST else f"the host asked for {asked:,.0f} s"
        self._pause(now + min(asked, LONGEST), reason)

    def _pause(self, until: float, reason: str) -> None:
        if until > self._paused_until:
            self._paused_until, self._reason = until, reason


def _limited(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    if status == 429:
        return True
    if status == 403:
        text = body[:4096].decode("utf-8", "replace").lower()
        told = any(words in text for words in _SECONDARY)
        return told or "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return status == 200 and b'"errors"' in body and _limited_graphql(body)


def _limited_graphql(body: bytes) -> bool:
    """Whether one of the errors in an answer of GraphQL is a limit; what `data` says is no matter."""
    try:
        errors = json.loads(body)["errors"]
        told = [f"{error.get('type')} {error.get('message')}".lower() for error in errors]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False
    return any(words in text for text in told for words in (*_SECONDARY, _PRIMARY))


def _retry_after(value: str, server: float) -> float | None:
    """Seconds: a number of them, or a date; None for neither."""
    value = value.strip()
    if value.isdigit():
        return float(value)
    when = _date(value, -1.0)
    return None if when < 0 else max(when - server, 0.0)


def _date(value: str, otherwise: float) -> float:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return otherwise


def _number(headers: Mapping[str, str], name: str) -> int | None:
    value = headers.get(f"ratelimit-{name}", headers.get(f"x-ratelimit-{name}", "")).strip()
    return int(value) if value.isdigit() else None


def _reset(headers: Mapping[str, str], server: float) -> float | None:
    """Seconds until the budget is new: hosts tell an instant, in seconds or milliseconds, or a span."""
    value = _number(headers, "reset")
    if value is None:
        return None
    if value >= _MILLISECONDS:
        value //= 1000
    return max(value - server, 0.0) if value >= _EPOCH else float(value)
