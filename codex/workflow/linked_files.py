"""The files that standards link to and that reading a codex skips: those in folders whose name starts with a dot."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from codex.shell.tree import exists_inside
from skills_build.lint.link_targets import link_target
from skills_build.model.standard import Standard

_HIDDEN: Final = re.compile(r"(?:^|/)\.[^./]")


def linked_hidden_files(root: Path, standards: Iterable[Standard]) -> frozenset[str]:
    """Return the existing targets of links into hidden folders, such as `.github/HELP.md`, by path in the codex."""
    links = ((s, link) for s in standards for link in s.links if _HIDDEN.search(link.goal))
    targets = (link_target(standard, link) for standard, link in links)
    paths = {target.path.rstrip("/") for target in targets if target is not None}
    return frozenset(name for path in paths for name in (path, f"{path}.md") if exists_inside(root, name))
