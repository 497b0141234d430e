"""The words of a text: what a reader of Markdown, rendered or not, reads in either case. Letters and digits only."""

import html
import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.characters import shown
from skills_build.source.document import GAP, JOIN

_WORD: Final = re.compile(r"[^\W_]+")
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACES: Final = {code: " " for code in range(128) if not chr(code).isalnum()}

_INSIDE: Final = re.compile(r"(?<=[^\W_])(?:!?\[|[`*]+)(?=[^\W_])")
"""The start of a link, or other markup, inside a word."""
INSIDE: Final = "\x0b"
"""Between two parts of a word; white space to `str.split`."""
_WITHIN_LINES: Final = {**_SPACES, ord("\n"): "\n"}


def plain_words(text: str) -> list[str]:
    """Return the words of a text in lower case. Characters that the output spells out are spelled out here too."""
    text = text.replace(JOIN, "")
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if text.isascii():
        return text.translate(_SPACES).lower().split()
    return _WORD.findall(shown(text).lower())


def placed_words(text: str) -> str:
    """Return the words of a text by lines, with a space between two, and a tab where something not seen is between.

    What is not seen may be inside a word, as in `[rule](#target)s`: then `INSIDE` is between its parts.
    """
    text = text.replace(JOIN, "")
    if "`" in text or "*" in text:
        text = _INSIDE.sub(GAP, text)
    if text.isascii() and "&" not in text and GAP not in text:
        text = text.translate(_WITHIN_LINES).lower()
        return "\n".join([" ".join(line.split()) for line in text.split("\n")])
    lines = []
    for line in text.split("\n"):
        runs = [run for run in _INSIDE.sub(GAP, line).split(GAP) if run] if GAP in line else [line]
        words = [" ".join(plain_words(run)) for run in runs]
        lines.append("".join(_joined(runs, words)))
    return "\n".join(lines)


def _joined(runs: Sequence[str], words: Sequence[str]) -> Iterator[str]:
    before = ""
    for run, text in zip(runs, words, strict=True):
        if text:
            yield (INSIDE if before[-1].isalnum() and run[0].isalnum() else "\t") if before else ""
            yield text
        before = run if text else f"{before}." if before else ""
