"""Keeps all workers of one host within its rate limits, and reports why they wait.

Sources: RFC 9110 10.2.3 (Retry-After), RFC 6585 (429) and the hosts' pages on their limits:
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api (primary and secondary limits),
https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers. All times are seconds. The
clock is a parameter, so that tests need not wait.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

from codex.http.errors import HttpError
from codex.shell.isolation import off_the_clock
from skills_build.frozen import dataclass
from skills_build.json_input import parse_limited_json
from skills_build.numbers import whole_number

LONGEST: Final = 3600.0
"""Maximum pause, in seconds. If a host requests a longer one, the next request is sent after this time."""
DEFAULT_PAUSE: Final = 60.0
"""First pause if a host does not specify how long to wait, in seconds; it doubles each time."""
_MAX_DEFAULT_PAUSE: Final = 900.0
_SECONDARY_LIMITS: Final = ("secondary rate limit", "abuse detection", "was submitted too quickly")
"""Words in the body of a 403 from GitHub, which is a limit then and not a missing permission."""
_PRIMARY_LIMIT: Final = "RATE_LIMITED"
"""The type of the error in a GraphQL response of GitHub, with status 200, once the hour's points are spent:
https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api."""
_MIN_TIMESTAMP: Final = 1_000_000_000
"""A reset value from this number on is a time in seconds since the epoch; a smaller one is a number of seconds."""
_MIN_MILLISECONDS: Final = 1_000_000_000_000
"""A reset value from this number on is in milliseconds."""
_LOW: Final = 0.1
"""Remaining fraction of a budget below which requests are spread evenly."""
_SHORTEST_WAIT: Final = 0.001
"""Shorter waits are below the resolution of a clock in seconds since the epoch."""


class Clock(Protocol):
    """A clock that can wait."""

    def now(self) -> float:
        """Return seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """Limits for requests to a host; 0 is no limit. Writes are requests that create or change something."""

    concurrency: int = 8
    per_minute: int = 0
    writes_per_minute: int = 0
    writes_per_hour: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A wait: its reason, its length, and its end in seconds since the epoch."""

    host: str
    reason: str
    seconds: float
    until: float


class _Bucket:
    """A token bucket that starts full: `capacity` in any `period`, refilled evenly."""

    def __init__(self, capacity: int, period: float, now: float) -> None:
        self._capacity, self._rate = float(capacity), capacity / period
        self._remaining, self._updated = float(capacity), now

    def delay(self, now: float) -> float:
        """Return the seconds until there is a token."""
        refill = max(now - self._updated, 0.0) * self._rate
        self._remaining = min(self._capacity, self._remaining + refill)
        self._updated = now
        return 0.0 if self._remaining >= 1.0 else (1.0 - self._remaining) / self._rate

    def take(self) -> None:
        """Take a token."""
        self._remaining -= 1.0


class RateLimiter:
    """Paces the requests to one host, from any number of threads."""

    def __init__(
        self,
        host: str,
        limits: RateLimits | None = None,
        *,
        clock: Clock | None = None,
        on_wait: Callable[[Wait], None] | None = None,
        patience: float | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`patience` is for runs that report no waits: more seconds than that in all are an error instead."""
        self.host = host
        self._patience = patience
        self.limits = limits or RateLimits()
        self._clock = clock or SystemClock()
        self._on_wait = on_wait
        self._jitter = jitter
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(self.limits.concurrency)
        now = self._clock.now()
        self._request_budget = [_Bucket(self.limits.per_minute, 60.0, now)] if self.limits.per_minute else []
        self._write_budget = [
            _Bucket(capacity, period, now)
            for capacity, period in ((self.limits.writes_per_minute, 60.0), (self.limits.writes_per_hour, 3600.0))
            if capacity
        ]
        self._paused_until, self._reason = 0.0, ""
        self._spacing, self._spaced_until, self._last = 0.0, 0.0, 0.0
        self._unspecified = 0
        self._reported_until = 0.0
        self.unreachable = False
        """Whether a request failed because the host cannot be reached; other requests then fail without retries."""

    def now(self) -> float:
        """Return seconds since the epoch, by this limiter's clock."""
        return self._clock.now()

    @contextmanager
    def slot(self, *, write: bool) -> Iterator[None]:
        """Wait for a slot and a token, and hold the slot during the request."""
        with off_the_clock():
            self._slots.acquire()
        try:
            self._wait(write=write)
            yield
        finally:
            self._slots.release()

    def _wait(self, *, write: bool) -> None:
        while True:
            with self._lock:
                now = self._clock.now()
                seconds, reason = self._delay(now, write=write)
                if seconds < _SHORTEST_WAIT:
                    for bucket in (*self._request_budget, *(self._write_budget if write else [])):
                        bucket.take()
                    self._last = now
                    return
            self._sleep(seconds, reason)

    def _delay(self, now: float, *, write: bool) -> tuple[float, str]:
        waits = [(self._paused_until - now, self._reason)]
        waits += [(bucket.delay(now), "the request budget") for bucket in self._request_budget]
        waits += [(bucket.delay(now), "the write budget") for bucket in (self._write_budget if write else [])]
        if now < self._spaced_until:
            waits.append((self._last + self._spacing - now, "the host's remaining rate limit"))
        return max(waits)

    def _sleep(self, seconds: float, reason: str) -> None:
        self._require_patience(seconds, reason)
        if self._on_wait is not None and seconds >= 1.0 and self._is_unreported(until := self._clock.now() + seconds):
            self._on_wait(Wait(host=self.host, reason=reason, seconds=seconds, until=until))
        with off_the_clock():
            self._clock.sleep(seconds)

    def _require_patience(self, seconds: float, reason: str) -> None:
        if self._patience is None:
            return
        with self._lock:
            self._patience -= seconds
            if self._patience < 0:
                problem = f"{reason}, which takes {seconds:,.0f} s"
                raise HttpError(f"{self.host}: {problem}", hint="try again later", is_host_fault=True)

    def _is_unreported(self, until: float) -> bool:
        """Return whether no worker has reported a wait until then; all workers wait for the same host."""
        with self._lock:
            reported, self._reported_until = self._reported_until, max(self._reported_until, until)
        return until >= reported + 1.0

    def back_off(self, attempt: int, reason: str) -> None:
        """Wait before a retry: 1, 2, 4 ... seconds, at most 30, with jitter."""
        self._sleep(min(2.0**attempt, 30.0) * (0.5 + self._jitter() / 2), reason)

    def observe(self, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Update the limits from a response (header names in lower case).

        Returns True if the host rejected the request because of a limit; requests to the host then pause.
        """
        now = self._clock.now()
        server = _date(headers.get("date", ""), now)
        limited = _limited(status, headers, body)
        self.unreachable = False
        with self._lock:
            self._spread(headers, now, server)
            if limited:
                self._pause_for_limit(headers, now, server)
            elif status < 500:
                self._unspecified = 0
        return limited

    def _spread(self, headers: Mapping[str, str], now: float, server: float) -> None:
        """Spread the remaining requests evenly once few remain."""
        remaining, limit = _number(headers, "remaining"), _number(headers, "limit")
        reset = _reset(headers, server)
        if remaining is None or reset is None:
            return
        if remaining == 0:
            self._pause(now + min(reset, LONGEST), "the host's rate limit is used up")
        elif limit and remaining < limit * _LOW:
            self._spacing, self._spaced_until = min(reset / remaining, 60.0), now + min(reset, LONGEST)

    def _pause_for_limit(self, headers: Mapping[str, str], now: float, server: float) -> None:
        seconds = retry_after(headers.get("retry-after", ""), server)
        if seconds is None:
            seconds = min(DEFAULT_PAUSE * 2.0**self._unspecified, _MAX_DEFAULT_PAUSE)
            self._unspecified += 1
            reset = _reset(headers, server)
            if reset is not None and _number(headers, "remaining") == 0:
                seconds = max(seconds, reset)
        reason = "the host requested a pause" if seconds <= LONGEST else f"the host requested {seconds:,.0f} s"
        self._pause(now + min(seconds, LONGEST), reason)

    def _pause(self, until: float, reason: str) -> None:
        if until > self._paused_until:
            self._paused_until, self._reason = until, reason


def _limited(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether a response is a limit. GitHub uses 403 as well as 429 for its limits."""
    if status == 429:
        return True
    if status == 403:
        text = body[:4096].decode("utf-8", "replace").lower()
        is_secondary = any(words in text for words in _SECONDARY_LIMITS)
        return is_secondary or "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return status == 200 and b'"errors"' in body and _limited_graphql(body)


def _limited_graphql(body: bytes) -> bool:
    """Return whether one of the errors in a GraphQL response is a limit, whatever its `data`.

    A message may contain the name of a repository, which has no spaces: `Could not resolve to a Repository with the
    name 'shop/rate_limited'.`
    """
    try:
        errors = parse_limited_json(body)["errors"]
        types = {str(error.get("type")) for error in errors}
        texts = [str(error.get("message")).lower() for error in errors]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False
    return _PRIMARY_LIMIT in types or any(words in text for text in texts for words in _SECONDARY_LIMITS)


def retry_after(value: str, server: float) -> float | None:
    """Return the seconds of a Retry-After, which is a number of seconds or a date; None for neither."""
    seconds = whole_number(value.strip())
    if seconds is not None:
        return float(seconds)
    when = _date(value, -1.0)
    return None if when < 0 else max(when - server, 0.0)


def _date(value: str, default: float) -> float:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return default


def _number(headers: Mapping[str, str], name: str) -> int | None:
    return whole_number(headers.get(f"ratelimit-{name}", headers.get(f"x-ratelimit-{name}", "")).strip())


def _reset(headers: Mapping[str, str], server: float) -> float | None:
    """Return the seconds until the budget is renewed.

    GitHub and GitLab send a time in seconds since the epoch, other hosts one in milliseconds, or a number of seconds:
    https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/.
    """
    value = _number(headers, "reset")
    if value is None:
        return None
    if value >= _MIN_MILLISECONDS:
        value //= 1000
    return max(value - server, 0.0) if value >= _MIN_TIMESTAMP else float(value)
