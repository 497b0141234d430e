"""Finds items that no Markdown list has: typed bullets and numbers, elements of HTML, and notices that bind readers.

Says only where such an item is. Whether it has a level or an id is decided elsewhere.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from skills_build.source.document import Block
from skills_build.source.levels import LevelWord, level_named

_SIGN: Final = (
    r"(?P<sign>[•‣◦·▪▫●○■□➤►▶→⇒✓✔✅☐☑★※∙⁃◆◇⮕\u2460-\u2473](?=\s|[^\W\d_])"
    r"|[-+](?=[A-Z][a-z])|\*(?=[A-Z][a-z][^*\n]*$)|:(?=[ \t]{1,4}\S))"
)
"""A bullet as it is typed, a bullet without a space after it, or the mark of a definition."""
_WEAK: Final = (
    r"(?P<weak>[\u2013\u2014](?=\s)|[*_]{0,3}(?:"
    r"(?:[ivxIVX]{1,5}|[A-Za-z]|\d{1,3}(?:\.\d{1,3}){0,4}|[A-Z]{1,5}[-_.]?\d{1,3}[a-z]?)[.):](?!\w)"
    r"|[(\[](?:[ivx]{1,5}|[a-zA-Z]|\d{1,3}|[A-Z]{1,5}-?\d{1,3})[)\]]:?|\d{1,3}(?:\.\d{1,3}){1,4}(?=\s)|o(?=\s+[A-Z])"
    r"|(?:(?:rule|req|requirement|article|section|point|item|no|nr)\.?\s{0,2}#?\d{1,3}[a-z]?(?:[.:)]|\s[-\u2013\u2014])?|§\s?\d{1,3}"
    r"|\d{1,3}\s[-\u2013\u2014]|(?:rule|requirement):)(?=[\s*_]))[*_]{0,3}(?=\s))"
)
"""A number or a dash, which may also be the start of a line in the middle of a sentence."""
_MARKER: Final = re.compile(rf"^[ \t]{{0,8}}(?:{_SIGN}|(?i:{_WEAK}))", re.MULTILINE)
_PAUSES: Final = (".", ":", ";", ",", "!", "?", ")")
_ELEMENT: Final = re.compile(r"<(?P<end>/?)(?:li|td|th|dd|dt|h[1-6]|summary)\b[^<>]{0,400}>", re.IGNORECASE)
_KINDS: Final = r"(?:important|warning|caution|danger|attention|error|mandatory|required|requirement|rule|policy)"
ALERT: Final = re.compile(r"\A\[!\w+\]\s*", re.ASCII)
"""The start of a quote that is an alert: `[!NOTE]`."""
_BINDING_ALERT: Final = re.compile(rf"\A\[!{_KINDS}\]", re.IGNORECASE)
_NOTICE: Final = re.compile(rf"\A(?:!!!|\?\?\?\+?|:{{3,}})\s{{0,3}}\{{?{_KINDS}\b", re.IGNORECASE)
_HTML_NOTICE: Final = re.compile(
    rf"\s{{0,3}}<(?:div|p|aside|section|blockquote)\s[^<>]{{0,200}}?class=[\"'](?:[^\"'<>]{{0,80}}[\s-])?{_KINDS}[\s\"']",
    re.IGNORECASE,
)
_NOTICE_END: Final = re.compile(r"^:{3,}\s*\Z", re.MULTILINE)
_FENCE: Final = re.compile(
    rf"\s{{0,3}}(?:\{{(?:(?P<kind>{_KINDS})|admonition|note|hint|tip|seealso)\}}|ad-(?P<ad>{_KINDS}|\w+))",
    re.IGNORECASE,
)
_VERBS: Final = ("MUST", "SHALL", "SHOULD", "MAY")


def typed_items(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the start and end of each typed item of a paragraph, with its marker."""
    found = [match for match in _MARKER.finditer(text) if _starts_item(text, match)]
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        yield match.end(), end, (match["sign"] or match["weak"]).strip("*_ ")


def _starts_item(text: str, match: re.Match[str]) -> bool:
    """Return whether a marker starts an item: a number in a later line may be part of a sentence."""
    if match["sign"] or match.start() == 0:
        return True
    first = _MARKER.match(text)
    return bool(first and first["weak"]) or text[: match.start()].rstrip().endswith(_PAUSES)


def says_verb(word: LevelWord) -> bool:
    """Return whether a level is a verb: adjectives such as OPTIONAL describe fields in tables."""
    return word.word.upper().startswith(_VERBS)


def explains_levels(row: Block) -> bool:
    """Return whether the first cell of a row holds nothing but levels, as in a legend."""
    inline = row.children[0].inline if row.children else None
    text = inline.text if inline else ""
    words = re.split(r"[,/;|]|\b(?:and|or)\b", text)
    return bool(text) and all(level_named(word) or not word.strip(" *_`()") for word in words)


class OpenElements:
    """Knows where an HTML block is inside an element that is an item: of a list, a table or a heading."""

    def __init__(self, block: Block) -> None:
        tags = [*_ELEMENT.finditer(block.text)]
        self._block = block
        self._ends = [tag.end() for tag in tags]
        self._opens = [not tag["end"] for tag in tags]
        self._lines = [0, *(match.end() for match in re.finditer("\n", block.text))]

    @property
    def left_open(self) -> bool | None:
        """Whether the text below the block is in such an element; None if the block does not say."""
        return self._opens[-1] if self._opens else None

    def around(self, line: int, column: int) -> bool:
        """Return whether a place of the file is in such an element."""
        at = self._lines[line - self._block.first] + column - 1
        before = bisect_right(self._ends, at)
        return before > 0 and self._opens[before - 1]


def is_binding_alert(text: str) -> bool:
    """Return whether a quote starts as an alert that readers must heed: `[!IMPORTANT]`, not `[!NOTE]`."""
    return bool(_BINDING_ALERT.match(text))


def is_notice_in_html(html: str) -> bool:
    """Return whether a block of HTML is a box that readers must heed: `<div class="warning">`."""
    return _HTML_NOTICE.match(html) is not None


def opens_notice(block: Block) -> bool:
    """Return whether a paragraph starts a notice that readers must heed: `!!! important`."""
    return block.inline is not None and bool(_NOTICE.match(block.inline.text))


def goes_on_after(block: Block, *, notice: bool) -> bool:
    """Return whether the block below a paragraph or heading is in a notice between colons; `notice` is for itself."""
    text = block.inline.text if block.inline else ""
    if block.kind == "heading" or _NOTICE_END.search(text):
        return False
    return text.startswith(":") if opens_notice(block) else notice


def notice_in_fence(block: Block) -> bool | None:
    """Return whether a fenced block is such a notice; None if it is a code block, and no notice at all."""
    match = _FENCE.match(block.info)
    return bool(match["kind"] or (match["ad"] and re.fullmatch(_KINDS, match["ad"], re.IGNORECASE))) if match else None
