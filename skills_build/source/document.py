"""One Markdown file as a tree of blocks with exact places: what the parser saw, before anything is called a rule."""

from collections.abc import Iterator
from dataclasses import dataclass

from skills_build.diagnostics import Span
from skills_build.model.standard import Link, Standard
from skills_build.source.yaml import YamlValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """The text of a leaf block as its author wrote it, line breaks as `\\n`.

    `plain` has the same length with code spans, HTML, link targets and autolinks blanked out, so that a pattern
    found in it is prose and its offset is a place. `starts` holds (offset, line, column) of each line's first
    character.
    """

    text: str
    plain: str
    starts: tuple[tuple[int, int, int], ...]
    links: tuple[Link, ...] = ()

    def span(self, start: int, end: int) -> Span:
        """The place in the file of `text[start:end]`."""
        line, column = self._at(start)
        end_line, end_column = self._at(end)
        return Span(line, column, end_line, end_column)

    def _at(self, offset: int) -> tuple[int, int]:
        first, line, column = next(s for s in reversed(self.starts) if s[0] <= offset)
        return line, column + offset - first


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block: `first` and `last` are its lines in the file (from 1, inclusive), `column` where its content starts.

    `kind` is heading, paragraph, list, item, quote, fence, code, table, row, html, rule-off. `depth` is a heading's
    level or an item's nesting (1 is outermost). `info` is a fence's info string, an item's marker or a row's `head`
    or `body`; `text` is a fence's, code block's or HTML block's content. A row's children are its cells (kind `cell`).
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

    def walk(self) -> Iterator["Block"]:
        """Yield this block and all below it, in order."""
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
    """The YAML between the first two `---` lines. `root` is None where there is none or it cannot be read."""

    root: YamlValue | None
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file as parsed. `lines` are its lines without their ends, after the dialect's preprocessing.

    `raw` is the text as the author has it (decoded, without BOM); its lines correspond to `lines` one to one.
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
