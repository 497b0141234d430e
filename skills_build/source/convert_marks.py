"""Writes the marks of rules in canonical form: the sentence with its keyword first and its id last.

Line breaks of a sentence stay, as do the words next to it. A paragraph becomes a list item, and its body the content of
the item; the rows of a table become list items below it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Span
from skills_build.frozen import dataclass
from skills_build.model.standard import Form, Level, Rule, Standard
from skills_build.source.candidates import visible_text
from skills_build.source.document import Block, Document
from skills_build.source.hypertext import inline
from skills_build.source.levels import read_levels
from skills_build.source.marks import is_filled
from skills_build.source.preprocess import LIQUID

_QUOTE: Final = re.compile(r"[ \t>]*")
_BEGINS_BLOCK: Final = re.compile(r"`{3}|~{3}|(?:[-*+]|\d{1,9}[.)]|#{1,6})(?:\s|\Z)|[-=*_]{1,}\s*\Z")
_QUOTE_MARK: Final = re.compile(r"[ \t]*> ?")
_WORDS: Final = re.compile(r"\w+")
_MARKUP: Final = re.compile(rf"{LIQUID}|<[^<>]*>|\{{[:#.][^{{}}]*\}}|:[a-z_]+:")


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines `first` to `last` of a file become `lines`."""

    first: int
    last: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a block: a rule, or text next to it."""

    text: tuple[str, ...]
    rule: Rule | None = None


class MarkWriter:
    """Writes the marks of the rules of one document."""

    def __init__(self, document: Document, standard: Standard) -> None:
        self._lines = document.lines
        self._rules = standard.rules
        self._blocks = tuple(document.walk())
        self._items = {id(b.children[0]): b for b in self._blocks if b.kind == "item" and b.children}
        self._indents: dict[int, int] = defaultdict(int)
        self._quotes: dict[int, int] = {}

    def edits(self) -> Iterator[Edit]:
        """Yield the edits of all rules; those of one block or table are one edit."""
        by_block: dict[int, list[Rule]] = defaultdict(list)
        homes: dict[int, Block] = {}
        for rule in sorted(self._rules, key=lambda r: r.mark or r.span):
            home = self._home(rule)
            homes[id(home)] = home
            by_block[id(home)].append(rule)
        for key, rules in by_block.items():
            home = homes[key]
            if home.kind == "heading":
                yield self._heading(home, rules[0])
            elif home.kind == "table":
                yield self._table(home, rules)
            else:
                yield self._paragraph(home, rules)

    def indented(self, line: str, number: int) -> str:
        """Return a line with the indentation that the body of a new list item on line `number` needs."""
        width = self._indents.get(number, 0)
        if not width or not line.strip():
            return line
        end = 0
        for _ in range(
            self._quotes[number]
        ):  # the same marker inside these quotes is text, such as that of a code block
            mark = _QUOTE_MARK.match(line, end)
            end = mark.end() if mark else end
        return f"{line[:end]}{' ' * width}{line[end:]}" if line[end:].strip() else line

    def _home(self, rule: Rule) -> Block:
        """Return the block that a rule is marked in."""
        kinds = {Form.HEADING: "heading", Form.DOCUMENT: "heading", Form.ROW: "table"}
        kind = kinds.get(rule.form, "paragraph")
        line = (rule.mark or rule.span).line
        return next(b for b in self._blocks if b.kind in (kind, "html") and b.first <= line <= b.last)

    def _heading(self, block: Block, rule: Rule) -> Edit:
        depth = min(max(block.depth, 2), 6)
        new = [f"{'#' * depth} {statement(rule)} ({rule.id})", *self._below(rule, "")]
        if rule.form is Form.DOCUMENT:
            title = self._lines[block.first - 1 : block.last]
            new = [*title, "", f"## {statement(rule)} ({rule.id})", *self._below(rule, "")]
        return Edit(block.first, block.last, tuple(new))

    def _below(self, rule: Rule, prefix: str) -> list[str]:
        """Return what follows the sentence: words of its mark that are not in it, the id that it had, and its scope."""
        lines = [self._other_words(rule)] if rule.form is not Form.DOCUMENT else []
        lines += _facts(rule)
        return [text for line in lines if line for text in ("", f"{prefix}{line}")]

    def _other_words(self, rule: Rule) -> str:
        """Return the words of a mark that are neither in its sentence, nor its level or id."""
        if rule.mark is None:
            return ""
        whole = _joined(self._cut(rule.mark.line, rule.mark.column, _end(rule.mark)))
        if self._home(rule).kind == "html":
            whole = " ".join(inline(whole).split())
        rest = whole.replace(rule.statement, " ", 1)
        if rest == whole and set(_WORDS.findall(whole)) <= {*_WORDS.findall(rule.statement), *self._marker_words(rule)}:
            return ""
        for span in (rule.level_span, rule.id_span) if rest != whole else ():
            if span and rule.mark.line <= span.line <= rule.mark.end_line:
                rest = rest.replace(" ".join(self._cut(span.line, span.column, _end(span))), " ", 1)
        rest = _MARKUP.sub(" ", rest)
        return re.sub(r"\s+", " ", rest).strip() if re.search(r"\w{2}", visible_text(rest)) else ""

    def _marker_words(self, rule: Rule) -> Iterator[str]:
        for span in (rule.level_span, rule.id_span):
            if span:
                yield from _WORDS.findall(_joined(self._cut(span.line, span.column, _end(span))))

    def _paragraph(self, block: Block, rules: Sequence[Rule]) -> Edit:
        """Write the rules of one paragraph: the first in a list item stays that item, others become items."""
        source = self._lines[block.first - 1]
        lead = source[: block.column - 1]
        is_item = id(block) in self._items
        pieces = list(self._pieces(block, rules))
        rest = (" " * len(lead) if ">" not in lead else re.sub(r"[^>\s]", " ", lead)) if is_item else lead
        new: list[str] = []
        width = 2
        for number, piece in enumerate(pieces):
            first = is_item and number == 0
            new += [rest.rstrip()] if new else []
            if piece.rule is None:
                new += [(lead if first else rest) + piece.text[0], *(rest + line for line in piece.text[1:])]
                continue
            start = lead if first else f"{rest}- "
            inner = rest if first else f"{rest}  "
            width = 0 if first else 2
            new += [start + piece.text[0], *(inner + line for line in piece.text[1:])]
            new += self._below(piece.rule, inner)
        self._indent_body(rules[-1], block, width)
        return Edit(block.first, block.last, tuple(new))

    def _indent_body(self, rule: Rule, block: Block, width: int) -> None:
        quotes = self._lines[block.first - 1][: block.column - 1].count(">")
        if rule.body and width:
            notes = {line for note in rule.footnotes for line in range(note.line, note.end_line + 1)}
            last = rule.end_line
            while last in notes or (last > block.last and not self._lines[last - 1].strip()):
                last -= 1  # footnotes below the text stay outside the list, where they are read as such
            for number in range(block.last + 1, last + 1):  # footnotes of others above the body go with it
                self._indents[number] += width
                self._quotes[number] = quotes

    def _pieces(self, block: Block, rules: Sequence[Rule]) -> Iterator[_Piece]:
        """Yield the rules of a paragraph, and the text before, between and after them."""
        at = (block.first, block.column)
        end = (block.last, len(self._lines[block.last - 1]) + 1)
        for rule in rules:
            mark = rule.mark or rule.span
            if text := self._words(at, (mark.line, mark.column)):
                yield _Piece(text)
            yield _Piece(self._sentence(rule), rule)
            at = _end(mark)
        if text := self._words(at, end):
            yield _Piece(text)

    def _words(self, start: tuple[int, int], end: tuple[int, int]) -> tuple[str, ...]:
        if start >= end:
            return ()
        cut = self._cut(start[0], start[1], end)
        cut[0], cut[-1] = cut[0].lstrip(), cut[-1].rstrip()
        return tuple(line for line in cut if line) if re.search(r"[^\W_]", " ".join(cut)) else ()

    def _sentence(self, rule: Rule) -> tuple[str, ...]:
        """Return the lines of a sentence with its keyword and id; its own line breaks if its words are in one place."""
        raw = self._cut(rule.span.line, rule.span.column, _end(rule.span))
        if _joined(raw) != rule.statement or rule.form is Form.ROW:
            return (f"{statement(rule)} ({rule.id})",)
        self._raise_keyword(raw, rule)
        raw = with_level("\n".join(raw), rule.level).split("\n")
        raw[-1] = f"{raw[-1].rstrip()} ({rule.id})"
        return tuple(raw)

    def _raise_keyword(self, raw: list[str], rule: Rule) -> None:
        """Write the word that gives a rule its level in upper case, where it is that level in other letters."""
        span = rule.level_span
        if span is None or span.line != rule.span.line or span.end_line != span.line:
            return
        start = span.column - rule.span.column
        end = start + span.end_column - span.column
        if start >= 0 and raw[0][start:end].upper() == rule.level.value:
            raw[0] = f"{raw[0][:start]}{rule.level.value}{raw[0][end:]}"

    def _cut(self, line: int, column: int, end: tuple[int, int]) -> list[str]:
        """Return the text between two places, without the markers of quotes and the indentation of its lines."""
        lines = list(self._lines[line - 1 : end[0]])
        lines[-1] = lines[-1][: end[1] - 1]
        lines[0] = lines[0][column - 1 :]
        return [lines[0], *(_continued(_QUOTE.sub("", text, count=1)) for text in lines[1:])]

    def _table(self, table: Block, rules: Sequence[Rule]) -> Edit:
        """Turn rows that are rules into list items below their table. A table without other rows is removed."""
        head = next(row for row in table.children if row.info == "head")
        titles = [_cell_words(cell) for cell in head.children]
        by_line: dict[int, list[Rule]] = defaultdict(list)
        for rule in rules:
            by_line[rule.span.line].append(rule)
        items: list[str] = []
        for row in table.children:
            for rule in by_line.get(row.first, ()):
                items += ["", *self._row(rule, titles, row)]
        others = [row for row in table.children if row.info == "body" and row.first not in by_line]
        lines = range(table.first, table.last + 1) if others else range(0)
        kept = [self._lines[n - 1] for n in lines if n not in by_line]
        prefix = self._lines[table.first - 1][: table.column - 1]
        return Edit(table.first, table.last, (*kept, *(f"{prefix}{item}" if item else "" for item in items)))

    def _row(self, rule: Rule, titles: Sequence[str], row: Block) -> Iterable[str]:
        """Return a row as a list item, followed by its labels and by the cells that are not in its statement."""
        yield f"- {statement(rule)} ({rule.id})"
        labels = [(label.name, label.text) for label in rule.labels]
        said = {text for _, text in labels}
        for name, text in labels:
            yield from ("", f"  **{name.capitalize()}:** {text}")
        for title, cell in zip(titles, row.children, strict=False):
            text = cell.inline.text.strip() if cell.inline else ""
            known = (rule.id, rule.alias, rule.level.value)
            is_new = text not in said and text not in rule.statement and visible_text(text) not in known
            if is_filled(text) and is_new:
                yield from ("", f"  {title}: {text}" if title else f"  {text}")
        for line in _facts(rule):
            yield from ("", f"  {line}")


def _end(span: Span) -> tuple[int, int]:
    return (span.end_line, span.end_column)


def _continued(line: str) -> str:
    """Return a line of a sentence, indented where it would otherwise begin a block, as it was in the original."""
    return f"    {line}" if _BEGINS_BLOCK.match(line) else line


def _joined(lines: Sequence[str]) -> str:
    """Return lines as one, without the marks of hard breaks."""
    bare = [re.sub(r"\\$", "", line) for line in lines[:-1]]
    return re.sub(r"\s+", " ", " ".join([*bare, *lines[-1:]])).strip()


def statement(rule: Rule) -> str:
    """Return the statement of a rule in one line, with its level as the first keyword."""
    return re.sub(r"\s+", " ", with_level(rule.statement, rule.level)).strip()


def with_level(text: str, level: Level) -> str:
    """Return a sentence in which a level is the first keyword: put in front if it is missing, else spelled as usual."""
    first = next(iter(read_levels(text)), None)
    if first is None or first.level is not level:
        return f"{level.value}: {text}"
    if text[first.start : first.end] == first.word and (first.synonym or not first.usual):
        return f"{text[: first.start]}{level.value}{text[first.end :]}"
    return text


def _cell_words(cell: Block) -> str:
    return visible_text(cell.inline.text) if cell.inline else ""


def _facts(rule: Rule) -> Iterator[str]:
    """Yield labels for facts from the dialect that are not in the text of a rule: another id, a scope from its tier."""
    if rule.alias and rule.label("alias") is None:
        yield f"**Alias:** {rule.alias}"
    if rule.label("applies to") is None and (scope := _scope(rule)):
        yield f"**Applies to:** {scope}"


def _scope(rule: Rule) -> str:
    kinds = (
        ("languages", rule.scope.languages),
        ("technologies", rule.scope.technologies),
        ("paths", rule.scope.paths),
    )
    shown = ((kind, (f"`{v}`" if kind == "paths" else v for v in values)) for kind, values in kinds if values)
    return "; ".join(f"{kind}: {', '.join(values)}" for kind, values in shown)


def moved_anchors(old: Document, new: Document) -> dict[str, str]:
    """Return the fragment in the new document of each heading of the old one, by its old fragment.

    Headings are paired in order; the new document may have more of them, the headings of rules that were documents.
    """
    before, after = _headings(old), _headings(new)
    pairs = zip(old.standard.rules, new.standard.rules, strict=False)
    added = {n.span.line for o, n in pairs if o.form is Form.DOCUMENT}
    after = [heading for heading in after if heading[0] not in added]
    if len(after) != len(before):
        return {}
    return {o[1]: n[1] for o, n in zip(before, after, strict=True) if o[1]}


def _headings(document: Document) -> list[tuple[int, str]]:
    """Return the line and the fragment of each heading."""
    lines = [b.first for b in document.walk() if b.kind == "heading" and b.inline]
    return list(zip(lines, document.standard.anchors, strict=False))


__all__ = ["Edit", "MarkWriter", "moved_anchors", "statement"]
