"""Links of the author's text rewritten for readers who have only the output. Changes targets, never words.

A link to a rule becomes its id, one to a file that is not in the output an address or plain text with the path; a link
to a section stays where that section stands in the same file.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from skills_build.compile.link_index import LinkDestination, LinkIndex, external
from skills_build.model.standard import Link, Standard
from skills_build.source.hypertext import harm

_BEFORE: Final = re.compile(r"\]\([ \t\n]*<?$")
JUMP: Final = "\x01"
"""Stands around a link to a section until it is known which file the section stands in; never written out."""
_JUMP: Final = re.compile(r"\x01\[([^\x01]*)\]\(#([^()\x01]*)\)\x01")
_AFTER: Final = re.compile(r">?(?:[ \t\n]+(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)))?[ \t\n]*\)")


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Extent:
    """A link in a text: where it opens (`[` or `![`), where its words end (`]`), and where all of it ends."""

    start: int
    close: int
    end: int


def resolved_links(text: str, standing: frozenset[str]) -> str:
    """Keep the links to sections that stand in the same file; of others, only the words."""
    if JUMP not in text:
        return text
    kept = _JUMP.sub(lambda m: f"[{m[1]}](#{m[2]})" if m[2] in standing else m[1], text)
    return kept.replace(JUMP, "")


class LinkWriter:
    """Rewrites the links of one standard. `anchors` are the sections that a link may jump to, marked by `JUMP`."""

    def __init__(self, standard: Standard, destinations: LinkIndex, anchors: frozenset[str]) -> None:
        self._standard = standard
        self._destinations = destinations
        self._anchors = anchors

    def placed(self, text: str, links: Iterable[Link], *, line: int, column: int = 1) -> str:
        """Rewrite links by their places: `text` starts on `line` of the file, its lines at `column`."""
        wanted = [link for link in links if self._matters(link)]
        if not wanted:
            return text
        text = text.replace(JUMP, " ")
        starts = [0]
        for match in re.finditer("\n", text):
            starts.append(match.end())
        found = ((link, _located(text, starts, link, line, column)) for link in wanted)
        return self._rewritten(text, found)

    def quoted(self, text: str, links: Sequence[Link]) -> str:
        """Rewrite links in a sentence or label taken from the file, finding each after the one before."""
        wanted = [link for link in links if self._matters(link)]
        return self._rewritten(text, _searched(text, wanted)) if wanted else text

    def _matters(self, link: Link) -> bool:
        return bool(link.target) and (
            link.reference is not None or link.site is not None or not external(link.target) or harm(link.target) != ""
        )

    def _rewritten(self, text: str, found: Iterable[tuple[Link, int | None]]) -> str:
        edits: list[_Edit] = []
        for link, at in found:
            extent = _extent(text, link, at) if at is not None else None
            if extent is not None:
                edits.extend(self._edits(text, link, extent))
        for edit in sorted(edits, key=lambda e: (e.start, e.end), reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def _edits(self, text: str, link: Link, extent: _Extent) -> Iterator[_Edit]:
        if harm(link.goal):
            yield _Edit(extent.start, extent.start + 1 + link.image, "")
            yield _Edit(extent.close, extent.end, "")
            return
        if external(link.goal):
            yield _Edit(extent.close, extent.end, f"]({_bracketed(link.goal)})")
            return
        destination = self._destinations.find(self._standard, link.goal)
        if destination.anchor is not None and destination.anchor in self._anchors and not link.image:
            yield _Edit(extent.start, extent.start, JUMP)
            yield _Edit(extent.close, extent.end, f"](#{destination.anchor}){JUMP}")
            return
        words = text[extent.start : extent.close].lstrip("![")
        url = self._url(destination)
        if url is None:
            yield _Edit(extent.start, extent.start + 1 + link.image, "")
        opened = f"]({_bracketed(url)})" if url else ""
        yield _Edit(extent.close, extent.end, opened + _aside(destination, words, url))

    def _url(self, destination: LinkDestination) -> str | None:
        if destination.path == self._standard.path or not destination.known:
            return None
        return self._destinations.url(destination.path, destination.line)


def _aside(destination: LinkDestination, words: str, url: str | None) -> str:
    """What follows a link's words: the id to look up, or the path where there is no address."""
    if destination.id is not None:
        return "" if re.search(rf"(?<![\w-]){re.escape(destination.id)}(?![\w-])", words) else f" ({destination.id})"
    if url or destination.anchor is not None or not destination.known or destination.path in words:
        return ""
    return f" (`{destination.path}`)" if "`" not in destination.path else ""


def _bracketed(target: str) -> str:
    """A target as it may stand in brackets, whatever is in it."""
    if not re.search(r"[\s()<>]", target):
        return target
    return "<" + re.sub(r"[\r\n]", "", target).replace("<", "%3C").replace(">", "%3E") + ">"


def _located(text: str, starts: Sequence[int], link: Link, line: int, column: int) -> int | None:
    """The offset of a link's target, or of a whole reference link."""
    row = link.span.line - line
    if not 0 <= row < len(starts):
        return None
    stop = starts[row + 1] - 1 if row + 1 < len(starts) else len(text)
    wanted = link.target if link.reference is None else ("![" if link.image else "[")
    exact = starts[row] + link.span.column - column
    if starts[row] <= exact < stop and text.startswith(wanted, exact):
        return exact
    found = text.find(wanted, starts[row], stop)
    return found if found >= 0 else None


def _searched(text: str, links: Iterable[Link]) -> Iterator[tuple[Link, int | None]]:
    at = 0
    for link in links:
        words = re.sub(r"\s+", " ", link.text)
        opening = ("![" if link.image else "[") + words + "]"
        found = text.find(opening, at)
        if found < 0:
            continue
        if link.reference is None:
            target = text.find(link.target, found + len(opening))
            yield link, target if target >= 0 else None
        else:
            yield link, found
        at = found + (1 if not link.image else 2)


def _extent(text: str, link: Link, at: int) -> _Extent | None:
    return _inline_extent(text, link, at) if link.reference is None else _reference_extent(text, link, at)


def _inline_extent(text: str, link: Link, at: int) -> _Extent | None:
    before = _BEFORE.search(text, max(0, at - 40), at)
    after = _AFTER.match(text, at + len(link.target))
    if before is None or after is None:
        return None
    start = _opening(text, before.start())
    if start is None:
        return None
    return _Extent(start - 1 if link.image and text[start - 1 : start] == "!" else start, before.start(), after.end())


def _opening(text: str, close: int) -> int | None:
    """The bracket that opens what `]` at `close` closes."""
    depth = 0
    for at in range(close - 1, -1, -1):
        if text[at] == "]" and text[at - 1 : at] != "\\":
            depth += 1
        elif text[at] == "[" and text[at - 1 : at] != "\\":
            if depth == 0:
                return at
            depth -= 1
    return None


def _reference_extent(text: str, link: Link, at: int) -> _Extent | None:
    close = _closing(text, at + 1 + link.image)
    if close is None:
        return None
    label = re.compile(r"\[[^\[\]]*\]").match(text, close + 1)
    full = label is not None and (link.reference != link.text or label[0] in ("[]", f"[{link.reference}]"))
    return _Extent(at, close, label.end() if label is not None and full else close + 1)


def _closing(text: str, start: int) -> int | None:
    depth = 0
    for at in range(start, len(text)):
        if text[at] == "[" and text[at - 1] != "\\":
            depth += 1
        elif text[at] == "]" and text[at - 1] != "\\":
            if depth == 0:
                return at
            depth -= 1
    return None
