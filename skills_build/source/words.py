"""The words of a text: what a reader of Markdown, rendered or not, reads in either case. Letters and digits only."""

import html
import re
from typing import Final

from skills_build.characters import shown
from skills_build.source.document import GAP, JOIN

_WORD: Final = re.compile(r"[^\W_]+")
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACES: Final = {code: " " for code in range(128) if not chr(code).isalnum()}

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
    """Return the words of a text by lines, with a space between two, and a tab where something not seen is between."""
    text = text.replace(JOIN, "")
    if text.isascii() and "&" not in text and GAP not in text:
        text = text.translate(_WITHIN_LINES).lower()
        return "\n".join([" ".join(line.split()) for line in text.split("\n")])
    lines = []
    for line in text.split("\n"):
        runs = line.split(GAP) if GAP in line else (line,)
        words = (" ".join(plain_words(run)) for run in runs)
        lines.append("\t".join(run for run in words if run))
    return "\n".join(lines)
