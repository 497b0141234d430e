"""Finds, writes, replaces and removes the managed block in a file, and keeps every other byte as it is.

The block starts with a line `<!-- codex:begin version=1.2.0 sha256=... -->` and ends with `<!-- codex:end -->`; the
digest is that of the text between them, with plain line feeds, so that manual edits are detected. The byte order mark,
the line endings and a missing final line break of the file are kept. Removing a new block restores the same bytes.
"""

import hashlib
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from skills_build.errors import CodexError
from skills_build.frozen import dataclass

_BEGIN: Final = re.compile(r"<!-- codex:begin version=(\d+\.\d+\.\d+(?:\+[0-9A-Za-z.-]+)?) sha256=([0-9a-f]{64}) -->")
_END: Final = "<!-- codex:end -->"
_MARKS: Final = ("<!-- codex:begin", "<!-- codex:end", "<!--codex:begin", "<!--codex:end")
_BOM: Final = b"\xef\xbb\xbf"
_LFS: Final = b"version https://git-lfs.github.com/spec/"
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_HTML: Final = tuple(
    (re.compile(rf" {{0,3}}{start}", re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for start, end in (
        (r"<(?:pre|script|style|textarea)(?=[\s>])", r"</(?:pre|script|style|textarea)>"),
        (r"<!--", r"-->"),
        (r"<\?", r"\?>"),
        (r"<![a-z]", r">"),
        (r"<!\[CDATA\[", r"\]\]>"),
    )
)
"""The start and the end of HTML that blank lines do not end."""
_OPEN_AT_END: Final = "code or a comment is not closed, so that the block would be part of it"
_INDENTED: Final = re.compile(r" {0,3}\t| {4}")
_CODE_SPAN: Final = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_HEADING: Final = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_UNDERLINE: Final = re.compile(r" {0,3}(?:=+|-+)\s*")
_INVITATION: Final = "<!-- Add instructions for this repository here. codexc changes only the block below. -->"
_OLD_INVITATIONS: Final = (
    "<!-- Write here what is special about this repository: only the block below is kept up to date by codexc. -->",
)
"""Those of earlier releases: a file with one of them and nothing else is still as codexc created it."""
MAX_BYTES: Final = 1024 * 1024
"""The largest file that is read, in bytes."""


class BlockPlace(StrEnum):
    """Where a block goes in a file that has none."""

    AFTER_HEADING = "after-heading"
    TOP = "top"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedBlock:
    """A block in a file. `text` has plain line feeds; `start` and `end` are offsets into the decoded file."""

    version: str
    digest: str
    text: str
    start: int
    end: int

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


def write_block(
    data: bytes, text: str, *, version: str, place: BlockPlace = BlockPlace.AFTER_HEADING
) -> bytes | UnusableFile:
    """Return the file with `text` (plain line feeds, ending in one) in its block, which is added if there is none.

    Raises `CodexError` if the block could not be found again: for a text with a marker in it, or an invalid version.
    """
    read = _read(data)
    if isinstance(read, UnusableFile):
        return read
    existing = _find(read)
    if isinstance(existing, UnusableFile):
        return existing
    written = _with_block(read, existing, text, version, place)
    if isinstance(written, UnusableFile):
        return written
    block = find_block(written)
    if not isinstance(block, OwnedBlock) or block.text != text:
        raise CodexError("the text for the block contains a block marker", hint="do not trust the source of the bundle")
    return written


def _with_block(
    read: _Text, existing: OwnedBlock | None, text: str, version: str, place: BlockPlace
) -> bytes | UnusableFile:
    lines = [f"<!-- codex:begin version={version} sha256={block_digest(text)} -->", *text.split("\n")[:-1], _END]
    block = read.newline.join(lines)
    if existing is not None:
        return read.bytes(read.text[: existing.start] + block + read.text[existing.end :])
    if not read.text:
        return read.bytes(block)  # without a line break at the end, unlike a file that codexc creates
    offset = _place(read.text, place)
    if offset is None:
        return UnusableFile(reason=f"{_OPEN_AT_END}: close it, or choose another `place`")
    before, after = read.text[:offset], read.text[offset:]
    if before and not before.endswith(("\n", "\r")):
        return read.bytes(before + read.newline + block)
    return read.bytes(before + block + read.newline + after)


def remove_block(data: bytes) -> bytes | UnusableFile:
    """Return the file without its block and without the line break that was added with it."""
    read = _read(data)
    if isinstance(read, UnusableFile):
        return read
    existing = _find(read)
    if existing is None or isinstance(existing, UnusableFile):
        return data if existing is None else existing
    before, after = read.text[: existing.start], read.text[existing.end :]
    if not after:
        return read.bytes(re.sub(r"(?:\r\n|\n|\r)\Z", "", before))
    return read.bytes(before + re.sub(r"\A(?:\r\n|\n|\r)", "", after))


def prose_lines(data: bytes) -> Iterator[str]:
    """Yield the lines of a file outside of code blocks and comments, without code spans and the spaces around them."""
    literal = _Literal()
    for _, line in _lines(data.decode("utf-8", "replace").removeprefix("\ufeff")):
        if not literal.hold(line) and not _FENCE.match(line) and not _INDENTED.match(line):
            yield _CODE_SPAN.sub("``", line).strip()


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
        return UnusableFile(reason=f"it has more than {MAX_BYTES:,} bytes")
    if data.startswith(_LFS):
        return UnusableFile(reason="it is stored in Git LFS")
    bom = data.startswith(_BOM)
    try:
        text = data[len(_BOM) if bom else 0 :].decode("utf-8")
    except UnicodeDecodeError:
        return UnusableFile(reason="it is not UTF-8")
    if "\0" in text:
        return UnusableFile(reason="it is not a text file")
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
    literal = _Literal()
    for number, (start, line) in enumerate(_lines(read.text), 1):
        words = line.strip()
        shown = begin is None and (
            literal.hold(line) or bool(_INDENTED.match(line))
        )  # the managed block opens no fence outside itself
        if not words.startswith(_MARKS):
            continue
        opening = _BEGIN.fullmatch(words)
        if shown and not (opening and _is_ours(read.text, start, line, opening)):
            continue  # an example of a block, or of half of one
        if opening is None and words != _END:
            return UnusableFile(reason="a block marker is damaged", line=number, markers=True)
        if opening is not None and (begin or existing):
            return UnusableFile(reason="it has two block start markers", line=number, markers=True)
        if opening is not None:
            begin = (start, start + len(line), opening)
        elif begin is None:
            return UnusableFile(reason="it has a block end marker without a start marker", line=number, markers=True)
        else:
            existing = _block(read.text, begin, start, line)
            begin = None
    if begin is not None:
        line_number = read.text[: begin[0]].count("\n") + 1
        return UnusableFile(reason="it has a block start marker without an end marker", line=line_number, markers=True)
    return existing


def _is_ours(text: str, start: int, line: str, opening: re.Match[str]) -> bool:
    """Whether a block that begins inside code is an unedited block of codexc, below a fence that was opened later."""
    begin = (start, start + len(line), opening)
    for place, below in _lines(text[begin[1] :]):
        if below.strip() == _END:
            return _block(text, begin, begin[1] + place, below).sealed
    return False


def _block(text: str, begin: tuple[int, int, re.Match[str]], start: int, line: str) -> OwnedBlock:
    inside = text[begin[1] : start].replace("\r\n", "\n").replace("\r", "\n")
    return OwnedBlock(
        version=begin[2][1],
        digest=begin[2][2],
        text=inside,
        start=begin[0],
        end=start + len(line.rstrip("\r\n")),
    )


class _Literal:
    """Reports for each line in turn whether it is inside a block of code or HTML, in which Markdown is not read.

    Fenced code: https://spec.commonmark.org/0.31.2/#fenced-code-blocks; HTML, such as a comment of several lines:
    https://spec.commonmark.org/0.31.2/#html-blocks (conditions 1 to 5).
    """

    def __init__(self) -> None:
        self._fence = ""
        self._html_end: re.Pattern[str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a block is still open, so that the next line is inside it."""
        return bool(self._fence) or self._html_end is not None

    def hold(self, line: str) -> bool:
        """Whether `line` is inside; the line that opens a block is not, the one that closes it is."""
        if self._html_end is not None:
            self._html_end = None if self._html_end.search(line) else self._html_end
            return True
        mark, inside = _FENCE.match(line), bool(self._fence)
        if mark and not inside:
            self._fence = mark[1]
        elif mark and mark[1].startswith(self._fence) and not line.strip().strip(self._fence[0]):
            self._fence = ""
        elif not inside:
            self._html_end = _html_end(line)
        return inside


def _html_end(line: str) -> re.Pattern[str] | None:
    """Return what ends the HTML that starts on a line, if it does not end there."""
    for start, end in _HTML:
        match = start.match(line)
        if match:
            return None if end.search(line, match.end()) else end
    return None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offset of each line, and the line with its line break."""
    for match in _LINE.finditer(text):
        if match[0]:
            yield match.start(), match[0]


def _place(text: str, place: BlockPlace) -> int | None:
    """The offset at which a new block goes: the start of a line. None if it would be inside code or a comment."""
    lines = list(_lines(text))
    top = _after_front_matter(lines)
    if place is BlockPlace.BOTTOM:
        return None if _is_open_at_end(lines, top) else len(text)
    if place is BlockPlace.TOP:
        return top
    literal = _Literal()
    for number, (start, line) in enumerate(lines):
        if start < top or literal.hold(line):
            continue
        if _HEADING.match(line):
            return start + len(line)
        below = lines[number + 1] if number + 1 < len(lines) else None
        if below and line.strip() and not literal.is_open and _UNDERLINE.fullmatch(below[1].rstrip("\r\n")):
            return below[0] + len(below[1])
    return top


def _is_open_at_end(lines: list[tuple[int, str]], top: int) -> bool:
    literal = _Literal()
    for start, line in lines:
        if start >= top:
            literal.hold(line)
    return literal.is_open


def _after_front_matter(lines: list[tuple[int, str]]) -> int:
    if not lines or lines[0][1].rstrip("\r\n") != "---":
        return 0
    for start, line in lines[1:]:
        if line.rstrip("\r\n") in ("---", "..."):
            return start + len(line)
    return 0
