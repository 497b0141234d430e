"""Finds the sentence of a rule in its text: everything except the marker, on both sides of it.

A pattern's group `statement` names the main part. Words in front of a marker or after the group belong to the
sentence too, because a condition is often written there: `If it is public, the key [MUST|K-1] be signed`.
"""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.frozen import dataclass

_WORD: Final = re.compile(r"[^\W_]+")
_ENDED: Final = re.compile(r"[.!?:;\u3002\uff01\uff1f][)\"'\]*_`\u201d\u2019]*$")

_SYNTAX: Final = re.compile(r"<[^<>]*(?:>|$)|^[^<>]*>|:\w+:|\{[%{][^{}]*(?:[%}]\}|$)|^[^{}]*[%}]\}")
"""What a marker is made of besides words: tags, names of emoji, template syntax, also parts that a group cuts off."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as written, without its markers. `start` to `end` is its place in the text with `lead` in front.

    `markers` are the parts that are left out: the level, the id, and words that the pattern itself has.
    """

    text: str
    start: int
    end: int
    markers: tuple[tuple[int, int], ...] = ()


def sentence(lead: str, text: str, match: re.Match[str] | None, keyword: str) -> Sentence:
    """Return the sentence in `lead` and `text`, in which `match` was found; `keyword` is the level that it states."""
    groups = match.groupdict() if match else {}
    if match is None or groups.get("statement") is None:
        end = len(text)
        if match and groups.get("id") is not None and match.end("id") >= len(text.rstrip(" )")):
            end = match.start("id")
        return _cut(lead + text, [(0, len(lead) + end)], "")
    kept = list(_kept(lead, text, match))
    statement = len(lead) + match.start("statement")
    before = (lead + text)[kept[0][0] : kept[0][1]].strip()
    stated = groups.get("level") is not None and match.end("level") <= match.start("statement")
    mid_sentence = kept[0][1] <= statement and bool(before) and not _ENDED.search(before)
    return _cut(lead + text, kept, keyword if stated and mid_sentence else "")


def _kept(lead: str, text: str, match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Yield the parts of the text that are not markers; those without words are left out, except the statement."""
    shift = len(lead)
    start, end = match.span("statement")
    literal = frozenset(_WORD.findall(match.re.pattern))
    names = [name for name in ("level", "id", "tier") if match.groupdict().get(name)]
    marks = [span for span in map(match.span, names) if span[1] <= start or span[0] >= end]
    if _WORD.search(lead, 0) or _WORD.search(text, 0, match.start()):
        yield 0, shift + match.start()
    at = match.start()
    for first, last in (*sorted([*marks, (start, end)]), (match.end(), match.end())):
        if first > at and not literal.issuperset(_WORD.findall(_SYNTAX.sub(" ", text[at:first]))):
            yield shift + at, shift + first
        if (first, last) == (start, end):
            yield shift + start, shift + end
        at = max(at, last)
    if _WORD.search(text, match.end()):
        yield shift + match.end(), shift + len(text)


def _cut(whole: str, kept: list[tuple[int, int]], keyword: str) -> Sentence:
    """Join the kept parts of a text. `keyword` is put after the first."""
    parts = [whole[start:end].strip() for start, end in kept]
    if keyword:
        parts.insert(1, keyword)
    start, end = kept[0][0], kept[-1][1]
    start += len(whole[start:end]) - len(whole[start:end].lstrip())
    end -= len(whole[start:end]) - len(whole[start:end].rstrip())
    edges = [0, *(edge for part in kept for edge in part), len(whole)]
    markers = tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a)
    return Sentence(re.sub(r"\s+", " ", " ".join(parts)).strip(), start, max(end, start), markers)
