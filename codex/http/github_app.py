"""A GitHub App's installation as a credential: short-lived tokens, made with the App's private key.

API: docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app (JSON Web Token, RS256, at most ten
minutes) and `POST /app/installations/{id}/access_tokens`. Needs the extra `github-app`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from codex.http.client import Client
from codex.http.credentials import Token, redact
from codex.http.rate_limit import RateLimiter
from codex.shell.bug_report import keep_secret
from skills_build.errors import CodexError

_EARLY: Final = 60.0
"""Seconds before its end from which a token is not used any more, and by which clocks may differ."""
_CLAIM: Final = 540.0


class _Granted(msgspec.Struct, frozen=True):
    token: str
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class GitHubApp:
    """The installation `installation` of the App `app` (its client id or number) on the API at `base`.

    `key` gives the private key as PEM text; it is asked for with every new token, one an hour. `governor` must not be
    the one of the client that this credential is for: its places may all be taken by requests that wait for a token.
    """

    base: str
    app: str
    installation: int
    key: Callable[[], str] = field(repr=False)
    authorities: Path | None = None
    governor: RateLimiter | None = None
    clock: Callable[[], float] = time.time
    _token: str = field(default="", repr=False)
    _until: float = 0.0
    _seen: set[str] = field(default_factory=set, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    def headers(self) -> Mapping[str, str]:
        """The header with the installation's token. Raises `CodexError` where GitHub gives none."""
        with self._lock:
            if self.clock() >= self._until - _EARLY:
                self._token, self._until = self._asked()
                self._seen.add(self._token)
            return {"Authorization": f"Bearer {self._token}"}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Ask for another token, unless another thread did; GitHub always has one."""
        with self._lock:
            if not self._token or {"Authorization": f"Bearer {self._token}"} == refused:
                self._until = 0.0
            return self.headers() != refused

    def redact(self, text: str) -> str:
        """Text in which every token given out so far is `***`."""
        return redact(text, self._seen)

    def _asked(self) -> tuple[str, float]:
        claim = self._claim()
        self._seen.add(claim)
        keep_secret(claim)
        credential = Token(source=lambda: claim)
        path = f"app/installations/{self.installation}/access_tokens"
        with Client(self.base, credential=credential, governor=self.governor, authorities=self.authorities) as client:
            found = client.send("POST", path, write=False).decode(_Granted)
        keep_secret(found.token)
        return found.token, found.expires_at.timestamp()

    def _claim(self) -> str:
        try:
            import jwt
        except ImportError as error:
            hint = "install it with `pip install engineering-codex[github-app]`"
            raise CodexError("signing in as a GitHub App needs PyJWT and cryptography", hint=hint) from error
        now = int(self.clock())
        claims = {"iat": now - int(_EARLY), "exp": now + int(_CLAIM), "iss": self.app}
        try:
            return jwt.encode(claims, self.key(), algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):  # the error's text may quote the key
            hint = "it is the PEM file that GitHub gave for the App"
            raise CodexError("the App's private key cannot be used", hint=hint) from None
