"""Reads the origin of a rule, such as an incident review: a URL, or the path of a file."""

import posixpath
import re
from typing import Final
from urllib.parse import quote, unquote

from skills_build.source.values import Problem

_LINK: Final = re.compile(r"\[[^\[\]]*\]\((?P<target>[^\s()<>]+)\)")
_BRACKETS: Final = re.compile(r"<(?P<target>[^\s<>]+)>")
_URL: Final = re.compile(r"https?://[^\s/?#@<>\[\]()|\\]++[^\s@<>|\\]*+", re.IGNORECASE)
_PATH: Final = re.compile(r"(?![A-Za-z][A-Za-z0-9+.-]*:)(?!//)(?=[^#]*[./])[\w.%+~,@/-]+(?:#[\w%.~-]+)?")
"""A path contains a dot or slash; a single word is not a path."""
_UNWRITTEN: Final = re.compile(r"[^\w.+~,@/-]")


def read_origin(value: str, path: str) -> str:
    """Return the origin in a value: a URL, or a path relative to the root; empty for a value that is neither.

    `path` is that of the standard: like links, paths are relative to it, or to the root if they start with a slash.
    """
    target = _target(value)
    if not target or _URL.fullmatch(target):
        return target
    file, mark, fragment = target.partition("#")
    inside = file.lstrip("/") if file.startswith("/") else posixpath.join(posixpath.dirname(path), file)
    return posixpath.normpath(unquote(inside)) + mark + fragment


def is_url(origin: str) -> bool:
    """Return whether an origin is a URL, not a path."""
    return bool(_URL.fullmatch(origin))


def written_path(path: str) -> str:
    """Return a path in the form of an origin: characters that would end or change it are percent-encoded."""
    return _UNWRITTEN.sub(lambda match: quote(match[0]), path)


def origin_problem(value: str) -> Problem | None:
    """Return the problem of a value that is neither a URL, nor a link to one, nor a path."""
    if _target(value):
        return None
    help_ = "write a URL, or the path of a file relative to this file, such as `../incidents/2026-11-03.md`"
    message = f"`{value[:60]}` is not a link or path" if value else "`Origin` has no value"
    return Problem(message=message, help=help_)


def _target(value: str) -> str:
    link = _LINK.fullmatch(value) or _BRACKETS.fullmatch(value)
    target = link["target"] if link else value
    return target if _URL.fullmatch(target) or _PATH.fullmatch(target) else ""
