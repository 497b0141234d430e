"""Which globs of a rule lead in a line about it: those for folders and files that the repository has.

A rule for pipelines lists the files of every host. Only globs that start with a name can be judged: the paths of a
profile are shortened, and `**/*.sh` may match below them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from skills_build.model.bundle import PlacedRule

_WILD: Final = frozenset("*?[{")


def present_starts(rules: Iterable[PlacedRule], paths: Sequence[str]) -> frozenset[str]:
    """Return the starts of globs, up to their first wildcard, with which a path of a repository begins."""
    listed, names = sorted(paths), frozenset(paths)
    starts = {_start(glob) for rule in rules for glob in rule.scope.paths}
    return frozenset(start for start in starts if start and _is_present(start, listed, names))


def present_first(placed: PlacedRule, present: frozenset[str]) -> PlacedRule:
    """Return a rule with the globs first that match something in the repository; the same rule if none moves."""
    there = frozenset(start for glob in placed.scope.paths if (start := _start(glob)) in present)
    return _reordered(placed, there) if there else placed


@lru_cache(maxsize=4096)
def _reordered(placed: PlacedRule, there: frozenset[str]) -> PlacedRule:
    """One value for each order, because fragments are cached by the identity of their rules."""
    paths = tuple(sorted(placed.scope.paths, key=lambda glob: _start(glob) not in there))
    return placed if paths == placed.scope.paths else replace(placed, scope=replace(placed.scope, paths=paths))


def _start(glob: str) -> str:
    """Return the part of a glob before its first wildcard: `.github/workflows/` of `.github/workflows/*`."""
    at = next((at for at, character in enumerate(glob) if character in _WILD), len(glob))
    return glob[:at]


def _is_present(start: str, listed: Sequence[str], names: frozenset[str]) -> bool:
    """Return whether a path begins with a start, or is the shortened path of a folder above it."""
    at = bisect_left(listed, start)
    if at < len(listed) and listed[at].startswith(start):
        return True
    pieces = start.split("/")
    return any("/".join(pieces[:depth]) in names for depth in range(1, len(pieces)))
