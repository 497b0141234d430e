"""Which HTML elements there are. Other names in angle brackets (`list<of>`) are text."""

import re
from typing import Final

_NAMES: Final = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote "
    "body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div "
    "dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header "
    "hgroup hr html i iframe image img input ins isindex kbd keygen label legend li link listing main map mark "
    "marquee math menu meta meter nav nobr noembed noframes noscript object ol optgroup option output p param "
    "picture plaintext pre progress q rp rt ruby s samp script search section select slot small source span "
    "strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track "
    "tt u ul var video wbr xmp"
)
ELEMENTS: Final = frozenset(_NAMES.split())
"""Every HTML element, including obsolete ones."""
COMMENT: Final = r"<!--[^\n<-]*+(?:(?:-(?!->)|<(?!!--))[^\n<-]*+)*-->"
"""A pattern for a comment in one line. It contains no start of another one, so that no text is searched twice."""
_NAME: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]*)")
_INLINE_NAMES: Final = (
    "a abbr acronym b bdi bdo big blink cite code data del dfn em font i ins kbd label mark nobr q s samp small span "
    "strike strong sub sup time tt u var"
)
INLINE: Final = frozenset(_INLINE_NAMES.split())
"""Elements within a sentence that need an end tag."""
_ALONE: Final = frozenset(
    ["autofocus", "contenteditable", "disabled", "download", "hidden", "inert", "itemscope", "popover", "translate"]
)
"""Attributes of these elements that may have no value (HTML Living Standard, 3.2.6)."""
_INLINE_TAG: Final = re.compile(
    rf"<(?:{'|'.join(sorted(INLINE, key=len, reverse=True))}|p)\s(?P<rest>[^<>]*)>", re.IGNORECASE
)
_GIVEN: Final = re.compile(r"(?<![^\s\"'=/])[^\s\"'=/]++\s*+=\s*+(?:\"[^\"]*\"|'[^']*'|[^\s\"'=]+)")
_BARE: Final = re.compile(r"[^\s/]+")

MARKS: Final = {
    "b": "**",
    "strong": "**",
    "i": "*",
    "em": "*",
    "cite": "*",
    "dfn": "*",
    "s": "~~",
    "del": "~~",
    "strike": "~~",
}
"""Elements that become emphasis, and its mark."""
CODE: Final = frozenset(("code", "kbd", "samp", "tt", "var"))
"""Elements that become code spans."""
_UNMARKED: Final = (INLINE - MARKS.keys() - CODE - {"a", "sup"}) | {"wbr"}
_JOINING: Final = re.compile(rf"</?(?:{'|'.join(sorted(_UNMARKED))})(?:\s[^<>]*)?/?>", re.IGNORECASE)


def joins(tag: str) -> bool:
    """Return whether a tag within a word leaves it one word: the text is written without a mark in its place."""
    return bool(_JOINING.fullmatch(tag))


def is_comparison(tag: str) -> bool:
    """Return whether what looks like a tag is text, as in `a<b and c>d`: it has words that are not attributes."""
    match = _INLINE_TAG.fullmatch(tag)
    words = _BARE.findall(_GIVEN.sub(" ", match["rest"])) if match else []
    return any("-" not in word and ":" not in word and word.lower() not in _ALONE for word in words)


def is_unseen(tag: str) -> bool:
    """Return whether a tag, comment or declaration is invisible to a reader: true for every HTML element."""
    match = _NAME.match(tag)
    return match is None or (match[1].lower() in ELEMENTS and not is_comparison(tag))
