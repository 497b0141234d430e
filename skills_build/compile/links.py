"""Rewrites the links of the author's text for readers who have only the output. Changes targets, never words.

A link to a rule becomes the rule's id. A link to a file that is not in the output becomes an address, or plain text
with the path. A link to a section is kept if that section is in the same file.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from skills_build.compile.link_index import LinkDestination, LinkIndex, external
from skills_build.frozen import dataclass
from skills_build.model.links import Link
from skills_build.model.standard import Standard
from skills_build.source.hypertext import harm

_BEFORE_TARGET: Final = re.compile(r"\]\([ \t\n]*<?$")
JUMP: Final = "\x01"
"""Marks a link to a section until the file of the section is determined; never written to the output."""
_MARKED_JUMP: Final = re.compile(r"\x01\[([^\x01]*)\]\(#([^()\x01]*)\)\x01")
_AFTER_TARGET: Final = re.compile(
    r">?(?:[ \t\n]+(?P<title>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)))?[ \t\n]*\)"
)


@dataclass(frozen=True, slots=True)
class _Replacement:
    """The text between two offsets, and what replaces it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _LinkSpan:
    """The offsets of a link in a text: its opening (`[` or `![`), the end of its words (`]`), and its end.

    `title` is the title that a reader sees when pointing at the link.
    """

    start: int
    close: int
    end: int
    title: str = ""


def resolved_links(text: str, anchors: frozenset[str]) -> str:
    """Keep the marked links whose section is in `anchors`, those of the same file; keep only the words of others."""
    if JUMP not in text:
        return text
    kept = _MARKED_JUMP.sub(lambda m: f"[{m[1]}](#{m[2]})" if m[2] in anchors else m[1], text)
    return kept.replace(JUMP, "")


class LinkWriter:
    """Rewrites the links of one standard. Links to the sections in `anchors` are marked with `JUMP`."""

    def __init__(self, standard: Standard, destinations: LinkIndex, anchors: frozenset[str]) -> None:
        self._standard = standard
        self._destinations = destinations
        self._anchors = anchors

    def by_position(self, text: str, links: Iterable[Link], *, line: int, column: int = 1) -> str:
        """Rewrite links by position: `text` starts on `line` of the file, its lines at `column`, both from 1."""
        rewritable = [link for link in links if self._needs_rewrite(link)]
        if not rewritable:
            return text
        text = text.replace(JUMP, " ")
        starts = [0]
        for match in re.finditer("\n", text):
            starts.append(match.end())
        located = ((link, _offset(text, starts, link, line, column)) for link in rewritable)
        return self._rewritten(text, located)

    def by_search(self, text: str, links: Sequence[Link]) -> str:
        """Rewrite links in a sentence or label taken from the file, searching each after the previous one."""
        rewritable = [link for link in links if self._needs_rewrite(link)]
        return self._rewritten(text, _searched(text, rewritable)) if rewritable else text

    def _needs_rewrite(self, link: Link) -> bool:
        return bool(link.target) and (
            link.reference is not None or link.site is not None or not external(link.target) or harm(link.target) != ""
        )

    def _rewritten(self, text: str, located: Iterable[tuple[Link, int | None]]) -> str:
        replacements: list[_Replacement] = []
        for link, at in located:
            span = _link_span(text, link, at) if at is not None else None
            if span is not None:
                replacements.extend(self._replacements(text, link, span))
        return _replaced(text, sorted(replacements, key=lambda new: (new.start, new.end), reverse=True))

    def _replacements(self, text: str, link: Link, span: _LinkSpan) -> Iterator[_Replacement]:
        """Yield the edits for a link in the output: it is dropped, kept, or replaced by its words and its goal."""
        if harm(link.goal):
            yield _Replacement(span.start, span.start + 1 + link.image, "")
            yield _Replacement(span.close, span.end, "")
            return
        if external(link.goal):
            yield _Replacement(span.close, span.end, f"]({_bracketed(link.goal)}{_quoted(span.title)})")
            return
        destination = self._destinations.find(self._standard, link.goal)
        if destination.anchor is not None and destination.anchor in self._anchors and not link.image:
            yield _Replacement(span.start, span.start, JUMP)
            yield _Replacement(span.close, span.end, f"](#{destination.anchor}){JUMP}{_in_brackets(span, text)}")
            return
        words = text[span.start : span.close].lstrip("![")
        url = self._url(destination)
        if url is None:
            yield _Replacement(span.start, span.start + 1 + link.image, "")
        opened = f"]({_bracketed(url)}{_quoted(span.title)})" if url else ""
        title = "" if url else _in_brackets(span, text)
        yield _Replacement(span.close, span.end, opened + _aside(destination, words, url) + title)

    def _url(self, destination: LinkDestination) -> str | None:
        if destination.path == self._standard.path or not destination.exists:
            return None
        return self._destinations.heading_url(destination.path, destination.heading)


def _replaced(text: str, replacements: Sequence[_Replacement]) -> str:
    """Replace places of a text, from the last to the first. One that overlaps a later one ends where that starts."""
    parts: list[str] = []
    end = len(text)
    for replacement in replacements:
        parts += [text[min(replacement.end, end) : end], replacement.text]
        end = min(replacement.start, end)
    return "".join([*parts, text[:end]][::-1])


def _aside(destination: LinkDestination, words: str, url: str | None) -> str:
    """Return what is appended to a link's words: the id to look up, or the path if there is no address."""
    if destination.id is not None:
        return "" if re.search(rf"(?<![\w-]){re.escape(destination.id)}(?![\w-])", words) else f" ({destination.id})"
    if url or destination.anchor is not None or not destination.exists or destination.path in words:
        return ""
    return f" (`{destination.path}`)" if "`" not in destination.path else ""


def _quoted(title: str) -> str:
    """Return a title as it is written behind the target of a link."""
    plain = title.replace("\\", "").replace('"', "'")
    return f' "{plain}"' if plain.strip() else ""


def _in_brackets(span: _LinkSpan, text: str) -> str:
    """Return the title of a link that is not written as one, in brackets; empty if its words already say it."""
    title, words = " ".join(re.sub(r"[\[\]<>`\\]", " ", span.title).split()), text[span.start : span.close]
    return f" ({title})" if title and title.lower() not in words.lower() else ""


def _bracketed(target: str) -> str:
    """Return a target that is valid between brackets, whatever characters it contains."""
    if not re.search(r"[\s()<>]", target):
        return target
    return "<" + re.sub(r"[\r\n]", "", target).replace("<", "%3C").replace(">", "%3E") + ">"


def _offset(text: str, starts: Sequence[int], link: Link, line: int, column: int) -> int | None:
    """Return the offset of a link's target, or of a whole reference link."""
    row = link.span.line - line
    if not 0 <= row < len(starts):
        return None
    stop = starts[row + 1] - 1 if row + 1 < len(starts) else len(text)
    opening = link.target if link.reference is None else ("![" if link.image else "[")
    exact = starts[row] + link.span.column - column
    if starts[row] <= exact < stop and text.startswith(opening, exact):
        return exact
    offset = text.find(opening, starts[row], stop)
    return offset if offset >= 0 else None


def _searched(text: str, links: Iterable[Link]) -> Iterator[tuple[Link, int | None]]:
    """Find links in a text, in order: each with the offset of its target, or of its bracket if it has a label."""
    at = 0
    for link in links:
        words = re.sub(r"\s+", " ", link.text)
        opening = ("![" if link.image else "[") + words + "]"
        start = text.find(opening, at)
        if start < 0:
            continue
        if link.reference is None:
            target = text.find(link.target, start + len(opening))
            yield link, target if target >= 0 else None
        else:
            yield link, start
        at = start + (1 if not link.image else 2)


def _link_span(text: str, link: Link, at: int) -> _LinkSpan | None:
    return _inline_span(text, link, at) if link.reference is None else _reference_span(text, link, at)


def _inline_span(text: str, link: Link, at: int) -> _LinkSpan | None:
    """Return the span of `[words](target)` whose target is at `at`; None if it is not a link there."""
    before = _BEFORE_TARGET.search(text, max(0, at - 40), at)
    after = _AFTER_TARGET.match(text, at + len(link.target))
    if before is None or after is None:
        return None
    start = _opening(text, before.start())
    if start is None:
        return None
    first = start - 1 if link.image and text[start - 1 : start] == "!" else start
    return _LinkSpan(first, before.start(), after.end(), (after["title"] or "")[1:-1])


def _opening(text: str, close: int) -> int | None:
    """Return the offset of the bracket that the `]` at `close` closes."""
    depth = 0
    for at in range(close - 1, -1, -1):
        if text[at] == "]" and text[at - 1 : at] != "\\":
            depth += 1
        elif text[at] == "[" and text[at - 1 : at] != "\\":
            if depth == 0:
                return at
            depth -= 1
    return None


def _reference_span(text: str, link: Link, at: int) -> _LinkSpan | None:
    """Return the span of `[words][label]`, `[words][]` or `[words]` that starts at `at`."""
    close = _closing(text, at + 1 + link.image)
    if close is None:
        return None
    label = re.compile(r"\[[^\[\]]*\]").match(text, close + 1)
    full = label is not None and (link.reference != link.text or label[0] in ("[]", f"[{link.reference}]"))
    return _LinkSpan(at, close, label.end() if label is not None and full else close + 1, link.title)


def _closing(text: str, start: int) -> int | None:
    """Return the offset of the bracket that closes the one before `start`."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] == "[" and text[at - 1] != "\\":
            depth += 1
        elif text[at] == "]" and text[at - 1] != "\\":
            if depth == 0:
                return at
            depth -= 1
    return None
