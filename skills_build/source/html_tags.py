"""Reads HTML tags in Markdown: which elements there are, where the tags are, and what their attributes say.

codexc has a small tag reader of its own because output must not depend on the patch release of Python, and what
`html.parser` treats as text does (https://github.com/python/cpython/issues/135661). Code spans, fences, comments and
names in angle brackets (`<name>`) are not HTML here.
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Final

from skills_build.source.html_elements import CODE as CODE
from skills_build.source.html_elements import ELEMENTS as ELEMENTS
from skills_build.source.html_elements import INLINE, is_comparison
from skills_build.source.markdown import parse_markdown

_NAMED: Final = rf"(?:{'|'.join(sorted(ELEMENTS, key=len, reverse=True))})"
MAY_CONTAIN_HTML: Final = re.compile(
    rf"<(?:/?{_NAMED}(?![\w-])|[?!][A-Za-z\[]|[A-Za-z][\w:-]*\s+[\w:-]+\s*=|[A-Za-z][\w+.-]*:(?!//|[^\s<>]*@))"
    r"|\]\((?!https?://[^@\s]{{0,2000}}\)|[\w./#%-]{{1,2000}}+\))",
    re.IGNORECASE,
)
"""A quick test for text that may contain HTML or a link that needs a closer look."""
_BLOCK_START: Final = (
    r"[ \t]*(?:#{1,6}(?:[ \t\n]|\Z)|>|[-+*](?:[ \t]|\Z)|1[.)][ \t]|`{3}|~{3}|\||=+[ \t]*(?:\n|\Z)|-+[ \t]*(?:\n|\Z)"
    r"|(?:[-_*][ \t]*){3,}(?:\n|\Z))"
    r"|[ \t>*+.)\d-]*<(?:[?!]|/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd"
    r"|details"
    r"|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li"
    r"|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|pre|script|search|section|style|summary|table|tbody|td"
    r"|textarea|tfoot|th|thead|title|tr|track|ul)(?![\w-]))"
)
"""What starts a block that ends a paragraph, and so any code span in it: a heading, a quote, a list, code, a row, HTML.

Source: https://spec.commonmark.org/0.31.2/#paragraphs.
"""
TOKEN: Final = re.compile(
    r"(?P<kept>(?<!`)(?P<ticks>`+)(?!`)(?:[^\n]|\n(?![ \t]*\n|" + _BLOCK_START + r")){1,4000}?(?<!`)(?P=ticks)(?!`)"
    r"|<!--.*?(?:-->|\Z)|\\[<>\\`]|<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>)"
    r"|<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]*)(?P<rest>(?:[\s/](?:[^<>\"']|\"[^\"]{0,4000}\"|'[^']{0,4000}'){0,2000})?)>",
    re.DOTALL | re.IGNORECASE,
)
"""A tag (groups `end`, `name`, `rest`), or what is kept unchanged (group `kept`): code, a comment, an escape."""
_HEADING: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*#{1,6}[ \t]")
_END: Final = re.compile(r"</([A-Za-z][A-Za-z0-9:-]*)[^<>]{0,200}>")
_ATTRIBUTE: Final = re.compile(r"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>`]+)))?")
_LISTS: Final = {
    "dropped": (
        "applet audio base bgsound canvas embed frame frameset head iframe link math meta noembed noframes "
        "noscript object param plaintext script select style svg template textarea title track video xmp"
    ),
    "active": "button dialog fieldset form input keygen marquee option output slot",
    "void": "area base br col embed frame hr img image input link meta param source track wbr",
    "raw": "script style xmp iframe noembed noframes plaintext textarea title",
    "containers": "table thead tbody tfoot colgroup tr ul ol menu dir",
    "blocks": (
        "address article aside body center dd details dialog dir div dl dt fieldset figcaption figure footer "
        "form header hgroup html legend main menu nav p picture search section"
    ),
}
DROPPED: Final = frozenset(_LISTS["dropped"].split())
"""Elements whose content is not text for a reader."""
ACTIVE: Final = frozenset(_LISTS["active"].split())
"""Elements that do something in a browser. Their text is kept."""
VOID: Final = frozenset(_LISTS["void"].split())
"""Elements without content and end tag (HTML Living Standard, 13.1.2)."""
RAW: Final = frozenset(_LISTS["raw"].split())
"""Elements whose content is not parsed as HTML."""
CONTAINERS: Final = frozenset(_LISTS["containers"].split())
"""Elements whose rows or items are written when they end."""
BLOCKS: Final = frozenset(_LISTS["blocks"].split())
"""Elements that start a paragraph of their own."""
_HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d]*[1-9])|font-size\s*:\s*0(?![.\d]*[1-9])",
    re.IGNORECASE,
)


def attributes_of(rest: str) -> dict[str, str]:
    """Return the attributes in the text of a tag after its name: lower-case names, values without entities."""
    return {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(rest)}


def hides(attributes: Mapping[str, str]) -> bool:
    """Return whether an element with these attributes is hidden from a reader."""
    return "hidden" in attributes or bool(_HIDING.search(attributes.get("style", "")))


def last_end_tags(text: str) -> dict[str, int]:
    """Return the offset of the last end tag of each element."""
    return {match[1].lower(): match.start() for match in _END.finditer(text)}


def has_content(tag: re.Match[str], end_tags: Mapping[str, int], *, hidden: bool) -> bool:
    """Return whether a start tag that is left out opens an element with content.

    An element that is never closed contains the rest of the text if it is hidden, and nothing otherwise.
    """
    name = tag["name"].lower()
    if name in VOID or (tag["rest"].endswith("/") and name not in RAW):
        return False
    return hidden or end_tags.get(name, -1) > tag.start()


def html_tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield the tags of a text without code blocks, and what is kept unchanged, in order.

    A code span cannot continue after the line of a heading, so backticks that are not closed in it are only text. What
    is a comparison (`a<b and c>d`), or the name of a type that is never closed (`List<i>`), is only text as well.
    """
    at, end_tags = 0, last_end_tags(text)
    while token := TOKEN.search(text, at):
        at = token.end()
        if token["ticks"] and "\n" in token[0]:
            line = text.rfind("\n", 0, token.start()) + 1
            if _HEADING.match(text, line, token.start()):
                at = token.start() + len(token["ticks"])
                continue
        if not _is_text(token, end_tags):
            yield token


def _is_text(token: re.Match[str], end_tags: Mapping[str, int]) -> bool:
    """Return whether what looks like a tag is text."""
    name = (token["name"] or "").lower()
    if name not in INLINE and name != "p":
        return False
    before = token.string[token.start() - 1 : token.start()]
    is_type = name in INLINE and not token["end"] and not token["rest"] and (before.isalnum() or before == "_")
    return is_comparison(token[0]) or (is_type and end_tags.get(name, -1) < token.start())


def outside_code_blocks(text: str, *, containing: re.Pattern[str] = MAY_CONTAIN_HTML) -> Iterator[tuple[int, str]]:
    """Yield the pieces of a text that are not in code blocks and contain a pattern, with their offsets."""
    if not containing.search(text):
        return
    lines = text.split("\n")
    code_lines = _code_lines(lines) if "```" in text or "~~~" in text or "    " in text or "\t" in text else set()
    offset, start = 0, 0
    for number, line in enumerate(lines):
        if number in code_lines:
            if offset > start and containing.search(text, start, offset):
                yield start, text[start:offset]
            start = offset + len(line) + 1
        offset += len(line) + 1
    if offset > start and containing.search(text, start, offset):
        yield start, text[start:offset]


def _code_lines(lines: list[str]) -> set[int]:
    """Return the indexes of lines in fences and indented code."""
    blocks = (block for root in parse_markdown(lines).blocks for block in root.walk())
    return {
        number for block in blocks if block.kind in ("fence", "code") for number in range(block.first - 1, block.last)
    }
