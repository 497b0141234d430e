"""Narrows a catalog down to the repositories that are wanted. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from codex.catalog.model import Repository
from skills_build.globs import matches_repository, require_valid
from skills_build.model.config import CatalogFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """What is left, and how many repositories were left out for which reason (the first that applies)."""

    repositories: tuple[Repository, ...]
    left_out: Mapping[str, int]
    notes: tuple[str, ...] = ()
    """What is odd about the filter: each glob of it that matches no repository."""


def select_repositories(repositories: Iterable[Repository], wanted: CatalogFilter) -> Selected:
    """Keep what passes every test of `wanted`; of several words in one test any will do, an empty test is passed.

    Raises `CodexError` for an invalid glob.
    """
    require_valid((*wanted.names, *wanted.exclude), source="select")
    given = tuple(repositories)
    kept: list[Repository] = []
    left: Counter[str] = Counter()
    for one in given:
        reason = next((reason for reason, passes in _TESTS.items() if not passes(one, wanted)), None)
        if reason is None:
            kept.append(one)
        else:
            left[reason] += 1
    return Selected(repositories=tuple(kept), left_out=dict(sorted(left.items())), notes=_unmatched(given, wanted))


def _named(one: Repository, wanted: CatalogFilter) -> bool:
    if _called(one, wanted.exclude):
        return False
    return not wanted.names or _called(one, wanted.names)


def _called(one: Repository, globs: Sequence[str]) -> bool:
    return matches_repository(one.path, globs) or matches_repository(one.id, globs)


def _unmatched(repositories: Sequence[Repository], wanted: CatalogFilter) -> tuple[str, ...]:
    globs = dict.fromkeys((*wanted.names, *wanted.exclude))
    idle = (glob for glob in globs if not any(_called(repository, (glob,)) for repository in repositories))
    return tuple(f"`{glob}` matches no repository of the catalog" for glob in idle)


def _any(given: Iterable[str | None], wanted: Sequence[str]) -> bool:
    return not wanted or not {word.casefold() for word in given if word}.isdisjoint(map(str.casefold, wanted))


def _owned(one: Repository, wanted: CatalogFilter) -> bool:
    """An owner may be named in full (`group:default/payments`), by the last part, or by the name on the forge."""
    owners = [one.owner, one.team, *(part.owner for part in one.entities)]
    return _any([*owners, *(owner.rpartition("/")[2] for owner in owners if owner)], wanted.owners)


_TESTS: Final[Mapping[str, Callable[[Repository, CatalogFilter], bool]]] = {
    "name": _named,
    "archived": lambda one, wanted: wanted.archived or not one.archived,
    "topic": lambda one, wanted: _any(
        (*one.topics, *(tag for part in one.entities for tag in part.tags)), wanted.topics
    ),
    "language not known": lambda one, wanted: bool(one.languages) or not wanted.languages,
    "language": lambda one, wanted: _any(one.languages, wanted.languages),
    "owner": _owned,
    "lifecycle": lambda one, wanted: _any(
        (one.lifecycle, *(part.lifecycle for part in one.entities)), wanted.lifecycles
    ),
}  # fmt: skip
