"""Gives every piece of a file to one owner, as the parser decided: the ledger that the output is compared with.

First the leaves of the tree: headings, paragraphs, cells, code, HTML, front matter. Then the lines: what no leaf holds
must be syntax, a link definition or a comment; anything else is a leaf of its own without an owner.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from skills_build.frozen import dataclass
from skills_build.model.accounting import CONFIGURED, CONTEXT, EXCLUDED, HEADING, SKIPPED, STRAY, Leaf, packed
from skills_build.model.standard import Form
from skills_build.source.attributes import without_attributes
from skills_build.source.dialect import Dialect
from skills_build.source.document import GAP, JOIN, Block, FrontMatter, HtmlComment, Inline
from skills_build.source.front_matter import keys_read
from skills_build.source.html_elements import is_unseen, joins
from skills_build.source.markdown import normalised_label
from skills_build.source.marks import Mark, is_filled
from skills_build.source.words import placed_words, plain_words

_TAG: Final = re.compile(r"<!--.*?(?:-->|\Z)|</?[A-Za-z!?][^<>]*>", re.DOTALL)
_MARKER: Final = re.compile(r"(?:\s*(?:>|[-*+](?=\s|$)|\d{1,9}[.)](?=\s|$)|#{1,6}(?=\s|$)))*\s*")
_DEFINITION: Final = re.compile(r"\s*(?:>\s*|[-*+]\s+|\d{1,9}[.)]\s+)*\[((?:[^\[\]\\]|\\.)+)\]:")
_MARKER_CELLS: Final = ("id", "level")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedParts:
    """What the parser decided on one file. `owner` has the rule of each line (from 1), or a negative number.

    `starts` are the first lines of its sections with their headings, `raw` its lines before preprocessing.
    """

    raw: Sequence[str]
    lines: Sequence[str]
    blocks: Sequence[Block]
    comments: Sequence[HtmlComment]
    definitions: frozenset[str]
    front: FrontMatter
    marks: Sequence[Mark]
    owner: Sequence[int]
    starts: Sequence[tuple[int, Block | None]]


def ledger(parts: ParsedParts, dialect: Dialect) -> bytes:
    """Return all leaves of a file in the order of their kinds, packed."""
    reader = _Ledger(parts, dialect)
    leaves = [*reader.front_matter(), *reader.leaves(), *reader.comments(), *reader.preprocessed()]
    return packed(leaf for leaf in (*leaves, *reader.strays()) if leaf.words.strip())


_ONE_WORD: Final = re.compile(r"\s*[A-Za-z]{2,40}[.;,]?\s*")
"""The target of a definition that is text: `[Exception]: jobs`."""
_BRACKETED: Final = re.compile(r"\[([^\[\]]+)\]")


class _Ledger:
    def __init__(self, parts: ParsedParts, dialect: Dialect) -> None:
        self._parts = parts
        self._dialect = dialect
        self._first_lines = [line for line, _ in parts.starts]
        self._held: dict[int, tuple[int, int]] = {}
        """For each line the columns (from 0) that its leaves hold."""
        self._marks: dict[int, list[int]] = {}
        """The rules whose marks are in an inline text, by its identity."""
        self._first: dict[int, list[int]] = {}
        """The rules by the lines on which they begin."""
        self._ends: dict[int, int] = {}
        """Where the attribute lists of headings begin, by the identity of their texts."""
        self._rows: dict[int, int] = {}
        """The rules that are table rows, by their lines."""
        for number, mark in enumerate(parts.marks):
            if mark.candidate.form is Form.ROW and mark.candidate.cells:
                self._rows[mark.candidate.first] = number
            else:
                self._marks.setdefault(id(mark.candidate.inline), []).append(number)
                self._first.setdefault(mark.candidate.first, []).append(number)
                if mark.candidate.others:
                    self._rows[mark.candidate.first] = number

    def leaves(self) -> Iterator[Leaf]:
        """Yield the leaves of the tree."""
        for block in self._parts.blocks:
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[Leaf]:
        if block.kind == "table" and any(row.first in self._rows for row in block.children):
            yield from self._table(block)
        elif block.inline is not None:
            self._hold(block.inline)
            yield from self._attributes(block, block.inline)
            yield from self._text(block, block.inline)
        elif block.kind in ("fence", "code", "html"):
            yield self._verbatim(block)
        else:
            for child in block.children:
                yield from self._block(child)

    def _attributes(self, block: Block, inline: Inline) -> Iterator[Leaf]:
        """Yield the attribute list of a heading, which names its anchor."""
        whole = inline.seen.rstrip()
        if block.kind == "heading" and whole.endswith("}") and not self._dialect.document.strict:
            end = len(without_attributes(whole))
            if end < len(whole):
                yield self._leaf(inline, (end, len(whole)), EXCLUDED, "an attribute list")
                self._ends[id(inline)] = end

    def _text(self, block: Block, inline: Inline) -> Iterator[Leaf]:
        """Yield a text, cut where the rules in it begin and end; their markers are excluded."""
        numbers = self._marks.get(id(inline))
        if numbers is None:
            yield from self._without_mark(block, inline)
            return
        at = 0
        for number in numbers:
            mark = self._parts.marks[number]
            first, end = mark.candidate.lead, mark.candidate.end
            yield self._leaf(inline, (at, first), self._owner(block))
            for start, stop in mark.markers:
                start, stop = max(start, first), min(stop, end)
                yield self._leaf(inline, (first, start), number)
                yield self._leaf(inline, (start, stop), EXCLUDED, "rule id or level")
                first = stop
            yield self._leaf(inline, (first, end), number)
            at = end
        yield self._leaf(inline, (at, len(inline.seen)), self._owner(block))

    def _without_mark(self, block: Block, inline: Inline) -> Iterator[Leaf]:
        """Yield a text that is not a candidate itself; a rule read from a part of it, or from more, has its marker."""
        at, owner = 0, self._owner(block)
        for start, end in self._foreign_markers(inline) if block.first in self._first else ():
            yield self._leaf(inline, (at, start), owner)
            yield self._leaf(inline, (start, end), EXCLUDED, "rule id or level")
            at = end
        yield self._leaf(inline, (at, len(inline.seen)), owner)

    def _foreign_markers(self, inline: Inline) -> Iterator[tuple[int, int]]:
        offset, line, column = inline.starts[0]
        stop = len(inline.text.split("\n", 1)[0])
        for number in self._first[line]:
            mark = self._parts.marks[number]
            for start, end in mark.markers:
                span = mark.candidate.inline.span(start, end)
                first = offset + span.column - column
                last = offset + span.end_column - column if span.end_line == line else stop
                if span.line == line and 0 <= first < min(last, stop):
                    yield first, min(last, stop)

    def _table(self, table: Block) -> Iterator[Leaf]:
        """Yield the cells of a table with rows that are rules."""
        shown: dict[str, int] = {}
        for number in (self._rows[row.first] for row in table.children if row.first in self._rows):
            for title, other in self._parts.marks[number].candidate.others:
                if other.inline and is_filled(other.inline.text):
                    shown.setdefault(_words(title), number)
        remains = any(row.info == "body" and row.first not in self._rows for row in table.children)
        for row in table.children:
            rule = self._rows.get(row.first)
            names = (
                {id(cell): name for name, cell in self._parts.marks[rule].candidate.cells} if rule is not None else {}
            )
            for cell in row.children:
                if cell.inline is None:
                    continue
                self._hold(cell.inline)
                whole = (0, len(cell.inline.seen))
                if rule is not None and names.get(id(cell)) in _MARKER_CELLS:
                    yield self._leaf(cell.inline, whole, EXCLUDED, "rule id or level")
                elif rule is not None and id(cell.inline) in self._marks:
                    yield from self._text(cell, cell.inline)
                elif rule is not None:
                    yield self._leaf(cell.inline, whole, rule)
                elif row.info == "head" and (title := _words(cell.inline.seen)) in shown:
                    yield self._leaf(cell.inline, whole, shown[title])
                elif row.info == "head" and not remains:
                    yield self._leaf(cell.inline, whole, EXCLUDED, "table header that the dialect reads")
                else:
                    yield self._leaf(cell.inline, whole, self._owner(cell))

    def _verbatim(self, block: Block) -> Leaf:
        for line in range(block.first, block.last + 1):
            self._held[line] = (0, len(self._parts.lines[line - 1]))
        if block.kind == "html":
            text = _TAG.sub(_without_tag, block.text)
        else:
            text = f"{block.info}\n{block.text}" if block.kind == "fence" else block.text
        owner = self._owner(block)
        by = self._left_out(block.first) if owner == EXCLUDED else ""
        return Leaf(owner, self._section(block.first), block.first, block.column, placed_words(text.rstrip("\n")), by)

    def _leaf(self, inline: Inline, part: tuple[int, int], owner: int, by: str = "") -> Leaf:
        start, end = part
        end = min(end, self._ends.get(id(inline), end))
        text = inline.seen[start:end] if end > start else ""
        if not text:
            return _NOTHING
        _, line, column = inline.starts[0]
        if start:
            place = inline.span(start, start)
            line, column = place.line, place.column
        by = self._left_out(line) if owner == EXCLUDED and not by else by
        return Leaf(owner, self._section(line), line, column, placed_words(text), by)

    def _owner(self, block: Block) -> int:
        owner = self._parts.owner[block.first]
        if owner >= 0:
            return owner
        if owner in _LEFT_OUT:
            return EXCLUDED
        section = bisect_right(self._first_lines, block.first) - 1
        opens = section >= 0 and self._parts.starts[section][1] is block
        return HEADING if opens else CONTEXT

    def _left_out(self, line: int) -> str:
        """Return why a line is left out."""
        return _LEFT_OUT.get(self._parts.owner[line], _LEFT_OUT[SKIPPED])

    def _section(self, line: int) -> int:
        return max(bisect_right(self._first_lines, line) - 1, 0)

    def _hold(self, inline: Inline) -> None:
        """Record which columns of its lines a text holds."""
        starts = inline.starts
        if len(starts) == 1 and "\n" not in inline.text:
            self._widen(starts[0][1], starts[0][2] - 1, starts[0][2] - 1 + len(inline.text))
            return
        if inline.text.count("\n") + 1 != len(starts):  # a cell with escaped bars: parts of one line
            line, column = starts[0][1], starts[0][2] - 1
            self._widen(line, column, starts[-1][2] - 1 + len(inline.text) - starts[-1][0])
            return
        for (_, line, column), content in zip(starts, inline.text.split("\n"), strict=True):
            self._widen(line, column - 1, column - 1 + len(content))

    def _widen(self, line: int, start: int, end: int) -> None:
        held = self._held.get(line)
        self._held[line] = (min(held[0], start), max(held[1], end)) if held else (start, end)

    def front_matter(self) -> Iterator[Leaf]:
        """Yield the lines of the front matter: keys that are read are configuration, others are not."""
        front = self._parts.front
        read = keys_read(self._dialect)
        by = _CONFIGURATION
        for number in range(front.first, front.last + 1) if front.last else ():
            text = self._parts.raw[number - 1]
            if read is not None and (key := _KEY.match(text)):
                left_out = key[1] in self._dialect.context.front_matter
                by = UNREAD_LEFT_OUT if left_out else _CONFIGURATION if key[1] in read else UNREAD
            yield Leaf(EXCLUDED, 0, number, 1, placed_words(text), by)

    def comments(self) -> Iterator[Leaf]:
        """Yield the words of comments, which no reader sees."""
        for comment in self._parts.comments:
            yield Leaf(EXCLUDED, 0, comment.span.line, comment.span.column, placed_words(comment.text), "a comment")

    def preprocessed(self) -> Iterator[Leaf]:
        """Yield the words that the preprocessing of the dialect takes out."""
        if not self._dialect.preprocess:
            return
        for number in range(self._parts.front.last, len(self._parts.raw)):
            before, after = self._parts.raw[number], self._parts.lines[number]
            if before != after:
                left = plain_words(after)
                gone = [word for word in plain_words(before) if word not in left]
                yield Leaf(EXCLUDED, 0, number + 1, 1, " ".join(gone), "text removed by the dialect's preprocessing")

    def strays(self) -> Iterator[Leaf]:
        """Yield the words of lines that no leaf holds; link definitions are excluded."""
        defining = False
        for number in range(self._parts.front.last + 1, len(self._parts.lines) + 1):
            line = self._parts.lines[number - 1]
            held = self._held.get(number)
            if held is None:
                if not line.strip():
                    defining = False
                    continue
                match = _DEFINITION.match(line)
                defines = bool(match and normalised_label(match[1]) in self._parts.definitions)
                if match and defines and _ONE_WORD.fullmatch(line[match.end() :]):
                    defines = self._bracketed[normalised_label(match[1])] > 1
                defining = defining or defines
                owner, by = (EXCLUDED, "a link definition") if defining else (STRAY, "")
                yield self._stray(number, line, 0, owner, by)
                continue
            defining = False
            if held[0] and line[: held[0]].strip("# ->*"):
                yield self._stray(number, line[: held[0]], 0, STRAY, "")
            if held[1] < len(line):
                yield self._stray(number, line[held[1] :], held[1], STRAY, "")

    @cached_property
    def _bracketed(self) -> Counter[str]:
        """The number of lines that each label is in brackets on; one of them is that of its definition."""
        return Counter(
            label for line in self._parts.lines for label in {*map(normalised_label, _BRACKETED.findall(line))}
        )

    def _stray(self, number: int, text: str, column: int, owner: int, by: str) -> Leaf:
        marker = _MARKER.match(text) if column == 0 else None
        rest = text[marker.end() :] if marker else text
        words = placed_words(rest) if rest.strip() else ""
        line_owner = self._parts.owner[number]
        if owner == STRAY and line_owner in _LEFT_OUT:
            owner, by = EXCLUDED, _LEFT_OUT[line_owner]
        elif owner == STRAY and line_owner >= 0:
            by = str(line_owner)
        return (
            Leaf(owner, self._section(number), number, column + len(text) - len(rest) + 1, words, by)
            if words
            else _NOTHING
        )


_NOTHING: Final = Leaf(CONTEXT, 0, 0, 0, "")
_CONFIGURATION: Final = "front matter"
UNREAD: Final = "front matter that is not read"
UNREAD_LEFT_OUT: Final = "context.front_matter"
_LEFT_OUT: Final = {SKIPPED: "context.skip", CONFIGURED: "a check or label that only programs read"}
"""Why the lines of an owner are in no output."""
_KEY: Final = re.compile(r"([A-Za-z_][\w.-]*)[ \t]*:")


def _without_tag(match: re.Match[str]) -> str:
    blank = JOIN if joins(match[0]) else GAP
    return re.sub(r"[^\n]", blank, match[0]) if is_unseen(match[0]) else match[0]


def _words(text: str) -> str:
    return " ".join(plain_words(text))
