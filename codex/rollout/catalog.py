"""Reads the catalog that codex.yaml names; where it is down, what it last said, and how old that is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from codex.catalog.model import CatalogResult
from codex.catalog.registry import CatalogContext, make_catalog
from codex.catalog.select import Selected, select_repositories
from codex.http.client import Client, HttpError
from codex.http.hosts import BACKSTAGE, HOST_KINDS, Hosts, HostSection, token_source
from codex.http.rate_limit import Clock, SystemClock, Wait
from codex.shell.cache import key
from codex.shell.snapshot import last_snapshot, store_snapshot
from codex.workflow.codex_folder import CONFIG, CodexFolder, schema
from skills_build.errors import CodexError
from skills_build.model.config import AppSettings, CatalogFilter, CatalogSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogReading:
    """What a catalog holds and what was selected of it. `age` is 0 where it was read now, else that of a snapshot in
    seconds, with the reason `why` the catalog itself could not be read."""

    found: CatalogResult
    selected: Selected
    age: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogQuery:
    """What of the world a reading needs: codex.yaml's folder, the clock, and who is told of waits.

    `hosts` are those of the run that the reading is part of; without them it has its own.
    """

    root: Path
    clock: Clock = field(default_factory=SystemClock)
    on_wait: Callable[[Wait], None] | None = None
    hosts: Hosts | None = None


def catalog_settings(place: CodexFolder) -> CatalogSettings:
    """The section `catalog`. Raises `CodexError` where there is none, or none that can be used."""
    if place.fleet.catalog is not None:
        return place.fleet.catalog
    for finding in place.findings:
        if finding.path == CONFIG:
            where = f"{place.root / CONFIG}:{finding.span.line}:{finding.span.column}"
            raise CodexError(
                f"{where}: {finding.message}", hint=finding.help or "`codexc check` shows all that is wrong"
            )
    hint = "name where your repositories are listed under `catalog` in codex.yaml: docs/configuration.md"
    raise CodexError("no catalog is configured", hint=hint)


def read_catalog(settings: CatalogSettings, asked: CatalogQuery, wanted: CatalogFilter | None = None) -> CatalogReading:
    """Read the catalog and select by `wanted` (without it, by the settings' own filter).

    Where the catalog is down, the last snapshot is taken; where there is none, or the catalog refuses us, raises
    `CodexError`.
    """
    wanted = wanted or settings.select
    name = f"catalog-{key(repr(replace(settings, select=CatalogFilter())), str(asked.root.resolve()))[:16]}"
    clients: list[Client] = []
    try:
        found = make_catalog(settings, _context(settings, asked, clients)).read()
    except HttpError as error:
        kept = last_snapshot(name, CatalogResult) if _down(error) else None
        if kept is None:
            raise
        age = max(asked.clock.now() - kept.at, 0.0)
        return CatalogReading(
            found=kept.value, selected=select_repositories(kept.value.repositories, wanted), age=age, why=error.message
        )
    finally:
        for client in clients:
            client.close()
    store_snapshot(name, found, at=asked.clock.now())
    return CatalogReading(found=found, selected=select_repositories(found.repositories, wanted))


def _down(error: HttpError) -> bool:
    """Whether the catalog may answer another time; that it refuses us does not pass by itself."""
    return not 400 <= error.status < 500 or error.status in (408, 429)


def _context(settings: CatalogSettings, asked: CatalogQuery, clients: list[Client]) -> CatalogContext:
    hosts = asked.hosts or Hosts(root=asked.root, clock=asked.clock, on_wait=asked.on_wait)
    kind = HOST_KINDS.get(settings.kind, BACKSTAGE)

    def client(base: str) -> Client:
        clients.append(hosts.client(kind, catalog_host(settings), base=base, anonymous=True))
        return clients[-1]

    return CatalogContext(root=asked.root, client=client, schema=schema)


def catalog_host(settings: CatalogSettings) -> HostSection:
    """What the section `catalog` says about its host. Raises `CodexError` for an App without a private key."""
    old = _source(settings.token_env, settings.token_file, settings.token_command)
    token = token_source(settings.token) or old
    return HostSection(url=settings.url, token=token, app=_app(settings.app), ca=settings.ca)


def _source(env: str | None, file: str | None, command: str | None = None) -> Mapping[str, str] | None:
    """Where a secret comes from, by the one of these that is given."""
    named = {"env": env, "file": file, "command": command}
    return next(({form: value} for form, value in named.items() if value), None)


def _app(app: AppSettings | None) -> Mapping[str, Any] | None:
    if app is None:
        return None
    key = token_source(app.key) or _source(app.key_env, app.key_file)
    if key is None:
        hint = "name it as `key: {env: ...}`, `{file: ...}` or `{command: ...}`"
        raise CodexError("the GitHub App has no private key", hint=hint)
    return {"id": app.id, "installation": app.installation, "key": key}
