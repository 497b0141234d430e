"""A GitHub App's installation as a credential: short-lived tokens, requested with the App's private key.

A JSON Web Token (RS256) is exchanged at `POST /app/installations/{id}/access_tokens`:
https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app.
Needs the extra `github-app`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from codex.http.client import Client
from codex.http.credentials import Token, redact
from codex.http.rate_limit import RateLimiter
from codex.shell.bug_report import keep_secret
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

_MARGIN: Final = 60.0
"""A token is not used in its last seconds of validity; also the maximum difference between clocks. In seconds."""
_JWT_LIFETIME: Final = 540.0
"""Lifetime of a JSON Web Token, in seconds; GitHub allows ten minutes."""


class _AccessToken(msgspec.Struct, frozen=True):
    token: str
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class GitHubApp:
    """The installation `installation` of the App `app` (its client id or number) on the API at `base`.

    `key` reads the private key as PEM text, once for each new token, one an hour. `rate_limiter` must not be that of
    the client with this credential: requests that wait for a token may occupy all of its slots.
    """

    base: str
    app: str
    installation: int
    key: Callable[[], str] = field(repr=False)
    authorities: Path | None = None
    rate_limiter: RateLimiter | None = None
    clock: Callable[[], float] = time.time
    _token: str = field(default="", repr=False)
    _until: float = 0.0
    _seen: set[str] = field(default_factory=set, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    def headers(self) -> Mapping[str, str]:
        """Return the header with the installation's token. Raises `CodexError` if GitHub refuses one."""
        with self._lock:
            if self.clock() >= self._until - _MARGIN:
                self._token, self._until = self._requested()
                self._seen.add(self._token)
            return {"Authorization": f"Bearer {self._token}"}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Request another token, unless another thread did; GitHub always has one."""
        with self._lock:
            if not self._token or {"Authorization": f"Bearer {self._token}"} == refused:
                self._until = 0.0
            return self.headers() != refused

    def redact(self, text: str) -> str:
        """Return a text in which every token received so far is `***`."""
        return redact(text, self._seen)

    def _requested(self) -> tuple[str, float]:
        signed = self._json_web_token()
        self._seen.add(signed)
        keep_secret(signed)
        credential = Token(source=lambda: signed)
        path = f"app/installations/{self.installation}/access_tokens"
        with Client(
            self.base, credential=credential, rate_limiter=self.rate_limiter, authorities=self.authorities
        ) as client:
            access = client.send("POST", path, write=False).decode(_AccessToken)
        keep_secret(access.token)
        return access.token, access.expires_at.timestamp()

    def _json_web_token(self) -> str:
        try:
            import jwt
        except ImportError as error:
            hint = "install the packages with `pip install engineering-codex[github-app]`"
            raise CodexError(
                "authentication as a GitHub App requires the packages PyJWT and cryptography", hint=hint
            ) from error
        now = int(self.clock())
        claims = {"iat": now - int(_MARGIN), "exp": now + int(_JWT_LIFETIME), "iss": self.app}
        try:
            return jwt.encode(claims, self.key(), algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):  # the error's text may quote the key
            hint = "use the PEM file that GitHub generated for the App"
            raise CodexError("the App's private key cannot be used", hint=hint) from None
