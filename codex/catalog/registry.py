"""The kinds of catalogs, and how each is created from the section `catalog` of codex.yaml."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from codex.catalog.kinds.backstage import BackstageCatalog
from codex.catalog.kinds.combined import CombinedCatalog, SelectedCatalog
from codex.catalog.kinds.folder import FolderCatalog
from codex.catalog.kinds.gitea import GiteaCatalog
from codex.catalog.kinds.github import GitHubCatalog
from codex.catalog.kinds.gitlab import GitLabCatalog
from codex.catalog.kinds.inventory import InventoryCatalog
from codex.catalog.model import Catalog
from codex.http.client import Client
from codex.http.hosts import BACKSTAGE, GITEA, GITHUB, GITLAB
from codex.shell.reading import read_text
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.config import CatalogFilter, CatalogSettings

MAX_INVENTORY_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogContext:
    """What catalogs need: the folder that paths are relative to, a client of a section for an address, the text of a
    schema."""

    root: Path
    client: Callable[[CatalogSettings, str], Client]
    schema: Callable[[str], str]


def make_catalog(settings: CatalogSettings, context: CatalogContext) -> Catalog:
    """Return the catalog that settings describe. Raises `CodexError` where a setting is missing."""
    return CATALOG_KINDS[settings.kind](settings, context)


def _inventory(settings: CatalogSettings, context: CatalogContext) -> Catalog:
    path = context.root / _required(settings.path, "path", settings)

    def text() -> str:
        try:
            if path.stat().st_size > MAX_INVENTORY_BYTES:
                raise CodexError(
                    f"`{path}` is larger than {MAX_INVENTORY_BYTES:,} bytes", hint="check that the file is an inventory"
                )
            return read_text(path).removeprefix("\ufeff")
        except OSError as error:
            hint = "set `catalog.path` to a YAML file, relative to codex.yaml"
            raise CodexError(f"the inventory `{path}` cannot be read: {error.strerror}", hint=hint) from error

    return InventoryCatalog(name=path.name, text=text, schema=context.schema("inventory"), hosts=settings.hosts)


def _folder(settings: CatalogSettings, context: CatalogContext) -> Catalog:
    return FolderCatalog(path=context.root / _required(settings.path, "path", settings))


def _gitlab(settings: CatalogSettings, context: CatalogContext) -> Catalog:
    client = context.client(settings, GITLAB.rest(settings.url))
    return _for_groups(settings, lambda group: GitLabCatalog(client=client, group=group.strip("/")))


def _github(settings: CatalogSettings, context: CatalogContext) -> Catalog:
    client = context.client(settings, github_api(settings.url))
    return _for_groups(settings, lambda group: GitHubCatalog(client=client, owner=group))


def github_api(url: str | None) -> str:
    """Return the address above GraphQL and REST: api.github.com, or `/api/` on GitHub Enterprise Server.

    https://docs.github.com/enterprise-server/graphql/guides/forming-calls-with-graphql
    """
    return GITHUB.rest(url).removesuffix("v3/")


def _gitea(settings: CatalogSettings, context: CatalogContext) -> Catalog:
    client = context.client(settings, GITEA.rest(_required(settings.url, "url", settings)))
    return _for_groups(settings, lambda group: GiteaCatalog(client=client, owner=group))


def _backstage(settings: CatalogSettings, context: CatalogContext) -> Catalog:
    url = _required(settings.url, "url", settings)
    return BackstageCatalog(client=context.client(settings, f"{BACKSTAGE.site(url)}/"), hosts=settings.hosts)


def _combined(settings: CatalogSettings, context: CatalogContext) -> Catalog:
    if not settings.catalogs:
        raise CodexError(
            "a catalog of kind `combined` requires `catalog.catalogs`", hint="list the catalogs to combine"
        )
    return CombinedCatalog(parts=tuple(_part(part, context) for part in settings.catalogs))


def _part(settings: CatalogSettings, context: CatalogContext) -> Catalog:
    catalog = make_catalog(settings, context)
    return catalog if settings.select == CatalogFilter() else SelectedCatalog(catalog=catalog, criteria=settings.select)


def _for_groups(settings: CatalogSettings, make: Callable[[str], Catalog]) -> Catalog:
    """Return the catalog of all groups or organisations of a section."""
    groups = tuple(dict.fromkeys((*((settings.group,) if settings.group else ()), *settings.groups)))
    if len(groups) <= 1:
        return make(_required(groups[0] if groups else None, "group", settings))
    return CombinedCatalog(parts=tuple(map(make, groups)))


def _required(value: str | None, key: str, settings: CatalogSettings) -> str:
    if not value:
        hint = f"set `catalog.{key}` in codex.yaml"
        raise CodexError(f"a catalog of kind `{settings.kind}` requires `catalog.{key}`", hint=hint)
    return value


CATALOG_KINDS: Final[Mapping[str, Callable[[CatalogSettings, CatalogContext], Catalog]]] = {
    "inventory": _inventory,
    "folder": _folder,
    "gitlab": _gitlab,
    "github": _github,
    "gitea": _gitea,
    "backstage": _backstage,
    "combined": _combined,
}
