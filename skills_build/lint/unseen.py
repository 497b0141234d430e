"""The lines of a document as lints of characters look at them: those of code blocks, or all others."""

from collections.abc import Iterator
from typing import Final

from skills_build.characters import hidden, name, spelled
from skills_build.source.document import Document

ZERO_WIDTH: Final = frozenset("\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad\u034f\u180e\ufe0e\ufe0f")
"""What can be removed without a second look: it takes no room and reorders nothing."""
_NAMED: Final = 3


def lines(document: Document, *, code: bool) -> Iterator[tuple[int, str]]:
    """Yield the lines (numbers from 1) that are not ASCII and are, or are not, in fences and indented code."""
    if document.raw.isascii():
        return
    blocks = [node for node in document.walk() if node.kind in ("fence", "code")]
    inside = {number for block in blocks for number in range(block.first, block.last + 1)}
    for number, line in enumerate(document.raw.split("\n"), 1):
        if not line.isascii() and (number in inside) is code:
            yield number, line


def runs(document: Document, *, code: bool) -> Iterator[tuple[int, int, int, str]]:
    """Yield line, start, end and text of each run of characters that no reader sees and nothing needs."""
    for number, line in lines(document, code=code):
        for start, end in hidden(line):
            yield number, start, end, line[start:end]


def described(text: str) -> str:
    """A run of hidden characters by its names, as in `character U+200B ZERO WIDTH SPACE`, and what tags in it spell."""
    names = list(dict.fromkeys(map(name, text)))
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    spelling = f"that spell `{spelled(text)[:60]}`" if spelled(text) else ""
    kind = "character" if len(names) == 1 else "characters"
    return f"{kind} {', '.join(names[:_NAMED])}{more} {spelling}".rstrip()
