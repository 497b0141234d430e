"""The files that standards link to and that reading a codex skips: hidden ones, and origins outside the codex."""

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from codex.shell.repository import GitRepository
from codex.shell.tree import exists_inside
from skills_build.lint.link_targets import link_target
from skills_build.lint.origin_places import origins
from skills_build.model.standard import Standard
from skills_build.source.origins import is_url

_HIDDEN: Final = re.compile(r"(?:^|/)\.[^./]")


def linked_hidden_files(root: Path, standards: Iterable[Standard]) -> frozenset[str]:
    """Return the existing targets of links into hidden folders, such as `.github/HELP.md`, by path in the codex."""
    links = ((s, link) for s in standards for link in s.links if _HIDDEN.search(link.goal))
    targets = (link_target(standard, link) for standard, link in links)
    paths = {target.path.rstrip("/") for target in targets if target is not None}
    return frozenset(name for path in paths for name in (path, f"{path}.md") if exists_inside(root, name))


def origin_files(root: Path, standards: Iterable[Standard]) -> frozenset[str]:
    """Return the existing origins of rules that are outside the codex and in its Git repository.

    The paths are relative to the codex, such as `../incidents/1.md`.
    """
    named = {origin.partition("#")[0] for s in standards for origin, _ in origins(s) if not is_url(origin)}
    outside = {path for path in named if path.startswith("../") or _HIDDEN.search(path)}
    if not outside:
        return frozenset()
    repository = GitRepository.around(root)
    top = repository.root if repository else root
    return frozenset(path for path in outside if exists_inside(top, posixpath.join(str(root), path)))
