"""The words of a text: what a reader of Markdown, rendered or not, reads in either case. Letters and digits only."""

import html
import re
from typing import Final

from skills_build.characters import shown

_WORD: Final = re.compile(r"[^\W_]+")
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACES: Final = {code: " " for code in range(128) if not chr(code).isalnum()}


def plain_words(text: str) -> list[str]:
    """Return the words of a text in lower case. Characters that the output spells out are spelled out here too."""
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if text.isascii():
        return text.translate(_SPACES).lower().split()
    return _WORD.findall(shown(text).lower())
