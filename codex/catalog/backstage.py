"""A Backstage software catalog: its components, and the groups that own them.

API: `GET /api/catalog/entities/by-query` (backstage.io/docs/features/software-catalog/software-catalog-api), pages by
an opaque cursor, ordered by `metadata.uid`, which never changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from codex.catalog.entities import (
    Entity,
    GroupedEntities,
    PlacedEntity,
    address_in,
    component_of,
    ref_of,
    repositories,
    team_of,
    why_unplaced,
)
from codex.catalog.model import CatalogResult, Unmapped
from codex.catalog.repository_url import KNOWN_HOSTS
from codex.http.client import Client, HttpError
from codex.http.pagination import follow
from codex.shell.isolation import isolated
from skills_build.errors import CodexError

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
_PATH: Final = "api/catalog/entities/by-query"
_TRIES: Final = 3


class _PageInfo(msgspec.Struct, frozen=True, rename="camel"):
    next_cursor: str | None = None


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    items: tuple[msgspec.Raw, ...]
    total_items: int = 0
    page_info: _PageInfo = _PageInfo()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackstageCatalog:
    """The catalog at the address of `client`; `hosts` gives the forge of hosts whose names do not tell."""

    client: Client
    hosts: Mapping[str, str]

    def read(self) -> CatalogResult:
        """Every component, by its repository. A cursor that the catalog no longer knows begins the list anew."""
        for _ in range(_TRIES - 1):
            try:
                return self._all()
            except HttpError as error:
                if error.status != 400 or "cursor" not in error.body.lower():
                    raise
        return self._all()

    def _all(self) -> CatalogResult:
        reading = _Reading({**KNOWN_HOSTS, **self.hosts})
        total = 0
        for page in follow(self._page, what="the catalog"):
            total = page.total_items or total
            for raw in page.items:
                reading.entity(raw)
        found = repositories(reading.grouped())
        if reading.count >= total:
            return found
        note = f"the catalog changed while it was read: {reading.count:,} of {total:,} entities are listed"
        return CatalogResult(repositories=found.repositories, unmapped=found.unmapped, notes=(note, *found.notes))

    def _page(self, cursor: str | None) -> tuple[_Page, str | None]:
        params: dict[str, object] = {"fields": ",".join(FIELDS), "limit": PAGE}
        if cursor is None:
            params |= {"filter": ["kind=component", "kind=group"], "orderField": "metadata.uid,asc"}
        else:
            params["cursor"] = cursor
        page = self.client.get(_PATH, params).decode(_Page)
        return page, page.page_info.next_cursor


def _name(raw: msgspec.Raw) -> str:
    """What an entity that cannot be read is called, as far as it says so."""
    try:
        return str(msgspec.json.decode(raw)["metadata"]["name"])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, LookupError, TypeError):
        return "an entity without a name"


class _Reading:
    """Takes entities one by one and keeps little of each: a catalog may hold tens of thousands."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self._hosts = hosts
        self._decoder = msgspec.json.Decoder(Entity)
        self._placed: dict[str, PlacedEntity] = {}
        self._unmapped: dict[str, Unmapped] = {}
        self._teams: dict[str, str] = {}
        self._seen: set[str] = set()
        self._broken: list[Unmapped] = []

    @property
    def count(self) -> int:
        """How many different entities came."""
        return len(self._seen) + len(self._broken)

    def entity(self, raw: msgspec.Raw) -> None:
        """Take an entity as it came; one that cannot be taken is reported, and fails no other."""
        failed = isolated("an entity of the catalog", lambda: self._take(raw))
        if isinstance(failed, CodexError):
            self._broken.append(Unmapped(name=_name(raw), reason=failed.summary))

    def _take(self, raw: msgspec.Raw) -> None:
        try:
            entity = self._decoder.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self._broken.append(Unmapped(name=_name(raw), reason=f"is not of an entity's form: {error}"))
            return
        name = ref_of(entity.metadata.name, kind=entity.kind, namespace=entity.metadata.namespace or "default")
        self._seen.add(name)
        if entity.kind.lower() == "group":
            self._teams |= {name: team} if (team := team_of(entity)) else {}
        else:
            self._place(name, entity)

    def _place(self, name: str, entity: Entity) -> None:
        address = address_in(entity.metadata.annotations or {}, self._hosts)
        if address is None:
            reason = why_unplaced(entity.metadata.annotations or {})
            self._unmapped[name] = Unmapped(name=name, reason=reason)
        else:
            self._placed[name] = PlacedEntity(component=component_of(entity), address=address)

    def grouped(self) -> GroupedEntities:
        """All that was taken."""
        return GroupedEntities(
            placed=tuple(self._sorted()), unmapped=(*self._unmapped.values(), *self._broken), teams=self._teams
        )

    def _sorted(self) -> Iterator[PlacedEntity]:
        return (self._placed[name] for name in sorted(self._placed))
