"""Hosts on loopback that are slow, endless or redirect in circles: each is given up with a reason."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from codex.http.client import Client
from codex.http.errors import HttpError, UnauthorizedError, UncertainError, is_host_fault
from codex.http.pagination import follow
from codex.http.rate_limit import RateLimiter
from codex.limits import PAGES_PER_LIST, REDIRECTS
from codex.shell.isolation import LimitError
from skills_build.errors import CodexError
from tests.support.scripted import Reply, scripted


@contextmanager
def dripping(pieces: Callable[[], Iterator[bytes]]) -> Iterator[tuple[str, list[int]]]:
    """A host that sends one piece after another, with a short delay, while the connection is open."""
    requests: list[int] = []
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while not ended.is_set():
                with suppress(OSError):
                    connection, _ = server.accept()
                    threading.Thread(target=speak, args=(connection,), daemon=True).start()

        def speak(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.recv(65536)
                requests.append(1)
                for piece in pieces():
                    if ended.wait(0.02):
                        return
                    connection.sendall(piece)

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", requests
        finally:
            ended.set()


def slow_status() -> Iterator[bytes]:
    yield b"HTTP/1.1 2"
    while True:
        yield b"0"


def slow_headers() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    number = 0
    while True:
        number += 1
        yield f"X-{number}: y\r\n".encode() if number < 50 else b"z"


def slow_body() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    while True:
        yield b"x"


def slow_chunks() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"1\r\nx\r\n"


def informational() -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n"


def nothing() -> Iterator[bytes]:
    while True:
        yield b""


@pytest.mark.parametrize("pieces", [slow_status, slow_headers, slow_body, slow_chunks, informational, nothing])
def test_an_exchange_ends_in_every_phase(pieces: Callable[[], Iterator[bytes]]) -> None:
    with dripping(pieces) as (url, requests), Client(url, total_timeout=0.5) as client:
        with pytest.raises(HttpError, match="took too long") as caught:
            client.get("x")
        assert is_host_fault(caught.value)
        assert len(requests) == 1, "an exchange that used up its time is not retried"
        with pytest.raises(UncertainError, match="took too long"):
            client.send("POST", "x", {})


def test_a_host_that_responds_in_time_is_not_interrupted() -> None:
    with scripted(lambda *_: Reply(body=b"[]")) as server, Client(server.url, total_timeout=60.0) as client:
        for _ in range(3):
            assert client.get("x").decode(list) == []


def test_redirects_without_an_end_are_an_error() -> None:
    def circle(_: object, number: int) -> Reply:
        return Reply(status=302, headers={"Location": f"/{number % 2}"})

    def onwards(_: object, number: int) -> Reply:
        return Reply(status=307, headers={"Location": f"/{number}"})

    for respond in (circle, onwards):
        with scripted(respond) as server, Client(server.url) as client:
            with pytest.raises(HttpError, match=f"redirected more than {REDIRECTS} times"):
                client.get("x")
            assert len(server.requests) == REDIRECTS + 1


def test_pages_without_an_end_are_an_error() -> None:
    cursors: list[str | None] = []

    def read(cursor: str | None) -> tuple[int, str]:
        cursors.append(cursor)
        return 0, str(len(cursors))

    with pytest.raises(LimitError, match=f"more than {PAGES_PER_LIST:,} pages"):
        list(follow(read, what="the list"))
    assert len(cursors) == PAGES_PER_LIST


def test_pages_in_a_circle_end() -> None:
    def respond(_: object, number: int) -> Reply:
        return Reply(body=b"[]", headers={"Link": f'</x?page={number % 3}>; rel="next"'})

    with scripted(respond) as server, Client(server.url) as client:
        with pytest.raises(CodexError, match="same page cursor twice"):
            list(client.pages("x"))
        assert len(server.requests) <= 5


def test_endless_pages_on_a_host_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex.http.pagination.PAGES_PER_LIST", 20)

    def respond(_: object, number: int) -> Reply:
        return Reply(body=b"[]", headers={"Link": f'</x?page={number}>; rel="next"'})

    with scripted(respond) as server, Client(server.url) as client:
        with pytest.raises(LimitError, match="more than 20 pages"):
            list(client.pages("x"))
        assert len(server.requests) == 20


def test_a_rejected_token_ends_the_run_and_a_rejected_repository_does_not() -> None:
    for status, ends in ((401, True), (403, False), (404, False), (500, False)):
        with scripted(lambda *_, status=status: Reply(status=status)) as server:
            with Client(server.url, rate_limiter=RateLimiter("h", clock=_Clock())) as client:
                with pytest.raises(HttpError) as caught:
                    client.get("x")
        assert isinstance(caught.value, UnauthorizedError) is ends
        assert is_host_fault(caught.value) is (status in (401, 500))


class _Clock:
    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"null", "expected array, got null"),
        (b'[{"number": null}]', "[0].number: expected int, got null"),
        (b'[{"number": 1}, {"number": "2"}]', "[1].number: expected int, got str"),
        (b"[{}]", "[0]: object missing required field number"),
        (b"[" * 100_000, "[0]: expected object, got array"),
        (b"<html>", "JSON is malformed: invalid character (byte 0)"),
    ],
)
def test_a_wrong_field_is_named_with_its_page(body: bytes, message: str) -> None:
    import msgspec

    kind: Any = msgspec.defstruct("Pull", [("number", int)])
    with scripted(lambda *_: Reply(body=body)) as server, Client(server.url) as client:
        with pytest.raises(HttpError) as caught:
            client.get("repos/x/y/pulls", {"token": "secret"}).decode(list[kind])
    assert caught.value.message.startswith(f"GET {server.url}/repos/x/y/pulls: {message}")
    assert "secret" not in caught.value.message
