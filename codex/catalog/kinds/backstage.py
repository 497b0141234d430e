"""A Backstage software catalog: its components, and the groups that own them.

API: `GET /api/catalog/entities/by-query`, pages by an opaque cursor, ordered by `metadata.uid`, which never changes:
https://backstage.io/docs/features/software-catalog/software-catalog-api#get-entitiesby-query.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import msgspec

from codex.catalog.entities import (
    Entity,
    GroupedEntities,
    PlacedEntity,
    address_in,
    component_of,
    ref_of,
    repositories_of,
    team_of,
    why_unplaced,
)
from codex.catalog.kept_size import KeptSize
from codex.catalog.model import CatalogResult, Unmapped
from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.hosts import KNOWN_HOSTS
from codex.http.pagination import follow
from codex.limits import VALUES_PER_CATALOG_ENTRY, VALUES_PER_CATALOG_PAGE
from codex.shell.isolation import isolated
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import require_values

FIELDS: Final = (
    "kind",
    "metadata.name",
    "metadata.namespace",
    "metadata.annotations",
    "metadata.tags",
    "spec.type",
    "spec.lifecycle",
    "spec.owner",
    "spec.system",
    "spec.dependsOn",
    "relations",
)
PAGE: Final = 500
"""Number of entities per page."""
_PATH: Final = "api/catalog/entities/by-query"
_ATTEMPTS: Final = 3
"""Maximum number of times that the whole list is read."""


class _PageInfo(msgspec.Struct, frozen=True, rename="camel"):
    next_cursor: str | None = None


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    items: tuple[msgspec.Raw, ...]
    total_items: int = 0
    page_info: _PageInfo = _PageInfo()


class _Name(msgspec.Struct, frozen=True):
    name: str


class _Named(msgspec.Struct, frozen=True):
    metadata: _Name


@dataclass(frozen=True, slots=True, kw_only=True)
class BackstageCatalog:
    """The catalog at the address of `client`; `hosts` is the forge of each host that is not a known one."""

    client: Client
    hosts: Mapping[str, str]

    def read(self) -> CatalogResult:
        """Return every component, by its repository.

        Backstage rejects a malformed cursor with 400, so the list is then read again from the start:
        https://github.com/backstage/backstage/blob/master/plugins/catalog-backend/src/service/util.ts.
        """
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._read_all()
            except HttpError as error:
                if error.status != 400 or "cursor" not in error.body.lower():
                    raise
        return self._read_all()

    def _read_all(self) -> CatalogResult:
        reader = _EntityReader({**KNOWN_HOSTS, **self.hosts})
        total = 0
        for page in follow(self._page, what="the catalog"):
            total = page.total_items or total
            for raw in page.items:
                reader.add(raw)
        result = repositories_of(reader.grouped())
        if reader.count >= total:
            return result
        note = f"the catalog changed while being read: only {reader.count:,} of {total:,} entities are listed"
        return replace(result, notes=(note, *result.notes))

    def _page(self, cursor: str | None) -> tuple[_Page, str | None]:
        params: dict[str, object] = {"fields": ",".join(FIELDS), "limit": PAGE}
        if cursor is None:
            params |= {"filter": ["kind=component", "kind=group"], "orderField": "metadata.uid,asc"}
        else:
            params["cursor"] = cursor
        page = self.client.get(_PATH, params).decode(_Page, most=VALUES_PER_CATALOG_PAGE)
        return page, page.page_info.next_cursor


def _name(raw: msgspec.Raw) -> str:
    """Return the name of an entity that cannot be decoded, if it has one."""
    try:
        return msgspec.json.decode(raw, type=_Named).metadata.name
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return "an unnamed entity"


class _EntityReader:
    """Reads entities one by one and keeps little of each: a catalog may have tens of thousands."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self._hosts = hosts
        self._decoder = msgspec.json.Decoder(Entity)
        self._placed: dict[str, PlacedEntity] = {}
        self._unmapped: dict[str, Unmapped] = {}
        self._teams: dict[str, str] = {}
        self._seen: set[str] = set()
        self._broken: list[Unmapped] = []
        self._size = KeptSize(name="the catalog")

    @property
    def count(self) -> int:
        """The number of different entities."""
        return len(self._seen) + len(self._broken)

    def add(self, raw: msgspec.Raw) -> None:
        """Read an entity; a failure is reported and does not affect other entities.

        Raises `HttpError` if all of them together are too large.
        """
        result = isolated("a catalog entity", lambda: self._read(raw))
        if isinstance(result, CodexError):
            result = self._report(raw, result.summary)
        self._size.add(result)

    def _report(self, raw: msgspec.Raw, reason: str) -> Unmapped:
        self._broken.append(Unmapped(name=_name(raw), reason=reason))
        return self._broken[-1]

    def _read(self, raw: msgspec.Raw) -> object:
        """Read an entity, and return what is kept of it."""
        try:
            require_values(bytes(raw), VALUES_PER_CATALOG_ENTRY)
            entity = self._decoder.decode(raw)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return self._report(raw, f"the entity is not valid: {error}")
        name = ref_of(entity.metadata.name, kind=entity.kind, namespace=entity.metadata.namespace or "default")
        self._seen.add(name)
        if entity.kind.lower() == "group":
            team = team_of(entity)
            self._teams |= {name: team} if team else {}
            return name, team
        return name, self._place(name, entity)

    def _place(self, name: str, entity: Entity) -> PlacedEntity | Unmapped:
        address = address_in(entity.metadata.annotations or {}, self._hosts)
        if address is None:
            reason = why_unplaced(entity.metadata.annotations or {})
            self._unmapped[name] = Unmapped(name=name, reason=reason)
            return self._unmapped[name]
        self._placed[name] = PlacedEntity(component=component_of(entity), address=address)
        return self._placed[name]

    def grouped(self) -> GroupedEntities:
        """Return all entities that were read."""
        return GroupedEntities(
            placed=tuple(self._sorted()), unmapped=(*self._unmapped.values(), *self._broken), teams=self._teams
        )

    def _sorted(self) -> Iterator[PlacedEntity]:
        return (self._placed[name] for name in sorted(self._placed))
