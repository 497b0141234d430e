"""A push against servers that are up to something: no token leaves for another host or comes back in a message."""

import base64
from collections.abc import Iterator

import pytest

from codex.forge.git.push import GitPusher
from codex.http.client import Client
from codex.http.credentials import GIT_USER, Token
from codex.http.rate_limit import RateLimiter
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from tests.codex.http.test_limits import dripping
from tests.support.contract import FakeClock
from tests.support.scripted import RecordedRequest, Reply, scripted

SECRET = "glpat-verysecret123"
WORDS = base64.b64encode(f"{GIT_USER}:{SECRET}".encode()).decode()
OLD = "a" * 40
TARGET = Repository(id="1", path="shop/payments")
ADVERTISED = f"{OLD} refs/heads/codex/sync\0report-status delete-refs ofs-delta agent=fake\n".encode()


def packet(line: bytes) -> bytes:
    return f"{len(line) + 4:04x}".encode() + line


def deleted(url: str) -> None:
    client = Client(url, credential=Token(source=lambda: SECRET), rate_limiter=RateLimiter("h", clock=FakeClock()))
    with client:
        GitPusher(client).delete(TARGET, "codex/sync", expected=OLD)


def test_the_token_stays_with_its_host_when_a_push_is_redirected() -> None:
    with scripted(lambda *_: Reply(status=404)) as elsewhere:
        goal = elsewhere.url.replace("127.0.0.1", "localhost")

        def answer(request: RecordedRequest, _: int) -> Reply:
            return Reply(status=302, headers={"Location": f"{goal}{request.path}"})

        with scripted(answer) as server, pytest.raises(CodexError) as caught:
            deleted(server.url)
    assert server.requests[0].headers["authorization"] == f"Basic {WORDS}"
    assert all("authorization" not in request.headers for request in elsewhere.requests)
    assert SECRET not in repr(caught.value) + caught.value.message


def test_a_refusal_that_quotes_the_token_is_shown_without_it() -> None:
    def answer(request: RecordedRequest, _: int) -> Reply:
        if request.method == "GET":
            body = packet(b"# service=git-receive-pack\n") + b"0000" + packet(ADVERTISED) + b"0000"
            return Reply(body=body, headers={"Content-Type": "application/x-git-receive-pack-advertisement"})
        report = packet(b"unpack ok\n") + packet(f"ng refs/heads/codex/sync no {SECRET} {WORDS}\n".encode()) + b"0000"
        return Reply(body=report, headers={"Content-Type": "application/x-git-receive-pack-result"})

    with scripted(answer) as server, pytest.raises(CodexError) as caught:
        deleted(server.url)
    assert caught.value.message == "shop/payments: the push to `codex/sync` was refused: no *** ***"


def advertised(more: bytes = b"") -> Reply:
    body = packet(b"# service=git-receive-pack\n") + b"0000" + packet(ADVERTISED) + more + b"0000"
    return Reply(body=body, headers={"Content-Type": "application/x-git-receive-pack-advertisement"})


def test_a_host_to_which_a_push_is_redirected_gets_neither_the_token_nor_the_push() -> None:
    def elsewhere_answers(request: RecordedRequest, _: int) -> Reply:
        return advertised() if request.method == "GET" else Reply(status=500)

    with scripted(elsewhere_answers) as elsewhere:
        goal = elsewhere.url.replace("127.0.0.1", "localhost")

        def answer(request: RecordedRequest, _: int) -> Reply:
            return Reply(status=302, headers={"Location": f"{goal}{request.path}"})

        with scripted(answer) as server, pytest.raises(CodexError, match="redirects a push to another host"):
            deleted(server.url)
    assert [request.method for request in elsewhere.requests] == ["GET"]
    assert all("authorization" not in request.headers for request in elsewhere.requests)


def test_a_push_follows_a_repository_that_was_renamed_on_its_host() -> None:
    def answer(request: RecordedRequest, _: int) -> Reply:
        if request.method == "GET" and "/payments.git" in request.path:
            return Reply(status=301, headers={"Location": request.path.replace("payments", "billing")})
        if request.method == "GET":
            return advertised()
        report = packet(b"unpack ok\n") + packet(b"ok refs/heads/codex/sync\n") + b"0000"
        return Reply(body=report, headers={"Content-Type": "application/x-git-receive-pack-result"})

    with scripted(answer) as server:
        deleted(server.url)
    assert server.requests[-1].path == "/shop/billing.git/git-receive-pack"
    assert server.requests[-1].headers["authorization"] == f"Basic {WORDS}"


def test_the_responses_to_a_push_have_a_maximum_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex.forge.git.push_requests.BYTES_PER_RESPONSE", 1000)
    refs = b"".join(packet(f"{number:040x} refs/heads/{number}\n".encode()) for number in range(50))
    with scripted(lambda *_: advertised(refs)) as server, pytest.raises(CodexError, match="larger than 1,000 bytes"):
        deleted(server.url)


def test_the_responses_to_a_push_have_a_time_limit() -> None:
    sent: list[int] = []

    def slow() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-receive-pack-advertisement\r\n"
        yield b"Transfer-Encoding: chunked\r\n\r\n"
        yield from (chunk(part) for part in (packet(b"# service=git-receive-pack\n"), b"0000", packet(ADVERTISED)))
        for number in range(1000):
            sent.append(number)
            yield chunk(packet(f"{number:040x} refs/heads/{number}\n".encode()))

    with dripping(slow) as (url, _):
        rate_limiter = RateLimiter("h", clock=FakeClock())
        with (
            Client(
                url, credential=Token(source=lambda: SECRET), rate_limiter=rate_limiter, total_timeout=0.3
            ) as client,
            pytest.raises(CodexError, match="took too long"),
        ):
            GitPusher(client).delete(TARGET, "codex/sync", expected=OLD)
    assert len(sent) < 500, "the connection is closed at the limit, not at the end of the response"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
