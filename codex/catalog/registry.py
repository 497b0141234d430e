"""The kinds of catalogs, and how each is made from the section `make_catalog` of codex.yaml."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from codex.catalog.backstage import BackstageCatalog
from codex.catalog.folder import FolderCatalog
from codex.catalog.gitea import GiteaCatalog
from codex.catalog.github import GitHubCatalog
from codex.catalog.gitlab import GitLabCatalog
from codex.catalog.inventory import InventoryCatalog
from codex.catalog.model import Catalog
from codex.http.client import Client
from codex.http.hosts import BACKSTAGE, GITEA, GITHUB, GITLAB
from skills_build.errors import CodexError
from skills_build.model.config import CatalogSettings

MOST: Final = 64 * 1024 * 1024
"""Bytes of an inventory that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogContext:
    """What catalogs need of the world: the folder that paths start from, a client for an address, a schema's text."""

    root: Path
    client: Callable[[str], Client]
    schema: Callable[[str], str]


def make_catalog(settings: CatalogSettings, access: CatalogContext) -> Catalog:
    """The catalog that settings describe. Raises `CodexError` where they lack something."""
    return CATALOG_KINDS[settings.kind](settings, access)


def _inventory(settings: CatalogSettings, access: CatalogContext) -> Catalog:
    path = access.root / _needed(settings.path, "path", settings)

    def text() -> str:
        try:
            if path.stat().st_size > MOST:
                raise CodexError(f"`{path}` has more than {MOST:,} bytes", hint="is it an inventory?")
            return path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            hint = "name a YAML file as `catalog.path`, relative to codex.yaml"
            why = "not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
            raise CodexError(f"the inventory `{path}` cannot be read: {why}", hint=hint) from error

    return InventoryCatalog(name=path.name, text=text, schema=access.schema("inventory"), hosts=settings.hosts)


def _folder(settings: CatalogSettings, access: CatalogContext) -> Catalog:
    return FolderCatalog(path=access.root / _needed(settings.path, "path", settings))


def _gitlab(settings: CatalogSettings, access: CatalogContext) -> Catalog:
    group = _needed(settings.group, "group", settings).strip("/")
    return GitLabCatalog(client=access.client(GITLAB.rest(settings.url)), group=group)


def _github(settings: CatalogSettings, access: CatalogContext) -> Catalog:
    return GitHubCatalog(
        client=access.client(github_api(settings.url)), owner=_needed(settings.group, "group", settings)
    )


def github_api(url: str | None) -> str:
    """The address that GraphQL and REST lie under: api.github.com, or `/api/` on a host of one's own."""
    return GITHUB.rest(url).removesuffix("v3/")


def _gitea(settings: CatalogSettings, access: CatalogContext) -> Catalog:
    url = _needed(settings.url, "url", settings)
    return GiteaCatalog(client=access.client(GITEA.rest(url)), owner=_needed(settings.group, "group", settings))


def _backstage(settings: CatalogSettings, access: CatalogContext) -> Catalog:
    url = _needed(settings.url, "url", settings)
    return BackstageCatalog(client=access.client(f"{BACKSTAGE.site(url)}/"), hosts=settings.hosts)


def _needed(value: str | None, key: str, settings: CatalogSettings) -> str:
    if not value:
        raise CodexError(f"a catalog of kind `{settings.kind}` needs `catalog.{key}`", hint="write it into codex.yaml")
    return value


CATALOG_KINDS: Final[Mapping[str, Callable[[CatalogSettings, CatalogContext], Catalog]]] = {
    "inventory": _inventory,
    "folder": _folder,
    "gitlab": _gitlab,
    "github": _github,
    "gitea": _gitea,
    "backstage": _backstage,
}
