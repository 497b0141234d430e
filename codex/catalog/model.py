"""The values that every catalog returns. None and empty mean that the catalog does not contain the property."""

from collections.abc import Iterable
from typing import Protocol

from skills_build.frozen import dataclass
from skills_build.model.contract import Text, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntity:
    """A part of a repository with its own name in a catalog.

    `ref` is `kind:namespace/name` in lower case (https://backstage.io/docs/features/software-catalog/references),
    `path` its folder in the repository (`""` for all of it); `owner`, `system` and `depends_on` are such refs too.
    """

    ref: Text
    """The part's reference, `component:default/name`."""
    path: str = ""
    """Its folder in the repository; by default all of it."""
    type: Text | None = None
    """For example service, library or website."""
    owner: Text | None = None
    """Its owner."""
    lifecycle: Text | None = None
    """For example production."""
    system: Text | None = None
    """The system that it belongs to."""
    tags: Words = ()
    """Tags to select it by."""
    depends_on: Words = ()
    """References of other parts that it depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One repository of the fleet.

    `id` is `host/path`, unique in a catalog; in a folder, the relative path. `forge` is gitlab, github, gitea, local,
    or empty if unknown. `path` is the repository's path on the forge (`group/sub/name`), in a folder the absolute
    path. `owner` and `system` are the catalog's names, `team` is the owner's name on the forge. `depends_on` are ids of
    repositories. `empty` is None if unknown.
    """

    id: str
    forge: str
    host: str
    path: str
    default_branch: str | None = None
    clone_url: str | None = None
    archived: bool = False
    empty: bool | None = None
    mirror: bool = False
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    owner: str | None = None
    team: str | None = None
    lifecycle: str | None = None
    system: str | None = None
    depends_on: tuple[str, ...] = ()
    entities: tuple[CatalogEntity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """An entry of a catalog without an identifiable repository; it is reported, never guessed."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogResult:
    """A catalog's content: repositories by id, entries without a repository, and notes on other problems."""

    repositories: tuple[Repository, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    notes: tuple[str, ...] = ()


class Catalog(Protocol):
    """A list of repositories."""

    def read(self) -> CatalogResult:
        """Read all of it. Raises `CodexError` where it cannot be read as a whole."""


def merge_by_id(
    repositories: Iterable[Repository], unmapped: Iterable[Unmapped] = (), notes: Iterable[str] = ()
) -> CatalogResult:
    """Sort repositories by id; of two with the same id (forges ignore case) the first is kept."""
    by_id: dict[str, Repository] = {}
    for repository in repositories:
        by_id.setdefault(repository.id.casefold(), repository)
    return CatalogResult(
        repositories=tuple(sorted(by_id.values(), key=lambda repository: (repository.id.casefold(), repository.id))),
        unmapped=tuple(sorted(unmapped, key=lambda unmapped: unmapped.name)),
        notes=tuple(notes),
    )
