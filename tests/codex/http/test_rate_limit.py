"""Budgets, pauses and the headers of hosts, with a clock that only advances in `sleep`."""

import threading
from email.utils import formatdate

import pytest

from codex.http.rate_limit import LONGEST, RateLimiter, RateLimits, Wait

START = 1_790_000_000.0


class FakeClock:
    """A clock that advances in `sleep`."""

    def __init__(self) -> None:
        self.time = START
        self._lock = threading.Lock()

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        with self._lock:
            self.time += seconds


def limiter_with(**limits: int) -> tuple[RateLimiter, FakeClock, list[Wait]]:
    clock, waits = FakeClock(), list[Wait]()
    return RateLimiter("h", RateLimits(**limits), clock=clock, on_wait=waits.append, jitter=lambda: 1.0), clock, waits


def take(rate_limiter: RateLimiter, count: int, *, write: bool = False) -> None:
    for _ in range(count):
        with rate_limiter.slot(write=write):
            pass


def test_without_limits_there_is_no_wait() -> None:
    rate_limiter, clock, _ = limiter_with()
    take(rate_limiter, 1000)
    assert clock.time == START


def test_a_budget_is_used_at_once_and_then_evenly() -> None:
    rate_limiter, clock, waits = limiter_with(per_minute=60)
    take(rate_limiter, 60)
    assert clock.time == START
    take(rate_limiter, 30)
    assert clock.time == pytest.approx(START + 30)
    assert {wait.reason for wait in waits} <= {"the request budget"}


def test_writes_have_separate_budgets_by_minute_and_hour() -> None:
    rate_limiter, clock, waits = limiter_with(writes_per_minute=80, writes_per_hour=500)
    take(rate_limiter, 400)
    assert clock.time == START
    take(rate_limiter, 560, write=True)
    assert clock.time - START == pytest.approx(max(480 / 80 * 60, 60 / 500 * 3600), rel=0.01)
    assert {wait.reason for wait in waits} == {"the write budget"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "60"}, 60),
        ({"retry-after": formatdate(START + 90, usegmt=True)}, 90),
        ({"retry-after": formatdate(START + 500, usegmt=True), "date": formatdate(START + 470, usegmt=True)}, 30),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "999999999"}, LONGEST),
        ({"retry-after": "soon"}, 60),
        ({}, 60),
        ({"ratelimit-remaining": "5", "ratelimit-reset": str(int(START) + 10)}, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(START) + 300)}, 300),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str((int(START) + 300) * 1000)}, 300),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "120"}, 120),
    ],
)
def test_a_limit_pauses_the_host_for_the_requested_seconds(headers: dict[str, str], seconds: float) -> None:
    rate_limiter, clock, waits = limiter_with()
    assert rate_limiter.observe(429, headers, b"")
    take(rate_limiter, 1)
    assert clock.time - START == pytest.approx(seconds)
    if seconds:
        assert waits[-1].host == "h"
        assert waits[-1].until == pytest.approx(START + seconds)


def test_unspecified_pauses_double_up_to_a_quarter_of_an_hour() -> None:
    rate_limiter, clock, _ = limiter_with()
    pauses = []
    for _ in range(6):
        before = clock.time
        rate_limiter.observe(429, {}, b"")
        take(rate_limiter, 1)
        pauses.append(clock.time - before)
    assert pauses == pytest.approx([60, 120, 240, 480, 900, 900])
    rate_limiter.observe(200, {}, b"")
    before = clock.time
    rate_limiter.observe(429, {}, b"")
    take(rate_limiter, 1)
    assert clock.time - before == pytest.approx(60)


@pytest.mark.parametrize(
    ("status", "headers", "body", "limited"),
    [
        (403, {}, b'{"message": "You have exceeded a secondary rate limit."}', True),
        (403, {"retry-after": "7"}, b"", True),
        (403, {"x-ratelimit-remaining": "0"}, b"", True),
        (403, {}, b'{"message": "Resource not accessible by integration"}', False),
        (200, {}, b'{"data": null, "errors": [{"message": "was submitted too quickly"}]}', True),
        (200, {}, b'{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}', True),
        (200, {}, b'{"data": {"a": "' + b"x" * 9000 + b'"}, "errors": [{"type": "RATE_LIMITED"}]}', True),
        (200, {}, b'{"data": {"text": "was submitted too quickly"}, "errors": [{"message": "other"}]}', False),
        (200, {}, b'{"errors": [{"type": "NOT_FOUND", "message": "no repository \'shop/rate_limited\'"}]}', False),
        (200, {}, b'{"errors": "was submitted too quickly"}', False),
        (200, {}, b"was submitted too quickly", False),
        (404, {}, b"", False),
        (500, {}, b"", False),
    ],
)
def test_what_counts_as_a_limit(status: int, headers: dict[str, str], body: bytes, limited: bool) -> None:
    assert limiter_with()[0].observe(status, headers, body) is limited


def test_the_last_requests_of_a_budget_are_spread_until_its_reset() -> None:
    rate_limiter, clock, _ = limiter_with()
    reset = str(int(START) + 100)
    rate_limiter.observe(200, {"ratelimit-limit": "1000", "ratelimit-remaining": "50", "ratelimit-reset": reset}, b"")
    take(rate_limiter, 10)
    assert clock.time - START == pytest.approx(18, abs=3)
    rate_limiter.observe(200, {"ratelimit-limit": "1000", "ratelimit-remaining": "0", "ratelimit-reset": reset}, b"")
    take(rate_limiter, 1)
    assert clock.time >= START + 100


def test_backing_off_doubles_up_to_half_a_minute() -> None:
    rate_limiter, clock, _ = limiter_with()
    waits = []
    for attempt in range(7):
        before = clock.time
        rate_limiter.back_off(attempt, "reset")
        waits.append(clock.time - before)
    assert waits == pytest.approx([1, 2, 4, 8, 16, 30, 30])


def test_concurrent_requests_are_limited() -> None:
    rate_limiter = RateLimiter("h", RateLimits(concurrency=3))
    running, highest, lock = 0, 0, threading.Lock()
    gate = threading.Barrier(3)

    def work() -> None:
        nonlocal running, highest
        with rate_limiter.slot(write=False):
            with lock:
                running += 1
                highest = max(highest, running)
            gate.wait(timeout=5)
            with lock:
                running -= 1

    threads = [threading.Thread(target=work) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert highest == 3


class Together(FakeClock):
    """A clock where all sleepers continue once eight wait."""

    def __init__(self) -> None:
        super().__init__()
        self._all = threading.Barrier(8, action=lambda: setattr(self, "time", START + 40))

    def sleep(self, seconds: float) -> None:
        self._all.wait(10)


def test_a_wait_of_all_workers_is_reported_once() -> None:
    waits = list[Wait]()
    rate_limiter = RateLimiter("h", clock=Together(), on_wait=waits.append)
    rate_limiter.observe(429, {"retry-after": "40"}, b"")
    workers = [threading.Thread(target=take, args=(rate_limiter, 1)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [(wait.seconds, wait.until) for wait in waits] == [(40.0, START + 40)]
