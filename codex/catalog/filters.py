"""Which of a catalog's repositories are meant. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from codex.sync.fleet import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Every kind that is given must hold, any entry of it is enough. Names are globs over the whole path or its end."""

    names: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    lifecycles: tuple[str, ...] = ()


def chosen(targets: Iterable[Target], filters: Filters) -> Iterator[Target]:
    """Yield the repositories that all filters let through."""
    for one in targets:
        if (
            (not filters.names or _named(one, filters.names))
            and not _named(one, filters.without)
            and _meets(filters.topics, one.topics)
            and _meets(filters.languages, one.languages)
            and _meets(filters.owners, (one.owner,) if one.owner else ())
            and _meets(filters.lifecycles, (one.lifecycle,) if one.lifecycle else ())
        ):
            yield one


def _named(target: Target, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(target.path, glob) or fnmatchcase(target.name, glob) for glob in globs)


def _meets(wanted: Sequence[str], given: Sequence[str]) -> bool:
    has = {word.lower() for word in given}
    return not wanted or any(word.lower() in has for word in wanted)
