"""Selects repositories of a catalog by a filter. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from codex.sync.repository import Repository
from skills_build.frozen import dataclass
from skills_build.globs import matches_repository, require_valid
from skills_build.model.config import CatalogFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The selected repositories, and the number left out for each reason (the first that applies)."""

    repositories: tuple[Repository, ...]
    left_out: Mapping[str, int]
    notes: tuple[str, ...] = ()
    """Problems of the filter: each glob that matches no repository."""


def select_repositories(repositories: Iterable[Repository], criteria: CatalogFilter) -> Selected:
    """Select the repositories that pass every test of `criteria`; one of several words suffices, an empty test passes.

    Raises `CodexError` for an invalid glob.
    """
    require_valid((*criteria.names, *criteria.exclude), source="select")
    listed = tuple(repositories)
    kept: list[Repository] = []
    left_out: Counter[str] = Counter()
    for repository in listed:
        reason = next((reason for reason, passes in _TESTS.items() if not passes(repository, criteria)), None)
        if reason is None:
            kept.append(repository)
        else:
            left_out[reason] += 1
    return Selected(
        repositories=tuple(kept), left_out=dict(sorted(left_out.items())), notes=_unmatched(listed, criteria)
    )


def _has_name(repository: Repository, criteria: CatalogFilter) -> bool:
    if _matches(repository, criteria.exclude):
        return False
    return not criteria.names or _matches(repository, criteria.names)


def _matches(repository: Repository, globs: Sequence[str]) -> bool:
    return matches_repository(repository.path, globs) or matches_repository(repository.id, globs)


def _unmatched(repositories: Sequence[Repository], criteria: CatalogFilter) -> tuple[str, ...]:
    globs = dict.fromkeys((*criteria.names, *criteria.exclude))
    unmatched = (glob for glob in globs if not any(_matches(repository, (glob,)) for repository in repositories))
    return tuple(f"`{glob}` does not match any repository in the catalog" for glob in unmatched)


def _has_any(values: Iterable[str | None], accepted: Sequence[str]) -> bool:
    return not accepted or not {value.casefold() for value in values if value}.isdisjoint(map(str.casefold, accepted))


def _has_owner(repository: Repository, criteria: CatalogFilter) -> bool:
    """Compare owners by the full name (`group:default/payments`), its last part, and the name on the forge."""
    owners = [repository.owner, repository.team, *(entity.owner for entity in repository.entities)]
    return _has_any([*owners, *(owner.rpartition("/")[2] for owner in owners if owner)], criteria.owners)


def _has_topic(repository: Repository, criteria: CatalogFilter) -> bool:
    tags = (tag for entity in repository.entities for tag in entity.tags)
    return _has_any((*repository.topics, *tags), criteria.topics)


def _has_lifecycle(repository: Repository, criteria: CatalogFilter) -> bool:
    lifecycles = (entity.lifecycle for entity in repository.entities)
    return _has_any((repository.lifecycle, *lifecycles), criteria.lifecycles)


_TESTS: Final[Mapping[str, Callable[[Repository, CatalogFilter], bool]]] = {
    "name": _has_name,
    "archived": lambda repository, criteria: criteria.archived or not repository.archived,
    "topic": _has_topic,
    "language not known": lambda repository, criteria: bool(repository.languages) or not criteria.languages,
    "language": lambda repository, criteria: _has_any(repository.languages, criteria.languages),
    "owner": _has_owner,
    "lifecycle": _has_lifecycle,
}
"""The reason for leaving a repository out, and the test that it does not pass."""
