"""Reads `<!-- codexc: allow NAME: reason -->` and, in front matter, `# codexc: allow NAME: reason`.

A comment on its own line applies to the block that follows; before a heading, to everything under the heading. At the
end of a line it applies to that line. `allow-file` applies to the whole file.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Span
from skills_build.model.standard import Suppression
from skills_build.source.document import Block, FrontMatter, HtmlComment

_ALLOW: Final = re.compile(
    r"codexc:\s*(?P<verb>allow(?:-file)?)\s+(?P<names>[\w, -]+?)\s*(?::\s*(?P<reason>.*))?", re.DOTALL
)
_YAML_COMMENT: Final = re.compile(r"#\s*(codexc:.*)$")


def suppressions(
    comments: Sequence[HtmlComment], front: FrontMatter, blocks: Sequence[Block], lines: Sequence[str]
) -> tuple[Suppression, ...]:
    """Return the suppressions of a file with the lines they apply to."""
    return (*_in_front(front, lines), *_in_comments(comments, blocks, lines))


def _in_comments(
    comments: Sequence[HtmlComment], blocks: Sequence[Block], lines: Sequence[str]
) -> Iterator[Suppression]:
    for comment in comments:
        match = _ALLOW.fullmatch(comment.text)
        if match is None:
            continue
        alone = not lines[comment.span.line - 1][: comment.span.column - 1].strip(" \t>-*+")
        first, last = comment.span.line, comment.span.end_line
        if match["verb"] == "allow-file":
            first, last = 1, len(lines)
        elif alone:
            last = _end_of_next(comment.span.end_line, blocks, len(lines))
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


def _end_of_next(line: int, blocks: Sequence[Block], last_line: int) -> int:
    """Return the last line of the block after `line`; for a heading, of everything under it."""
    every = sorted((b for top in blocks for b in top.walk() if b.first > line), key=lambda b: (b.first, -b.last))
    if not every:
        return line
    following = every[0]
    if following.kind != "heading":
        return following.last
    stop = next((b for b in every[1:] if b.kind == "heading" and b.depth <= following.depth), None)
    return stop.first - 1 if stop else last_line
