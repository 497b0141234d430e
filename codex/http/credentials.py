"""Where tokens come from. A token is asked for with every request, stands in one header, and is never shown."""

import base64
import os
import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from codex.shell.bug_report import keep_secret
from skills_build.errors import CodexError

HEADERS: Final = {
    "bearer": ("Authorization", "Bearer "),
    "token": ("Authorization", "token "),
    "basic": ("Authorization", "Basic "),
    "private-token": ("PRIVATE-TOKEN", ""),
    "job-token": ("JOB-TOKEN", ""),
}
"""How a forge wants its token: the header, and what stands before the token in it."""
GIT_USER: Final = "x-access-token"
"""Forges take a token as a password under any name; for that of a GitHub App, GitHub wants this one:
https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation."""
JOB_USER: Final = "gitlab-ci-token"
"""GitLab takes a job's token for git under this name alone: https://docs.gitlab.com/ci/jobs/ci_job_token/."""
_SECONDS: Final = 60
_LIFETIME: Final = 300.0
"""Seconds after which a source is asked for the token again."""


class Credential(Protocol):
    """Makes a request somebody's."""

    def headers(self) -> Mapping[str, str]:
        """The headers of the next request. Raises `CodexError` where there is no token."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Ask for a new token after the host refused these headers; False where there can be no other."""

    def redact(self, text: str) -> str:
        """Text without any token that was ever given out."""


@dataclass(slots=True, kw_only=True)
class Anonymous:
    """Nobody's requests."""

    def headers(self) -> Mapping[str, str]:
        """No headers."""
        return {}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """There is none."""
        return False

    def redact(self, text: str) -> str:
        """The text itself."""
        return text


@dataclass(slots=True, kw_only=True)
class Token:
    """A token that `source` gives, in the form `kind` of `HEADERS`; asked for anew after `lifetime` seconds."""

    source: Callable[[], str] = field(repr=False)
    kind: str = "bearer"
    lifetime: float = 0.0
    clock: Callable[[], float] = time.time
    _token: str = field(default="", repr=False)
    _at: float = 0.0
    _seen: set[str] = field(default_factory=set, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    def headers(self) -> Mapping[str, str]:
        """The one header that holds the token."""
        name, before = HEADERS[self.kind]
        return {name: f"{before}{self.token()}"}

    def token(self) -> str:
        """The token. Raises `CodexError` where there is none."""
        with self._lock:
            if not self._token or self.clock() - self._at >= self.lifetime:
                token = self.source().strip()
                if not token or not token.isascii() or not token.isprintable() or " " in token:
                    raise CodexError("the token is empty or no token", hint="it is one word of plain characters")
                self._token, self._at = token, self.clock()
                self._seen.add(token)
                keep_secret(token)
            return self._token

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Ask the source again, unless another thread did; True if there is another token now."""
        with self._lock:
            if self._token and self.headers() != refused:
                return True
            self._token = ""
            return self.headers() != refused

    def redact(self, text: str) -> str:
        """Text in which every token given out so far is `***`."""
        return redact(text, self._seen)


@dataclass(slots=True, kw_only=True)
class Basic:
    """A token as git over HTTP takes it everywhere: as the password of somebody (RFC 7617)."""

    token: Credential
    _seen: set[str] = field(default_factory=set, repr=False)

    def headers(self) -> Mapping[str, str]:
        """The one header; none where there is no token."""
        name, value = next(iter(self.token.headers().items()), ("", ""))
        token = value.rpartition(" ")[2]
        if not token:
            return {}
        user = JOB_USER if name == HEADERS["job-token"][0] else GIT_USER
        words = base64.b64encode(f"{user}:{token}".encode()).decode()
        self._seen.add(words)
        keep_secret(words)
        return {"Authorization": f"Basic {words}"}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Ask for another token, unless another thread did."""
        if self.headers() != refused:
            return True
        return self.token.renew(self.token.headers()) and self.headers() != refused

    def redact(self, text: str) -> str:
        """Text without the token in either form."""
        return self.token.redact(redact(text, self._seen))


def redact(text: str, secrets: Iterable[str]) -> str:
    """Text in which each of these secrets is `***`."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def from_environment(name: str) -> Callable[[], str]:
    """The value of an environment variable."""

    def read() -> str:
        value = os.environ.get(name, "")
        if not value:
            raise CodexError(f"the environment has no `{name}`", hint=f"set `{name}` to a token, in CI as a secret")
        return value

    return read


def from_file(path: Path, *, whole: bool = False) -> Callable[[], str]:
    """The first line of a file, or all of it."""

    def read() -> str:
        try:
            return _first(path.read_text(encoding="utf-8"), whole=whole)
        except (OSError, UnicodeDecodeError) as error:
            raise CodexError(f"the token's file `{path}` cannot be read", hint="write the token into it") from error

    return read


def from_command(command: str, *, whole: bool = False) -> Callable[[], str]:
    """The first line that a command prints, such as `gh auth token`, or all of it; it is run without a shell."""

    def read() -> str:
        words = shlex.split(command)
        try:
            done = subprocess.run(words, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired, IndexError) as error:
            name = words[0] if words else ""
            raise CodexError(f"the command `{name}` for the token cannot be run", hint="try it in a shell") from error
        if done.returncode != 0:
            raise CodexError(
                f"the command `{words[0]}` for the token failed ({done.returncode})", hint="try it by hand"
            )
        return _first(done.stdout.decode("utf-8", "replace"), whole=whole)

    return read


def _first(text: str, *, whole: bool) -> str:
    return text if whole else text.partition("\n")[0]


def text_of(data: Mapping[str, str], root: Path) -> Callable[[], str]:
    """The whole text that a section of this kind names, such as a private key."""
    if "env" in data:
        return from_environment(data["env"])
    if "command" in data:
        return from_command(data["command"], whole=True)
    return from_file(root / Path(data["file"]).expanduser(), whole=True)


def token_of(data: Mapping[str, str], root: Path, *, kind: str) -> Token:
    """The token that a section `{env: ...}`, `{file: ...}` or `{command: ...}` of codex.yaml names."""
    if "command" in data:
        return Token(source=from_command(data["command"]), kind=kind, lifetime=_LIFETIME)
    if "file" in data:
        return Token(source=from_file(root / Path(data["file"]).expanduser()), kind=kind, lifetime=_LIFETIME)
    return Token(source=from_environment(data["env"]), kind=kind, lifetime=_LIFETIME)
