"""Backstage entities and the repository of each. Pure.

Format: https://backstage.io/docs/features/software-catalog/descriptor-format and
https://backstage.io/docs/features/software-catalog/well-known-annotations. A repository is named, in this order, by
`gitlab.com/project-slug`, `github.com/project-slug`, `backstage.io/source-location`,
`backstage.io/managed-by-location`. An entity without any of them is reported; its repository is not guessed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

import msgspec

from codex.catalog.model import CatalogResult, Unmapped, merge_by_id
from codex.catalog.repository_url import RepositoryUrl, parse_repository_url
from codex.http.urls import split_address
from codex.sync.repository import CatalogEntity, Repository
from skills_build.frozen import dataclass

_SOURCE: Final = "backstage.io/source-location"
_MANAGED: Final = "backstage.io/managed-by-location"
_ORPHAN: Final = "backstage.io/orphan"
"""Set to `true` by the catalog if nothing that it reads refers to the entity any more:
https://backstage.io/docs/features/software-catalog/life-of-an-entity#orphaning."""
_LOCATIONS: Final = (_SOURCE, _MANAGED)
_PATH_PART: Final = re.compile(r"(?!\.\.?$)[\w.+-]+")
_TEAMS: Final = ("gitlab.com/team-path", "github.com/team-slug")


class Metadata(msgspec.Struct, frozen=True):
    """An entity's name, annotations and tags."""

    name: str
    namespace: str | None = None
    annotations: dict[str, str] | None = None
    tags: tuple[str, ...] | None = None


class Spec(msgspec.Struct, frozen=True, rename="camel"):
    """The fields of a specification that are read; each kind has some of them."""

    type: str | None = None
    lifecycle: str | None = None
    owner: str | None = None
    system: str | None = None
    depends_on: tuple[str, ...] | None = None


class Relation(msgspec.Struct, frozen=True, rename="camel"):
    """A relation that the catalog computed."""

    type: str
    target_ref: str


class Entity(msgspec.Struct, frozen=True):
    """One entity as `GET /entities/by-query` returns it."""

    kind: str
    metadata: Metadata
    spec: Spec | None = None
    relations: tuple[Relation, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEntity:
    """A component and its repository."""

    component: CatalogEntity
    address: RepositoryUrl


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedEntities:
    """The entities of a catalog: components with a repository, those without, and team names on their forge."""

    placed: tuple[PlacedEntity, ...]
    unmapped: tuple[Unmapped, ...]
    teams: Mapping[str, str]


def ref_of(text: str, *, kind: str, namespace: str = "default") -> str:
    """Return a reference in full and in lower case: `payments` is `component:default/payments` for `kind` component."""
    prefix, colon, rest = text.rpartition(":")
    own_namespace, slash, name = rest.rpartition("/")
    return f"{prefix if colon else kind}:{own_namespace if slash else namespace}/{name}".lower()


def component_of(entity: Entity) -> CatalogEntity:
    """Return a component without its folder. Relations take precedence over the specification."""
    spec, namespace = entity.spec or Spec(), entity.metadata.namespace or "default"
    relations = entity.relations or ()
    owner = next((related.target_ref for related in relations if related.type == "ownedBy"), None)
    system = next((related.target_ref for related in relations if _is_system(related)), None)
    depends_on = [related.target_ref.lower() for related in relations if related.type == "dependsOn"]
    depends_on = depends_on or [ref_of(ref, kind="component", namespace=namespace) for ref in spec.depends_on or ()]
    owner = owner or (ref_of(spec.owner, kind="group", namespace=namespace) if spec.owner else None)
    system = system or (ref_of(spec.system, kind="system", namespace=namespace) if spec.system else None)
    return CatalogEntity(
        ref=ref_of(entity.metadata.name, kind=entity.kind, namespace=namespace),
        type=spec.type,
        owner=owner.lower() if owner else None,
        lifecycle=spec.lifecycle,
        system=system.lower() if system else None,
        tags=entity.metadata.tags or (),
        depends_on=tuple(sorted(set(depends_on))),
        orphan=(entity.metadata.annotations or {}).get(_ORPHAN) == "true",
    )


def _is_system(relation: Relation) -> bool:
    return relation.type == "partOf" and relation.target_ref.lower().startswith("system:")


def team_of(entity: Entity) -> str | None:
    """Return a group's name on its forge, if its annotations contain it."""
    annotations = entity.metadata.annotations or {}
    return next((annotations[name] for name in _TEAMS if annotations.get(name)), None)


def address_in(annotations: Mapping[str, str], hosts: Mapping[str, str]) -> RepositoryUrl | None:
    """Return the repository and folder that annotations name; None where they name none."""
    locations = [url for name in _LOCATIONS if (url := _location(annotations.get(name, ""), hosts))]
    for forge in ("gitlab", "github"):
        slug = _slug(annotations.get(f"{forge}.com/project-slug", ""), forge)
        if slug:
            host = _host(annotations.get(f"{forge}.com/instance", "")) or _host_of(slug, locations, hosts, forge)
            same = (host, slug.casefold())
            folder = next((url.folder for url in locations if (url.host, url.path.casefold()) == same), "")
            clone_url = f"https://{host}/{slug}.git"
            return RepositoryUrl(host=host, path=slug, forge=forge, folder=folder, clone_url=clone_url)
    return locations[0] if locations else None


def why_unplaced(annotations: Mapping[str, str]) -> str:
    """Return why annotations name no repository, with the value of the first annotation that could."""
    names = (*(f"{forge}.com/project-slug" for forge in ("gitlab", "github")), *_LOCATIONS)
    name = next((name for name in names if annotations.get(name)), None)
    if name is None:
        return "the entity has no annotation that identifies its repository"
    return f"`{name}` is `{annotations[name]}`, which is not a repository URL"


def _slug(text: str, forge: str) -> str | None:
    """Return a repository's path; None for an address, a name without an owner, or an invalid path on that forge."""
    slug = text.strip("/").removesuffix(".git")
    parts = slug.split("/")
    if len(parts) < 2 or (forge == "github" and len(parts) > 2):
        return None
    return slug if all(_PATH_PART.fullmatch(part) for part in parts) else None


def _location(annotation: str, hosts: Mapping[str, str]) -> RepositoryUrl | None:
    kind, _, target = annotation.partition(":")
    return parse_repository_url(target, hosts) if kind == "url" else None


def _host(instance: str) -> str:
    """Return the host of an instance, which is written as an address or as a host."""
    return (split_address(instance).netloc if "://" in instance else instance).strip("/").lower()


def _host_of(slug: str, locations: Iterable[RepositoryUrl], hosts: Mapping[str, str], forge: str) -> str:
    """Return the host of a slug: of a location with the same path, the only one configured, or the public one."""
    for repository_url in locations:
        if repository_url.path.casefold() == slug.casefold():
            return repository_url.host
    own = [host for host, kind in hosts.items() if kind == forge and host != f"{forge}.com"]
    return own[0] if len(own) == 1 else f"{forge}.com"


def repositories_of(grouped: GroupedEntities) -> CatalogResult:
    """Return one repository for all of its components. A dependency on an unlisted component is noted."""
    groups: dict[str, list[PlacedEntity]] = {}
    key_of: dict[str, str] = {}
    for placed in grouped.placed:
        key = placed.address.id.casefold()
        groups.setdefault(key, []).append(placed)
        key_of[placed.component.ref] = key
    by_key = {key: _repository(group, grouped.teams) for key, group in groups.items()}
    listed = key_of.keys() | {unmapped.name for unmapped in grouped.unmapped}
    notes = (*_dangling(grouped.placed, listed), *_orphans(grouped.placed))
    complete = (_with_dependencies(repository, groups[key], key_of, by_key) for key, repository in by_key.items())
    return merge_by_id(complete, grouped.unmapped, notes)


def _repository(group: list[PlacedEntity], teams: Mapping[str, str]) -> Repository:
    address = min((placed.address for placed in group), key=lambda address: address.id)
    components = sorted(
        (replace(placed.component, path=placed.address.folder) for placed in group),
        key=lambda component: (component.path, component.ref),
    )
    at_root = [component for component in components if not component.path]
    decisive = at_root if len(at_root) == 1 else components
    owner = _common(component.owner for component in decisive)
    return Repository(
        id=address.id,
        forge=next((placed.address.forge for placed in group if placed.address.forge), ""),
        host=address.host,
        path=address.path,
        clone_url=address.clone_url,
        owner=owner,
        team=teams.get(owner) if owner else None,
        lifecycle=_common(component.lifecycle for component in decisive),
        system=_common(component.system for component in decisive),
        entities=tuple(components),
    )


def _common(values: Iterable[str | None]) -> str | None:
    """Return the one value that all have; None where they differ."""
    different = set(values)
    return different.pop() if len(different) == 1 else None


def _dangling(entities: Iterable[PlacedEntity], listed: Iterable[str]) -> Iterator[str]:
    refs = set(listed)
    for placed in entities:
        for ref in placed.component.depends_on:
            if ref.startswith("component:") and ref not in refs:
                yield f"{placed.component.ref} depends on {ref}, which is not in the catalog"


def _orphans(entities: Iterable[PlacedEntity]) -> Iterator[str]:
    for placed in entities:
        if placed.component.orphan:
            yield f"{placed.component.ref} is an orphan: no location in the catalog refers to it any more"


def _with_dependencies(
    repository: Repository, group: list[PlacedEntity], key_of: Mapping[str, str], by_key: Mapping[str, Repository]
) -> Repository:
    keys = {key_of[ref] for placed in group for ref in placed.component.depends_on if ref in key_of}
    ids = (by_key[key].id for key in keys)
    return replace(repository, depends_on=tuple(sorted(id_ for id_ in ids if id_ != repository.id)))
