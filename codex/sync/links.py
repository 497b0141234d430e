"""Where the symbolic links of a repository lead. Opens no file."""

import posixpath
from collections.abc import Mapping
from functools import lru_cache

from codex.sync.changeset import EntryType, ObservedFile


def link_above(path: str, seen: Mapping[str, ObservedFile]) -> str | None:
    """Return the nearest parent of a path that is no folder, such as a link; None if there is none."""
    for parent in parents(path):
        current = seen.get(parent)
        if current is not None and current.entry_type is not EntryType.FOLDER:
            return parent
    return None


def link_target(link: ObservedFile) -> str:
    """Return the target of a link as it is written."""
    return (link.data or b"").decode("utf-8", "replace")


def link_goal(path: str, link: ObservedFile) -> str:
    """Return the path in the repository that a link at `path` leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), link_target(link)))


@lru_cache(maxsize=16_384)
def parents(path: str) -> tuple[str, ...]:
    """Return the parent folders of a path, nearest first. Cached: all repositories of a fleet have the same paths."""
    return tuple(path[:end] for end in range(len(path) - 1, 0, -1) if path[end] == "/")
