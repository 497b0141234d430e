"""Where tokens come from. A token is sent in one header of each request and is never shown."""

import base64
import os
import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final, Protocol

from codex.shell.bug_report import keep_secret
from codex.shell.cache_folder import expand_home
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

GIT_USER: Final = "x-access-token"
"""Forges accept a token as the password of any user; for a GitHub App's token, GitHub requires this one:
https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenHeader:
    """How a host takes its token: the header, and the prefix of the token in it.

    `git_user` is the user of git for the token. `pair_user` is the one for `email:token`, which is sent with Basic
    authentication; empty if the host has no such tokens.
    """

    name: str = "Authorization"
    prefix: str = ""
    git_user: str = GIT_USER
    pair_user: str = ""


HEADERS: Final = {
    "bearer": TokenHeader(prefix="Bearer "),
    "token": TokenHeader(prefix="token "),
    "basic": TokenHeader(prefix="Basic "),
    "private-token": TokenHeader(name="PRIVATE-TOKEN"),
    "job-token": TokenHeader(name="JOB-TOKEN", git_user="gitlab-ci-token"),
    "bitbucket": TokenHeader(prefix="Bearer ", git_user="x-token-auth", pair_user="x-bitbucket-api-token-auth"),
    "gateway": TokenHeader(name="cf-aig-authorization", prefix="Bearer "),
}
"""GitLab: https://docs.gitlab.com/api/rest/authentication/; its job tokens, which git takes with one user only:
https://docs.gitlab.com/ci/jobs/ci_job_token/. Gitea: https://docs.gitea.com/development/api-usage. Bitbucket Cloud:
https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication, and its API tokens in git:
https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/."""
_COMMAND_TIMEOUT: Final = 60
"""Timeout of a token command, in seconds."""
_LIFETIME: Final = 300.0
"""Lifetime of a cached token, in seconds; after that, it is read from its source again."""


class Credential(Protocol):
    """Authenticates requests."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers of the next request. Raises `CodexError` where there is no token."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Get a new token after the host rejected these headers; False if there is no other."""

    def redact(self, text: str) -> str:
        """Return a text without any token that was ever sent."""


@dataclass(slots=True, kw_only=True)
class Anonymous:
    """No credential."""

    def headers(self) -> Mapping[str, str]:
        """Return no headers."""
        return {}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Return False: there is no token."""
        return False

    def redact(self, text: str) -> str:
        """Return the text unchanged."""
        return text


@dataclass(slots=True, kw_only=True)
class Token:
    """A token that `source` returns, sent as `kind` of `HEADERS`; read again after `lifetime` seconds."""

    source: Callable[[], str] = field(repr=False)
    kind: str = "bearer"
    lifetime: float = 0.0
    clock: Callable[[], float] = time.time
    _token: str = field(default="", repr=False)
    _read_at: float = 0.0
    _seen: set[str] = field(default_factory=set, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    def headers(self) -> Mapping[str, str]:
        """Return the one header with the token."""
        header, token = HEADERS[self.kind], self.token()
        if self._is_pair(token):
            return {header.name: f"Basic {self._encoded(token)}"}
        return {header.name: f"{header.prefix}{token}"}

    def git_login(self) -> tuple[str, str]:
        """Return the user and the password for git."""
        header, token = HEADERS[self.kind], self.token()
        if self._is_pair(token):
            return header.pair_user, token.partition(":")[2]
        return header.git_user, token

    def _is_pair(self, token: str) -> bool:
        """Whether this is an API token with its email address, `email:token`, for Basic authentication."""
        return bool(HEADERS[self.kind].pair_user) and ":" in token

    def _encoded(self, token: str) -> str:
        encoded = base64.b64encode(token.encode()).decode()
        for secret in (encoded, token.partition(":")[2]):
            self._seen.add(secret)
            keep_secret(secret)
        return encoded

    def token(self) -> str:
        """Return the token. Raises `CodexError` where there is none."""
        with self._lock:
            if not self._token or self.clock() - self._read_at >= self.lifetime:
                token = self.source().strip()
                if not token or not token.isascii() or not token.isprintable() or " " in token:
                    hint = "a token must be a single word of printable ASCII characters"
                    raise CodexError("the token is empty or malformed", hint=hint)
                self._token, self._read_at = token, self.clock()
                self._seen.add(token)
                keep_secret(token)
            return self._token

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Read the token again, unless another thread did; True if it is another one now."""
        with self._lock:
            if self._token and self.headers() != refused:
                return True
            self._token = ""
            return self.headers() != refused

    def redact(self, text: str) -> str:
        """Return a text in which every token sent so far is `***`."""
        return redact(text, self._seen)


@dataclass(slots=True, kw_only=True)
class Basic:
    """A token as every host accepts it for git over HTTP: as a password (RFC 7617)."""

    token: Credential
    _seen: set[str] = field(default_factory=set, repr=False)

    def headers(self) -> Mapping[str, str]:
        """Return the one header; none where there is no token."""
        user, token = self._login()
        if not token:
            return {}
        encoded = base64.b64encode(f"{user}:{token}".encode()).decode()
        self._seen.add(encoded)
        keep_secret(encoded)
        return {"Authorization": f"Basic {encoded}"}

    def _login(self) -> tuple[str, str]:
        if isinstance(self.token, Token):
            return self.token.git_login()
        return GIT_USER, next(iter(self.token.headers().values()), "").rpartition(" ")[2]

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Get another token, unless another thread did."""
        if self.headers() != refused:
            return True
        return self.token.renew(self.token.headers()) and self.headers() != refused

    def redact(self, text: str) -> str:
        """Return a text without the token in either form."""
        return self.token.redact(redact(text, self._seen))


@dataclass(slots=True, kw_only=True)
class Several:
    """Credentials that are sent together, each in a header of its own."""

    credentials: tuple[Credential, ...]

    def headers(self) -> Mapping[str, str]:
        """Return the headers of all of them."""
        return {name: value for one in self.credentials for name, value in one.headers().items()}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Renew each of them; True if any is another one now."""
        renewed = [one.renew({name: refused[name] for name in one.headers()}) for one in self.credentials]
        return any(renewed)

    def redact(self, text: str) -> str:
        """Return a text without any of their tokens."""
        for one in self.credentials:
            text = one.redact(text)
        return text


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return a text in which each of these secrets is `***`."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def from_environment(name: str) -> Callable[[], str]:
    """Read an environment variable."""

    def read() -> str:
        value = os.environ.get(name, "")
        if not value:
            hint = f"set `{name}` to a token, in CI as a secret"
            raise CodexError(f"the environment variable `{name}` is not set", hint=hint)
        return value

    return read


def from_file(path: Path, *, whole: bool = False) -> Callable[[], str]:
    """Read the first line of a file, or all of it."""

    def read() -> str:
        try:
            return _first_line(path.read_text(encoding="utf-8"), whole=whole)
        except (OSError, UnicodeDecodeError) as error:
            raise CodexError(f"cannot read the token file `{path}`", hint="write the token to this file") from error

    return read


def from_command(command: str, *, whole: bool = False) -> Callable[[], str]:
    """Read the first line that a command prints, such as `gh auth token`, or all of it; runs without a shell."""

    def read() -> str:
        arguments = shlex.split(command)
        try:
            result = subprocess.run(
                arguments, capture_output=True, timeout=_COMMAND_TIMEOUT, check=False, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.TimeoutExpired, IndexError) as error:
            name = arguments[0] if arguments else ""
            raise CodexError(
                f"cannot run the token command `{name}`", hint="run the command in a shell to see why"
            ) from error
        if result.returncode != 0:
            message = f"the token command `{arguments[0]}` failed with exit code {result.returncode}"
            raise CodexError(message, hint="run the command in a shell to see why")
        return _first_line(result.stdout.decode("utf-8", "replace"), whole=whole)

    return read


def _first_line(text: str, *, whole: bool) -> str:
    return text if whole else text.partition("\n")[0]


def text_of(data: Mapping[str, str], root: Path, *, whole: bool = True) -> Callable[[], str]:
    """Return what reads the text that `{env: ...}`, `{file: ...}` or `{command: ...}` names, such as a private key.

    Paths are relative to `root`; `whole=False` reads the first line of a file or of a command's output.
    """
    if "command" in data:
        return from_command(data["command"], whole=whole)
    if "file" in data:
        return from_file(root / expand_home(data["file"]), whole=whole)
    return from_environment(data["env"])


def token_of(data: Mapping[str, str], root: Path, *, kind: str) -> Token:
    """Return the token that a section `{env: ...}`, `{file: ...}` or `{command: ...}` of codex.yaml names."""
    return Token(source=text_of(data, root, whole=False), kind=kind, lifetime=_LIFETIME)
