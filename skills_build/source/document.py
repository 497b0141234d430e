"""The types of a parsed Markdown file: a tree of blocks with exact places, before rules are recognised."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter
from typing import Final

from skills_build.diagnostics import Span
from skills_build.frozen import dataclass
from skills_build.model.links import Link
from skills_build.model.standard import Standard
from skills_build.source.yaml import YamlValue

GAP: Final = "\x00"
"""Stands for a character that no reader sees."""
JOIN: Final = "\x01"
"""Stands for a character of a tag that leaves the text around it one word, as in `H<sub>2</sub>O`."""

_CHECK_INFO: Final = re.compile(r"ya?ml\s+check(?:\s.*)?|check", re.IGNORECASE)
"""The info string of a `check` block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """The text of a leaf block as written, with `\\n` for line breaks.

    `plain` has the same length, with spaces for code spans, HTML, link targets and autolinks, so that a match of a
    pattern is prose and its offset is a place. `seen` has the same length too, with `GAP` or `JOIN` for tags and link
    targets: what a reader sees. `starts` holds (offset, line, column) of each line's first character.
    """

    text: str
    plain: str
    seen: str = ""
    starts: tuple[tuple[int, int, int], ...]
    links: tuple[Link, ...] = ()

    def span(self, start: int, end: int) -> Span:
        """Return the place of `text[start:end]` in the file."""
        line, column = self._at(start)
        end_line, end_column = self._at(end)
        return Span(line, column, end_line, end_column)

    def _at(self, offset: int) -> tuple[int, int]:
        first, line, column = self.starts[bisect_right(self.starts, offset, key=itemgetter(0)) - 1]
        return line, column + offset - first


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block: `first` and `last` are its lines in the file (from 1, inclusive), `column` where its content starts.

    `kind` is heading, paragraph, list, item, quote, fence, code, table, row, html, rule-off. `depth` is a heading's
    level or an item's nesting (1 is outermost). `info` is a fence's info string, an item's marker or a row's `head`
    or `body`; `text` is a fence's, code block's or HTML block's content, or an item's number as written (`2.`). A row's
    children are its cells (kind `cell`).
    """

    kind: str
    first: int
    last: int
    column: int = 1
    depth: int = 0
    info: str = ""
    text: str = ""
    inline: Inline | None = None
    children: tuple["Block", ...] = ()

    def as_inline(self) -> Inline:
        """Return the content of a block without inline text, such as HTML, to find places in it."""
        breaks = (match.end() for match in re.finditer("\n", self.text))
        later = ((start, self.first + number, 1) for number, start in enumerate(breaks, start=1))
        return Inline(text=self.text, plain=self.text, starts=((0, self.first, self.column), *later))

    def walk(self) -> Iterator["Block"]:
        """Yield this block and all blocks in it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlComment:
    """An HTML comment anywhere in the file, without its markers."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """The YAML between the first two `---` lines. `root` is None if there is no front matter or it is invalid."""

    root: YamlValue | None
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file as parsed. `lines` are its lines without their ends, after the dialect's preprocessing.

    `raw` is the text as the author has it (decoded, without BOM); its lines match `lines` one to one.
    """

    path: str
    raw: str
    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    comments: tuple[HtmlComment, ...]
    front: FrontMatter
    standard: Standard

    def walk(self) -> Iterator[Block]:
        """Yield every block, depth first, in order of the file."""
        for block in self.blocks:
            yield from block.walk()


def is_check(block: Block) -> bool:
    """Return whether a fence is a `check` block, which is not text for a reader."""
    return block.kind == "fence" and _CHECK_INFO.fullmatch(block.info.strip()) is not None
