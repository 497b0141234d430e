"""Finds standards whose file name has another suffix than `.md`, because no dialect of our own reads them."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from skills_build.diagnostics import Finding

_OTHER_MARKUP: Final = (".adoc", ".asciidoc", ".asc", ".rst", ".org", ".textile")
_SUFFIXES: Final = (
    "",
    *(".md", ".markdown", ".mdown", ".mkdn", ".mkd", ".mdx", ".mdc", ".rmd", ".qmd", ".txt", ".text", ".bak", ".orig"),
    *_OTHER_MARKUP,
)
"""Suffixes of texts that may be standards, in lower case."""
_FRONT: Final = re.compile(r"\A\ufeff?---\r?\n(?:[^\n]*+\n){0,60}?id:\s*\S")
_RULE: Final = re.compile(r"^.{0,400}\([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?\)[ \t\r]*$", re.MULTILINE)

_MARKED: Final = re.compile(
    r"^[ \t]{0,8}(?:[-*+#=.]{1,6}|\d{1,3}[.)])[ \t].{0,400}\([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?\)[ \t\r]*$"
    r"|^.{0,400}\([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?\)[ \t\r]*(?=\n[-=~^]{4,}[ \t\r]*$)",
    re.MULTILINE,
)
"""A heading or list item in a common markup that ends with the id of a rule."""


def unread_files(
    names: Iterable[str], is_standard: Callable[[str], bool], read: Callable[[str], bytes | None]
) -> Iterator[Finding]:
    """Yield a finding for each file that would be a standard if its suffix were `.md`.

    `read` returns the first bytes of a file, None for what is no file of the codex, such as a link to a folder.
    """
    for name in sorted(names):
        suffix = posixpath.splitext(name)[1].lower()
        renamed = f"{_stem(name)}.md"
        if suffix not in _SUFFIXES or is_standard(name) or not is_standard(renamed):
            continue
        text = (read(name) or b"").decode("utf-8", "replace")
        if _looks_like_standard(text):
            new = posixpath.basename(renamed)
            yield Finding(
                code="CX037",
                message=f"`{posixpath.basename(name)}` looks like a standard, but only `.md` files are read",
                path=name,
                help=f"convert it to Markdown, as `{new}`" if suffix in _OTHER_MARKUP else f"rename it to `{new}`",
            )


def _stem(name: str) -> str:
    """Return a path without all suffixes that a text may have: `a.md.txt` becomes `a`."""
    stem, suffix = posixpath.splitext(name)
    while suffix and suffix.lower() in _SUFFIXES:
        name = stem
        stem, suffix = posixpath.splitext(name)
    return name


def _looks_like_standard(text: str) -> bool:
    """Return whether a text has a rule: any line with an id and a level below front matter, or marked as a rule."""
    rules = _RULE.findall(text) if _FRONT.match(text) else _MARKED.findall(text)
    if not rules:
        return False
    from skills_build.source.levels import read_levels

    return any(map(read_levels, rules))
