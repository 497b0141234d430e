"""Clients of forges, as the section `forge` of codex.yaml describes them: `url`, `token`, `ca` and `limits`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from codex.http.client import Client
from codex.http.credentials import Credential, text_of, token_of
from codex.http.governor import Governor, Limits, Wait
from skills_build.errors import CodexError


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a section needs of the world: the folder that its paths start from, and who is told of waits.

    `share` is how many have to get by with what the host allows: each takes its part of the limits.
    """

    root: Path
    on_wait: Callable[[Wait], None] | None = None
    share: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What holds where a section is silent. `header` is how the token is sent, `variable` what holds it."""

    url: str | None
    variable: str
    header: str
    limits: Limits = field(default_factory=Limits)


GITLAB: Final = Usual(url="https://gitlab.com", variable="GITLAB_TOKEN", header="private-token")
GITHUB: Final = Usual(
    url="https://github.com",
    variable="GITHUB_TOKEN",
    header="bearer",
    limits=Limits(concurrency=8, writes_per_minute=60, writes_per_hour=450),
)
"""GitHub allows 80 new things a minute and 500 an hour; some are left to others."""
GITEA: Final = Usual(url=None, variable="GITEA_TOKEN", header="token")
FORGEJO: Final = Usual(url=None, variable="FORGEJO_TOKEN", header="token")


def authorities(data: Mapping[str, Any], access: Access) -> Path | None:
    """The file of certificates that a section names."""
    return access.root / data["ca"] if "ca" in data else None


def connect(data: Mapping[str, Any], access: Access, usual: Usual) -> Client:
    """The client of a section. Raises `CodexError` where it lacks something."""
    address = data.get("url", usual.url)
    if address is None:
        raise CodexError("codex.yaml does not say where the forge is", hint="add its `url`")
    credential = token_of(data.get("token") or {"env": usual.variable}, access.root, kind=usual.header)
    return _client(address, credential, data, access, usual)


def github(data: Mapping[str, Any], access: Access) -> tuple[Client, Client]:
    """The clients of a GitHub: of its API and of its git, which share limits and credential.

    With `app`, the credential is that of a GitHub App.
    """
    address = str(data.get("url", GITHUB.url)).rstrip("/")
    api = "https://api.github.com/" if address == GITHUB.url else f"{address}/api/v3/"
    token = data.get("token") or {"env": GITHUB.variable}
    credential: Credential = token_of(token, access.root, kind=GITHUB.header)
    if "app" in data:
        credential = _app(data, access, api)
    client = _client(api, credential, data, access, GITHUB)
    git = Client(address, credential=credential, governor=client.governor, authorities=authorities(data, access))
    return client, git


def _app(data: Mapping[str, Any], access: Access, api: str) -> Credential:
    from codex.http.github_app import GitHubApp

    said = data["app"]
    return GitHubApp(
        base=api,
        app=str(said["id"]),
        installation=int(said["installation"]),
        key=text_of(said["key"], access.root),
        authorities=authorities(data, access),
    )


def _client(address: str, credential: Credential, data: Mapping[str, Any], access: Access, usual: Usual) -> Client:
    governor = Governor(urlsplit(address).netloc, _limits(data, access, usual), on_wait=access.on_wait)
    return Client(address, credential=credential, governor=governor, authorities=authorities(data, access))


def _limits(data: Mapping[str, Any], access: Access, usual: Usual) -> Limits:
    said = data.get("limits") or {}

    def part(key: str, otherwise: int) -> int:
        whole = int(said.get(key, otherwise))
        return max(1, whole // access.share) if whole else 0

    return Limits(
        concurrency=part("concurrency", usual.limits.concurrency),
        per_minute=part("requests_per_minute", usual.limits.per_minute),
        writes_per_minute=part("writes_per_minute", usual.limits.writes_per_minute),
        writes_per_hour=part("writes_per_hour", usual.limits.writes_per_hour),
    )
