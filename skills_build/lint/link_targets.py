"""Resolves the links of standards to files of the codex and fragments in them."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import unquote

from skills_build.frozen import dataclass
from skills_build.model.codex import Codex
from skills_build.model.links import Link
from skills_build.model.standard import CANONICAL, Standard

MAIL: Final = re.compile(r"[^@/\s]++@[^@/\s.]++\.[^@/\s]++")
_ELSEWHERE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|(?i:https?)//|~/|#?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTarget:
    """A link inside the codex. `path` is normalised and starts with `..` where it leaves the root."""

    path: str
    fragment: str


def link_target(standard: Standard, link: Link) -> LinkTarget | None:
    """Return the target of a link inside the codex; None if the link leads elsewhere or is a malformed URL."""
    if _ELSEWHERE.match(link.goal) or (link.reference or "").startswith("^") or _is_address(link):
        # `[^1]: text` is a footnote on GitHub, though CommonMark reads it as the definition of a link:
        # https://github.blog/changelog/2021-09-30-footnotes-now-supported-in-markdown-fields/
        return None
    file, _, fragment = link.goal.partition("#")
    file = unquote(file.partition("?")[0])
    if not file:
        return LinkTarget(path=standard.path, fragment=unquote(fragment))
    joined = file.lstrip("/") if file.startswith("/") else posixpath.join(posixpath.dirname(standard.path), file)
    return LinkTarget(path=posixpath.normpath(joined), fragment=unquote(fragment))


def _is_address(link: Link) -> bool:
    """Return whether a link is an e-mail address in angle brackets."""
    return link.text == link.target and bool(MAIL.fullmatch(link.target))


def by_path(codex: Codex) -> Mapping[str, Standard]:
    """Return the standards by path."""
    return {standard.path: standard for standard in codex.standards}


def exists(path: str, files: frozenset[str], folders: frozenset[str]) -> bool:
    """Return whether a path is a file or a folder. The suffix `.md` may be missing, as site generators allow."""
    bare = path.rstrip("/")
    return bare in files or bare in folders or f"{bare}.md" in files


def rule_ids(codex: Codex) -> frozenset[str]:
    """Return the ids of all rules."""
    return frozenset(rule.id for standard in codex.standards for rule in standard.rules)


def cited_rule(target: str, ids: frozenset[str]) -> str:
    """Return how a rule is cited if a link names one instead of a file or heading; empty if it does not."""
    id_ = target.removesuffix(".md").upper()
    return f"write `{id_}` without a link: a rule is cited by its id" if id_ in ids else ""


class Anchors:
    """The anchors of one file.

    In documents of others, the site makes anchors by rules of its own: punctuation and case do not count there, and
    the mark of a rule may make one of its written id.
    """

    def __init__(self, home: Standard) -> None:
        self._exact = frozenset(home.anchors)
        self._home = home
        self._loose: frozenset[str] | None = None

    def __contains__(self, fragment: str) -> bool:
        """Return whether a link to this fragment leads to a place in the file."""
        if fragment in self._exact or fragment.lower() in self._exact:
            return True
        if self._home.dialect == CANONICAL:
            return False
        if self._loose is None:
            ids = (rule.id for rule in self._home.rules if rule.id_written)
            self._loose = frozenset(_folded(anchor) for anchor in (*self._home.anchors, *ids))
        return _folded(fragment) in self._loose


def _folded(fragment: str) -> str:
    return re.sub(r"[\x00-/:-@\[-`{-\x7f\u2010-\u2015]", "", fragment).casefold()


def may_be_on_site(standard: Standard, link: Link, path: str, folders: frozenset[str]) -> bool:
    """Return whether a link in a document of others may lead to a page that only their site has.

    Such pages are made from other files: those that end in `.html`, and paths from the root of the site whose first
    folder is none of the repository.
    """
    if standard.dialect == CANONICAL:
        return False
    return path.endswith((".html", ".htm")) or (link.goal.startswith("/") and path.partition("/")[0] not in folders)


def folders_of(files: Sequence[str] | frozenset[str]) -> frozenset[str]:
    """Return every folder that contains one of these files, including `.`."""
    folders = {"."}
    for path in files:
        folder = posixpath.dirname(path)
        while folder and folder not in folders:
            folders.add(folder)
            folder = posixpath.dirname(folder)
    return frozenset(folders)
