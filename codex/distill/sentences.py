"""Finds the demands (requirements) in a document, and accounts for every keyword outside of them.

A demand is a sentence with a keyword in upper case (BCP 14). Its level is that of its first keyword, never guessed.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Span
from skills_build.frozen import dataclass
from skills_build.lint.prose import sentences
from skills_build.model.standard import Level
from skills_build.source.candidates import lead_in, visible_text
from skills_build.source.document import Block, Document, Inline
from skills_build.source.levels import LevelWord, read_levels

_LEGEND: Final = re.compile(r"\bRFC\s?(?:2119|8174)\b|\bBCP\s?14\b", re.IGNORECASE)
"""A sentence that explains the keywords is not a demand."""
_MARKUP: Final = re.compile(r"[<>]")
"""Replaces keywords in comments and tags, to hide them from `read_levels`."""
_OTHER_LANGUAGES: Final = re.compile(
    r"\b(?:MUSS|MÜSSEN|DARF|DÜRFEN|SOLL|SOLLEN|SOLLTEN?|KANN|KÖNNEN|DOIT|DOIVENT|DEVRAI(?:EN)?T|PEUT|PEUVENT"
    r"|DEBEN?|DEBERÍAN?|PUEDEN?|DEVEM?|DEVONO|DEVERIAM?|DOVREBBER?O?|PODEM?|MOET|MOETEN|MOGEN|ZOUDEN)\b"
)
"""Words that have the meaning of keywords in German, French, Spanish, Portuguese, Italian and Dutch texts."""
_LEAVES: Final = {"paragraph": "paragraph", "cell": "table cell", "heading": "heading"}
MAX_PLACES: Final = 1000
"""Maximum number of places of one kind that are listed."""
MAX_PARAGRAPH: Final = 10_000
"""Maximum length of a text that is kept with each of its sentences, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A sentence that is a requirement. `quote` is exactly as in the document, on the lines of `span`."""

    number: int
    quote: str
    level: Level
    span: Span
    section: tuple[str, ...]
    paragraph: str
    """The whole text around it; the sentence alone if that is longer than `MAX_PARAGRAPH`."""
    items: str = ""
    """The list that it introduces, as in the document."""
    levels: int = 1
    """The number of levels that it states."""
    stated: str = ""
    """The demand with its level in upper case; empty if `quote` has it so."""

    @property
    def sentence(self) -> str:
        """The sentence with its level in upper case."""
        return self.stated or self.quote


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A keyword that does not result in a rule: its place, its text, and the reason."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The demands in a document, and what was left out."""

    demands: tuple[Demand, ...]
    left_out: tuple[LeftOut, ...]
    lower_case: tuple[LeftOut, ...]
    """Sentences with keywords in lower case only, which have their ordinary meaning."""
    sections: int


def read_document(document: Document) -> Reading:
    """Read the demands of a document, in its order."""
    return DemandReader(document).read()


class DemandReader:
    """Reads the blocks of a document. A subclass may find demands in sentences without a keyword in upper case."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lines = document.raw.split("\n")
        self.above: list[tuple[int, str]] = []
        self._read: set[int] = set()
        self.demands: list[Demand] = []
        self.left_out: list[LeftOut] = []
        self.lower_case: list[LeftOut] = []
        self.sections = 0

    def read(self) -> Reading:
        """Read the whole document."""
        self.blocks(self._document.blocks)
        self.rest()
        return Reading(
            demands=tuple(self.demands),
            left_out=tuple(sorted(self.left_out, key=lambda one: one.line)),
            lower_case=tuple(self.lower_case),
            sections=self.sections,
        )

    def blocks(self, blocks: Sequence[Block]) -> None:
        """Read blocks, and the lists that their sentences introduce."""
        for place, block in enumerate(blocks):
            if block.kind == "heading" and block.inline:
                self.sections += 1
                while self.above and self.above[-1][0] >= block.depth:
                    self.above.pop()
                self._leaf(block.inline, None)
                self.above.append((block.depth, visible_text(block.inline.text)))
            elif block.kind in _LEAVES and block.inline:
                follows = blocks[place + 1] if place + 1 < len(blocks) else None
                introduces = follows is not None and follows.kind == "list" and lead_in(blocks, place + 1)
                self._leaf(block.inline, follows if introduces else None)
            elif block.kind in ("list", "item", "quote", "table", "row"):
                self.blocks(block.children)

    def _leaf(self, inline: Inline, introduced: Block | None) -> None:
        for start, end in sentences(inline.text, inline.plain):
            text, plain = inline.text[start:end], inline.plain[start:end]
            span = inline.span(start, end)
            words = read_levels(text, plain)
            if words:
                self._read.update(range(span.line, span.end_line + 1))
                self._sentence(text, words, span, (inline, introduced))
            elif foreign := _OTHER_LANGUAGES.search(plain):
                why = f"`{foreign[0]}` is not read: write MUST, SHOULD or MAY"
                self.left_out.append(LeftOut(line=span.line, text=shown(text), why=why))
            else:
                self.plain_sentence(text, plain, span, inline)

    def plain_sentence(self, text: str, plain: str, span: Span, inline: Inline) -> None:
        """Read a sentence without a keyword in upper case."""
        if read_levels(text, plain, any_case=True) and len(self.lower_case) < MAX_PLACES:
            self.lower_case.append(LeftOut(line=span.line, text=shown(text), why="the keyword is in lower case"))

    def _sentence(
        self, text: str, words: tuple[LevelWord, ...], span: Span, around: tuple[Inline, Block | None]
    ) -> None:
        level, why = words[0].level, _why_not(text, words)
        if level is None or why:
            self.left_out.append(LeftOut(line=span.line, text=shown(text), why=why))
            return
        inline, introduced = around
        items = self._items(introduced) if introduced and text.rstrip().endswith(":") else ""
        self.add(text, level, (span, inline), levels=len(words), items=items)

    def add(
        self, text: str, level: Level, place: tuple[Span, Inline], *, levels: int = 1, items: str = "", stated: str = ""
    ) -> None:
        """Add a demand."""
        span, inline = place
        self.demands.append(
            Demand(
                number=len(self.demands) + 1,
                quote=text,
                level=level,
                span=span,
                section=tuple(title for _, title in self.above),
                paragraph=inline.text if len(inline.text) <= MAX_PARAGRAPH else text,
                items=items,
                levels=levels,
                stated=stated,
            )
        )

    def _items(self, introduced: Block) -> str:
        """Return a list whose items state no level themselves; otherwise they are demands of their own."""
        texts = (block.inline for block in introduced.walk() if block.inline)
        if any(read_levels(inline.text, inline.plain) for inline in texts):
            return ""
        return "\n".join(self._lines[introduced.first - 1 : introduced.last]).rstrip()

    def rest(self) -> None:
        """Account for the lines with keywords that no sentence has: code, HTML, comments, front matter."""
        kinds = dict(self._kinds())
        for number, line in enumerate(self._lines, start=1):
            if number not in self._read and read_levels(_MARKUP.sub(" ", line)):
                why = kinds.get(number, "the line is not prose")
                self.left_out.append(LeftOut(line=number, text=shown(line), why=why))

    def _kinds(self) -> Iterator[tuple[int, str]]:
        words = {
            "fence": "the line is in a code block",
            "code": "the line is in an indented code block",
            "html": "the line is in HTML",
        }
        for block in self._document.walk():
            if block.kind in words:
                yield from ((line, words[block.kind]) for line in range(block.first, block.last + 1))
        for line in range(1, self._document.front.last + 1):
            yield line, "the line is in front matter"


def _why_not(text: str, words: tuple[LevelWord, ...]) -> str:
    if _LEGEND.search(text):
        return "the sentence explains the keywords"
    return f"`{words[0].word}` {words[0].doubt}" if words[0].level is None else ""


def shown(text: str) -> str:
    """Return a text on one line, cut to 160 characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 160 else f"{flat[:157]}..."
