"""Finds what a text only quotes: words in quotation marks, block quotes and bad examples."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.source.document import Block, Document
from skills_build.source.unread_items import ALERT

_QUOTATION: Final = re.compile(
    r"\"[^\"\n]{1,400}\"|\u201c[^\u201c\u201d\n]{1,400}\u201d|\u201e[^\u201e\u201c\u201d\n]{1,400}[\u201c\u201d]|\u00ab[^\u00ab\u00bb\n]{1,400}\u00bb"
    r"|(?<![\w'])'[^'\n]{1,400}'(?!\w)|\u2018[^\u2018\u2019\n]{1,400}\u2019(?!\w)|<q>[^<>\n]{1,400}</q>"
)
_WORD: Final = re.compile(r"[^\W\d_]{2}")


def is_quotation(text: str, start: int, end: int) -> bool:
    """Return whether `text[start:end]` is inside quotation marks in a text that has words outside them as well."""
    for match in _QUOTATION.finditer(text):
        if match.start() < start and end < match.end():
            return bool(_WORD.search(text, 0, match.start()) or _WORD.search(text, match.end()))
    return False


def unquoted_blocks(document: Document) -> Iterator[Block]:
    """Yield the blocks of a document, without those in block quotes and bad examples. Alerts are no quotes."""
    bad = bad_lines(document)
    for block in _outside_quotes(document.blocks):
        if block.first not in bad:
            yield block


def bad_lines(document: Document) -> frozenset[int]:
    """Return the lines of bad examples, also of those that are only text behind the label."""
    spans = [example.span for rule in document.standard.rules for example in rule.examples if not example.good]
    lines = {line for span in spans for line in range(span.line, span.end_line + 1)}
    for rule in document.standard.rules:
        for label in rule.labels:
            if label.name == "bad":
                lines.update(range(label.span.line, label.span.line + label.text.count("\n") + 1))
    return frozenset(lines)


def _outside_quotes(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        first = block.children[0].inline if block.kind == "quote" and block.children else None
        if block.kind == "quote" and not (first and ALERT.match(first.text)):
            continue
        yield block
        yield from _outside_quotes(block.children)
