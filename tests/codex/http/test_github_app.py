"""An App's tokens: requested with its key, kept until a minute before their end, never shown."""

import json
from datetime import UTC, datetime

import pytest

from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.github_app import GitHubApp
from codex.http.rate_limit import RateLimiter
from skills_build.errors import CodexError
from tests.codex.http.test_rate_limit import FakeClock
from tests.support.scripted import RecordedRequest, Reply, scripted

jwt = pytest.importorskip("jwt", reason="the extra github-app is not installed")
pytest.importorskip("cryptography", reason="the extra github-app is not installed")

HOUR = 3600


@pytest.fixture(scope="module")
def key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


class Hub:
    """Grants `ghs_1`, `ghs_2` ... for an hour each, and rejects those in `revoked`."""

    def __init__(self, key: str, clock: FakeClock) -> None:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        self.public = load_pem_private_key(key.encode(), None).public_key()
        self.clock = clock
        self.granted: list[str] = []
        self.revoked: set[str] = set()

    def __call__(self, request: RecordedRequest, _: int) -> Reply:
        token = request.headers["authorization"].removeprefix("Bearer ")
        if request.path != "/app/installations/42/access_tokens":
            return Reply(status=401 if token in self.revoked else 200, body=b"{}")
        claims = jwt.decode(
            token, self.public, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
        )
        assert claims["iss"] == "Iv1.app"
        assert claims["iat"] <= self.clock.now() < claims["exp"] <= self.clock.now() + 600
        self.granted.append(f"ghs_{len(self.granted) + 1}")
        until = datetime.fromtimestamp(self.clock.now() + HOUR, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Reply(status=201, body=json.dumps({"token": self.granted[-1], "expires_at": until}).encode())


def app(url: str, key: str, clock: FakeClock) -> GitHubApp:
    rate_limiter = RateLimiter("h", clock=clock)
    return GitHubApp(
        base=url, app="Iv1.app", installation=42, key=lambda: key, rate_limiter=rate_limiter, clock=clock.now
    )


def test_a_token_is_kept_until_a_minute_before_its_end(key: str) -> None:
    clock = FakeClock()
    hub = Hub(key, clock)
    with scripted(hub) as server, Client(server.url, credential=app(server.url, key, clock)) as client:
        client.get("user")
        clock.time += HOUR - 61
        client.get("user")
        assert hub.granted == ["ghs_1"]
        clock.time += 2
        client.get("user")
        assert hub.granted == ["ghs_1", "ghs_2"]


def test_a_revoked_token_is_replaced(key: str) -> None:
    clock = FakeClock()
    hub = Hub(key, clock)
    hub.revoked = {"ghs_1"}
    with scripted(hub) as server, Client(server.url, credential=app(server.url, key, clock)) as client:
        assert client.get("user").status == 200
    assert hub.granted == ["ghs_1", "ghs_2"]


def test_neither_key_nor_claim_nor_token_is_shown(key: str) -> None:
    clock = FakeClock()
    with scripted(Hub(key, clock)) as server:
        credential = app(server.url, key, clock)
        claim = server.requests[0].headers["authorization"].split()[1] if credential.headers() else ""
        assert claim.count(".") == 2
        assert credential.redact(f"{claim} ghs_1") == "*** ***"
        assert not {key[40:80], claim, "ghs_1"} & set(repr(credential).split("'"))
        assert "ghs_1" not in repr(credential) and "BEGIN" not in repr(credential)


def test_an_invalid_key_is_reported_without_quoting_it() -> None:
    credential = GitHubApp(base="https://api.example/", app="1", installation=1, key=lambda: "hush-hush")
    with pytest.raises(CodexError, match="private key cannot be used") as caught:
        credential.headers()
    assert "hush" not in f"{caught.value.message}{caught.value.hint}{caught.value.__cause__}"


def test_a_response_without_a_token_is_reported(key: str) -> None:
    clock = FakeClock()
    with scripted(lambda *_: Reply(status=201, body=b"{}")) as server:
        with pytest.raises(HttpError, match="access_tokens: "):
            app(server.url, key, clock).headers()
