"""Finds the candidates for rules in a parsed file by the patterns of its dialect: which blocks, words and lines.

Only the structure counts: a block is marked as a rule, or it is not one. No level is inferred from the text below.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from skills_build.frozen import dataclass
from skills_build.globs import matches
from skills_build.model.standard import Form
from skills_build.source.dialect import Dialect, PartRules, RulePattern
from skills_build.source.document import Block, Inline
from skills_build.source.html_elements import COMMENT, ELEMENTS
from skills_build.source.label_lines import without_label_lines
from skills_build.source.labels import label_names
from skills_build.source.leaves import html_leaf, joined
from skills_build.source.patterns import compile_pattern

_SENTENCE_END: Final = re.compile(r"[.!?:;\u3002\uff01\uff1f][)\"'\]*_`\u201d\u2019]*\s+|\\\n|  \n")
"""Where a sentence ends in the text of a block: at a full stop and the like, or at a hard line break."""
_HARD_BREAK: Final = re.compile(r"(?<!\\)\\\n")
_FOOTNOTE: Final = re.compile(r"\[\^[^\]\s]{1,40}\]:")
_UNFINISHED: Final = (":", "\N{FULLWIDTH COLON}", ",", "\N{FULLWIDTH COMMA}", "\u2014", "\u2013", " -", "\u2026", "...")
"""The ends of a paragraph that goes on in the block below it."""
_LONGEST_FRAGMENT: Final = 15
"""The most words of a paragraph without a full stop that introduces the list or table below it."""
_FORMS: Final = {
    "heading": Form.HEADING,
    "item": Form.LIST_ITEM,
    "paragraph": Form.PARAGRAPH,
    "cell": Form.ROW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading above a block."""

    depth: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A part of a leaf block that may be a rule, `inline.text[start:end]`, and the blocks that belong to it.

    `first` to `last` are the lines of the mark itself; `siblings` are the blocks below it that are its body, down to
    line `reach`. For a row, `cells` maps the pattern's column names to cells, and `table_last` is the last line of the
    table. `lead_in` are the paragraphs that introduce the list or table and those around it, `number` is an item's
    number. `lead` is where the sentence begins whose marker is at `start`, as in `If it is public, [MUST] be signed`.
    `others` are the cells of columns that the pattern does not name, with their titles.
    """

    pattern: RulePattern
    form: Form
    inline: Inline
    start: int
    end: int
    first: int
    last: int
    reach: int
    depth: int = 0
    column: int = 1
    siblings: tuple[Block, ...] = ()
    above: tuple[Heading, ...] = ()
    cells: tuple[tuple[str, Block], ...] = ()
    table_last: int = 0
    lead_in: str = ""
    number: str = ""
    lead: int = 0
    others: tuple[tuple[str, Block], ...] = ()

    @property
    def text(self) -> str:
        """The text as written, with spaces for line breaks."""
        text = self.inline.text[self.start : self.end]
        return (_HARD_BREAK.sub("  ", text) if "\\\n" in text else text).replace("\n", " ")

    @property
    def plain(self) -> str:
        """As `text`, with spaces for everything that is not prose."""
        return self.inline.plain[self.start : self.end].replace("\n", " ")


def find_candidates(path: str, blocks: Sequence[Block], dialect: Dialect, *, last_line: int) -> Iterator[Candidate]:
    """Yield every candidate of a file for the patterns of its dialect, in the order of the file."""
    patterns = tuple(p for p in dialect.rule if not p.files or matches(path, p.files))
    walker = _Walker(patterns, dialect.parts, last_line, fragments=dialect.document.strict)
    documents = [p for p in patterns if p.at == "document"]
    if documents:
        yield from _whole(blocks, documents[0], last_line)
    yield from walker.top(blocks)


def _whole(blocks: Sequence[Block], pattern: RulePattern, last_line: int) -> Iterator[Candidate]:
    """Yield the document itself as a candidate, with its first heading as the statement."""
    place = next((n for n, b in enumerate(blocks) if b.kind == "heading" and b.inline), None)
    if place is None:
        return
    heading = blocks[place]
    inline = heading.inline or Inline(text="", plain="", starts=((0, 1, 1),))
    yield Candidate(
        pattern=pattern,
        form=Form.DOCUMENT,
        inline=inline,
        start=0,
        end=len(inline.text),
        first=heading.first,
        last=heading.last,
        reach=last_line,
        siblings=tuple(blocks[place + 1 :]),
    )


class _Walker:
    """Walks the blocks of a file and keeps track of the headings above."""

    def __init__(self, patterns: Sequence[RulePattern], parts: PartRules, last_line: int, *, fragments: bool) -> None:
        kinds = ("heading", "list-item", "paragraph")
        self._at = {kind: tuple(p for p in patterns if p.at in (kind, "block")) for kind in kinds}
        self._at["html"] = tuple(p for p in patterns if p.at == "html")
        self._rows = tuple(p for p in patterns if p.at in ("row", "block"))
        self._labels = label_names(parts)
        self._own = tuple(parts.labels)
        self._last_line = last_line
        self._fragments = fragments
        self._above: list[Heading] = []
        self._section: tuple[Sequence[Block], int, int] | None = None

    def top(self, blocks: Sequence[Block]) -> Iterator[Candidate]:
        """Walk the outermost blocks."""
        for place, block in enumerate(blocks):
            if block.kind == "heading" and block.inline:
                while self._above and self._above[-1].depth >= block.depth:
                    self._above.pop()
                yield from self._heading(blocks, place)
                self._above.append(Heading(depth=block.depth, text=visible_text(block.inline.text)))
            else:
                yield from self._inner(blocks, place, nested=False)

    def _heading(self, blocks: Sequence[Block], place: int) -> Iterator[Candidate]:
        block = blocks[place]
        stop = _next_heading(blocks, place + 1, depth=block.depth)
        below = tuple(blocks[place + 1 : stop])
        reach = blocks[stop].first - 1 if stop < len(blocks) else self._last_line
        for pattern in self._at["heading"]:
            if pattern.depth and block.depth not in pattern.depth:
                continue
            if pattern.body == "document":
                yield from self._split(pattern, block, block, tuple(blocks[place + 1 :]), self._last_line)
            else:
                yield from self._split(pattern, block, block, below, reach)

    def _inner(self, blocks: Sequence[Block], place: int, *, nested: bool, outer: str = "") -> Iterator[Candidate]:
        """Walk a block inside others. `outer` introduces the list that it is in."""
        block = blocks[place]
        if block.kind == "paragraph" and block.inline and _FOOTNOTE.match(block.inline.text):
            return  # it is shown with the rules that cite it
        if block.kind == "paragraph":
            patterns = [p for p in self._at["paragraph"] if not nested or p.nested or p.at == "block"]
            follows = any(pattern.body == "following" for pattern in patterns)
            below = tuple(blocks[place + 1 : self._section_end(blocks, place)]) if follows else ()
            end = below[-1].last if below else block.last
            for pattern in patterns:
                yield from self._split(pattern, block, block, below, end)
        elif block.kind == "html":
            follows = not nested and any(pattern.body == "following" for pattern in self._at["html"])
            below = tuple(blocks[place + 1 : self._section_end(blocks, place)]) if follows else ()
            for pattern in self._at["html"]:
                own = below if pattern.body == "following" else ()
                yield from self._split(pattern, block, html_leaf(block), own, own[-1].last if own else block.last)
        elif block.kind == "table":
            yield from self._table(block, self._introduced(outer, blocks, place))
        elif block.kind == "list":
            introduced = self._introduced(outer, blocks, place)
            for item in block.children:
                yield from self._item(item, introduced)
        elif block.kind == "quote":
            for number in range(len(block.children)):
                yield from self._inner(block.children, number, nested=True, outer=outer)

    def _introduced(self, outer: str, blocks: Sequence[Block], place: int) -> str:
        return " ".join(filter(None, (outer, lead_in(blocks, place, fragments=self._fragments))))

    def _section_end(self, blocks: Sequence[Block], place: int) -> int:
        """Return the index of the next heading, which is the same for all blocks up to it."""
        if self._section is None or self._section[0] is not blocks or not self._section[1] <= place < self._section[2]:
            self._section = (blocks, place, _next_heading(blocks, place + 1))
        return self._section[2]

    def _item(self, item: Block, introduced: str) -> Iterator[Candidate]:
        lead = item.children[0] if item.children and item.children[0].kind == "paragraph" else None
        if lead is not None:
            lead, rest = without_label_lines(lead, self._labels, self._own)
            for pattern in self._at["list-item"]:
                if pattern.at == "list-item" and (not pattern.depth or item.depth in pattern.depth):
                    for candidate in self._split(pattern, item, lead, (*rest, *item.children[1:]), item.last):
                        yield replace(candidate, lead_in=introduced, number=item.text)
        for number in range(len(item.children)):
            yield from self._inner(item.children, number, nested=True, outer=introduced)

    def _split(
        self, pattern: RulePattern, block: Block, lead: Block, siblings: tuple[Block, ...], reach: int
    ) -> Iterator[Candidate]:
        """Split the text of a block where a candidate starts. Only the last candidate has the blocks below."""
        if lead.inline is None or not self._placed(pattern):
            return
        if pattern.with_next and siblings and siblings[0].kind == "paragraph":
            lead, siblings = joined(lead, siblings[0]), siblings[1:]
        assert lead.inline is not None
        text = lead.inline.text
        starts = [0]
        if pattern.start:
            starts = [m.start() for m in compile_pattern(pattern.start).finditer(text.replace("\n", " "))]
        leads = _leads(text, starts)
        for number, start in enumerate(starts):
            end = leads[number + 1] if number + 1 < len(starts) else len(text)
            whole = lead.inline.span(leads[number], end)
            final = number == len(starts) - 1 and pattern.body != "none"
            yield Candidate(
                pattern=pattern,
                form=_FORMS.get(block.kind, Form.PARAGRAPH),
                inline=lead.inline,
                start=start,
                end=end,
                lead=leads[number],
                first=block.first if leads[number] == 0 else whole.line,
                last=lead.last if final or len(starts) == 1 else whole.end_line,
                reach=reach if final else lead.last if number == len(starts) - 1 else whole.end_line,
                depth=block.depth,
                column=lead.column if block.kind == "item" else 1,
                siblings=siblings if final else (),
                above=tuple(self._above),
            )

    def _table(self, table: Block, introduced: str) -> Iterator[Candidate]:
        head = next((row for row in table.children if row.info == "head"), None)
        titles = _titles(head)
        for pattern in self._rows:
            places = _columns(pattern, titles) if pattern.at == "row" else {}
            for row in table.children:
                if row.info != "body" or not self._placed(pattern):
                    continue
                if pattern.at == "block":
                    for cell in row.children:
                        others = tuple((t, c) for t, c in zip(titles, row.children, strict=False) if c is not cell)
                        for candidate in self._split(pattern, cell, cell, (), cell.last):
                            yield replace(candidate, table_last=table.last, lead_in=introduced, others=others)
                elif places or (pattern.match and not pattern.columns):
                    for candidate in self._row(pattern, row, places, titles):
                        yield replace(candidate, table_last=table.last, lead_in=introduced)

    def _row(
        self, pattern: RulePattern, row: Block, places: dict[str, int], titles: Sequence[str]
    ) -> Iterator[Candidate]:
        cells = tuple((name, row.children[at]) for name, at in places.items() if at < len(row.children))
        named = dict(cells)
        lead = named.get("statement") or named.get("use") or named.get("need") or row.children[0]
        if lead.inline is None:
            return
        used = {at for name, at in places.items() if name != "tier"}
        others = tuple((titles[at], cell) for at, cell in enumerate(row.children) if at not in used)
        yield Candidate(
            pattern=pattern,
            form=Form.ROW,
            inline=lead.inline,
            start=0,
            end=len(lead.inline.text),
            first=row.first,
            last=row.last,
            reach=row.last,
            above=tuple(self._above),
            cells=cells,
            others=others,
        )

    def _placed(self, pattern: RulePattern) -> bool:
        """Return whether the headings above are those that the pattern requires."""
        if pattern.within and not any(compile_pattern(pattern.within).search(h.text) for h in self._above):
            return False
        return not (pattern.not_within and any(compile_pattern(pattern.not_within).search(h.text) for h in self._above))


def _leads(text: str, starts: Sequence[int]) -> list[int]:
    """Return where the sentence of each marker begins: words before a marker in mid-sentence belong to its rule.

    The first rule begins on a new line, because text is given to rules and sections by lines.
    """
    leads: list[int] = []
    for number, start in enumerate(starts):
        floor = starts[number - 1] if number else 0
        ends = [match.end() for match in _SENTENCE_END.finditer(text, floor, start)]
        begin = ends[-1] if ends else start if number else 0
        leads.append(begin if number else text.rfind("\n", 0, begin) + 1)
    return leads


def lead_in(blocks: Sequence[Block], place: int, *, fragments: bool = False) -> str:
    """Return the paragraph above the list or table at `place` that introduces it: one that goes on in it.

    With `fragments`, a few words without a full stop introduce it too, such as `Only public services`, and get a colon.
    """
    above = next((blocks[n] for n in range(place - 1, -1, -1) if blocks[n].kind != "html"), None)
    if above is not None and above.kind == "quote" and above.children and introduces(_text(above.children[-1])):
        above = above.children[-1]
    if above is None or above.kind != "paragraph" or above.inline is None:
        return ""
    text = " ".join(above.inline.text.split())
    if introduces(text):
        return text
    return f"{text}:" if fragments and _is_fragment(above.inline) else ""


def _text(block: Block) -> str:
    return block.inline.text if block.inline else ""


def introduces(text: str) -> bool:
    """Return whether a paragraph goes on in the block below it: it ends in a colon, comma, dash or ellipsis.

    A colon may also end a directive.
    """
    shown = visible_text(text)
    return shown.endswith(_UNFINISHED) and not shown.endswith("::")


def _is_fragment(inline: Inline) -> bool:
    """Return whether a paragraph is a few words of prose that do not end like a sentence, a rule or a link."""
    shown = visible_text(inline.text)
    few = "\n" not in inline.text and len(inline.plain.split()) > 1 and len(shown.split()) <= _LONGEST_FRAGMENT
    return few and shown[-1:].isalnum() and not inline.text.endswith(("`", ")", "]"))


def _next_heading(blocks: Sequence[Block], start: int, *, depth: int = 6) -> int:
    """Return the index of the next heading of at most that depth; without one, the number of blocks."""
    return next(
        (n for n in range(start, len(blocks)) if blocks[n].kind == "heading" and blocks[n].depth <= depth), len(blocks)
    )


def _titles(head: Block | None) -> list[str]:
    return [visible_text(cell.inline.text) if cell.inline else "" for cell in head.children] if head else []


def _columns(pattern: RulePattern, titles: Sequence[str]) -> dict[str, int]:
    """Return the index of each column of a pattern in a table; empty if a column is missing that is not optional."""
    places: dict[str, int] = {}
    for name, title in pattern.columns.items():
        title_pattern = compile_pattern(title.removesuffix("?") if title.endswith("??") else title)
        index = next((n for n, text in enumerate(titles) if title_pattern.fullmatch(text.strip(" :"))), None)
        if index is not None:
            places[name] = index
        elif name not in pattern.optional:
            return {}
    return places


_LINK: Final = re.compile(r"!?\[([^\[\]]*)\](?:\((?:<[^<>]*>|[^()\s]*)(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])?")
_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_KEPT: Final = re.compile("\x02(\\d+)\x03")
_VALID_TAG: Final = re.compile(rf"</?[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:/][^<>]*|/)?>|{COMMENT}")
"""A tag with a valid name and start of attributes (CommonMark 0.31, section 6.6); `map<string, int>` is text."""
_TAG: Final = re.compile(rf"</?(?:{'|'.join(sorted(ELEMENTS))})(?:[\s/][^<>]*)?>|{COMMENT}", re.IGNORECASE)
_WITH_ATTRIBUTES: Final = re.compile(r"<(?=[A-Za-z][\w:-]*[\s/][^<>]*>)")
"""The start of a tag that is not an HTML element but has attributes, such as a custom element."""
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_EMPHASIS: Final = re.compile(r"\*+|(?<![^\W_])_+|_+(?![^\W_])|`+|~~")


def visible_text(text: str) -> str:
    """Return the text that a reader sees of a line of Markdown, without emphasis, code marks, link targets and tags.

    Names in angle brackets that are not HTML elements (`list<of>`) are kept, and so is everything in code.
    """
    return _WITH_ATTRIBUTES.sub("&lt;", _visible(text, _TAG))


def anchor_text(text: str) -> str:
    """Return the text of a heading from which renderers make its anchor: also without names in angle brackets."""
    return _visible(text, _VALID_TAG)


def _visible(text: str, tag: re.Pattern[str]) -> str:
    if not re.search(r"[\[<\\*_`~]", text):
        return text.replace("\n", " ").strip()
    code: list[str] = []
    if "`" in text:
        text = _CODE.sub(lambda match: _kept(match[2], code), text.replace("\x02", "").replace("\x03", ""))
    words = _ESCAPE.sub(r"\1", _EMPHASIS.sub("", tag.sub("", _LINK.sub(r"\1", text))))
    shown = _KEPT.sub(lambda match: code[int(match[1])], words) if code else words
    return re.sub(r"\s+", " ", shown).strip()


def _kept(content: str, code: list[str]) -> str:
    code.append(content.strip())
    return f"\x02{len(code) - 1}\x03"
