"""The values that every catalog returns. None or an empty value: the catalog does not contain the property."""

from collections.abc import Iterable
from typing import Protocol

from codex.sync.repository import Repository
from skills_build.frozen import dataclass


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
