"""The lines of a document for lints of characters: those of code blocks, or all others."""

from collections.abc import Iterator
from typing import Final

from skills_build.characters import hidden, name, spelled
from skills_build.source.document import Document

ZERO_WIDTH: Final = frozenset("\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad\u034f\u180e\ufe0e\ufe0f")
"""Characters that are safe to remove: they have no width and reorder nothing."""
_MAX_NAMES: Final = 3


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
    """Yield line, start, end and text of each run of hidden characters that no script or emoji needs."""
    for number, line in lines(document, code=code):
        for start, end in hidden(line):
            yield number, start, end, line[start:end]


def described(text: str) -> str:
    """Describe hidden characters by name, as in `character U+200B ZERO WIDTH SPACE`, with the text of tags."""
    names = list(dict.fromkeys(map(name, text)))
    more = f" and {len(names) - _MAX_NAMES:,} more" if len(names) > _MAX_NAMES else ""
    spelling = f"that spell `{spelled(text)[:60]}`" if spelled(text) else ""
    kind = "character" if len(names) == 1 else "characters"
    return f"{kind} {', '.join(names[:_MAX_NAMES])}{more} {spelling}".rstrip()
