"""Where a link of a standard leads: a file of the codex, a fragment of one, or somewhere else."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from skills_build.model.standard import Codex, Link, Standard

_ELSEWHERE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|~/|#?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTarget:
    """A link inside the codex. `path` is normalised and starts with `..` where it leaves the root."""

    path: str
    fragment: str


def link_target(standard: Standard, link: Link) -> LinkTarget | None:
    """Where a link leads inside the codex; None for one that leads elsewhere or is broken as a URL."""
    if _ELSEWHERE.match(link.goal) or (link.reference or "").startswith("^"):
        return None  # `[^1]: one` is a footnote to every reader, though CommonMark calls it a link's definition
    file, _, fragment = link.goal.partition("#")
    file = unquote(file.partition("?")[0])
    if not file:
        return LinkTarget(path=standard.path, fragment=unquote(fragment))
    joined = file.lstrip("/") if file.startswith("/") else posixpath.join(posixpath.dirname(standard.path), file)
    return LinkTarget(path=posixpath.normpath(joined), fragment=unquote(fragment))


def by_path(codex: Codex) -> Mapping[str, Standard]:
    """Standards by path."""
    return {standard.path: standard for standard in codex.standards}


def exists(path: str, files: frozenset[str], folders: frozenset[str]) -> bool:
    """Whether a path names a file or a folder, with or without a site generator's missing `.md`."""
    bare = path.rstrip("/")
    return bare in files or bare in folders or f"{bare}.md" in files


def folders_of(files: Sequence[str] | frozenset[str]) -> frozenset[str]:
    """Every folder that holds one of these files, `.` among them."""
    folders = {"."}
    for path in files:
        folder = posixpath.dirname(path)
        while folder and folder not in folders:
            folders.add(folder)
            folder = posixpath.dirname(folder)
    return frozenset(folders)
