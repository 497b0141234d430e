"""The only importer of markdown-it-py: CommonMark with tables in, a tree of blocks with exact places out.

markdown-it knows the lines of a block but not the columns of what is inside it. Its inline rules are wrapped so that
each code span, link, autolink and piece of HTML records the offsets it was read from; nothing is searched for twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from skills_build.diagnostics import Span
from skills_build.frozen import dataclass
from skills_build.model.links import Link
from skills_build.source.document import Block, HtmlComment, Inline
from skills_build.source.inline_marks import InlineMark, as_seen, is_call, unescaped, without_markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_MARKERS: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+[ \t>]*)*")
"""The markers of quotes and lists at the start of a line."""
_SPECIAL: Final = re.compile(r"[`\[<]")
_COMMENT: Final = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_LEAVES: Final = {"fence": "fence", "code_block": "code", "html_block": "html", "hr": "rule-off"}
_BRANCHES: Final = {
    "heading": "heading",
    "paragraph": "paragraph",
    "bullet_list": "list",
    "ordered_list": "list",
    "list_item": "item",
    "blockquote": "quote",
    "table": "table",
    "tr": "row",
    "th": "cell",
    "td": "cell",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMarkdown:
    """A file's blocks, its HTML comments, and its link reference definitions (normalised label to target)."""

    blocks: tuple[Block, ...]
    comments: tuple[HtmlComment, ...]
    definitions: Mapping[str, str]


def parse_markdown(lines: Sequence[str], *, shared: str = "", about: str = "") -> ParsedMarkdown:
    """Parse a file's lines. `shared` is Markdown whose link definitions also apply.

    Text without the words `about` keeps its markup and has no links, which is faster.
    """
    env: dict[str, Any] = {}
    if shared:
        _engine().parse(shared, env)
    own = dict(env.get("references", {}))
    tokens = _engine().parse("\n".join(lines), env)
    builder = _Builder(lines, env, about)
    blocks = builder.build(tokens)
    references = {k: str(v.get("href", "")) for k, v in env.get("references", {}).items() if k not in own}
    return ParsedMarkdown(blocks=blocks, comments=tuple(builder.comments), definitions=references)


def top_blocks(lines: Sequence[str]) -> tuple[tuple[str, int, int], ...]:
    """Return kind, first and last line (from 1) of each block that is in no other one. Nothing inside is parsed."""
    kinds = {**{f"{name}_open": kind for name, kind in _BRANCHES.items()}, **_LEAVES}
    rows = []
    for token in _engine().parse("\n".join(lines), {}):
        if token.level == 0 and token.type in kinds and token.map:
            first, stop = token.map
            rows.append((kinds[token.type], first + 1, _last_line(lines, first, stop)))
    return tuple(rows)


@cache
def _engine() -> MarkdownIt:
    from markdown_it import MarkdownIt

    engine = MarkdownIt("commonmark").enable("table")
    engine.validateLink = _is_link  # type: ignore[method-assign]
    engine.core.ruler.disable(["inline", "text_join"])
    for name, kind in (("backticks", "code"), ("autolink", "autolink"), ("html_inline", "html")):
        _wrap(engine, name, _recording(kind))
    _wrap(engine, "link", _recording_link(image=False))
    _wrap(engine, "image", _recording_link(image=True))
    definition = next(r.fn for r in engine.block.ruler.__rules__ if r.name == "reference")
    engine.block.ruler.at("reference", _without_footnotes(definition), {"alt": []})
    return engine


_BlockRule = Callable[["StateBlock", int, int, bool], bool]


def _without_footnotes(rule: _BlockRule) -> _BlockRule:
    """Keep footnotes (`[^1]: text`) as text. Parsers without footnotes take one of a single word for a definition."""

    def definition(state: StateBlock, first: int, last: int, silent: bool) -> bool:
        footnote = state.src.startswith("[^", state.bMarks[first] + state.tShift[first])
        return not footnote and rule(state, first, last, silent)

    return definition


def _is_link(url: str) -> bool:
    """Accept every target, so that harmful ones are reported and left out."""
    return True


_Rule = Callable[["StateInline", bool], bool]


def _wrap(engine: MarkdownIt, name: str, wrapper: Callable[[_Rule], _Rule]) -> None:
    ruler = engine.inline.ruler
    rule = next(r.fn for r in ruler.__rules__ if r.name == name)
    ruler.at(name, wrapper(rule))


def _recording(kind: str) -> Callable[[_Rule], _Rule]:
    def wrapper(rule: _Rule) -> _Rule:
        def recorded(state: StateInline, silent: bool) -> bool:
            start, count = state.pos, len(state.tokens)
            matched = rule(state, silent)
            if matched and not silent and any(t.type != "text" for t in state.tokens[count:]):
                href = next((str(t.attrs["href"]) for t in state.tokens[count:] if "href" in t.attrs), "")
                state.env["marks"].append(
                    InlineMark(kind, start, state.pos, href=href, text=state.src[start : state.pos])
                )
            return matched

        return recorded

    return wrapper


def _recording_link(*, image: bool) -> Callable[[_Rule], _Rule]:
    def wrapper(rule: _Rule) -> _Rule:
        def recorded(state: StateInline, silent: bool) -> bool:
            start = state.pos
            marks = state.env["marks"]
            before = len(marks)
            matched = rule(state, silent)
            if matched and not silent:
                if image:
                    del marks[before:]  # marks in an alternative text have offsets relative to that text
                marks.append(_link_mark(state, start, image=image))
            return matched

        return recorded

    return wrapper


def _link_mark(state: StateInline, start: int, *, image: bool) -> InlineMark:
    """Return the mark of the link at `start`. Its target is located with the helpers of the link rule itself."""
    end, source, kept = state.pos, state.src, (state.pos, state.posMax)
    opening = start + 1 if image else start
    state.posMax = max(state.posMax, end)
    label_end = state.md.helpers.parseLinkLabel(state, opening, not image)
    state.pos, state.posMax = kept
    text = source[opening + 1 : label_end]
    kind = "image" if image else "link"
    rest = label_end + 1
    if rest < end and source[rest] == "(":
        at = rest + 1
        while at < end and source[at] in " \t\n":
            at += 1
        parsed = state.md.helpers.parseLinkDestination(source, at, end)
        stop = parsed.pos if parsed.ok else at
        angle = source[at:stop].startswith("<")
        target = (at + 1, stop - 1) if angle else (at, stop)
        return InlineMark(kind, start, end, target=target, href=source[target[0] : target[1]], text=text)
    label = source[rest + 1 : end - 1] if rest < end else ""
    return InlineMark(kind, start, end, text=text, reference=label or text)


class _Builder:
    """Turns markdown-it's flat tokens into blocks."""

    def __init__(self, lines: Sequence[str], env: dict[str, Any], about: str) -> None:
        self.lines = lines
        self.env = env
        self._about = about
        self.comments: list[HtmlComment] = []
        self._lists = 0

    def build(self, tokens: list[Token]) -> tuple[Block, ...]:
        """Build the tree of a whole file."""
        position = 0
        blocks: list[Block] = []
        while position < len(tokens):
            children, position = self._next(tokens, position)
            blocks.extend(children)
        return tuple(blocks)

    def _next(self, tokens: list[Token], at: int) -> tuple[list[Block], int]:
        token = tokens[at]
        if token.type in _LEAVES:
            return [self._leaf(token)], at + 1
        if not token.type.endswith("_open"):
            return [], at + 1
        if token.type in ("thead_open", "tbody_open"):
            return self._section(tokens, at)
        return self._branch(tokens, at)

    def _section(self, tokens: list[Token], at: int) -> tuple[list[Block], int]:
        """Read the rows of a table's head or body."""
        closing = tokens[at].type.replace("_open", "_close")
        part = "head" if tokens[at].type == "thead_open" else "body"
        rows: list[Block] = []
        at += 1
        while tokens[at].type != closing:
            row, at = self._row(tokens, at, part)
            rows.append(row)
        return rows, at + 1

    def _row(self, tokens: list[Token], at: int, part: str) -> tuple[Block, int]:
        line = (tokens[at].map or [0, 1])[0]
        cells: list[Block] = []
        places = iter(_cell_columns(self.lines[line]))
        while tokens[at].type != "tr_close":
            if tokens[at].type == "inline":
                cells.append(self._cell(tokens[at], line, next(places, None)))
            at += 1
        block = Block(kind="row", first=line + 1, last=line + 1, info=part, children=tuple(cells))
        return block, at + 1

    def _cell(self, token: Token, line: int, column: int | None) -> Block:
        source = self.lines[line]
        at = column if column is not None and column <= len(source) else 0
        starts, offset = [(0, line + 1, at + 1)], 0
        for match in re.finditer(r"\\\|", source[at:]):  # the table rule drops the backslash of `\|`
            offset = match.start() - (len(starts) - 1)
            if offset >= len(token.content):
                break
            starts.append((offset, line + 1, at + match.start() + 2))
        inline = self._inline(token.content, tuple(starts))
        return Block(kind="cell", first=line + 1, last=line + 1, column=at + 1, inline=inline)

    def _branch(self, tokens: list[Token], at: int) -> tuple[list[Block], int]:
        opening = tokens[at]
        name = opening.type.removesuffix("_open")
        first, stop = opening.map or [0, 1]
        is_list = name in ("bullet_list", "ordered_list")
        self._lists += is_list
        inline: Inline | None = None
        children: list[Block] = []
        depth = int(opening.tag[1]) if name == "heading" else self._lists if name == "list_item" else 0
        at += 1
        while tokens[at].type != f"{name}_close" or tokens[at].level != opening.level:
            if tokens[at].type == "inline":
                inline = self._leaf_inline(tokens[at])
                at += 1
            else:
                below, at = self._next(tokens, at)
                children.extend(below)
        self._lists -= is_list
        column = inline.starts[0][2] if inline else self._column(first)
        last = _last_line(self.lines, first, stop)
        kind = _BRANCHES.get(name, name)
        info = {"bullet_list": "bullet", "ordered_list": "ordered", "list_item": opening.markup}.get(name, "")
        block = Block(
            kind=kind,
            first=first + 1,
            last=last,
            column=column,
            depth=depth,
            info=info,
            text=f"{opening.info}{opening.markup}" if name == "list_item" and opening.info else "",
            inline=inline,
            children=tuple(children),
        )
        return [block], at + 1

    def _leaf(self, token: Token) -> Block:
        first, stop = token.map or [0, 1]
        if token.type == "html_block":
            self._collect(token.content, first)
        return Block(
            kind=_LEAVES[token.type],
            first=first + 1,
            last=_last_line(self.lines, first, stop),
            column=self._column(first),
            info=token.info.strip() if token.type == "fence" else token.markup,
            text=token.content,
        )

    def _collect(self, html: str, first: int) -> None:
        """Record the comments of an HTML block that starts on line `first` (from 0)."""
        for match in _COMMENT.finditer(html):
            line = first + html.count("\n", 0, match.start())
            source = self.lines[line] if line < len(self.lines) else ""
            column = max(source.find("<!--"), 0) + 1
            ending = html[match.start() : match.end()].split("\n")
            end_column = column + len(ending[0]) if len(ending) == 1 else len(ending[-1]) + 1
            self.comments.append(
                HtmlComment(text=match[1].strip(), span=Span(line + 1, column, line + len(ending), end_column))
            )

    def _leaf_inline(self, token: Token) -> Inline:
        first = (token.map or [0, 1])[0]
        starts: list[tuple[int, int, int]] = []
        offset = 0
        for number, content in enumerate(token.content.split("\n")):
            source = self.lines[first + number] if first + number < len(self.lines) else ""
            starts.append((offset, first + number + 1, _column_of(content, source) + 1))
            offset += len(content) + 1
        return self._inline(token.content, tuple(starts))

    def _inline(self, content: str, starts: tuple[tuple[int, int, int], ...]) -> Inline:
        if self._about not in content or not _SPECIAL.search(content):
            return Inline(text=content, plain=content, seen=content, starts=starts)
        marks: list[InlineMark] = []
        self.env["marks"] = marks
        _engine().inline.parse(content, _engine(), self.env, [])
        marks.sort(key=lambda m: (m.start, -m.end))
        plain, seen = without_markup(content, marks), as_seen(content, marks)
        bare = Inline(text=content, plain=plain, seen=seen, starts=starts)
        self._inline_comments(bare, marks)
        links = tuple(_links(bare, marks, self.env))
        return Inline(text=content, plain=plain, seen=seen, starts=starts, links=links)

    def _inline_comments(self, inline: Inline, marks: list[InlineMark]) -> None:
        for mark in marks:
            if mark.kind == "html" and mark.text.startswith("<!--"):
                text = mark.text.removeprefix("<!--").removesuffix("-->").strip()
                self.comments.append(HtmlComment(text=text, span=inline.span(mark.start, mark.end)))

    def _column(self, line: int) -> int:
        source = self.lines[line] if line < len(self.lines) else ""
        return len(source) - len(source.lstrip()) + 1


def _last_line(lines: Sequence[str], first: int, stop: int) -> int:
    """Return the last line of a block that is not empty: markdown-it includes the empty lines after a list item."""
    while stop > first + 1 and (stop > len(lines) or not lines[stop - 1].strip()):
        stop -= 1
    return stop


def _column_of(content: str, source: str) -> int:
    """Return the offset of a line's content in its source line, after the markers of blocks."""
    stripped = source.rstrip()
    line = content.rstrip()
    if stripped.endswith(line):
        return len(stripped) - len(line)
    return max(source.find(line), 0)


def _cell_columns(source: str) -> list[int]:
    """Return the offset of each cell's content in the line of a table row."""
    bars = [m.start() for m in re.finditer(r"(?<!\\)\|", source)]
    markers = _MARKERS.match(source)
    leading = markers.end() if markers else 0
    edges = bars if bars and bars[0] <= leading else [leading - 1, *bars]
    columns = []
    for edge in edges:
        start = edge + 1
        while start < len(source) and source[start] in " \t":
            start += 1
        columns.append(start)
    return columns


def _links(inline: Inline, marks: list[InlineMark], env: dict[str, Any]) -> list[Link]:
    links = []
    for mark in marks:
        if mark.kind == "autolink":
            span = inline.span(mark.start + 1, mark.end - 1)
            site = mark.href if mark.href.startswith("mailto:") else None
            links.append(Link(target=mark.text[1:-1], text=mark.text[1:-1], span=span, site=site))
        elif mark.kind in ("link", "image") and not is_call(inline.text, mark):
            start, end = mark.target or (mark.start, mark.end)
            target, title = (mark.href, "") if mark.target else _defined(mark.reference or "", env)
            site = plain if mark.target and (plain := unescaped(target)) != target else None
            image, span, named = mark.kind == "image", inline.span(start, end), mark.reference
            links.append(
                Link(target=target, text=mark.text, span=span, image=image, reference=named, site=site, title=title)
            )
    return links


def _defined(label: str, env: dict[str, Any]) -> tuple[str, str]:
    definition = env.get("references", {}).get(normalised_label(label), {})
    return str(definition.get("href", "")), str(definition.get("title", ""))


def normalised_label(label: str) -> str:
    """Normalise a reference label for looking up its definition (CommonMark 0.31, section 4.7)."""
    return re.sub(r"\s+", " ", label.strip()).lower().upper()
