"""Finds labels in HTML: the title of what follows, and an emphasised word with a colon."""

import re
from collections.abc import Iterator
from typing import Final

_TITLE: Final = re.compile(
    r"<(summary|h[1-6]|dt|legend)(?:\s[^<>]*)?>\s*+(?P<word>[^\W\d_][\w '’-]{0,32}?)\s*+:?\s*+</\1>", re.IGNORECASE
)
"""The title of what follows, if it is only words."""
_EMPHASISED: Final = re.compile(
    r"(?:^[ \t]*+|(?<=>)\s*+)<(b|strong|em|i|u)(?:\s[^<>]*)?>\s*+"
    r"(?P<word>[^\W\d_][\w '’-]{0,32}?)\s*+(?::\s*+</\1>|</\1>\s*+:)",
    re.IGNORECASE | re.MULTILINE,
)
"""An emphasised word with a colon at the start of a line or an element."""


def html_labels(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words that may be labels in an HTML block, with where their elements start and end."""
    for pattern in (_TITLE, _EMPHASISED):
        for match in pattern.finditer(text):
            yield match["word"], *match.span()
