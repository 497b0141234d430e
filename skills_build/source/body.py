"""Reads the body of a rule: labels, examples, lettered parts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from skills_build.diagnostics import Span
from skills_build.frozen import dataclass
from skills_build.model.standard import ONE_VALUE, CheckBlock, Example, Label, Part
from skills_build.source.candidates import visible_text
from skills_build.source.dialect import PartRules
from skills_build.source.document import Block, Inline, is_check
from skills_build.source.html_labels import html_labels
from skills_build.source.labels import Lead, NearLabel, in_lines, label_names, leads
from skills_build.source.near_labels import Unread, near_label, near_leads
from skills_build.source.table_labels import labels_in_table

ONE_LINE: Final = frozenset({*ONE_VALUE, "applies to"})
"""Labels that hold a value on one line."""
_WITH_CODE: Final = frozenset({"how", "check", "see", "except", "bad", "good"})
"""Labels that a code block below them belongs to."""
_SEVERAL_PARAGRAPHS: Final = frozenset({"when", "except", "use", "instead of"})
"""Labels that a paragraph below them belongs to, because the rule means something else without it."""
_PATH: Final = re.compile(r"(?=.*[./])[\w.@+/-]+|[A-Z][\w-]*file")
"""A path in an info string: `src/app.py`, `Dockerfile`."""
_FOR_PROGRAMS: Final = frozenset({"maps to", "decided by", "selected by", "audience", "origin"})
"""Labels that do not matter to readers of a rule. They are only in statements.json."""
_COMMENT_DEPTH: Final = 7
"""A comment is below every heading."""
_COMMENT: Final = re.compile(
    r"\s*+(?://+|#+|--+|;+|%+|/\*+|<!--|\(\*)\s*+(\w[\w']*+(?:(?:-(?!->)| ++(?=[\w']|-(?!->)))[\w']*+)*)"
    r"[:.!]?\s*+(?:\*/|-->|\*\))?\s*+$"
)
"""A comment on a line of its own, in the syntax of most languages."""
_DEFINED: Final = re.compile(r"(?P<word>[^\W\d_][\w '’-]{0,32})\n+(?=:\s)")
"""The term of a list of definitions."""
_PART_ID: Final = re.compile(r"\(([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z])\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The parts of a rule's body, in the order of the file. `unread` are the labels that are not read as such."""

    labels: tuple[Label, ...]
    unread: tuple[Unread, ...] = ()
    examples: tuple[Example, ...]
    parts: tuple[Part, ...]
    checks: tuple[CheckBlock, ...] = ()
    configured: frozenset[int] = frozenset()
    """The lines of its checks and of labels for programs, which are no text for a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one body is read: the names of its parts, and whether the items of its lists are parts of the rule.

    `others` are lines that belong to rules inside the body. If `strict`, text that only looks like a label is not one,
    but ends the label before it.
    """

    rules: PartRules
    lettered: bool = False
    strict: bool = False
    others: frozenset[int] = frozenset()


def read_body(blocks: Sequence[Block], lines: Sequence[str], how: Reading) -> Body:
    """Read the blocks that belong to a rule."""
    reader = _Reader(lines, how)
    for block in blocks:
        if block.first not in how.others or block.kind == "list":
            reader.read(block)
    parts = tuple(p for b in blocks if b.kind == "list" for p in _parts(b, how.others)) if how.lettered else ()
    return Body(
        labels=reader.finished(),
        unread=tuple(reader.unread),
        examples=tuple(reader.examples),
        parts=parts,
        checks=tuple(reader.checks),
        configured=frozenset(reader.configured),
    )


class _Reader:
    """Reads blocks one by one. A block without a label continues the label before it, if that can have more text.

    A label that is a heading or a comment has all the blocks below it, up to the next label or heading. Headings below
    it that are no label and deeper belong to it.
    """

    def __init__(self, lines: Sequence[str], how: Reading) -> None:
        self._lines = lines
        self._others = how.others
        self._rules = how.rules
        self._strict = how.strict
        self._names = label_names(how.rules)
        self._labels: list[Label] = []
        self._open: Label | None = None
        self._depth = 0
        """The level of the heading that is the open label, 7 for a comment; 0 for a bold word."""
        self._columns = _HtmlColumns(how.rules.tables)
        self._paragraph_lines: tuple[int, int] | None = None
        """The lines of the paragraph that the open label is all of."""
        self.examples: list[Example] = []
        self.unread: list[Unread] = []
        self._above_code: list[Unread] = []
        """What is a label only if the next block is code."""
        self.checks: list[CheckBlock] = []
        self.configured: set[int] = set()

    def read(self, block: Block) -> None:
        """Read the next block of the body."""
        if block.kind == "fence":
            self.unread.extend(self._above_code)
        self._above_code = []
        if block.kind == "html":
            self._html(block)
        elif block.kind == "heading" and block.inline:
            self._heading(block)
        elif block.kind == "paragraph" and block.inline:
            self._paragraph(block)
        elif block.kind == "fence":
            self._fence(block)
        elif block.kind in ("list", "quote"):
            self._group(block)
        else:
            if block.kind == "table" and self._strict:
                self.unread.extend(labels_in_table(block, self._others, self._leads))
            self._continue(block)

    def finished(self) -> tuple[Label, ...]:
        """Close the open label and return all labels."""
        self._close()
        return tuple(self._labels)

    def _paragraph(self, block: Block) -> None:
        inline = block.inline
        assert inline is not None
        found = self._leads(inline.text)
        if self._strict and "**" in inline.text:
            inside = in_lines(inline.text, inline.plain, found, self._names)
            self.unread.extend(Unread(lead=lead, inline=inline) for lead in inside)
        if not found:
            goes_on = self._strict and self._open is not None and self._open.name in _SEVERAL_PARAGRAPHS
            defined = _DEFINED.match(inline.text) if self._strict else None
            if defined:
                self._near_title(defined["word"], inline, 0, defined.end("word"))
            self._continue(block) if goes_on or self._depth or self._columns.current is not None else self._close()
            return
        if self._strict and _is_for_programs(inline.text, found):
            self.configured.update(range(block.first, block.last + 1))
        for number, lead in enumerate(found):
            end = found[number + 1].start if number + 1 < len(found) else len(inline.text)
            self._close()
            if lead.near:
                unread = self._above_code if lead.near.of_code else self.unread
                unread.append(Unread(lead=lead, inline=inline))
            if lead.name:
                self._open = self._label(lead.name, inline, lead, end)
                alone = len(found) == 1 and not self._open.text
                self._paragraph_lines = (block.first, block.last) if alone else None

    @staticmethod
    def _label(name: str, inline: Inline, lead: Lead, end: int) -> Label:
        """Return the label of a lead, with the text up to `end`."""
        text = inline.text[lead.end : end]
        start = lead.end + len(text) - len(text.lstrip())
        first_line = start + len(text.strip().split("\n")[0].rstrip())
        value = inline.span(start, first_line) if name in ONE_LINE else None
        return Label(name=name, text=text.strip(), span=inline.span(lead.start, lead.end), value=value)

    def _leads(self, text: str) -> tuple[Lead, ...]:
        found = leads(text, self._names, own=tuple(self._rules.labels))
        if not self._strict:
            return found
        near = near_leads(text, found, tuple(self._names))
        return tuple(sorted((*found, *near), key=lambda lead: lead.start))

    def _group(self, block: Block) -> None:
        """Read a list or quote: blocks of it that start with a label are parts, all others belong to the open label."""
        inner = [child for item in block.children for child in (item.children if item.kind == "item" else (item,))]
        labelled = self._rules.labels and any(c.inline and self._starts_with_label(c.inline.text) for c in inner)
        if labelled:
            for child in inner:
                self.read(child)
            return
        if self._strict:
            self._nested(block)
        self._continue(block)

    def _nested(self, block: Block) -> None:
        """Record the labels in a list or quote, which are not read."""
        for child in block.children:
            if child.first in self._others:
                continue
            if child.kind == "paragraph" and child.inline:
                leads_ = self._leads(child.inline.text)
                self.unread.extend(Unread(lead=lead, inline=child.inline, nested=True) for lead in leads_)
            elif child.kind in ("list", "quote", "item"):
                self._nested(child)

    def _starts_with_label(self, text: str) -> bool:
        return any(lead.start == 0 and lead.name for lead in self._leads(text))

    def _heading(self, block: Block) -> None:
        assert block.inline is not None
        title = visible_text(block.inline.text)
        name = _find_name(self._rules.headings, title)
        if not name and self._strict:
            self._near_heading(block.inline, title)
        if not name and block.depth > self._depth > 0:
            self._continue(block)
            return
        self._close()
        if name:
            self._open = Label(name=name, text="", span=block.inline.span(0, len(block.inline.text)))
            self._depth = block.depth

    def _near_heading(self, inline: Inline, title: str) -> None:
        """Record a heading in the body whose words are a label."""
        word, colon, _ = title.partition(":")
        self._near_title(word, inline, 0, inline.text.find(":") + 1 if colon else len(inline.text))

    def _near_title(self, word: str, inline: Inline, start: int, end: int) -> None:
        word = word.strip().lower()
        name = self._names.get(word) or near_label(word, tuple(self._names))
        if name and (word in self._names or name == "except"):
            near = NearLabel(meant=name, help=f"start the paragraph with `**{name.capitalize()}:**`", exact=True)
            self.unread.append(Unread(lead=Lead(start, end, near=near), inline=inline))

    def _html(self, block: Block) -> None:
        self._columns.read(block.text)
        text = block.text.strip()
        is_comment = len(text) >= len("<!---->") and text.startswith("<!--") and text.endswith("-->")
        name = _find_name(self._rules.comments, text[4:-3].strip()) if is_comment else None
        if name:
            self._close()
            self._open = Label(name=name, text="", span=Span(block.first, block.column, block.last, block.column + 4))
            self._depth = _COMMENT_DEPTH
        if self._strict:
            inline = block.as_inline()
            for word, start, end in html_labels(block.text):
                self._near_title(word, inline, start, end)

    def _fence(self, block: Block) -> None:
        if is_check(block):
            self._check(block)
            return
        side = self._columns.current or (self._open.name if self._open else "")
        divided = tuple(_divided(block, self._rules.code))
        self.examples.extend(divided)
        if not divided and side in ("bad", "good"):
            language, path = fence_words(block.info)
            span = self._span(block)
            self.examples.append(Example(good=side == "good", language=language, code=block.text, span=span, path=path))
        if self._open is not None and (self._depth or self._open.name in _WITH_CODE):
            self._continue(block)

    def _check(self, block: Block) -> None:
        label = self._open.name if self._open else ""
        self.checks.append(CheckBlock(text=block.text, span=self._span(block), column=block.column, label=label))
        self.configured.update(range(block.first, block.last + 1))

    def _span(self, block: Block) -> Span:
        return Span(block.first, block.column, block.last, len(self._lines[block.last - 1]) + 1)

    def _continue(self, block: Block) -> None:
        if self._open is None or (self._open.name in ONE_LINE and self._open.text):
            return
        lines = range(block.first, block.last + 1)
        source = "\n".join(self._lines[n - 1] for n in lines if n not in self._others)
        joined = f"{self._open.text}\n\n{source}".strip()
        self._open = Label(name=self._open.name, text=joined, span=self._open.span)

    def _close(self) -> None:
        if self._open is not None and self._paragraph_lines and not self._open.text and self._has_check(self._open):
            self.configured.update(range(self._paragraph_lines[0], self._paragraph_lines[1] + 1))
        elif self._open is not None:
            self._labels.append(self._open)
        self._open = None
        self._paragraph_lines = None
        self._depth = 0

    def _has_check(self, label: Label) -> bool:
        """Return whether a label without text is only the title of a check."""
        return any(check.label == label.name and check.span > label.span for check in self.checks)


def _is_for_programs(text: str, found: Sequence[Lead]) -> bool:
    """Return whether a paragraph is only labels whose values programs read, one on each line."""
    starts = {0, *(match.end() for match in re.finditer("\n", text))}
    return starts == {lead.start for lead in found} and all(lead.name in _FOR_PROGRAMS for lead in found)


def fence_words(info: str) -> tuple[str, str]:
    """Return the language of a fence in lower case, and the path that its info string names, if it names one."""
    words = info.split()
    path = next((word for word in words[1:] if _PATH.fullmatch(word)), "")
    return (words[0].lower() if words else ""), path


def _divided(block: Block, names: Mapping[str, str]) -> Iterator[Example]:
    """Yield the examples of a code block in which comments such as `// bad` begin the bad and the good ones."""
    side, first, code = "", 0, list[str]()
    language = next(iter(block.info.lower().split()), "")
    for number, line in enumerate([*block.text.split("\n"), None] if names else ()):
        comment = None if line is None else _COMMENT.match(line)
        name = _find_name(names, comment[1]) if comment else None
        if (line is None or name) and side and any(text.strip() for text in code):
            span = Span(block.first + first + 1, block.column, block.first + number, block.column)
            text = "\n".join(code).strip("\n") + "\n"
            yield Example(good=side == "good", language=language, code=text, span=span)
        if name:
            side, first, code = name, number, []
        elif line is not None:
            code.append(line)


class _HtmlColumns:
    """Follows an HTML table through the blocks that Markdown splits it into, to find the column of a code block."""

    _TOKEN: Final = re.compile(r"<(/?)(table|th|td|tr)\b[^<>]*>([^<]*)", re.IGNORECASE)

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._titles: list[str] = []
        self._column = -1
        self.current: str | None = None

    def read(self, html: str) -> None:
        """Read the next piece of HTML."""
        if not self._names:
            return
        for closing, tag, text in self._TOKEN.findall(html):
            self._token(tag.lower(), text.strip(), closing=bool(closing))

    def _token(self, tag: str, text: str, *, closing: bool) -> None:
        if tag == "table":
            self._titles, self.current = [], None
        elif tag == "th" and not closing:
            self._titles.append(text)
        elif tag == "tr":
            self._column, self.current = -1, None
        elif tag == "td" and not closing:
            self._column += 1
            title = self._titles[self._column] if self._column < len(self._titles) else ""
            self.current = _find_name(self._names, title)
        elif tag == "td":
            self.current = None


def _find_name(names: Mapping[str, str], words: str) -> str | None:
    lowered = words.strip().rstrip(":").lower()
    return next((name for key, name in names.items() if key.lower() == lowered), None)


def _parts(block: Block, others: frozenset[int]) -> Iterator[Part]:
    for item in block.children:
        lead = item.children[0] if item.children else None
        if lead is None or lead.inline is None or item.first in others:
            continue
        text = lead.inline.text.replace("\n", " ")
        match = _PART_ID.search(text)
        words = text[: match.start()].rstrip() if match else text
        more = [words, *(_below(child, others) for child in item.children[1:])]
        yield Part(
            id=match[1] if match else None,
            text=" ".join(part for part in more if part),
            span=lead.inline.span(0, len(text)),
            number=item.text,
        )


def _below(block: Block, others: frozenset[int]) -> str:
    """Return what is below the first paragraph of a part, on one line; the items of a list in brackets."""
    if block.inline is not None:
        return " ".join(block.inline.text.split())
    items = [
        " ".join(_below(child, others) for child in item.children)
        for item in block.children
        if block.kind == "list" and item.first not in others
    ]
    return f"({'; '.join(items)})" if items else ""
