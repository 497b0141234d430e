"""The values that every catalog gives. They say what a catalog knows; None and empty mean that it does not say."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from skills_build.model.contract import Text, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntity:
    """A part of a repository that a catalog knows by a name of its own.

    `ref` is `kind:namespace/name` in lower case (backstage.io/docs/features/software-catalog/references), `path` its
    folder in the repository (`""` for the whole of it), `owner`, `system` and `depends_on` are such refs too.
    """

    ref: Text
    """The part's name, `component:default/name`."""
    path: str = ""
    """Its folder in the repository; without it, the whole."""
    type: Text | None = None
    """Such as service, library or website."""
    owner: Text | None = None
    """Who answers for it."""
    lifecycle: Text | None = None
    """Such as production."""
    system: Text | None = None
    """The system that it is a part of."""
    tags: Words = ()
    """Words to select it by."""
    depends_on: Words = ()
    """Names of other parts that it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One repository of the fleet.

    `id` is `host/path`, unique in a catalog; in a folder, the path below it. `forge` is gitlab, github, gitea, local,
    or empty where nobody said. `path` is what the forge calls the repository (`group/sub/name`), in a folder the
    absolute path. `owner` and `system` are in the catalog's own words, `team` is the owner's name on the forge.
    `depends_on` holds ids of repositories. `empty` is None where the catalog cannot tell.
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
    """Something a catalog lists that belongs to no repository we can name; it is reported, never guessed."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogResult:
    """What a catalog holds: repositories in order of their ids, what could not be mapped, what else is odd in it."""

    repositories: tuple[Repository, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    notes: tuple[str, ...] = ()


class Catalog(Protocol):
    """A place that knows repositories."""

    def read(self) -> CatalogResult:
        """Everything that is in it. Raises `CodexError` where it cannot be read as a whole."""


def merge_by_id(
    repositories: Iterable[Repository], unmapped: Iterable[Unmapped] = (), notes: Iterable[str] = ()
) -> CatalogResult:
    """Put what was found in order; of two repositories with one id (forges ignore case) the first is kept."""
    by_id: dict[str, Repository] = {}
    for repository in repositories:
        by_id.setdefault(repository.id.casefold(), repository)
    return CatalogResult(
        repositories=tuple(sorted(by_id.values(), key=lambda repository: (repository.id.casefold(), repository.id))),
        unmapped=tuple(sorted(unmapped, key=lambda unmapped: unmapped.name)),
        notes=tuple(notes),
    )
