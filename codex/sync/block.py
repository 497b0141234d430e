"""Finds, writes, replaces and removes the managed block in a file, and keeps every other byte as it is.

The block starts with a line `<!-- codex:begin version=1.2.0 sha256=... -->` and ends with `<!-- codex:end -->`; the
digest is that of the text between them, with plain line feeds, so that manual edits are detected. The byte order mark,
the line endings and a missing final line break of the file are kept. Formatters want an empty line before and after a
block: where it is added, the start marker says so (`pad=ba`), so that removing the block restores the same bytes.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.source.markdown import parse_markdown, top_blocks

_BEGIN: Final = re.compile(
    r"<!-- codex:begin version=(\d+\.\d+\.\d+(?:\+[0-9A-Za-z.-]+)?) sha256=([0-9a-f]{64})(?: pad=(b?a?))? -->"
)
_END: Final = "<!-- codex:end -->"
_MARKS: Final = ("<!-- codex:begin", "<!-- codex:end", "<!--codex:begin", "<!--codex:end")
_BOM: Final = b"\xef\xbb\xbf"
_LFS: Final = b"version https://git-lfs.github.com/spec/"
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_OPEN_AT_END: Final = "a code block or comment is not closed, so it would include the managed block"
_BREAK_AT_END: Final = re.compile(r"(?:\r\n|\n|\r)\Z")
_BREAK_AT_START: Final = re.compile(r"\A(?:\r\n|\n|\r)")
_EMPTY_AT_END: Final = re.compile(r"(?<=[\r\n])(?:\r\n|(?<!\r)\n|\r)\Z")
_INDENTED: Final = re.compile(r" {0,3}\t| {4}")
_PROBE: Final = "# End"
_CONTAINER: Final = re.compile(r"<(/)?(?:details|div|section|center|table|blockquote)\b", re.IGNORECASE)
"""The tags of elements that may contain headings in Markdown."""
_INVITATION: Final = "<!-- Add instructions for this repository here. codexc changes only the block below. -->"
_OLD_INVITATIONS: Final = (
    "<!-- Write here what is special about this repository: only the block below is kept up to date by codexc. -->",
)
"""Those of earlier releases: a file with one of them and nothing else is still as codexc created it."""
MAX_BYTES: Final = 1024 * 1024
"""The largest file that is read, in bytes."""


class BlockPlace(StrEnum):
    """Where a block goes in a file that has none."""

    AFTER_INTRO = "after-intro"
    AFTER_HEADING = "after-heading"
    TOP = "top"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedBlock:
    """A block in a file. `text` has plain line feeds; `start` and `end` are offsets into the decoded file.

    `pad` says where an empty line was added with it: `b` before, `a` after.
    """

    version: str
    digest: str
    text: str
    start: int
    end: int
    pad: str = ""

    @property
    def sealed(self) -> bool:
        """Whether the text matches the digest, that is, was not edited."""
        return block_digest(self.text) == self.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusableFile:
    """Why nothing may be written into a file. `markers` is true if its block markers are damaged."""

    reason: str
    line: int | None = None
    markers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A file's text without its byte order mark, and its line ending."""

    text: str
    bom: bool
    newline: str

    def bytes(self, text: str) -> bytes:
        return (_BOM if self.bom else b"") + text.encode()


def block_digest(text: str) -> str:
    """Return the digest of a block's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def find_block(data: bytes) -> OwnedBlock | UnusableFile | None:
    """Return the block of a file; None if it has none. Two blocks, or half of one, make the file unusable."""
    read = _read(data)
    return read if isinstance(read, UnusableFile) else _find(read)


def write_block(data: bytes, text: str, *, version: str, place: BlockPlace | None = None) -> bytes | UnusableFile:
    """Return the file with `text` (plain line feeds, ending in one) in its block, which is added if there is none.

    A new block goes to `place`, by default after the introduction. One that exists is moved only if `place` is given.
    Raises `CodexError` if the block could not be found again: for a text with a marker in it, or an invalid version.
    """
    read = _read(data)
    if isinstance(read, UnusableFile):
        return read
    existing = _find(read)
    if isinstance(existing, UnusableFile):
        return existing
    if existing is not None and place is not None:
        read, existing = replace(read, text=_without_block(read.text, existing)), None
    if existing is None:
        written = _with_new_block(read, text, version, place or BlockPlace.AFTER_INTRO)
    else:
        block = _block_lines(read, text, version, existing.pad)
        written = read.bytes(read.text[: existing.start] + block + read.text[existing.end :])
    if isinstance(written, UnusableFile):
        return written
    found = find_block(written)
    if not isinstance(found, OwnedBlock) or found.text != text:
        raise CodexError("the text for the block contains a block marker", hint="do not trust the source of the bundle")
    return written


def _block_lines(read: _Text, text: str, version: str, pad: str) -> str:
    mark = f" pad={pad}" if pad else ""
    begin = f"<!-- codex:begin version={version} sha256={block_digest(text)}{mark} -->"
    return read.newline.join((begin, *text.split("\n")[:-1], _END))


def _with_new_block(read: _Text, text: str, version: str, place: BlockPlace) -> bytes | UnusableFile:
    offset = _place(read.text, place)
    if offset is None:
        return UnusableFile(reason=f"{_OPEN_AT_END}: close it, or choose another `place`")
    before, after = read.text[:offset], read.text[offset:]
    newline = _separate(read.newline, before, after)
    read = replace(read, newline=newline)
    ends_line = before.endswith(("\n", "\r"))
    above, below = _plain_lines(before)[-1:], _plain_lines(after)[:1]
    pad = ("b" if above and above[0].strip() else "") + ("a" if below and below[0].strip() else "")
    block = _block_lines(read, text, version, pad)
    start = f"{before}{newline if before and not ends_line else ''}{newline if 'b' in pad else ''}{block}"
    if not after and not ends_line:
        return read.bytes(start)  # without a line break at the end, like the file, and unlike one that codexc creates
    return read.bytes(f"{start}{newline}{newline if 'a' in pad else ''}{after}")


def _separate(newline: str, before: str, after: str) -> str:
    """A line ending that does not become one with a line break next to it, in a file with several kinds of them."""
    if newline == "\n" and before.endswith("\r"):
        return "\r"
    return "\n" if newline == "\r" and after.startswith("\n") else newline


def remove_block(data: bytes) -> bytes | UnusableFile:
    """Return the file without its block and the line breaks that were added with it; unchanged if it has no block."""
    read = _read(data)
    if isinstance(read, UnusableFile):
        return read
    existing = _find(read)
    if existing is None or isinstance(existing, UnusableFile):
        return data if existing is None else existing
    return read.bytes(_without_block(read.text, existing))


def _without_block(text: str, existing: OwnedBlock) -> str:
    before, after = text[: existing.start], text[existing.end :]
    if "b" in existing.pad:
        before = _EMPTY_AT_END.sub("", before)
    if not after:
        return _BREAK_AT_END.sub("", before)
    after = _BREAK_AT_START.sub("", after)
    return before + (_BREAK_AT_START.sub("", after) if "a" in existing.pad else after)


def prose(data: bytes, about: str) -> Iterator[str]:
    """Yield the lines of text in a Markdown file that contain the words `about`, without code and comments."""
    text = data.decode("utf-8-sig", "replace")
    for block in parse_markdown(_plain_lines(text), about=about).blocks if about in text else ():
        texts = (inner.inline for inner in block.walk() if inner.inline is not None)
        yield from (inline.plain for inline in texts if about in inline.text)


def new_file(title: str, text: str, *, version: str) -> bytes:
    """Return a new file: a heading, an invitation to add instructions, and the block."""
    data = write_block(_page(title).encode(), text, version=version, place=BlockPlace.BOTTOM)
    assert isinstance(data, bytes)
    return data


def new_page(text: str, *, version: str) -> bytes:
    """Return a new file that has only the block, for a client that reads nothing else from it."""
    data = write_block(b"", text, version=version)
    assert isinstance(data, bytes)
    return data + b"\n"


def is_new_page(data: bytes, rest: bytes) -> bool:
    """Whether a file with a block, `rest` without it, is as `new_page` wrote it. One that was empty before is not."""
    return not rest and data.endswith(b"\n")


def is_new_file(rest: bytes) -> bool:
    """Whether the rest of a file without its block is exactly what `new_file` wrote around it."""
    text = rest.decode("utf-8", "replace").replace("\r\n", "\n")
    title = text.partition("\n")[0].removeprefix("# ")
    return any(text == _page(title, invitation) for invitation in (_INVITATION, *_OLD_INVITATIONS))


def _page(title: str, invitation: str = _INVITATION) -> str:
    return f"# {title}\n\n{invitation}\n\n"


def _read(data: bytes) -> _Text | UnusableFile:
    if len(data) > MAX_BYTES:
        return UnusableFile(reason=f"the file is larger than {MAX_BYTES:,} bytes")
    if data.startswith(_LFS):
        return UnusableFile(reason="the file is stored in Git LFS")
    bom = data.startswith(_BOM)
    try:
        text = data[len(_BOM) if bom else 0 :].decode("utf-8")
    except UnicodeDecodeError:
        return UnusableFile(reason="the file is not UTF-8")
    if "\0" in text:
        return UnusableFile(reason="the file is not a text file")
    return _Text(text=text, bom=bom, newline=_newline(text))


def _newline(text: str) -> str:
    """The line ending of most lines of a file."""
    windows, old = text.count("\r\n"), text.count("\r")
    plain = text.count("\n") - windows
    if windows > plain:
        return "\r\n"
    return "\r" if old - windows > plain else "\n"


def _find(read: _Text) -> OwnedBlock | UnusableFile | None:
    begin: tuple[int, int, re.Match[str]] | None = None
    existing: OwnedBlock | None = None
    fences = _Fences()
    for number, (start, line) in enumerate(_lines(read.text), 1):
        words = line.strip()
        shown = begin is None and (
            fences.hold(line) or bool(_INDENTED.match(line))
        )  # the managed block opens no fence outside itself
        if not words.startswith(_MARKS):
            continue
        opening = _BEGIN.fullmatch(words)
        if shown and not (opening and _is_ours(read.text, start, line, opening)):
            continue  # an example of a block, or of half of one
        if opening is None and words != _END:
            return UnusableFile(reason="a block marker is damaged", line=number, markers=True)
        if opening is not None and (begin or existing):
            return UnusableFile(reason="the file has two block start markers", line=number, markers=True)
        if opening is not None:
            begin = (start, start + len(line), opening)
        elif begin is None:
            return UnusableFile(
                reason="the file has a block end marker without a start marker", line=number, markers=True
            )
        else:
            existing = _block(read.text, begin, start, line)
            begin = None
    if begin is not None:
        line_number = read.text[: begin[0]].count("\n") + 1
        return UnusableFile(
            reason="the file has a block start marker without an end marker", line=line_number, markers=True
        )
    return existing


def _is_ours(text: str, start: int, line: str, opening: re.Match[str]) -> bool:
    """Whether a block that begins inside code is an unedited block of codexc, below a fence that was opened later.

    No block of codexc contains the start of another one.
    """
    begin = (start, start + len(line), opening)
    for place, below in _lines(text, begin[1]):
        words = below.strip()
        if words == _END:
            return _block(text, begin, place, below).sealed
        if _BEGIN.fullmatch(words):
            return False
    return False


def _block(text: str, begin: tuple[int, int, re.Match[str]], start: int, line: str) -> OwnedBlock:
    inside = text[begin[1] : start].replace("\r\n", "\n").replace("\r", "\n")
    return OwnedBlock(
        version=begin[2][1],
        digest=begin[2][2],
        text=inside,
        start=begin[0],
        end=start + len(line.rstrip("\r\n")),
        pad=begin[2][3] or "",
    )


class _Fences:
    """Reports for each line in turn whether it is in a fenced code block (https://spec.commonmark.org/0.31.2/#fenced-code-blocks)."""

    def __init__(self) -> None:
        self._open = ""

    def hold(self, line: str) -> bool:
        """Whether `line` is inside; the line that opens a block is not, the one that closes it is."""
        mark, inside = _FENCE.match(line), bool(self._open)
        if mark and not inside:
            self._open = mark[1]
        elif mark and mark[1].startswith(self._open) and not line.strip().strip(self._open[0]):
            self._open = ""
        return inside


def _lines(text: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """Yield the offset of each line from `start` on, and the line with its line break."""
    for match in _LINE.finditer(text, start):
        if match[0]:
            yield match.start(), match[0]


def _plain_lines(text: str) -> list[str]:
    return [line.rstrip("\r\n") for _, line in _lines(text)]


def _place(text: str, place: BlockPlace) -> int | None:
    """The offset at which a new block goes: the start of a line. None if it would be inside code or a comment."""
    lines = list(_lines(text))
    top = _after_front_matter(lines)
    if place is BlockPlace.TOP:
        return top
    headings, is_open = _outline(text[top:])
    starts = [start for start, _ in lines if start >= top] + [len(text)]
    if place is BlockPlace.BOTTOM:
        return None if is_open else len(text)
    below_first = starts[headings[0][1]] if headings else top
    if place is BlockPlace.AFTER_HEADING:
        return below_first
    return starts[headings[1][0]] if len(headings) > 1 else below_first if is_open else len(text)


@lru_cache(maxsize=4)
def _outline(text: str) -> tuple[tuple[tuple[int, int], ...], bool]:
    """Return the first and the next line of each heading of the page, and whether code or a comment is open at its end.

    Headings in quotes, lists, code and HTML elements are left out. A heading that is added at the end shows what is
    open there.
    """
    lines = [*_plain_lines(text), "", _PROBE]
    blocks = top_blocks(lines)
    is_open = not blocks or blocks[-1][0] != "heading"
    return tuple(_headings(lines, blocks if is_open else blocks[:-1])), is_open


def _headings(lines: list[str], blocks: Iterable[tuple[str, int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the headings outside HTML elements, whose tags are in other blocks, and the first one wherever it is."""
    depth, is_first = 0, True
    for kind, first, last in blocks:
        if kind == "html":
            for tag in _CONTAINER.finditer("\n".join(lines[first - 1 : last])):
                depth = max(0, depth + (-1 if tag[1] else 1))
        elif kind == "heading":
            if is_first or not depth:
                yield first - 1, last
            is_first = False


def _after_front_matter(lines: list[tuple[int, str]]) -> int:
    if not lines or lines[0][1].rstrip("\r\n") != "---":
        return 0
    for start, line in lines[1:]:
        if line.rstrip("\r\n") in ("---", "..."):
            return start + len(line)
    return 0
