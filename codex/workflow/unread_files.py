"""Finds standards whose file name has another suffix than `.md`, because no dialect of our own reads them."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from skills_build.diagnostics import Finding
from skills_build.source.levels import read_levels

_SUFFIXES: Final = (".md", ".markdown", ".mdown", ".mkdn", ".mkd", ".mdx")
_START: Final = 200_000
_FRONT: Final = re.compile(r"\A\ufeff?---\r?\n(?:.*\r?\n){0,60}?id:\s*\S")
_RULE: Final = re.compile(r"^.{0,400}\([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?\)[ \t\r]*$", re.MULTILINE)


def unread_files(
    names: Iterable[str], is_standard: Callable[[str], bool], read: Callable[[str], bytes]
) -> Iterator[Finding]:
    """Yield a finding for each file that would be a standard if its suffix were `.md`."""
    for name in sorted(names):
        stem, suffix = posixpath.splitext(name)
        if suffix.lower() not in _SUFFIXES or is_standard(name) or not is_standard(f"{stem}.md"):
            continue
        text = read(name)[:_START].decode("utf-8", "replace")
        if _FRONT.match(text) and any(read_levels(line) for line in _RULE.findall(text)):
            yield Finding(
                code="CX037",
                message=f"`{posixpath.basename(name)}` looks like a standard, but only `.md` files are read",
                path=name,
                help=f"rename it to `{posixpath.basename(stem)}.md`",
            )
