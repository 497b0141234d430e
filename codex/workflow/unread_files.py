"""Finds files that are not read because of their names: standards that do not end in `.md`, a second codex.yaml."""

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from skills_build.diagnostics import Finding, Span
from skills_build.model.config import CONFIG

_OTHER_MARKUP: Final = (".adoc", ".asciidoc", ".asc", ".rst", ".org", ".textile")
_HTML: Final = (".html", ".htm", ".xhtml")
_SUFFIXES: Final = (
    "",
    *(".md", ".markdown", ".mdown", ".mkdn", ".mkd", ".mdx", ".mdc", ".rmd", ".qmd", ".txt", ".text", ".bak", ".orig"),
    *_OTHER_MARKUP,
    *_HTML,
)
"""Suffixes of texts that may be standards, in lower case."""
_IN_ITEMS: Final = (".txt", ".text", *_OTHER_MARKUP, *_HTML)
"""Suffixes of texts that are standards if an item has a level, also without an id."""
_NO_STANDARD: Final = re.compile(r"readme\.md|changelog\.md", re.IGNORECASE)
"""Names that the canonical dialect does not read (`templates/dialects/canonical.toml`)."""
_FRONT: Final = re.compile(r"\A\ufeff?---\r?\n(?:[^\n]*+\n){0,60}?id:\s*\S")
_RULE: Final = re.compile(r"^.{0,400}\([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?\)[ \t\r]*$", re.MULTILINE)

_MARKED: Final = re.compile(
    r"^[ \t]{0,8}(?:[-*+#=.]{1,6}|\d{1,3}[.)])[ \t].{0,400}\([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?\)[ \t\r]*$"
    r"|^.{0,400}\([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?\)[ \t\r]*(?=\n[-=~^]{4,}[ \t\r]*$)"
    r"|<(?:h[1-6]|li|dt|td|p)\b.{0,400}\([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?\)[ \t]?</",
    re.MULTILINE,
)
"""A heading or list item in a common markup that ends with the id of a rule."""

_ITEM: Final = re.compile(
    r"^[ \t]{0,8}(?:[-*+#=.]{1,6}|\d{1,3}[.)])[ \t](?P<item>.{1,400})$"
    r"|^(?P<title>[^\s|].{0,400})$(?=\n[-=~^]{4,}[ \t\r]*$)"
    r"|<(?:h[1-6]|li|dt|dd|td)\b[^<>]{0,200}>(?P<element>[^<>]{1,400})</",
    re.MULTILINE,
)
"""A heading or list item in a common markup."""
_NO_TEXT: Final = re.compile(
    r"(?:licen[cs]e|copying|notice|third|requirements|robots|changelog|readme|authors|rfc).*", re.IGNORECASE
)
"""Names of files that are no standards, and that may have items with a level."""
_README: Final = "README.md"
_ID: Final = re.compile(r"\((?P<id>[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?)\)[ \t\r]*$")
_CONFIGURATION: Final = re.compile(r"\.?codex(?:[.-](?:local|overrides?))?\.ya?ml", re.IGNORECASE)
_SETTINGS: Final = re.compile(
    r"^(?:namespace|domains|profiles|budgets|dialects|priority|targets|lint|skills|technologies)[ \t]*:", re.MULTILINE
)


def second_configurations(names: Iterable[str], read: Callable[[str], bytes | None]) -> Iterator[Finding]:
    """Yield a finding for each file with settings of a codex that is not the codex.yaml of its root."""
    for name in sorted(names):
        if name == CONFIG or not _CONFIGURATION.fullmatch(posixpath.basename(name)):
            continue
        if _SETTINGS.search((read(name) or b"").decode("utf-8", "replace")):
            message = f"`{name}` is not read: all settings are in `{CONFIG}`"
            help_ = f"move its settings to `{CONFIG}`, and delete the file"
            yield Finding(code="CX037", message=message, path=name, help=help_)


def unread_texts(
    names: Iterable[str], is_standard: Callable[[str], bool], read: Callable[[str], bytes | None]
) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file that would be a standard if it had another name, sorted.

    `read` returns the first bytes of a file, None for anything that is not a file of the codex, such as a link to a
    folder.
    """
    all_names = frozenset(names)
    for name in sorted(all_names):
        suffix = posixpath.splitext(name)[1].lower()
        if suffix not in _SUFFIXES or is_standard(name) or not is_standard(_renamed(name)):
            continue
        if suffix in _HTML and _renamed(name) in all_names:  # the rendered page of a standard
            continue
        text = (read(name) or b"").decode("utf-8", "replace")
        has_items = suffix in _IN_ITEMS and not _NO_TEXT.match(posixpath.basename(name)) and _says_levels(text)
        if has_items or _looks_like_standard(text, with_front_matter=_is_named(name)):
            yield name, text


def unread_files(names: Iterable[str]) -> Iterator[Finding]:
    """Yield a finding for each of these files, which would be standards if they had other names."""
    for name in names:
        base, new = posixpath.basename(name), f"`{posixpath.basename(_renamed(name))}`"
        why, help_ = "only `.md` files are read", f"rename it to {new}"
        if _is_named(name):
            why, help_ = "files with this name are not read", "rename the file, or remove its front matter"
        elif posixpath.splitext(name)[1].lower() in (*_OTHER_MARKUP, *_HTML):
            help_ = f"convert the file to Markdown, and name it {new}"
        yield Finding(code="CX037", message=f"`{base}` looks like a standard, but {why}", path=name, help=help_)


def rules_in_readme(text: str, known: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each rule in the README.md of the root that no standard has; `known` are the ids of rules."""
    from skills_build.source.levels import read_levels
    from skills_build.source.preprocess import fenced_lines

    if _FRONT.match(text):
        return
    lines = text.split("\n")
    shown = "\n".join("" if code else line for line, code in zip(lines, fenced_lines(lines), strict=True))
    for match in _MARKED.finditer(shown):
        id_ = _ID.search(match[0])
        if id_ is None or id_["id"] in known or not read_levels(match[0]):
            continue
        line = shown.count("\n", 0, match.start() + len(match[0]) - len(match[0].lstrip("\n"))) + 1
        yield Finding(
            code="CX037",
            message=f"`{_README}` has the rule `{id_['id']}`, but files with this name are not read",
            path=_README,
            span=Span(line, 1, line, 2),
            help="move the rule to a standard",
        )


def _says_levels(text: str) -> bool:
    """Return whether a heading or list item of a text requires something by a level in capitals."""
    from skills_build.source.levels import read_levels
    from skills_build.source.unread_items import says_verb

    items = (match["item"] or match["title"] or match["element"] for match in _ITEM.finditer(text))
    return any(says_verb(word) for item in items for word in read_levels(item))


def _is_named(name: str) -> bool:
    return bool(_NO_STANDARD.fullmatch(posixpath.basename(name)))


def _renamed(name: str) -> str:
    """Return the name with which a file would be read."""
    return posixpath.join(posixpath.dirname(name), "standard.md") if _is_named(name) else f"{_stem(name)}.md"


def _stem(name: str) -> str:
    """Return a path without all suffixes that a text may have: `a.md.txt` becomes `a`."""
    stem, suffix = posixpath.splitext(name)
    while suffix and suffix.lower() in _SUFFIXES:
        name = stem
        stem, suffix = posixpath.splitext(name)
    return name


def _looks_like_standard(text: str, *, with_front_matter: bool) -> bool:
    """Return whether a text has a rule: any line with an id and a level below front matter, or marked as a rule.

    If it must be `with_front_matter`, the second is not enough.
    """
    marked = () if with_front_matter else _MARKED.findall(text)
    rules = _RULE.findall(text) if _FRONT.match(text) else marked
    if not rules:
        return False
    from skills_build.source.levels import read_levels

    return any(map(read_levels, rules))
