"""Reads the catalog of codex.yaml; if it is down, its last snapshot."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from codex.catalog.model import CatalogResult
from codex.catalog.registry import CatalogContext, make_catalog
from codex.catalog.select import Selected, select_repositories
from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.hosts import BACKSTAGE, HOST_KINDS, Hosts, HostSection, token_source
from codex.http.rate_limit import Clock, SystemClock, Wait
from codex.shell.cache import key
from codex.shell.reading import real_path
from codex.shell.snapshot import last_snapshot, store_snapshot
from codex.workflow.codex_folder import CONFIG, CodexFolder, schema
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.config import AppSettings, CatalogFilter, CatalogSettings
from skills_build.model.fleet import given_values


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogReading:
    """The repositories of a catalog and the selected ones.

    `age` is that of the snapshot in seconds, and `why` the reason the catalog could not be read; 0 and empty if it was
    read now.
    """

    found: CatalogResult
    selected: Selected
    age: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogQuery:
    """What reading a catalog depends on: the folder of codex.yaml, the clock, and a function called before waits.

    `hosts` are those of the run that reads the catalog; by default, new ones are created.
    """

    root: Path
    clock: Clock = field(default_factory=SystemClock)
    on_wait: Callable[[Wait], None] | None = None
    hosts: Hosts | None = None


def catalog_settings(place: CodexFolder) -> CatalogSettings:
    """The section `catalog`. Raises `CodexError` if it is missing or invalid."""
    if place.fleet.catalog is not None:
        return place.fleet.catalog
    for finding in place.findings:
        if finding.path == CONFIG:
            where = f"{place.root / CONFIG}:{finding.span.line}:{finding.span.column}"
            raise CodexError(f"{where}: {finding.message}", hint=finding.help or "run `codexc check` to see all errors")
    hint = "configure `catalog` in codex.yaml (see docs/configuration.md)"
    raise CodexError("no catalog is configured", hint=hint)


def read_catalog(
    settings: CatalogSettings, query: CatalogQuery, catalog_filter: CatalogFilter | None = None
) -> CatalogReading:
    """Read the catalog and select repositories by `catalog_filter`; without it, by that of the settings.

    If the catalog is down, its last snapshot is used. Raises `CodexError` if there is none, or if the catalog refuses
    access.
    """
    catalog_filter = catalog_filter or settings.select
    name = f"catalog-{key(repr(replace(settings, select=CatalogFilter())), str(real_path(query.root)))[:16]}"
    clients: list[Client] = []
    try:
        result = make_catalog(settings, _context(settings, query, clients)).read()
    except HttpError as error:
        snapshot = last_snapshot(name, CatalogResult) if _down(error) else None
        if snapshot is None:
            raise
        age = max(query.clock.now() - snapshot.at, 0.0)
        selected = select_repositories(snapshot.value.repositories, catalog_filter)
        return CatalogReading(found=snapshot.value, selected=selected, age=age, error=error.message)
    finally:
        for client in clients:
            client.close()
    store_snapshot(name, result, at=query.clock.now())
    return CatalogReading(found=result, selected=select_repositories(result.repositories, catalog_filter))


def _down(error: HttpError) -> bool:
    """Whether the catalog may respond later; refused access does not pass by itself."""
    return not 400 <= error.status < 500 or error.status in (408, 429)


def _context(settings: CatalogSettings, query: CatalogQuery, clients: list[Client]) -> CatalogContext:
    """Return what catalogs need to read. Every client that is created is also added to `clients`."""
    hosts = query.hosts or Hosts(root=query.root, clock=query.clock, on_wait=query.on_wait)

    def client(section: CatalogSettings, base: str) -> Client:
        kind = HOST_KINDS.get(section.kind, BACKSTAGE)
        clients.append(hosts.client(kind, catalog_host(section), base=base, anonymous=True))
        return clients[-1]

    return CatalogContext(root=query.root, client=client, schema=schema)


def catalog_sections(settings: CatalogSettings) -> Iterator[CatalogSettings]:
    """Yield the section of each catalog on a host: the section itself, or those that it combines."""
    if settings.kind in HOST_KINDS:
        yield settings
    for part in settings.catalogs:
        yield from catalog_sections(part)


def catalog_host(settings: CatalogSettings) -> HostSection:
    """The host of the section `catalog`. Raises `CodexError` for a GitHub App without a private key."""
    old = _source(settings.token_env, settings.token_file, settings.token_command)
    token = token_source(settings.token) or old
    limits = given_values(settings.limits)
    return HostSection(url=settings.url, token=token, app=_app(settings.app), ca=settings.ca, limits=limits)


def _source(env: str | None, file: str | None, command: str | None = None) -> Mapping[str, str] | None:
    """Where a secret comes from: the one of these that is set."""
    named = {"env": env, "file": file, "command": command}
    return next(({form: value} for form, value in named.items() if value), None)


def _app(app: AppSettings | None) -> Mapping[str, Any] | None:
    if app is None:
        return None
    key = token_source(app.key) or _source(app.key_env, app.key_file)
    if key is None:
        hint = "set `key: {env: ...}`, `{file: ...}` or `{command: ...}`"
        raise CodexError("the GitHub App has no private key", hint=hint)
    return {"id": app.id, "installation": app.installation, "key": key}
