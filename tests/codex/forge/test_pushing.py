"""A push against servers that are up to something: no token leaves for another host or comes back in a message."""

import base64

import pytest

from codex.forge.git.push import GitPusher
from codex.http.client import Client
from codex.http.credentials import GIT_USER, Token
from codex.http.rate_limit import RateLimiter
from codex.sync.repository import Repository
from skills_build.errors import CodexError
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
