"""Resolves the links of standards to files of the codex and fragments in them."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import unquote

from skills_build.frozen import dataclass
from skills_build.model.standard import Codex, Link, Standard

_ELSEWHERE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|~/|#?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTarget:
    """A link inside the codex. `path` is normalised and starts with `..` where it leaves the root."""

    path: str
    fragment: str


def link_target(standard: Standard, link: Link) -> LinkTarget | None:
    """Return the target of a link inside the codex; None if the link leads elsewhere or is a malformed URL."""
    if _ELSEWHERE.match(link.goal) or (link.reference or "").startswith("^"):
        # `[^1]: text` is a footnote on GitHub, though CommonMark reads it as the definition of a link:
        # https://github.blog/changelog/2021-09-30-footnotes-now-supported-in-markdown-fields/
        return None
    file, _, fragment = link.goal.partition("#")
    file = unquote(file.partition("?")[0])
    if not file:
        return LinkTarget(path=standard.path, fragment=unquote(fragment))
    joined = file.lstrip("/") if file.startswith("/") else posixpath.join(posixpath.dirname(standard.path), file)
    return LinkTarget(path=posixpath.normpath(joined), fragment=unquote(fragment))


def by_path(codex: Codex) -> Mapping[str, Standard]:
    """Return the standards by path."""
    return {standard.path: standard for standard in codex.standards}


def exists(path: str, files: frozenset[str], folders: frozenset[str]) -> bool:
    """Return whether a path is a file or a folder. The suffix `.md` may be missing, as site generators allow."""
    bare = path.rstrip("/")
    return bare in files or bare in folders or f"{bare}.md" in files


def folders_of(files: Sequence[str] | frozenset[str]) -> frozenset[str]:
    """Return every folder that contains one of these files, including `.`."""
    folders = {"."}
    for path in files:
        folder = posixpath.dirname(path)
        while folder and folder not in folders:
            folders.add(folder)
            folder = posixpath.dirname(folder)
    return frozenset(folders)
