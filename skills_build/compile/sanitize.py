"""Makes an author's Markdown safe inside a larger page: it cannot affect the text that follows.

HTML becomes Markdown or is removed. The rest works line by line on text that the source stage has already parsed; words
are never changed. HTML comments and link definitions are removed (links are rewritten before), headings move below the
rule's own, an open fence or HTML block is closed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Final

from skills_build.frozen import dataclass
from skills_build.source.html_tags import html_tokens, outside_code_blocks
from skills_build.source.hypertext import markdown
from skills_build.source.markdown import parse_markdown

_SPECIAL: Final = re.compile(
    r"<!|`{3}|~{3}|\n[ \t]*\n[ \t]*\n|^ {0,3}(?:#|<|\[[^\]]+\]:|=+[ \t]*$|(?:[-_][ \t]*){2,}$|-[ \t]*$)", re.MULTILINE
)
_FENCE: Final = re.compile(
    r"^(?P<lead>[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(?P<mark>`{3,}|~{3,})(?P<info>.*)$"
)
_ITEM: Final = re.compile(r"^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?=\S)")
_ATX: Final = re.compile(
    r"^ {0,3}(#{1,6})(?:[ \t]++((?:[^ \t\n]++(?:[ \t]++(?!#*+[ \t]*+$))?)*))?(?:[ \t]*+(?<=[ \t])#++)?[ \t]*+$"
)
_UNDERLINE: Final = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_BREAK: Final = re.compile(r"^ {0,3}(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_DEFINITION: Final = re.compile(r"^ {0,3}\[((?:[^\[\]\\]|\\.)+)\]:[ \t]*\S")
_COMMENT_START: Final = re.compile("<!--")
_NO_PARAGRAPH: Final = re.compile(r"^(?:[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]|[ \t]*[>|<]|\t| {4})")
_RAW_HTML: Final = (
    (
        re.compile(r"^ {0,3}<(script|pre|style|textarea)(?=[\s>]|$)", re.IGNORECASE),
        re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE),
    ),
    (re.compile(r"^ {0,3}<\?"), re.compile(r"\?>")),
    (re.compile(r"^ {0,3}<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(r"^ {0,3}<![A-Za-z]"), re.compile(r">")),
)
_THEMATIC_BREAK: Final = "***"
_CLOSERS: Final = ("", "?>", "]]>", ">")


@dataclass(frozen=True, slots=True)
class _Heading:
    depth: int
    text: str


@dataclass(slots=True)
class _Fence:
    """An open fence: its marker, the text before it, and the indent that its lines must have to belong to it."""

    mark: str
    lead: str
    indent: int
    quoted: bool

    def closed_by(self, line: str) -> bool:
        if self.quoted:
            line = line.replace(">", " ")
        mark = line.strip()
        near = _indent(line) < self.indent + 4 or self.quoted
        return near and len(mark) >= len(self.mark) and mark == self.mark[0] * len(mark)

    def left_by(self, line: str) -> bool:
        """Whether a line ends the list item or quote that contains the fence, and so the fence."""
        if self.quoted:
            return not line.lstrip().startswith(">")
        return bool(line.strip()) and _indent(line) < self.indent

    def end(self) -> str:
        return re.sub(r"(?:[-*+]|\d{1,9}[.)])(?=[ \t])", lambda m: " " * len(m[0]), self.lead) + self.mark


def sanitized(text: str, *, below: int, definitions: Sequence[str] = ()) -> str:
    """Make a body's Markdown self-contained: nothing stays open at its end, and its headings are deeper than `below`.

    `definitions` are the normalised labels of the file's link definitions; their lines are left out.
    """
    text = markdown(text)
    if not _SPECIAL.search(text) or _is_plain(text):
        return text.strip("\n")
    walker = _Walker(frozenset(definitions))
    for line in _uncommented(text).split("\n"):
        walker.take(line)
    result = _joined(walker.finished(), below)
    return result if not walker.doubtful or _stays_inside(result, below) else _verbatim(result)


def _uncommented(text: str) -> str:
    """Return a text without its comments, with the same lines. A mark in code starts no comment."""
    kept, end = "", 0
    for start, piece in outside_code_blocks(text, containing=_COMMENT_START):
        for token in html_tokens(piece):
            if token[0].startswith("<!--"):
                kept += text[end : start + token.start()] + "\n" * token[0].count("\n")
                end = start + token.end()
    return kept + text[end:]


_PLAIN_BODY: Final = re.compile(
    r"(?:"
    r"```[\w+#.-]*\n(?:(?! {0,3}```).*\n)*```(?:\n|\Z)"  # a fence that is closed by the same mark
    r"|(?:\*\*|[A-Za-z(\"'])[^<\n]*(?:\n|\Z)"  # a line of prose, or a label
    r"|\n(?!\n\n)"
    r")*"
)
_PLAIN_MAX_LENGTH: Final = 20_000


def _is_plain(text: str) -> bool:
    """Whether a body is only prose and closed fences, as most are, so that nothing in it stays open at its end."""
    return len(text) <= _PLAIN_MAX_LENGTH and _PLAIN_BODY.fullmatch(text) is not None


def _stays_inside(text: str, below: int) -> bool:
    """Whether a parser reads a heading after `text` as one, and no heading in `text` is too high."""
    lines = ["# before", "", *text.split("\n"), "", "# after"]
    headings = [block for block in parse_markdown(lines).blocks if block.kind == "heading"]
    inside = [block.depth for block in headings if 1 < block.first < len(lines)]
    return bool(headings) and headings[-1].first == len(lines) and min(inside, default=7) > min(below, 5)


def _verbatim(text: str) -> str:
    """Show text that cannot be made self-contained as it is, in a fence longer than any of its own."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}markdown\n{text}\n{fence}"


@dataclass(slots=True)
class _Walker:
    """Goes through a text line by line and tracks what is open: a fence, an HTML block, a paragraph."""

    definitions: frozenset[str]
    result: list[str | _Heading] = field(default_factory=list)
    fence: _Fence | None = None
    html: int | None = None
    html_tag: str = ""
    paragraph: int | None = None
    item: int = 0
    doubtful: bool = False
    """The text contains something that renderers may read in another way than this walker."""
    tagged: bool = False
    """A line since the last blank line started with a tag: what looks like Markdown may be HTML to a renderer."""

    def take(self, line: str) -> None:
        """Take the next line."""
        if self.fence is not None and not self.fence.left_by(line):
            self.result.append(line)
            if self.fence.closed_by(line):
                self.fence = None
            return
        self.fence = None
        if self.html is not None:
            self._in_html(line)
        else:
            self._outside(line)

    def finished(self) -> list[str | _Heading]:
        """Return all lines; an open fence or HTML block is closed."""
        self.doubtful = self.doubtful or self.fence is not None or self.html is not None
        if self.fence is not None and not self.fence.quoted:
            self.result.append(self.fence.end())
        if self.html is not None:
            self.result.append(_CLOSERS[self.html] or f"</{self.html_tag}>")
        return self.result

    def _outside(self, line: str) -> None:
        if not line.strip():
            self._blank()
            return
        if self._starts_fence(line) or self._starts_html(line):
            if self.tagged or (self.paragraph is not None and _ITEM.match(line)):
                self._blank()
            self.paragraph = None
            self.result.append(line)
        elif match := _ATX.match(line):
            if self.tagged:
                self._blank()
            self._heading(len(match[1]), match[2] or "")
        elif (match := _UNDERLINE.match(line)) and self.paragraph is not None:
            self._underlined(1 if match[1][0] == "=" else 2)
        elif _BREAK.match(line):
            self.paragraph = None
            self.result.append(_THEMATIC_BREAK)
        elif match and match[1][0] == "=":
            self.result.append(line.replace("=", "\\=", 1))
            self.doubtful = True
        elif self.paragraph is None and self._defines(line):
            self._blank()
        else:
            self._text(line)

    def _text(self, line: str) -> None:
        """Append a line of text, and track whether it is in a list item, a paragraph or after a tag."""
        if _ITEM.match(line):
            self.item = _content_column(line)
        elif _indent(line) < self.item:
            self.item = 0
        if line.lstrip().startswith("<"):
            self.tagged = self.doubtful = True
        if _NO_PARAGRAPH.match(line) or self.item or self.tagged:
            self.paragraph = None if self.paragraph is None or _ITEM.match(line) else self.paragraph
        elif self.paragraph is None:
            self.paragraph = len(self.result)
        self.result.append(line)

    def _blank(self) -> None:
        self.paragraph = None
        self.tagged = False
        if self.result and self.result[-1] != "":
            self.result.append("")

    def _heading(self, depth: int, text: str) -> None:
        self.paragraph = None
        self.item = 0
        self.result.append(_Heading(depth, text))

    def _underlined(self, depth: int) -> None:
        start = self.paragraph or 0
        words = " ".join(str(line).strip() for line in self.result[start:])
        del self.result[start:]
        self._heading(depth, words)

    def _starts_fence(self, line: str) -> bool:
        """Return whether a line opens a fenced code block, and remember it."""
        match = _FENCE.match(line)
        if match is None or (match["mark"][0] == "`" and "`" in match["info"]):
            return False
        lead = match["lead"]
        self.doubtful = self.doubtful or lead != ""
        if _indent(line) >= self.item + 4:
            return False
        listed = len(lead.expandtabs(4)) if _ITEM.match(line) else min(self.item, _indent(line))
        self.fence = _Fence(match["mark"], lead, listed, ">" in lead)
        return True

    def _starts_html(self, line: str) -> bool:
        """Return whether a line opens a block of raw HTML, and remember where that ends."""
        for number, (start, end) in enumerate(_RAW_HTML):
            if match := start.match(line):
                self.doubtful = True
                if not end.search(line, match.end()):
                    self.html = number
                    self.html_tag = match[1].lower() if number == 0 else ""
                return True
        return False

    def _in_html(self, line: str) -> None:
        self.result.append(line)
        if self.html is not None and _RAW_HTML[self.html][1].search(line):
            self.html = None

    def _defines(self, line: str) -> bool:
        match = _DEFINITION.match(line)
        return match is not None and re.sub(r"\s+", " ", match[1].strip()).lower().upper() in self.definitions


def _joined(lines: Sequence[str | _Heading], below: int) -> str:
    lines = _without_empty_breaks(lines)
    highest = min((line.depth for line in lines if isinstance(line, _Heading)), default=7)
    shift = max(0, below + 1 - highest)
    return "\n".join(_written(lines, shift)).strip("\n")


def _without_empty_breaks(lines: Sequence[str | _Heading]) -> list[str | _Heading]:
    """Drop thematic breaks that separate nothing: at the start, at the end, or after another."""
    kept: list[str | _Heading] = []
    pending: list[str | _Heading] = []
    for line in lines:
        if line == _THEMATIC_BREAK or line == "":
            if line == "" or _THEMATIC_BREAK not in pending:
                pending.append(line)
            continue
        kept.extend(pending if kept else [])
        pending = []
        kept.append(line)
    return kept


def _written(lines: Sequence[str | _Heading], shift: int) -> Iterator[str]:
    for line in lines:
        yield f"{'#' * min(6, line.depth + shift)} {line.text}".rstrip() if isinstance(line, _Heading) else line


def _content_column(line: str) -> int:
    """Return the column at which the content of a list item's first line starts."""
    line = line.expandtabs(4)
    return len(line) - len(_ITEM.sub("", line))


def _indent(line: str) -> int:
    line = line.expandtabs(4)
    return len(line) - len(line.lstrip(" "))
