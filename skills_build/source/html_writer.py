"""Writes Markdown for HTML, tag by tag."""

import html
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from skills_build import inert
from skills_build.frozen import dataclass
from skills_build.source.html_elements import MARKS
from skills_build.source.html_numbers import integer, item_marks
from skills_build.source.html_safety import harm
from skills_build.source.html_tables import Cell, Row, cell_of, markdown_table
from skills_build.source.html_tags import BLOCKS, CODE, CONTAINERS, VOID

_OPEN: Final = re.compile(r"<(?=[A-Za-z/!?]|\Z)")
"""What may become a tag with the text that follows, once a tag between them is removed."""
_LINK: Final = re.compile(
    r"\]\(\s*+(?P<target><[^<>\n]*+>|[^()\s]*+(?:\([^()\s]*+\)[^()\s]*+){0,9})"
    r"(?:\s++(?:\"[^\"]*+\"|'[^']*+'|\([^()]*+\)))?\s*+\)"
)
_ONE_LINE: Final = ("td", "th", "summary")
"""Elements whose text is one line of Markdown."""
_MAX_DEPTH: Final = 60
"""Maximum nesting depth of elements. Tags of deeper elements are left out; their text is kept."""


@dataclass(slots=True)
class _Frame:
    """An open element and what has been written in it."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    """The rows of a table, or the items of a list."""

    def text(self) -> str:
        return "".join(self.parts)


class MarkdownWriter:
    """Writes Markdown tag by tag."""

    def __init__(self, source: str, *, flat: bool) -> None:
        self._source = source
        self._flat = flat
        self._stack = [_Frame("")]
        self._in_html_block = False

    def data(self, text: str) -> None:
        """Write the text between two tags."""
        text = _OPEN.sub("&lt;", _LINK.sub(_without_harmful_target, text))
        if self._in_html_block and "\n" in text:
            text = self._unindented(text)
        self._stack[-1].parts.append(text)

    def keep(self, text: str) -> None:
        """Write something that is not HTML unchanged."""
        self._stack[-1].parts.append(text)

    def open(self, name: str, attributes: Mapping[str, str], span: tuple[int, int]) -> None:
        """Open an element. `span` is the place of its start tag."""
        start, end = span
        before = self._source[self._source.rfind("\n", 0, start) + 1 : start]
        self._in_html_block = self._in_html_block or not before.strip()
        if name == "br":
            self.keep(self._break(before, self._source[end : end + 80]))
        elif name == "hr":
            self._write_block("***")
        elif name in ("img", "image"):
            self.keep(_image(attributes))
        elif name not in VOID:
            if name in ("td", "th", "tr", "li"):
                self._close_same(name)
            if len(self._stack) < _MAX_DEPTH:
                self._stack.append(_Frame(name, attributes))

    def close(self, name: str) -> None:
        """Close an element. An end tag without a start tag is left out."""
        if any(frame.name == name for frame in self._stack[1:]):
            while self._close_innermost() != name:
                pass
        elif name == "p":
            self.keep("\n\n" if not self._flat else " ")

    def finished(self) -> str:
        """Close every open element and return the Markdown."""
        while len(self._stack) > 1:
            self._close_innermost()
        _write_loose_cells(self._stack[0])
        return re.sub(r"\n{3,}", "\n\n", self._stack[0].text())

    def _close_same(self, name: str) -> None:
        """Close elements whose end tag is optional: a cell before the next cell, a row before the next row, an item.

        See https://html.spec.whatwg.org/multipage/syntax.html#optional-tags.
        """
        ends = {"td": ("td", "th"), "th": ("td", "th"), "tr": ("td", "th", "tr"), "li": ("li",)}[name]
        barrier = {"li": ("ul", "ol", "menu", "dir")}.get(name, ("table",))
        open_names = [frame.name for frame in self._stack]
        last = max((n for n, element in enumerate(open_names) if element in barrier), default=0)
        first = next((n for n, element in enumerate(open_names) if n > last and element in ends), None)
        while first is not None and len(self._stack) > first:
            self._close_innermost()

    def _close_innermost(self) -> str:
        frame = self._stack.pop()
        _write_loose_cells(frame)
        self._write_element(frame)
        return frame.name

    def _write_element(self, frame: _Frame) -> None:
        name, text = frame.name, frame.text()
        if name in MARKS or name in CODE or name in ("a", "abbr", "acronym"):
            self.keep(text if self._is_inside("pre") else _inline(frame))
        elif name in ("td", "th"):
            self._add_cell(frame)
        elif name in ("tr", "thead", "tbody", "tfoot", "colgroup"):
            self._stack[-1].rows += frame.rows
            self.keep(text if text.strip() else "")
        elif name == "table":
            self._write_block(_loose_text(text) + markdown_table(frame.rows))
        elif name in ("ul", "ol", "menu", "dir"):
            self._write_list(frame)
        elif name == "li" and self._stack[-1].name in CONTAINERS:
            value = integer(frame.attributes.get("value", ""))
            self._stack[-1].rows.append(Row(head=False, cells=[Cell(text)], value=value))
        elif name == "li":
            self._write_block(f"- {text.strip()}" if not self._flat else text)
        elif name == "pre":
            self._write_block(_fence(text))
        elif name in ("summary", "caption", "dt"):
            self._write_block(f"**{' '.join(text.replace('**', '').split())}**" if text.strip() else "")
        elif name in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._write_block(f"{'#' * int(name[1])} {' '.join(text.split())}" if not self._flat else text)
        elif name == "blockquote":
            self._write_block("\n".join(f"> {part.strip()}".rstrip() for part in text.strip().split("\n")))
        elif name in BLOCKS:
            self._write_block(text.strip("\n"))
        elif name == "sup":
            self.keep(f"^{text}" if text.strip() else text)
        else:
            self.keep(text)

    def _add_cell(self, frame: _Frame) -> None:
        rows = self._stack[-1].rows
        text = " ".join(frame.text().split()).replace("\\|", "|").replace("|", "\\|")
        if not rows:
            rows.append(Row(head=True, cells=[]))
        rows[0].cells.append(cell_of(text, frame.attributes))
        rows[0].head = rows[0].head and frame.name == "th"

    def _write_list(self, frame: _Frame) -> None:
        numbered = frame.name == "ol"
        marks = item_marks(frame.attributes, [row.value for row in frame.rows]) if numbered else ["-"] * len(frame.rows)
        items = []
        for mark, row in zip((f"{mark} " for mark in marks), frame.rows, strict=True):
            body = re.sub(r"\n[ \t]*\n(?=[ \t]*(?:[-*]|\d+\.) )", "\n", _joined(row).strip())
            items.append(mark + body.replace("\n", "\n" + " " * len(mark)))
        inside = self._is_inside("li")
        text = _loose_text(frame.text()) + "\n".join(items)
        self._stack[-1].parts.append("\n" + text + "\n") if inside and not self._flat else self._write_block(text)

    def _write_block(self, text: str) -> None:
        """Write a block that is separated from its surroundings."""
        gap = " " if self._flat or self._is_inside(*_ONE_LINE) else "\n\n"
        self._stack[-1].parts.append(f"{gap}{text}{gap}")

    def _is_inside(self, *names: str) -> bool:
        """Return whether an element with one of these names is open."""
        return any(frame.name in names for frame in self._stack)

    def _break(self, before: str, after: str) -> str:
        if self._is_inside(*_ONE_LINE) or before.lstrip().startswith("|"):
            return "; "
        if self._flat or before.lstrip().startswith("#") or self._is_inside("a", "code"):
            return " "
        if not before.strip() or not after.strip() or re.match(r"[ \t]*\n[ \t]*\n", after):
            return ""
        return "\\" if re.match(r"[ \t]*\n", after) else "\\\n"

    def _unindented(self, text: str) -> str:
        """Remove the indentation in an HTML block, up to the empty line that ends it (CommonMark 0.31, section 4.6)."""
        if self._is_inside("pre"):
            return text
        first, *rest = text.split("\n")
        lines = [first]
        for number, line in enumerate(rest):
            if not line.strip() and number < len(rest) - 1:
                self._in_html_block = False
            lines.append(line.lstrip(" \t") if self._in_html_block else line)
        return "\n".join(lines)


def _write_loose_cells(frame: _Frame) -> None:
    """Write cells and items outside a table or list as text."""
    if frame.rows and frame.name not in CONTAINERS:
        frame.parts.append(" " + " ".join(cell.text.strip() for row in frame.rows for cell in row.cells))


def _inline(frame: _Frame) -> str:
    text = frame.text()
    inner = text.strip()
    if not inner:
        return text
    left, right = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    if frame.name in CODE:
        shown = _code_span(html.unescape(" ".join(inner.split())))
    elif frame.name == "a":
        shown = _link(inner, frame.attributes.get("href", ""), _title(frame.attributes, inner))
    else:
        mark = MARKS.get(frame.name, "")
        shown = f"{mark}{inner}{mark}"
    if frame.name in ("abbr", "acronym", "dfn") and (title := _title(frame.attributes, inner)):
        shown += f" ({title})"
    return f"{left}{shown}{right}"


def _title(attributes: Mapping[str, str], words: str) -> str:
    """Return the title that a reader sees when pointing at an element; empty if its words already say it."""
    title = " ".join(re.sub(r"[\[\]<>`\\\"]", " ", attributes.get("title", "")).split())
    return "" if title.lower() in words.lower() else title


def _code_span(text: str) -> str:
    return text if text.startswith("`") and text.endswith("`") else inert.code(text, most=0)


def _link(words: str, target: str, title: str) -> str:
    aside = f" ({title})" if title else ""
    if not target or target.startswith("#") or harm(target):
        return words + aside
    if re.match(r"https?://|mailto:", target, re.IGNORECASE) and "](" not in words:
        quoted = f' "{title}"' if title else ""
        return f"[{words}]({inert.address(target) or _percent_encoded(target)}{quoted})"
    known = target in words or re.match(r"https?://|mailto:", target, re.IGNORECASE)
    return words + aside if known else f"{words} ({inert.code(target)}){aside}"


def _percent_encoded(target: str) -> str:
    return re.sub(r"[\s()<>\"\\]", lambda m: f"%{ord(m[0]):02X}", target)


def _image(attributes: Mapping[str, str]) -> str:
    words = " ".join(re.sub(r"[\[\]<>`\\]", " ", attributes.get("alt", "")).split())
    target, title = attributes.get("src", ""), _title(attributes, words)
    if re.match(r"https?://", target, re.IGNORECASE) and not harm(target) and inert.address(target):
        quoted = f' "{title}"' if title else ""
        return f"![{words}]({inert.address(target)}{quoted})"
    return f"{words} ({title})" if title and words else words or title


def _fence(text: str) -> str:
    inner = html.unescape(text.strip("\n"))
    if inner.startswith("`") and inner.endswith("`") and "\n" not in inner:
        inner = inner.strip("`").strip()
    longest = max((len(run) for run in re.findall("`+", inner)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark}\n{inner}\n{mark}"


def _joined(row: Row) -> str:
    return " ".join(cell.text for cell in row.cells)


def _loose_text(text: str) -> str:
    """Return the text of a table or list that is in no cell or item. It is written first."""
    return f"{text.strip()}\n\n" if text.strip() else ""


def _without_harmful_target(match: re.Match[str]) -> str:
    """Return the end of a Markdown link, without its target if the target is harmful."""
    return "]" if harm(match["target"].strip("<>")) else match[0]
