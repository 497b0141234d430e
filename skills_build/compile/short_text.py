"""Shortens an author's Markdown to a few words on one line, without links, open code or open emphasis."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.compile.prose import without_links
from skills_build.source.hypertext import inline

_BLOCKS: Final = re.compile(r"\n[ \t]*\n|^[ \t]*(?:[-*+>|#]|\d{1,9}[.)]|`{3}|~{3})", re.MULTILINE)
"""An empty line, or the start of a list, quote, table, heading or fence."""
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'(])")
_CLAUSE_END: Final = re.compile(r"[,;:](?=\s)|(?<!\s)\s++(?=\()|(?=\s-\s)")
_SHORTEST: Final = 30


def single_line(text: str) -> str | None:
    """Return a text of one paragraph on one line; None if it has other blocks, such as a list."""
    return None if _BLOCKS.search(text.strip()) else _flat(text)


def first_clause(text: str, max_length: int) -> str:
    """Return the first sentence of a text, or its first clauses if it is longer than `max_length` characters.

    A clause that is longer still is kept: half a sentence can say the opposite of the whole.
    """
    paragraph = _BLOCKS.split(text.strip(), maxsplit=1)[0]
    sentence = next(iter(_whole(_flat(paragraph), _SENTENCE_END)))
    if len(sentence) <= max_length:
        return sentence
    clauses = [clause for clause in _whole(sentence, _CLAUSE_END) if len(clause) >= _SHORTEST]
    fitting = [clause for clause in clauses if len(clause) <= max_length]
    shown = max(fitting, key=len) if fitting else clauses[0] if clauses else sentence
    return sentence if shown == sentence else f"{shown.rstrip(',;:')} ..."


def _flat(text: str) -> str:
    return " ".join(inline(without_links(text)).split())


def _whole(text: str, ends: re.Pattern[str]) -> Iterator[str]:
    """Yield the start of a text up to each end outside code, emphasis and brackets, and the whole text."""
    for match in ends.finditer(text):
        start = text[: match.start()]
        balanced = all(start.count(mark) % 2 == 0 for mark in "`*_") and start.count("(") == start.count(")")
        if balanced and start.count("[") == start.count("]"):
            yield start
    yield text
