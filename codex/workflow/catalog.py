"""Reads the catalog that codex.yaml names; where it is down, what it last said, and how old that is."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from codex.catalog.model import Found
from codex.catalog.registry import Access, catalog
from codex.catalog.select import Selected, select
from codex.http.client import Client, HttpError
from codex.http.connect import GITEA, GITHUB, GITLAB
from codex.http.credentials import Anonymous, Credential, Token, from_command, from_environment, from_file
from codex.http.governor import Clock, Governor, SystemClock, Wait
from codex.shell.cache import key
from codex.shell.snapshot import keep, last
from codex.workflow.load import CONFIG, Place, schema
from skills_build.errors import CodexError
from skills_build.model.config import AppSettings, CatalogFilter, CatalogSettings

FORMS: Final[Mapping[str, str]] = {
    "gitlab": "private-token",
    "github": "bearer",
    "gitea": "token",
    "backstage": "bearer",
}
"""How each kind of catalog wants its token."""
VARIABLES: Final[Mapping[str, str]] = {
    "gitlab": GITLAB.variable,
    "github": GITHUB.variable,
    "gitea": GITEA.variable,
    "backstage": "BACKSTAGE_TOKEN",
}
"""Where the token of each kind is looked for if codex.yaml does not say."""
_LIFETIME: Final = 600.0
"""Seconds after which a command is asked for a token again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a catalog holds and what was selected of it. `age` is 0 where it was read now, else that of a snapshot in
    seconds, with the reason `why` the catalog itself could not be read."""

    found: Found
    selected: Selected
    age: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of the world a reading needs: codex.yaml's folder, the clock, and who is told of waits."""

    root: Path
    clock: Clock = field(default_factory=SystemClock)
    on_wait: Callable[[Wait], None] | None = None


def settings_of(place: Place) -> CatalogSettings:
    """The section `catalog`. Raises `CodexError` where there is none, or none that can be used."""
    if place.config.catalog is not None:
        return place.config.catalog
    for one in place.findings:
        if one.path == CONFIG:
            where = f"{place.root / CONFIG}:{one.span.line}:{one.span.column}"
            raise CodexError(f"{where}: {one.message}", hint=one.help or "`codexc check` shows all that is wrong")
    hint = "name where your repositories are listed under `catalog` in codex.yaml: docs/configuration.md"
    raise CodexError("no catalog is configured", hint=hint)


def read(settings: CatalogSettings, asked: Asked, wanted: CatalogFilter | None = None) -> Read:
    """Read the catalog and select by `wanted` (without it, by the settings' own filter).

    Where the catalog is down, the last snapshot is taken; where there is none, or the catalog refuses us, raises
    `CodexError`.
    """
    wanted = wanted or settings.select
    name = f"catalog-{key(repr(replace(settings, select=CatalogFilter())), str(asked.root.resolve()))[:16]}"
    clients: list[Client] = []
    try:
        found = catalog(settings, _access(settings, asked, clients)).read()
    except HttpError as error:
        kept = last(name, Found) if _down(error) else None
        if kept is None:
            raise
        age = max(asked.clock.now() - kept.at, 0.0)
        return Read(found=kept.value, selected=select(kept.value.repositories, wanted), age=age, why=error.message)
    finally:
        for one in clients:
            one.close()
    keep(name, found, at=asked.clock.now())
    return Read(found=found, selected=select(found.repositories, wanted))


def _down(error: HttpError) -> bool:
    """Whether the catalog may answer another time; that it refuses us does not pass by itself."""
    return not 400 <= error.status < 500 or error.status in (408, 429)


def _access(settings: CatalogSettings, asked: Asked, clients: list[Client]) -> Access:
    authorities = asked.root / settings.ca if settings.ca else None

    def client(base: str) -> Client:
        governor = Governor(urlsplit(base).netloc, clock=asked.clock, on_wait=asked.on_wait)
        credential = credential_of(settings, asked.root, base=base)
        clients.append(Client(base, credential=credential, governor=governor, authorities=authorities))
        return clients[-1]

    return Access(root=asked.root, client=client, schema=schema)


def credential_of(settings: CatalogSettings, root: Path, *, base: str) -> Credential:
    """Whom requests are made for: the App, the token that is named, the one in the usual variable, or nobody."""
    if settings.app is not None:
        from codex.http.github_app import GitHubApp

        authorities = root / settings.ca if settings.ca else None
        return GitHubApp(
            base=base if base == "https://api.github.com/" else f"{base}v3/",
            app=settings.app.id,
            installation=settings.app.installation,
            key=_private_key(settings.app, root),
            authorities=authorities,
        )
    form = FORMS.get(settings.kind, "bearer")
    if settings.token_env:
        form = "job-token" if settings.token_env == "CI_JOB_TOKEN" else form
        return Token(source=from_environment(settings.token_env), kind=form)
    if settings.token_file:
        return Token(source=from_file(root / Path(settings.token_file).expanduser()), kind=form)
    if settings.token_command:
        return Token(source=from_command(settings.token_command), kind=form, lifetime=_LIFETIME)
    usual = VARIABLES.get(settings.kind, "")
    return Token(source=from_environment(usual), kind=form) if os.environ.get(usual) else Anonymous()


def _private_key(app: AppSettings, root: Path) -> Callable[[], str]:
    if app.key_env:
        return from_environment(app.key_env)
    if not app.key_file:
        raise CodexError("the GitHub App has no private key", hint="name it as `key_env` or `key_file`")
    path = root / Path(app.key_file).expanduser()

    def text() -> str:
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CodexError(f"the App's private key `{path}` cannot be read") from error

    return text
