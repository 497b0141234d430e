"""Reads `<!-- codexc: allow NAME: reason -->` and, in front matter, `# codexc: allow NAME: reason`.

A comment on its own line applies to the block that follows; before a heading, to everything under the heading. At the
end of a line it applies to that line. `allow-file` applies to the whole file.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Finding, Span
from skills_build.model.non_rules import Suppression
from skills_build.source.document import Block, FrontMatter, HtmlComment
from skills_build.source.similar import nearest

_ALLOW: Final = re.compile(
    r"codexc:\s*+(?P<verb>allow(?:-file)?)\s++(?P<names>[\w,-]++(?: ++[\w,-]++)*)\s*+(?::\s*+(?P<reason>.*))?",
    re.DOTALL,
)
_MEANT: Final = re.compile(r"codexc?\s*+:?\s*+(?P<verb>[A-Za-z]++(?:-[A-Za-z]++)?)(?![\w-])", re.IGNORECASE)
_VERBS: Final = ("allow", "allow-file")
_OTHER_VERBS: Final = frozenset({"ignore", "disable", "suppress", "noqa", "skip", "off", "ignore-file", "disable-file"})
_YAML_COMMENT: Final = re.compile(r"#\s*+(codexc?\b.*)")


def suppressions(
    comments: Sequence[HtmlComment], front: FrontMatter, blocks: Sequence[Block], lines: Sequence[str]
) -> tuple[Suppression, ...]:
    """Return the suppressions of a file with the lines they apply to."""
    return (*_in_front(front, lines), *_in_comments(comments, blocks, lines))


def unread_suppressions(
    comments: Sequence[HtmlComment], front: FrontMatter, lines: Sequence[str], *, path: str
) -> Iterator[Finding]:
    """Yield a finding for each comment that was meant to allow a lint and is not read."""
    texts = [(comment.text, comment.span) for comment in comments]
    for number in range(front.first, front.last) if front.first else ():
        if found := _YAML_COMMENT.search(lines[number - 1]):
            texts.append((found[1].strip(), Span(number, found.start() + 1, number, found.end() + 1)))
    for text, span in texts:
        meant = None if _ALLOW.fullmatch(text) else _MEANT.match(text)
        verb = meant["verb"].lower() if meant else ""
        if verb in _OTHER_VERBS or (verb and nearest(verb, _VERBS)):
            message = f"`{text[:60]}` is not read, so it has no effect"
            help_ = "write `codexc: allow NAME: reason`, with the name of a lint"
            yield Finding(code="CX014", message=message, path=path, span=span, help=help_)


def _in_comments(
    comments: Sequence[HtmlComment], blocks: Sequence[Block], lines: Sequence[str]
) -> Iterator[Suppression]:
    ends: _Ends | None = None
    for comment in comments:
        match = _ALLOW.fullmatch(comment.text)
        if match is None:
            continue
        alone = not lines[comment.span.line - 1][: comment.span.column - 1].strip(" \t>-*+")
        first, last = comment.span.line, comment.span.end_line
        if match["verb"] == "allow-file":
            first, last = 1, len(lines)
        elif alone:
            ends = ends or _Ends(blocks, len(lines))
            last = ends.of_next(comment.span.end_line)
        yield _suppression(match, comment.span, first, last)


def _in_front(front: FrontMatter, lines: Sequence[str]) -> Iterator[Suppression]:
    for number in range(front.first, front.last):
        comment = _YAML_COMMENT.search(lines[number - 1]) if front.first else None
        match = _ALLOW.fullmatch(comment[1].strip()) if comment else None
        if comment and match:
            span = Span(number, comment.start() + 1, number, comment.end() + 1)
            whole = match["verb"] == "allow-file"
            yield _suppression(match, span, 1 if whole else number, len(lines) if whole else number)


def _suppression(match: re.Match[str], span: Span, first: int, last: int) -> Suppression:
    names = tuple(name.strip() for name in match["names"].split(",") if name.strip())
    return Suppression(lints=names, reason=(match["reason"] or "").strip(), span=span, first=first, last=last)


class _Ends:
    """Finds where blocks end; sorts them once for all comments of a file."""

    def __init__(self, blocks: Sequence[Block], last_line: int) -> None:
        self._every = sorted((b for top in blocks for b in top.walk()), key=lambda b: (b.first, -b.last))
        self._last_line = last_line
        self._known: dict[int, int] = {}

    def of_next(self, line: int) -> int:
        """Return the last line of the block after `line`; for a heading, of everything under it."""
        number = bisect_right(self._every, line, key=lambda block: block.first)
        if number == len(self._every):
            return line
        if number not in self._known:
            self._known[number] = self._end(number)
        return self._known[number]

    def _end(self, number: int) -> int:
        block = self._every[number]
        if block.kind != "heading":
            return block.last
        later = (self._every[n] for n in range(number + 1, len(self._every)))
        stop = next((b for b in later if b.kind == "heading" and b.depth <= block.depth), None)
        return stop.first - 1 if stop else self._last_line
