"""Entities of Backstage, and which repository each belongs to. Pure.

Format: backstage.io/docs/features/software-catalog/descriptor-format and well-known-annotations. A repository is named,
in this order, by `gitlab.com/project-slug`, `github.com/project-slug`, `backstage.io/source-location`,
`backstage.io/managed-by-location`. What none of them names is reported, never guessed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

import msgspec

from codex.catalog.model import CatalogEntity, CatalogResult, Repository, Unmapped, merge_by_id
from codex.catalog.repository_url import RepositoryUrl, parse_repository_url

_SOURCE: Final = "backstage.io/source-location"
_MANAGED: Final = "backstage.io/managed-by-location"
_LOCATIONS: Final = (_SOURCE, _MANAGED)
_PATH_PART: Final = re.compile(r"(?!\.\.?$)[\w.+-]+")
_TEAMS: Final = ("gitlab.com/team-path", "github.com/team-slug")


class Metadata(msgspec.Struct, frozen=True):
    """What an entity is called, and what tools have noted on it."""

    name: str
    namespace: str | None = None
    annotations: dict[str, str] | None = None
    tags: tuple[str, ...] | None = None


class Spec(msgspec.Struct, frozen=True, rename="camel"):
    """What we read of a specification; each kind has some of it."""

    type: str | None = None
    lifecycle: str | None = None
    owner: str | None = None
    system: str | None = None
    depends_on: tuple[str, ...] | None = None


class Relation(msgspec.Struct, frozen=True, rename="camel"):
    """A relation, as the catalog has worked it out."""

    type: str
    target_ref: str


class Entity(msgspec.Struct, frozen=True):
    """One entity as `GET /entities/by-query` gives it."""

    kind: str
    metadata: Metadata
    spec: Spec | None = None
    relations: tuple[Relation, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEntity:
    """A component and the repository that it lies in."""

    component: CatalogEntity
    address: RepositoryUrl


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedEntities:
    """All that a catalog gave: components with a place, those without, and the names of teams on their forge."""

    placed: tuple[PlacedEntity, ...]
    unmapped: tuple[Unmapped, ...]
    teams: Mapping[str, str]


def ref_of(text: str, *, kind: str, namespace: str = "default") -> str:
    """A reference in full and in lower case: `payments` is `component:default/payments`, given `kind`."""
    before, colon, rest = text.rpartition(":")
    space, slash, name = rest.rpartition("/")
    return f"{before if colon else kind}:{space if slash else namespace}/{name}".lower()


def component_of(entity: Entity) -> CatalogEntity:
    """A component without its place. What relations say counts more than what the specification does."""
    spec, space = entity.spec or Spec(), entity.metadata.namespace or "default"
    related = entity.relations or ()
    owner = next((one.target_ref for one in related if one.type == "ownedBy"), None)
    system = next((one.target_ref for one in related if one.type == "partOf" and _is(one, "system")), None)
    needs = [one.target_ref.lower() for one in related if one.type == "dependsOn"]
    needs = needs or [ref_of(one, kind="component", namespace=space) for one in spec.depends_on or ()]
    owner = owner or (ref_of(spec.owner, kind="group", namespace=space) if spec.owner else None)
    system = system or (ref_of(spec.system, kind="system", namespace=space) if spec.system else None)
    return CatalogEntity(
        ref=ref_of(entity.metadata.name, kind=entity.kind, namespace=space),
        type=spec.type,
        owner=owner.lower() if owner else None,
        lifecycle=spec.lifecycle,
        system=system.lower() if system else None,
        tags=entity.metadata.tags or (),
        depends_on=tuple(sorted(set(needs))),
    )


def _is(relation: Relation, kind: str) -> bool:
    return relation.target_ref.lower().startswith(f"{kind}:")


def team_of(entity: Entity) -> str | None:
    """What a group is called on its forge, where its annotations say so."""
    notes = entity.metadata.annotations or {}
    return next((notes[name] for name in _TEAMS if notes.get(name)), None)


def address_in(annotations: Mapping[str, str], hosts: Mapping[str, str]) -> RepositoryUrl | None:
    """The repository and folder that annotations name; None where they name none."""
    located = [one for name in _LOCATIONS if (one := _located(annotations.get(name, ""), hosts))]
    for forge in ("gitlab", "github"):
        slug = _slug(annotations.get(f"{forge}.com/project-slug", ""), forge)
        if slug:
            host = _host(annotations.get(f"{forge}.com/instance", "")) or _host_of(slug, located, hosts, forge)
            same = next((one for one in located if (one.host, one.path.casefold()) == (host, slug.casefold())), None)
            clone = f"https://{host}/{slug}.git"
            folder = same.folder if same else ""
            return RepositoryUrl(host=host, path=slug, forge=forge, folder=folder, clone_url=clone)
    return located[0] if located else None


def why_unplaced(annotations: Mapping[str, str]) -> str:
    """Why annotations name no repository: what the first of those that could says instead."""
    names = (*(f"{forge}.com/project-slug" for forge in ("gitlab", "github")), *_LOCATIONS)
    said = next(((name, annotations[name]) for name in names if annotations.get(name)), None)
    if said is None:
        return "has no annotation that names a repository"
    return f"`{said[0]}` is `{said[1]}`, which names no repository that can be told"


def _slug(text: str, forge: str) -> str | None:
    """A repository's path as people write it; None for an address, a lone name, or what is no path on that forge."""
    slug = text.strip("/").removesuffix(".git")
    parts = slug.split("/")
    if len(parts) < 2 or (forge == "github" and len(parts) > 2):
        return None
    return slug if all(_PATH_PART.fullmatch(part) for part in parts) else None


def _located(annotation: str, hosts: Mapping[str, str]) -> RepositoryUrl | None:
    kind, _, target = annotation.partition(":")
    return parse_repository_url(target, hosts) if kind == "url" else None


def _host(instance: str) -> str:
    """An instance is written as an address or as a host."""
    return (urlsplit(instance).netloc if "://" in instance else instance).strip("/").lower()


def _host_of(slug: str, located: Iterable[RepositoryUrl], hosts: Mapping[str, str], forge: str) -> str:
    """The host of a slug that names none: the location's, if it has that path; the only one configured; the public."""
    for repository_url in located:
        if repository_url.path.casefold() == slug.casefold():
            return repository_url.host
    own = [host for host, kind in hosts.items() if kind == forge and host != f"{forge}.com"]
    return own[0] if len(own) == 1 else f"{forge}.com"


def repositories(grouped: GroupedEntities) -> CatalogResult:
    """One repository for all the components in it. A dependency on a component that is not there is noted."""
    groups: dict[str, list[PlacedEntity]] = {}
    homes: dict[str, str] = {}
    for one in grouped.placed:
        groups.setdefault(one.address.id.casefold(), []).append(one)
        homes[one.component.ref] = one.address.id.casefold()
    found = {key: _repository(group, grouped.teams) for key, group in groups.items()}
    known = homes.keys() | {one.name for one in grouped.unmapped}
    notes = tuple(_dangling(grouped.placed, known))
    whole = (_depending(one, groups[key], homes, found) for key, one in found.items())
    return merge_by_id(whole, grouped.unmapped, notes)


def _repository(group: list[PlacedEntity], teams: Mapping[str, str]) -> Repository:
    address = min((placed_entity.address for placed_entity in group), key=lambda one: one.id)
    parts = sorted(
        (replace(placed_entity.component, path=placed_entity.address.folder) for placed_entity in group),
        key=lambda one: (one.path, one.ref),
    )
    whole = [part for part in parts if not part.path]
    speaking = whole if len(whole) == 1 else parts
    owner = _agreed(one.owner for one in speaking)
    return Repository(
        id=address.id,
        forge=next((placed_entity.address.forge for placed_entity in group if placed_entity.address.forge), ""),
        host=address.host,
        path=address.path,
        clone_url=address.clone_url,
        owner=owner,
        team=teams.get(owner) if owner else None,
        lifecycle=_agreed(one.lifecycle for one in speaking),
        system=_agreed(one.system for one in speaking),
        entities=tuple(parts),
    )


def _agreed(values: Iterable[str | None]) -> str | None:
    """What all of them say; None where they differ."""
    several = set(values)
    return several.pop() if len(several) == 1 else None


def _dangling(placed: Iterable[PlacedEntity], known: Iterable[str]) -> Iterator[str]:
    names = set(known)
    for placed_entity in placed:
        for ref in placed_entity.component.depends_on:
            if ref.startswith("component:") and ref not in names:
                yield f"{placed_entity.component.ref} depends on {ref}, which is not in the catalog"


def _depending(
    one: Repository, group: list[PlacedEntity], homes: Mapping[str, str], found: Mapping[str, Repository]
) -> Repository:
    goals = {homes[ref] for placed in group for ref in placed.component.depends_on if ref in homes}
    return replace(one, depends_on=tuple(sorted(found[key].id for key in goals if found[key].id != one.id)))
