"""Tells whether all of a text is emphasised, as a sentence is that readers must not miss."""

import re
from typing import Final

_MARKED: Final = re.compile(r"(?P<mark>\*{1,3}|_{1,3}|==)(?P<inside>[^\s*_=](?:.*\S)?)(?P=mark)[.:!]?", re.DOTALL)
_ELEMENT: Final = re.compile(r"<(?P<tag>b|strong|em|i|u|mark)>(?P<inside>[^<>]+)</(?P=tag)>[.:!]?", re.IGNORECASE)
_AROUND: Final = re.compile(
    r"</?(?:div|p|center|blockquote|span|section|aside)\b[^<>]{0,200}>|<br\s*/?>", re.IGNORECASE
)
_RUN: Final = re.compile(r"\*+|_+|=+")
_BOLD: Final = ("**", "***", "__", "___", "b", "strong")
_EXPLAINS: Final = re.compile(
    r"\W{0,4}(?:note|tip|hint|example|figure|fig|table|source|caption|e\.g|i\.e)\b", re.IGNORECASE
)
_LONGEST: Final = 2_000


def emphasis_of(text: str) -> str:
    """Return `bold` or `emphasised` if all of a text is, in one piece; empty if it is not, or only explains."""
    if len(text) > _LONGEST or text[:1] not in ("*", "_", "=", "<"):
        return ""
    match = _MARKED.fullmatch(text) or _ELEMENT.fullmatch(text)
    if match is None:
        return ""
    groups = match.groupdict()
    kind = groups.get("mark") or groups["tag"].lower()
    if groups.get("mark") and _goes_on(match["inside"], kind):
        return ""
    if kind in _BOLD:
        return "bold"
    return "" if _EXPLAINS.match(match["inside"]) else "emphasised"


def is_emphasised_html(html: str) -> bool:
    """Return whether a block of HTML has nothing but one emphasised text in boxes."""
    return bool(emphasis_of(_AROUND.sub("", html).strip()))


def _goes_on(inside: str, mark: str) -> bool:
    """Return whether the emphasis ends and starts again inside: a mark of the same length, not within a word."""
    return any(
        run[0] == mark
        and not (inside[run.start() - 1 : run.start()].isalnum() and inside[run.end() : run.end() + 1].isalnum())
        for run in _RUN.finditer(inside)
    )
