"""HTML in an author's Markdown: written as Markdown, or left out where nothing of it belongs into a skill.

A small reader of tags of its own: what `html.parser` reads as text differs between patch releases of Python, and output
must not. Code spans, fences, comments and names in angle brackets (`<name>`) are no HTML here and stay.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from skills_build import inert
from skills_build.source.markdown import parse_markdown

_NAMES: Final = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote "
    "body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div "
    "dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header "
    "hgroup hr html i iframe image img input ins isindex kbd keygen label legend li link listing main map mark "
    "marquee math menu meta meter nav nobr noembed noframes noscript object ol optgroup option output p param "
    "picture plaintext pre progress q rp rt ruby s samp script search section select slot small source span "
    "strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track "
    "tt u ul var video wbr xmp"
)
_KNOWN: Final = frozenset(_NAMES.split())
_NAMED: Final = rf"(?:{'|'.join(sorted(_KNOWN, key=len, reverse=True))})"
_MAY_HOLD: Final = re.compile(
    rf"<(?:/?{_NAMED}(?![\w-])|[?!][A-Za-z\[]|[A-Za-z][\w:-]*\s+[\w:-]+\s*=|[A-Za-z][\w+.-]*:(?!//|[^\s<>]*@))"
    r"|\]\((?!https?://[^@\s]*\)|[\w./#%-]+\))",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(
    r"(?P<kept>(?<!`)(?P<ticks>`+)(?!`)(?:.|\n(?![ \t]*\n)){1,4000}?(?<!`)(?P=ticks)(?!`)"
    r"|<!--.*?(?:-->|\Z)|\\[<>\\`]|<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>)"
    r"|<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]*)(?P<rest>(?:[\s/](?:[^<>\"']|\"[^\"]{0,4000}\"|'[^']{0,4000}'){0,2000})?)>",
    re.DOTALL,
)
_END: Final = re.compile(r"</([A-Za-z][A-Za-z0-9:-]*)[^<>]{0,200}>")
_ATTRIBUTE: Final = re.compile(r"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>`]+)))?")
_OPEN: Final = re.compile(r"<(?=[A-Za-z/!?]|\Z)")
"""What may become a tag with what follows, once a tag between them is gone."""

_LINK: Final = re.compile(
    r"\]\(\s*(?P<target><[^<>\n]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*){0,9})(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)"
)

_LISTS: Final = {
    "dropped": (
        "applet audio base bgsound canvas embed frame frameset head iframe link math meta noembed noframes "
        "noscript object param plaintext script select style svg template textarea title track video xmp"
    ),
    "odd": "button dialog fieldset form input keygen marquee option output slot",
    "void": "area base br col embed frame hr img image input link meta param source track wbr",
    "raw": "script style xmp iframe noembed noframes plaintext textarea title",
    "holders": "table thead tbody tfoot colgroup tr ul ol menu dir",
    "code": "code kbd samp tt var",
    "blocks": (
        "address article aside body center dd details dialog dir div dl dt fieldset figcaption figure footer "
        "form header hgroup html legend main menu nav p picture search section"
    ),
    "harmful": "javascript data vbscript livescript mocha file blob filesystem jar view-source command about",
}
_DROPPED: Final = frozenset(_LISTS["dropped"].split())
"""Elements whose content is no text for a reader."""
_ODD: Final = frozenset(_LISTS["odd"].split())
"""Elements that do something in a browser; their text stays."""
_VOID: Final = frozenset(_LISTS["void"].split())
_RAW: Final = frozenset(_LISTS["raw"].split())
_MARKS: Final = {
    "b": "**",
    "strong": "**",
    "i": "*",
    "em": "*",
    "cite": "*",
    "dfn": "*",
    "s": "~~",
    "del": "~~",
    "strike": "~~",
}
_CODE: Final = frozenset(_LISTS["code"].split())
_BLOCKS: Final = frozenset(_LISTS["blocks"].split())
_HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d]*[1-9])|font-size\s*:\s*0(?![.\d]*[1-9])",
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_HARMFUL: Final = frozenset(_LISTS["harmful"].split())


def harm(target: str) -> str:
    """Why a link's target must not reach a reader: its scheme, or a user in its address; empty where it may.

    Entities, white space and characters that browsers leave out count for nothing (WHATWG URL, basic URL parser).
    """
    if target.startswith(("https://", "http://")) and "@" not in target and "\\" not in target:
        return ""
    plain = re.sub(
        r"[\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", "", html.unescape(target)
    )
    plain = re.sub(r"^(?:%[01][0-9a-f]|%20)+", "", plain, flags=re.IGNORECASE)
    scheme = _SCHEME.match(plain.replace("\\", ""))
    if scheme and (scheme[1].lower() in _HARMFUL or scheme[1].lower().startswith("ms-")):
        return f"has the scheme `{scheme[1].lower()}`"
    address = re.match(r"(?:https?:)?[/\\]{2,}([^/\\?#]*)", plain, re.IGNORECASE)
    if address and "@" in address[1]:
        return "has a user or password before its host"
    return "names another host without a scheme" if re.match(r"[/\\]{2}", plain) else ""


_MOST_READINGS: Final = 5
_DEEPEST: Final = 60
"""Elements in one another; deeper ones are text without tags."""


@dataclass(frozen=True, slots=True)
class Unsafe:
    """What is left out, or loses what it did: `start` and `end` are offsets."""

    start: int
    end: int
    message: str


def unsafe(text: str) -> Iterator[Unsafe]:
    """Yield what HTML in a text does not reach a reader, and why."""
    for start, piece in _prose(text):
        raw, ends = "", _ends(piece)
        for match in _TOKEN.finditer(piece):
            name = (match["name"] or "").lower()
            if raw and not (match["end"] and name == raw):
                continue
            raw = name if name in _RAW and not match["end"] and _encloses(match, ends, hides=False) else ""
            if name in _KNOWN and not match["end"]:
                for why in _faults(name, _attributes(match["rest"])):
                    yield Unsafe(start + match.start(), start + match.end(), why)
            elif name and match["rest"]:
                for why in _handlers(name, _attributes(match["rest"])):
                    yield Unsafe(start + match.start(), start + match.end(), why)


def _faults(name: str, attributes: Mapping[str, str]) -> Iterator[str]:
    if name in _DROPPED:
        yield f"`<{name}>` and its content are left out of skills"
    elif name in _ODD:
        yield f"`<{name}>` is left out of skills; its text is kept"
    if _hides(attributes):
        yield f"`<{name}>` hides its text and is left out of skills"
    yield from _handlers(name, attributes)
    for key in ("href", "src", "action", "formaction", "xlink:href", "background"):
        why = harm(attributes.get(key, ""))
        if why:
            yield f"the `{key}` of `<{name}>` {why}"


def _handlers(name: str, attributes: Mapping[str, str]) -> Iterator[str]:
    for key in attributes:
        if re.fullmatch(r"on[a-z]{3,}|srcdoc", key):
            yield f"`{key}` of `<{name}>` would run code"


def _unlinked(match: re.Match[str]) -> str:
    """The end of a Markdown link: its words alone if the link does harm."""
    return "]" if harm(match["target"].strip("<>")) else match[0]


def _attributes(rest: str) -> dict[str, str]:
    return {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(rest)}


def _hides(attributes: Mapping[str, str]) -> bool:
    return "hidden" in attributes or bool(_HIDING.search(attributes.get("style", "")))


def markdown(text: str) -> str:
    """A body's HTML as Markdown: tables, lists, `<details>`, links, code, emphasis; other tags go, their text stays.

    A tag that goes may have kept a fence or a link from being one: what is left is read again until nothing changes.
    """
    for _ in range(_MOST_READINGS):
        new = _converted(text) if _MAY_HOLD.search(text) else text
        if new == text:
            return text
        text = new
    return re.sub(r"\]\(", "] (", text.replace("<", "&lt;"))


def _converted(text: str) -> str:
    pieces, at = [], 0
    for start, piece in _prose(text):
        pieces += [text[at:start], _written(piece)]
        at = start + len(piece)
    return "".join((*pieces, text[at:]))


def inline(text: str) -> str:
    """The same for a sentence: on one line, without blocks."""
    for _ in range(_MOST_READINGS):
        new = " ".join(_written(text, flat=True).split()) if _MAY_HOLD.search(text) else text
        if new == text:
            return text
        text = new
    return re.sub(r"\]\(", "] (", text.replace("<", "&lt;"))


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield what is not in code blocks, with its offset."""
    if not _MAY_HOLD.search(text):
        return
    lines = text.split("\n")
    coded: set[int] = set()
    if "```" in text or "~~~" in text or "    " in text or "\t" in text:
        for block in (node for root in parse_markdown(lines).blocks for node in root.walk()):
            if block.kind in ("fence", "code"):
                coded.update(range(block.first - 1, block.last))
    offset, start = 0, 0
    for number, one in enumerate((*lines, None)):
        if one is None or number in coded:
            if offset > start and _MAY_HOLD.search(text, start, offset):
                yield start, text[start:offset]
            start = offset + len(one or "") + 1
        offset += len(one or "") + 1 if one is not None else 0


@dataclass(slots=True)
class _Frame:
    """An open element and what has been written in it."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    rows: list[tuple[bool, list[str]]] = field(default_factory=list)
    """Of a table: its rows, and whether each is a head."""

    def text(self) -> str:
        return "".join(self.parts)


def _written(piece: str, *, flat: bool = False) -> str:
    writer = _Writer(piece, flat=flat)
    at, end, ends = 0, len(piece), _ends(piece)
    skipping: tuple[str, int] | None = None
    for match in _TOKEN.finditer(piece):
        name = (match["name"] or "").lower()
        if skipping is not None:
            skipping = _skipped(skipping, name, closes=bool(match["end"]))
            at = match.end()
            continue
        writer.data(piece[at : match.start()])
        at = match.end()
        if match["kept"] or name not in _KNOWN:
            writer.keep("" if flat and match[0].startswith("<!--") else _kept(match))
        elif match["end"]:
            writer.close(name)
        else:
            attributes = _attributes(match["rest"])
            if name in _DROPPED or _hides(attributes):
                skipping = (name, 1) if _encloses(match, ends, hides=_hides(attributes)) else None
            else:
                writer.open(name, attributes, match.span())
    if skipping is None:
        writer.data(piece[at:end])
    return writer.finished()


def _ends(piece: str) -> dict[str, int]:
    """By name, where the last end tag of an element is."""
    return {match[1].lower(): match.start() for match in _END.finditer(piece)}


def _encloses(match: re.Match[str], ends: Mapping[str, int], *, hides: bool) -> bool:
    """Whether an element that is left out has content: one that is never closed hides the rest, or nothing."""
    name = match["name"].lower()
    if name in _VOID or (match["rest"].endswith("/") and name not in _RAW):
        return False
    return hides or ends.get(name, -1) > match.start()


def _kept(match: re.Match[str]) -> str:
    """What is no HTML as it is; an address that does harm as code, and a tag with attributes as text."""
    if match["kept"]:
        does_harm = match[0].startswith("<") and not match[0].startswith("<!--") and harm(match[0][1:-1])
        return inert.code(match[0][1:-1]) if does_harm else match[0]
    return f"&lt;{match[0][1:]}" if match["rest"].strip(" /") else match[0]


def _skipped(skipping: tuple[str, int], name: str, *, closes: bool) -> tuple[str, int] | None:
    """How deep we are in an element that is left out, after a tag."""
    wanted, depth = skipping
    if name != wanted:
        return skipping
    depth += -1 if closes else 0 if wanted in _RAW else 1
    return (wanted, depth) if depth else None


class _Writer:
    """Writes Markdown tag by tag."""

    def __init__(self, source: str, *, flat: bool) -> None:
        self._source = source
        self._flat = flat
        self._stack = [_Frame("")]
        self._raw = False

    def data(self, text: str) -> None:
        """Take text between tags."""
        text = _OPEN.sub("&lt;", _LINK.sub(_unlinked, text))
        if self._raw and "\n" in text:
            text = self._unindented(text)
        self._stack[-1].parts.append(text)

    def keep(self, text: str) -> None:
        """Take what is no HTML."""
        self._stack[-1].parts.append(text)

    def open(self, name: str, attributes: Mapping[str, str], span: tuple[int, int]) -> None:
        """Take a start tag."""
        start, end = span
        before = self._source[self._source.rfind("\n", 0, start) + 1 : start]
        self._raw = self._raw or not before.strip()
        if name == "br":
            self.keep(self._break(before, self._source[end : end + 80]))
        elif name == "hr":
            self._apart("***")
        elif name in ("img", "image"):
            self.keep(_image(attributes))
        elif name not in _VOID:
            if name in ("td", "th", "tr", "li"):
                self._close_same(name)
            if len(self._stack) < _DEEPEST:
                self._stack.append(_Frame(name, attributes))

    def close(self, name: str) -> None:
        """Take an end tag; one that ends nothing is left out."""
        if any(frame.name == name for frame in self._stack[1:]):
            while self._end() != name:
                pass
        elif name == "p":
            self.keep("\n\n" if not self._flat else " ")

    def finished(self) -> str:
        """All of it, with what is open closed."""
        while len(self._stack) > 1:
            self._end()
        _spill(self._stack[0])
        return re.sub(r"\n{3,}", "\n\n", self._stack[0].text())

    def _close_same(self, name: str) -> None:
        """Close what HTML lets authors leave open: a cell by the next cell, a row by the next row, an item."""
        ends = {"td": ("td", "th"), "th": ("td", "th"), "tr": ("td", "th", "tr"), "li": ("li",)}[name]
        barrier = {"li": ("ul", "ol", "menu", "dir")}.get(name, ("table",))
        inside = [frame.name for frame in self._stack]
        last = max((n for n, one in enumerate(inside) if one in barrier), default=0)
        first = next((n for n, one in enumerate(inside) if n > last and one in ends), None)
        while first is not None and len(self._stack) > first:
            self._end()

    def _end(self) -> str:
        frame = self._stack.pop()
        _spill(frame)
        self._write(frame)
        return frame.name

    def _write(self, frame: _Frame) -> None:
        name, text = frame.name, frame.text()
        if name in _MARKS or name in _CODE or name == "a":
            self.keep(text if any(one.name == "pre" for one in self._stack) else _inline(frame))
        elif name in ("td", "th"):
            self._cell(frame)
        elif name in ("tr", "thead", "tbody", "tfoot", "colgroup"):
            self._stack[-1].rows += frame.rows
            self.keep(text if text.strip() else "")
        elif name == "table":
            self._apart(_outside(text) + _table(frame.rows))
        elif name in ("ul", "ol", "menu", "dir"):
            self._listed(frame)
        elif name == "li":
            self._stack[-1].rows.append((False, [text]))
        elif name == "pre":
            self._apart(_fence(text))
        elif name in ("summary", "caption", "dt"):
            self._apart(f"**{' '.join(text.replace('**', '').split())}**" if text.strip() else "")
        elif name in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._apart(f"{'#' * int(name[1])} {' '.join(text.split())}" if not self._flat else text)
        elif name == "blockquote":
            self._apart("\n".join(f"> {part.strip()}".rstrip() for part in text.strip().split("\n")))
        elif name in _BLOCKS:
            self._apart(text.strip("\n"))
        elif name == "sup":
            self.keep(f"^{text}" if text.strip() else text)
        else:
            self.keep(text)

    def _cell(self, frame: _Frame) -> None:
        rows = self._stack[-1].rows
        if not rows:
            rows.append((True, []))
        head, cells = rows[0]
        cells.append(" ".join(frame.text().split()).replace("\\|", "|").replace("|", "\\|"))
        rows[0] = (head and frame.name == "th", cells)

    def _listed(self, frame: _Frame) -> None:
        start = int(frame.attributes.get("start", "1")) if frame.attributes.get("start", "1").isdecimal() else 1
        items = []
        for number, (_, cells) in enumerate(frame.rows, start):
            mark = f"{number}. " if frame.name == "ol" else "- "
            body = re.sub(r"\n[ \t]*\n(?=[ \t]*(?:[-*]|\d+\.) )", "\n", " ".join(cells).strip())
            items.append(mark + body.replace("\n", "\n" + " " * len(mark)))
        inside = any(one.name == "li" for one in self._stack)
        text = _outside(frame.text()) + "\n".join(items)
        self._stack[-1].parts.append("\n" + text + "\n") if inside and not self._flat else self._apart(text)

    def _apart(self, text: str) -> None:
        """Write a block of its own."""
        gap = " " if self._flat or self._in_cell() else "\n\n"
        self._stack[-1].parts.append(f"{gap}{text}{gap}")

    def _in_cell(self) -> bool:
        return any(one.name in ("td", "th", "summary") for one in self._stack)

    def _break(self, before: str, after: str) -> str:
        if self._in_cell() or before.lstrip().startswith("|"):
            return "; "
        if self._flat or before.lstrip().startswith("#") or any(one.name in ("a", "code") for one in self._stack):
            return " "
        if not before.strip() or not after.strip() or re.match(r"[ \t]*\n[ \t]*\n", after):
            return ""
        return "\\" if re.match(r"[ \t]*\n", after) else "\\\n"

    def _unindented(self, text: str) -> str:
        """Text in an HTML block, whose indentation means nothing; Markdown starts again behind an empty line."""
        if any(one.name == "pre" for one in self._stack):
            return text
        first, *rest = text.split("\n")
        done = [first]
        for number, one in enumerate(rest):
            if not one.strip() and number < len(rest) - 1:
                self._raw = False
            done.append(one.lstrip(" \t") if self._raw else one)
        return "\n".join(done)


_HOLDERS: Final = frozenset(_LISTS["holders"].split())


def _spill(frame: _Frame) -> None:
    """Write cells and items that are in no table and no list as text."""
    if frame.rows and frame.name not in _HOLDERS:
        frame.parts.append(" " + " ".join(cell.strip() for _, cells in frame.rows for cell in cells))


def _inline(frame: _Frame) -> str:
    text = frame.text()
    inner = text.strip()
    if not inner:
        return text
    left, right = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    if frame.name in _CODE:
        shown = _span(html.unescape(" ".join(inner.split())))
    elif frame.name == "a":
        shown = _anchor(inner, frame.attributes.get("href", ""))
    else:
        mark = _MARKS[frame.name]
        shown = f"{mark}{inner}{mark}"
    return f"{left}{shown}{right}"


def _span(text: str) -> str:
    return text if text.startswith("`") and text.endswith("`") else inert.code(text, most=0)


def _anchor(words: str, target: str) -> str:
    if not target or target.startswith("#") or harm(target):
        return words
    if re.match(r"https?://|mailto:", target, re.IGNORECASE):
        return f"[{words}]({inert.address(target) or _quoted(target)})" if "](" not in words else words
    return words if target in words else f"{words} ({inert.code(target)})"


def _quoted(target: str) -> str:
    return re.sub(r"[\s()<>\"\\]", lambda m: f"%{ord(m[0]):02X}", target)


def _image(attributes: Mapping[str, str]) -> str:
    words = " ".join(re.sub(r"[\[\]<>`\\]", " ", attributes.get("alt", "")).split())
    target = attributes.get("src", "")
    if re.match(r"https?://", target, re.IGNORECASE) and not harm(target) and inert.address(target):
        return f"![{words}]({inert.address(target)})"
    return words


def _fence(text: str) -> str:
    inner = html.unescape(text.strip("\n"))
    if inner.startswith("`") and inner.endswith("`") and "\n" not in inner:
        inner = inner.strip("`").strip()
    longest = max((len(run) for run in re.findall("`+", inner)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark}\n{inner}\n{mark}"


def _table(rows: Sequence[tuple[bool, list[str]]]) -> str:
    if not rows:
        return ""
    width = max(len(cells) for _, cells in rows)
    full = [[*cells, *[""] * (width - len(cells))] for _, cells in rows]
    head = full[0] if rows[0][0] else [""] * width
    body = full[1:] if rows[0][0] else full
    return "\n".join(_line(cells) for cells in (head, ["---"] * width, *body))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _outside(text: str) -> str:
    """What is in a table or list, but in no cell or item: it comes first."""
    return f"{text.strip()}\n\n" if text.strip() else ""
