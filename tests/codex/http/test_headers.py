"""Headers of hostile hosts: numbers that are none, pauses that nobody sees, bodies that are compressed repeatedly."""

import gzip
import tracemalloc

import pytest

from codex.forge.api_forge import ApiForge
from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.hosts import GITLAB, HostSection
from codex.http.rate_limit import LONGEST, RateLimiter, retry_after
from codex.http.response import error_reason
from codex.workflow.own_repository import own_repository
from codex.workflow.publish import publish_access
from skills_build.numbers import whole_number
from tests.codex.http.test_rate_limit import FakeClock, take
from tests.support.scripted import Reply, scripted

NO_NUMBERS = (
    "\N{SUPERSCRIPT TWO}",
    "\N{ARABIC-INDIC DIGIT THREE}",
    "9" * 5000,
    "-1",
    "1e9",
    "inf",
    "nan",
    "",
    " ",
    "0x1",
)


@pytest.mark.parametrize("text", NO_NUMBERS, ids=range(len(NO_NUMBERS)))
def test_what_is_no_whole_number_in_a_header_is_ignored(text: str) -> None:
    assert whole_number(text) is None
    assert retry_after(text, 0.0) is None
    for name in ("retry-after", "ratelimit-remaining", "ratelimit-reset", "ratelimit-limit"):
        headers = {"ratelimit-remaining": "1", "ratelimit-reset": "1", "ratelimit-limit": "1", name: text}
        assert RateLimiter("h", clock=FakeClock()).observe(429, headers, b"")
        assert not RateLimiter("h", clock=FakeClock()).observe(200, headers, b"")


def test_a_whole_number_is_read() -> None:
    assert [whole_number(text) for text in ("0", "007", "9" * 18)] == [0, 7, 10**18 - 1]


@pytest.mark.parametrize("headers", [{"retry-after": "3600"}, {"ratelimit-remaining": "0", "ratelimit-reset": "3600"}])
def test_a_pause_that_is_not_reported_is_an_error_if_it_is_long(headers: dict[str, str]) -> None:
    limiter = RateLimiter("h", clock=FakeClock(), patience=LONGEST - 1)
    limiter.observe(429, headers, b"")
    with pytest.raises(HttpError, match=r"h: the host requested a pause, which takes 3,600 s|rate limit is used up"):
        take(limiter, 1)


def test_many_short_pauses_that_are_not_reported_are_an_error_together() -> None:
    limiter = RateLimiter("h", clock=FakeClock(), patience=100)
    for _ in range(2):
        limiter.observe(429, {"retry-after": "40"}, b"")
        take(limiter, 1)
    limiter.observe(429, {"retry-after": "40"}, b"")
    with pytest.raises(HttpError, match="takes 40 s"):
        take(limiter, 1)


@pytest.mark.parametrize("codings", ["gzip, gzip", "gzip,deflate", "identity, gzip"])
def test_a_body_that_is_compressed_more_than_once_is_refused(codings: str) -> None:
    body = gzip.compress(gzip.compress(b"x"))
    reply = Reply(body=body, headers={"Content-Encoding": codings})
    with scripted(lambda *_: reply) as server, Client(server.url) as client:
        with pytest.raises(HttpError, match="compressed more than once"):
            client.get("x")


def test_a_body_that_is_compressed_once_is_read() -> None:
    reply = Reply(body=gzip.compress(b"text"), headers={"Content-Encoding": "gzip"})
    with scripted(lambda *_: reply) as server, Client(server.url) as client:
        assert client.get("x").body == b"text"


def test_a_command_that_reports_no_waits_refuses_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITEA_ACTIONS", "true")
    monkeypatch.setenv("GITEA_TOKEN", "secret")
    own = own_repository("https://git.example.com/standards/codex").forge
    access = publish_access(variable=None, file=None, command=None, authorities=None)
    assert isinstance(own, ApiForge)
    for limiter in (own._client.rate_limiter, access.hosts.limiter(GITLAB, HostSection(url="https://git.example.com"))):
        limiter.observe(429, {"retry-after": "3600"}, b"")
        with pytest.raises(HttpError, match="requested a pause, which takes 3,"), limiter.slot(write=False):
            pass


@pytest.mark.parametrize(
    "unit", ["[],", "x ", *(pytest.param(unit, marks=pytest.mark.slow) for unit in ("{},", '"a",'))]
)
def test_an_error_of_any_size_is_read_at_little_cost(unit: str) -> None:
    body = "[" + unit * 1_000_001 + "0]"
    tracemalloc.start()
    try:
        assert len(error_reason(body)) <= 202
        assert not RateLimiter("h", clock=FakeClock()).observe(200, {}, b'{"errors":' + body.encode() + b"}")
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()
