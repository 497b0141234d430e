"""The client against a real server on loopback that misbehaves."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from codex.http.client import Client, HttpError, UncertainError
from codex.http.credentials import Token, from_command, from_environment, from_file
from codex.http.fetch import fetch
from codex.http.governor import Governor
from skills_build.errors import CodexError
from tests.codex.http.test_governor import FakeClock
from tests.support.scripted import Asked, Reply, scripted

SECRET = "glpat-verysecret123"


def client(url: str, *, source: Callable[[], str] = lambda: SECRET, kind: str = "bearer") -> Client:
    return Client(url, credential=Token(source=source, kind=kind), governor=Governor("h", clock=FakeClock()))


@pytest.mark.parametrize("fault", [Reply(status=502), Reply(drop=True), Reply(body=b"x" * 99, cut=True)])
def test_reads_are_sent_again_after_a_fault(fault: Reply) -> None:
    with scripted(lambda _, n: fault if n < 2 else Reply(body=b"good")) as server, client(server.url) as asking:
        assert asking.get("x").body == b"good"
    assert len(server.asked) == 3
    assert asking.usage.requests == 3


def test_reads_end_with_what_was_wrong() -> None:
    with scripted(lambda *_: Reply(status=503, body=b'{"message": "down"}')) as server, client(server.url) as asking:
        with pytest.raises(HttpError, match="503: down") as caught:
            asking.get("x?token=a")
        assert caught.value.status == 503
        assert "?" not in caught.value.message
    assert len(server.asked) == 5


@pytest.mark.parametrize("fault", [Reply(status=500), Reply(drop=True), Reply(body=b"x" * 99, cut=True)])
def test_a_write_is_never_sent_twice_where_it_may_have_been_carried_out(fault: Reply) -> None:
    with scripted(lambda *_: fault) as server, client(server.url) as asking:
        with pytest.raises(UncertainError):
            asking.send("POST", "x", {"a": 1})
    assert len(server.asked) == 1


def test_a_write_that_was_limited_is_sent_after_the_pause() -> None:
    limit = Reply(status=429, headers={"Retry-After": "30"})
    clock = FakeClock()
    with (
        scripted(lambda _, n: limit if n == 0 else Reply(status=201, body=b"{}")) as server,
        Client(server.url, governor=Governor("h", clock=clock)) as asking,
    ):
        start = clock.time
        assert asking.send("POST", "x", {}).status == 201
        assert clock.time - start == pytest.approx(30)


def test_a_host_that_always_limits_ends_the_request() -> None:
    with scripted(lambda *_: Reply(status=429)) as server, client(server.url) as asking:
        with pytest.raises(HttpError, match="429"):
            asking.get("x")
    assert len(server.asked) == 8


def test_the_token_is_in_one_header_and_nowhere_else() -> None:
    echo = Reply(status=400, body=f'{{"message": "bad {SECRET}"}}'.encode())
    with scripted(lambda *_: echo) as server, client(server.url, kind="private-token") as asking:
        with pytest.raises(HttpError) as caught:
            asking.get("x", {"a": "b"})
        shown = f"{caught.value} {caught.value.message} {caught.value.body} {caught.value.hint} {asking.credential!r}"
    assert SECRET not in shown
    assert "bad ***" in shown
    assert server.asked[0].headers["private-token"] == SECRET
    assert "authorization" not in server.asked[0].headers
    assert SECRET not in server.asked[0].path


def test_a_token_that_was_renewed_is_tried_once() -> None:
    tokens = iter(["old", "new", "newer"])

    def answer(asked: Asked, _: int) -> Reply:
        return Reply(status=200 if asked.headers["authorization"] == "Bearer new" else 401)

    with scripted(answer) as server:
        asking = Client(server.url, credential=Token(source=lambda: next(tokens), lifetime=1e9))
        assert asking.get("x").status == 200
        asking.close()
    assert len(server.asked) == 2


def test_redirections_never_take_the_token_to_another_host() -> None:
    with scripted(lambda *_: Reply(body=b"file")) as other:
        there = {"Location": f"{other.url}/file"}
        with scripted(lambda *_: Reply(status=302, headers=there)) as server, client(server.url) as asking:
            assert asking.get("x").body == b"file"
            with pytest.raises(HttpError, match="redirects to another address"):
                asking.send("POST", "x", {})
    assert "authorization" in server.asked[0].headers
    assert "authorization" not in other.asked[0].headers


def test_redirections_in_a_circle_end() -> None:
    with scripted(lambda *_: Reply(status=301, headers={"Location": "/x"})) as server, client(server.url) as asking:
        with pytest.raises(HttpError, match="redirected more than 5 times"):
            asking.get("x")


def test_an_answer_that_is_too_long_is_cut_off() -> None:
    with scripted(lambda *_: Reply(body=b"x" * 100_000)) as server, client(server.url) as asking:
        with pytest.raises(HttpError, match="more than 1,000 bytes"):
            asking.get("x", most=1000)


def test_pages_follow_next_links_once_and_on_the_same_host_only() -> None:
    def answer(asked: Asked, _: int) -> Reply:
        number = int(asked.path.rpartition("=")[2])
        goal = f'<{asked.path.rpartition("=")[0]}={min(number + 1, 3)}>; rel="next"'
        return Reply(body=str(number).encode(), headers={"Link": goal})

    with scripted(answer) as server, client(server.url) as asking:
        assert [one.body for one in asking.pages("x", {"page": 1})] == [b"1", b"2", b"3"]
    away = Reply(headers={"Link": '<https://elsewhere.example/x>; rel="next"'})
    with scripted(lambda *_: away) as server, client(server.url) as asking:
        with pytest.raises(HttpError, match="another host"):
            list(asking.pages("x"))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://example.com/", "not encrypted"),
        ("ftp://example.com/", "no address of the web"),
        ("https://user:pass@example.com/", "holds a credential"),
        ("http://127.0.0.1.example.com/", "not encrypted"),
    ],
)
def test_addresses_that_are_not_asked(address: str, said: str) -> None:
    with pytest.raises(HttpError, match=said) as caught:
        Client(address)
    assert "pass" not in caught.value.message


def test_a_host_that_is_not_there_is_said() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}", governor=Governor("h", clock=FakeClock())) as asking:
        with pytest.raises(HttpError, match=r"refused|connect"):
            asking.get("x")
        with pytest.raises(HttpError):
            asking.send("POST", "x", {})


def test_graphql_gives_data_or_says_that_it_is_none() -> None:
    with scripted(lambda *_: Reply(body=b'{"data": {"a": 1}}')) as server, client(server.url) as asking:
        assert asking.graphql("graphql", "{a}")["data"] == {"a": 1}
    with scripted(lambda *_: Reply(body=b"<html>")) as server, client(server.url) as asking:
        with pytest.raises(HttpError, match="no JSON"):
            asking.graphql("graphql", "{a}")


def test_files_are_fetched_up_to_a_size() -> None:
    with scripted(lambda *_: Reply(body=b"bundle")) as server:
        assert fetch(f"{server.url}/a/b.tar.gz", limit=10) == b"bundle"
        with pytest.raises(CodexError, match="more than 3 bytes"):
            fetch(f"{server.url}/a/b.tar.gz", limit=3)


def test_tokens_come_from_environment_file_or_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEXC_TEST_TOKEN", SECRET)
    path = tmp_path / "token"
    path.write_text(f"{SECRET}\nmore\n")
    for source in (from_environment("CODEXC_TEST_TOKEN"), from_file(path), from_command(f"echo {SECRET}")):
        assert Token(source=source, kind="token").headers() == {"Authorization": f"token {SECRET}"}
    for source in (from_environment("NOT_THERE"), from_file(tmp_path / "no"), from_command("false"), from_command("")):
        with pytest.raises(CodexError):
            Token(source=source).headers()
    with pytest.raises(CodexError):
        Token(source=lambda: "two\nlines words").headers()
