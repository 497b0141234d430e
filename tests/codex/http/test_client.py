"""The client against a real server on loopback that misbehaves."""

import json
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from codex.http.client import Client
from codex.http.credentials import Token, from_command, from_environment, from_file, redact
from codex.http.errors import HttpError, UncertainError
from codex.http.fetch import fetch
from codex.http.rate_limit import RateLimiter
from codex.http.urls import require_outside
from codex.limits import VALUES_PER_RESPONSE
from skills_build.errors import CodexError
from tests.codex.http.test_rate_limit import FakeClock
from tests.support.scripted import RecordedRequest, Reply, scripted

SECRET = "glpat-verysecret123"


def make_client(url: str, *, source: Callable[[], str] = lambda: SECRET, kind: str = "bearer") -> Client:
    return Client(url, credential=Token(source=source, kind=kind), rate_limiter=RateLimiter("h", clock=FakeClock()))


@pytest.mark.parametrize("fault", [Reply(status=502), Reply(drop=True), Reply(body=b"x" * 99, cut=True)])
def test_reads_are_retried_after_a_fault(fault: Reply) -> None:
    with scripted(lambda _, n: fault if n < 2 else Reply(body=b"good")) as server, make_client(server.url) as client:
        assert client.get("x").body == b"good"
    assert len(server.requests) == 3
    assert client.usage.requests == 3


def test_reads_fail_with_the_reason_of_the_host() -> None:
    with (
        scripted(lambda *_: Reply(status=503, body=b'{"message": "down"}')) as server,
        make_client(server.url) as client,
    ):
        with pytest.raises(HttpError, match="503: down") as caught:
            client.get("x?token=a")
        assert caught.value.status == 503
        assert "?" not in caught.value.message
    assert len(server.requests) == 5


@pytest.mark.parametrize("fault", [Reply(status=500), Reply(drop=True), Reply(body=b"x" * 99, cut=True)])
def test_a_write_is_never_retried_where_it_may_have_taken_effect(fault: Reply) -> None:
    with scripted(lambda *_: fault) as server, make_client(server.url) as client:
        with pytest.raises(UncertainError):
            client.send("POST", "x", {"a": 1})
    assert len(server.requests) == 1


def test_a_rate_limited_write_is_retried_after_the_pause() -> None:
    limit = Reply(status=429, headers={"Retry-After": "30"})
    clock = FakeClock()
    with (
        scripted(lambda _, n: limit if n == 0 else Reply(status=201, body=b"{}")) as server,
        Client(server.url, rate_limiter=RateLimiter("h", clock=clock)) as client,
    ):
        start = clock.time
        assert client.send("POST", "x", {}).status == 201
        assert clock.time - start == pytest.approx(30)


def test_a_host_that_always_limits_ends_the_request() -> None:
    with scripted(lambda *_: Reply(status=429)) as server, make_client(server.url) as client:
        with pytest.raises(HttpError, match="429"):
            client.get("x")
    assert len(server.requests) == 8


def test_the_token_is_in_one_header_and_nowhere_else() -> None:
    echo = Reply(status=400, body=f'{{"message": "bad {SECRET}"}}'.encode())
    with scripted(lambda *_: echo) as server, make_client(server.url, kind="private-token") as client:
        with pytest.raises(HttpError) as caught:
            client.get("x", {"a": "b"})
        shown = f"{caught.value} {caught.value.message} {caught.value.body} {caught.value.hint} {client.credential!r}"
    assert SECRET not in shown
    assert "bad ***" in shown
    assert server.requests[0].headers["private-token"] == SECRET
    assert "authorization" not in server.requests[0].headers
    assert SECRET not in server.requests[0].path


ESCAPED = "".join(f"\\u{ord(character):04x}" for character in SECRET)


@pytest.mark.parametrize("shape", ['{"message": "bad %s"}', '{"error": {"message": "bad %s"}}'])
def test_a_token_that_an_error_response_escapes_is_redacted(shape: str) -> None:
    echo = Reply(status=400, body=(shape % ESCAPED).encode())
    with scripted(lambda *_: echo) as server, make_client(server.url) as client:
        with pytest.raises(HttpError, match=r"bad \*\*\*") as caught:
            client.get("x")
    assert SECRET not in caught.value.message


@pytest.mark.parametrize("token", [SECRET, ESCAPED])
def test_a_token_in_an_error_of_graphql_is_redacted(token: str) -> None:
    error = f'{{"message": "bad {token}", "type": "X"}}'
    body = f'{{"data": {{"a": 1}}, "errors": [{error}, {{"type": "Y"}}]}}'
    with scripted(lambda *_: Reply(body=body.encode())) as server, make_client(server.url) as client:
        response = client.graphql("graphql", "{a}")
    assert response.data == {"a": 1}
    assert response.errors == [{"message": "bad ***", "type": "X"}, {"type": "Y"}]


@pytest.mark.parametrize("values", [b"[],", b"{},", b'{"a":1},', b"1,"])
def test_a_response_with_too_many_values_is_refused_before_it_is_parsed(values: bytes) -> None:
    body = b'{"data":{"a":[' + values * VALUES_PER_RESPONSE + b"1]}}"
    with scripted(lambda *_: Reply(body=body)) as server, make_client(server.url) as client:
        with pytest.raises(HttpError, match=r"/graphql: the JSON has more than 2,000,000 values$"):
            client.graphql("graphql", "{a}")


def test_a_text_of_commas_is_one_value() -> None:
    text = '",[{' * VALUES_PER_RESPONSE
    body = json.dumps({"data": {"a": text}}).encode()
    with scripted(lambda *_: Reply(body=body)) as server, make_client(server.url) as client:
        assert client.graphql("graphql", "{a}").data == {"a": text}


def test_a_renewed_token_is_tried_once() -> None:
    tokens = iter(["old", "new", "newer"])

    def respond(request: RecordedRequest, _: int) -> Reply:
        return Reply(status=200 if request.headers["authorization"] == "Bearer new" else 401)

    with scripted(respond) as server:
        client = Client(server.url, credential=Token(source=lambda: next(tokens), lifetime=1e9))
        assert client.get("x").status == 200
        client.close()
    assert len(server.requests) == 2


def test_redirections_never_take_the_token_to_another_host() -> None:
    with scripted(lambda *_: Reply(body=b"file")) as other:
        redirect = {"Location": f"{other.url}/file"}
        with scripted(lambda *_: Reply(status=302, headers=redirect)) as server, make_client(server.url) as client:
            assert client.get("x").body == b"file"
            with pytest.raises(HttpError, match="redirects to another URL"):
                client.send("POST", "x", {})
    assert "authorization" in server.requests[0].headers
    assert "authorization" not in other.requests[0].headers


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost.", "a.localhost", "10.0.0.5", "192.168.1.1",
     "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "[fd00::1]"],
)  # fmt: skip
def test_no_host_leads_to_an_internal_address_unless_it_has_one(host: str) -> None:
    with pytest.raises(HttpError, match="refers to the internal address"):
        require_outside("https://example.com/a?b", f"https://{host}/x")
    assert require_outside("http://127.0.0.1:80/", f"https://{host}/x")
    assert require_outside("https://example.com/", "https://example.org/")
    assert require_outside("https://example.com/", "https://face.cafe/")


def test_a_redirection_to_an_internal_address_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(lambda *_: Reply(status=302, headers={"Location": "https://10.0.0.5/x"})) as server:
        monkeypatch.setattr("codex.http.urls._is_internal", lambda host: host == "10.0.0.5")
        with Client(server.url) as client, pytest.raises(HttpError, match=r"internal address `10\.0\.0\.5`"):
            client.get("x")
    assert len(server.requests) == 1


def test_secret_headers_are_not_sent_to_another_host() -> None:
    headers = {"authorization": f"Bearer {SECRET}", "accept": "text/plain"}
    with scripted(lambda *_: Reply(body=b"blob")) as other:
        redirect = {"Location": f"{other.url}/blob"}
        with scripted(lambda *_: Reply(status=307, headers=redirect)) as server, Client(server.url) as client:
            assert client.request("GET", "x", headers=headers).body == b"blob"
    assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in str(other.requests)
    assert other.requests[0].headers["accept"] == "text/plain"


def test_all_threads_with_a_rejected_token_get_the_new_one() -> None:
    tokens = iter(["old", "new"])
    credential = Token(source=lambda: next(tokens), lifetime=1e9)
    refused = credential.headers()
    assert [credential.renew(refused) for _ in range(3)] == [True, True, True]
    assert credential.headers() == {"Authorization": "Bearer new"}
    assert credential.redact("old and new") == "*** and ***"


def test_a_response_that_takes_too_long_is_given_up() -> None:
    class Hurried(FakeClock):
        def now(self) -> float:
            self.time += 1.0
            return self.time

    with scripted(lambda *_: Reply(body=b"x" * 1000)) as server:
        rate_limiter = RateLimiter("h", clock=Hurried())
        with Client(server.url, rate_limiter=rate_limiter, total_timeout=0.5) as client:
            with pytest.raises(HttpError, match="took longer than 0 s"):
                client.get("x")
            with pytest.raises(UncertainError):
                client.send("POST", "x", {})


def test_a_silent_host_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, rate_limiter=RateLimiter("h", clock=FakeClock()), timeout=0.05) as client:
            with pytest.raises(HttpError, match=r"the host did not respond in time|timed out"):
                client.get("x")
            with pytest.raises(UncertainError):
                client.send("POST", "x", {})


def test_an_unresolvable_name_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with Client("https://nowhere.example/", rate_limiter=RateLimiter("h", clock=FakeClock())) as client:
        with pytest.raises(HttpError) as caught:
            client.get("x")
    assert caught.value.hint is not None and "cannot be resolved" in caught.value.hint


def test_an_untrusted_certificate_is_reported_without_retries() -> None:
    import ssl

    from codex.http.transport import fault_hint

    error = RuntimeError("x")
    error.__cause__ = ssl.SSLCertVerificationError(1, "self-signed")
    assert "certificates" in fault_hint(error)


def test_authorities_are_read_once_for_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    read = []

    def spied() -> ssl.SSLContext:
        read.append(True)
        return ssl.create_default_context()

    monkeypatch.setattr("httpx2.create_ssl_context", spied)
    for folder in (tmp_path / "one", tmp_path / "one", tmp_path / "two"):
        monkeypatch.setenv("SSL_CERT_DIR", str(folder))
        Client("http://127.0.0.1:1").close()
    assert len(read) == 2


def test_usage_is_counted_in_all_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with scripted(lambda *_: Reply(body=b"12345")) as server, make_client(server.url) as client:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: client.send("POST", f"{n}", {}) if n % 2 else client.get(f"{n}"), range(40)))
        used = client.usage
    assert (used.requests, used.writes, used.sent, used.received) == (40, 20, 40, 200)


@pytest.mark.parametrize(
    "location", ["/\x01", "/\x7f x", "/\x1b[31m", f"/{'a' * 70_000}", "https://a..b/", f"https://{'a' * 64}.b/"]
)
def test_a_redirection_to_what_is_no_address_is_an_error(location: str) -> None:
    with (
        scripted(lambda *_: Reply(status=302, headers={"Location": location})) as server,
        make_client(server.url) as client,
    ):
        with pytest.raises(HttpError, match="is not a valid URL"):
            client.get("x")


def test_redirections_in_a_circle_end() -> None:
    with (
        scripted(lambda *_: Reply(status=301, headers={"Location": "/x"})) as server,
        make_client(server.url) as client,
    ):
        with pytest.raises(HttpError, match="redirected more than 5 times"):
            client.get("x")


def test_a_response_that_is_too_long_is_an_error() -> None:
    with scripted(lambda *_: Reply(body=b"x" * 100_000)) as server, make_client(server.url) as client:
        with pytest.raises(HttpError, match="larger than 1,000 bytes"):
            client.get("x", max_bytes=1000)


def test_pages_follow_next_links_on_the_same_host_only() -> None:
    def respond(request: RecordedRequest, _: int) -> Reply:
        number = int(request.path.rpartition("=")[2])
        link = f'<{request.path.rpartition("=")[0]}={number + 1}>; rel="next"'
        return Reply(body=str(number).encode(), headers={"Link": link} if number < 3 else {})

    with scripted(respond) as server, make_client(server.url) as client:
        assert [page.body for page in client.pages("x", {"page": 1})] == [b"1", b"2", b"3"]
    away = Reply(headers={"Link": '<https://elsewhere.example/x>; rel="next"'})
    with scripted(lambda *_: away) as server, make_client(server.url) as client:
        with pytest.raises(HttpError, match="another host"):
            list(client.pages("x"))


def test_endless_pages_are_an_error_and_not_a_short_list() -> None:
    itself = Reply(headers={"Link": '</x?page=2>; rel="next"'})
    with scripted(lambda *_: itself) as server, make_client(server.url) as client:
        with pytest.raises(CodexError, match="same page cursor twice"):
            list(client.pages("x"))
    assert len(server.requests) == 2


def test_the_next_page_keeps_the_scheme_of_the_base() -> None:
    with Client("https://host.example/api/") as client:
        assert client.next_page("http://host.example/api/x?page=2") == "https://host.example/api/x?page=2"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://example.com/", "not encrypted"),
        ("ftp://example.com/", "not an https URL"),
        ("https://user:pass@example.com/", "contains a credential"),
        ("http://127.0.0.1.example.com/", "not encrypted"),
    ],
)
def test_addresses_that_may_not_be_requested(address: str, message: str) -> None:
    with pytest.raises(HttpError, match=message) as caught:
        Client(address)
    assert "pass" not in caught.value.message


def test_an_unreachable_host_is_reported() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}", rate_limiter=RateLimiter("h", clock=FakeClock())) as client:
        with pytest.raises(HttpError, match=r"refused|connect"):
            client.get("x")
        with pytest.raises(HttpError):
            client.send("POST", "x", {})


def test_an_unreachable_host_is_waited_for_once() -> None:
    clock = FakeClock()
    with scripted(lambda *_: Reply(body=b"up")) as server:
        up = Client(server.url, rate_limiter=RateLimiter("h", clock=clock))
        url = server.url
    down = Client(url, rate_limiter=up.rate_limiter)
    begun = clock.time
    with down, up:
        with pytest.raises(HttpError, match="refused"):
            down.get("x")
        given_up = clock.time
        for _ in range(9):
            with pytest.raises(HttpError, match="refused"):
                down.get("x")
        assert (given_up > begun, clock.time == given_up) == (True, True)
        up.rate_limiter.observe(200, {}, b"")
        with pytest.raises(HttpError, match="refused"):
            down.get("x")
        assert clock.time > given_up


def test_an_unreachable_proxy_is_reported_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://ada:hunter2@127.0.0.1:9")
    with make_client("https://git.example.com") as client, pytest.raises(HttpError) as caught:
        client.get("x")
    shown = f"{caught.value!r} {caught.value.message} {caught.value.hint} {caught.value.__cause__}"
    assert "hunter2" not in shown
    assert "GET https://git.example.com/x: " in shown


def test_graphql_returns_data_or_an_error() -> None:
    with scripted(lambda *_: Reply(body=b'{"data": {"a": 1}}')) as server, make_client(server.url) as client:
        assert client.graphql("graphql", "{a}").data == {"a": 1}
    with scripted(lambda *_: Reply(body=b"<html>")) as server, make_client(server.url) as client:
        with pytest.raises(HttpError, match=r"POST http://[^ ]+/graphql: JSON is malformed"):
            client.graphql("graphql", "{a}")
    for body in (b"[]", b'"x"', b"{}", b'{"data": "x"}', b'{"data": [1]}', b'{"data": null}'):
        with scripted(lambda *_, body=body: Reply(body=body)) as server, make_client(server.url) as client:
            with pytest.raises(
                HttpError, match=r"^POST http://\S+/graphql: (?:data: )?(?:expected|the response contains neither)"
            ):
                client.graphql("graphql", "{a}")


def test_the_message_of_an_error_response_is_reported() -> None:
    for body in (
        b'{"error": {"name": "AuthenticationError", "message": "no credentials"}}',
        b'{"message": "no credentials"}',
    ):
        with scripted(lambda *_, body=body: Reply(status=401, body=body)) as server, make_client(server.url) as client:
            with pytest.raises(HttpError, match=r"401: no credentials$"):
                client.get("x")


def test_files_are_fetched_up_to_a_size() -> None:
    with scripted(lambda *_: Reply(body=b"bundle")) as server:
        assert fetch(f"{server.url}/a/b.tar.gz", limit=10) == b"bundle"
        with pytest.raises(CodexError, match="larger than 3 bytes"):
            fetch(f"{server.url}/a/b.tar.gz", limit=3)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://example.com/b.tar.gz", "not encrypted"),
        ("b.tar.gz", "not an https URL"),
        ("https://[", "is not a valid URL"),
    ],
)
def test_addresses_that_may_not_be_fetched(address: str, message: str) -> None:
    with pytest.raises(CodexError, match=message):
        fetch(address, limit=10)


def test_a_missing_file_is_reported() -> None:
    with scripted(lambda *_: Reply(status=404)) as server:
        with pytest.raises(CodexError, match="404") as caught:
            fetch(f"{server.url}/b.tar.gz", limit=10)
    assert caught.value.hint is not None and "check the URL" in caught.value.hint


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


@pytest.mark.parametrize("secrets", [("glpat-1", "glpat-12"), ("glpat-12", "glpat-1")])
def test_a_token_that_starts_with_another_is_redacted_completely(secrets: tuple[str, ...]) -> None:
    assert redact("glpat-12 and glpat-1", secrets) == "*** and ***"
