"""Front matter in the subset of YAML that every client reads the same way.

Fixed key order, block mappings, every value a double-quoted string on one line. A value holds no `---`, `<`, `>`,
control, zero-width, bidirectional or tag character: one client splits on the first two `---`, another refuses angle
brackets.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

_OPERATORS: Final = (
    ("<=", " at most "),
    (">=", " at least "),
    ("->", " to "),
    ("=>", " to "),
)
_ELEMENT: Final = re.compile(r"<([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?>([^<>]*)</\1\s*>")
_TAG: Final = re.compile(r"<([A-Za-z][^<>]*?)/?>")
_CLOSING_TAG: Final = re.compile(r"</[A-Za-z][^<>]*>")
_INVISIBLE_CATEGORIES: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def plain_scalar(text: str) -> str:
    """Return text as a front matter value: NFC, one line, without the characters that clients refuse."""
    text = _visible(text)  # first: what is invisible may part the characters of what is looked for
    for operator, words in _OPERATORS:
        text = text.replace(operator, words)
    text = _TAG.sub(r"\1", _CLOSING_TAG.sub("", _ELEMENT.sub(r"\2", text)))
    text = re.sub(r"(?<=\s)<(?=\s)", "less than", text)
    text = re.sub(r"(?<=\s)>(?=\s)", "more than", text)
    text = re.sub(r"-{3,}", "\N{EM DASH}", re.sub(r"[<>]", " ", text))
    return re.sub(r"\s+", " ", text).strip()


def _visible(text: str) -> str:
    kept = (c for c in text if c in "\n\r\t" or unicodedata.category(c) not in _INVISIBLE_CATEGORIES)
    return unicodedata.normalize("NFC", "".join(kept))


def quoted_scalar(text: str) -> str:
    """Return text as a double-quoted YAML scalar, which is also a JSON string."""
    return json.dumps(plain_scalar(text), ensure_ascii=False)


def front_matter(fields: Mapping[str, str | Mapping[str, str] | None]) -> str:
    """Format fields as a block between two `---` lines, those included; fields without a value are left out."""
    return "\n".join(("---", *_lines(fields.items()), "---")) + "\n"


def yaml_mapping(fields: Mapping[str, str | Mapping[str, str] | None]) -> str:
    """Format fields as a YAML file of its own, without the `---` lines."""
    return "\n".join(_lines(fields.items())) + "\n"


def _lines(fields: Iterable[tuple[str, str | Mapping[str, str] | None]]) -> Iterator[str]:
    for key, value in fields:
        if value is None or value == {}:
            continue
        if isinstance(value, str):
            yield f"{key}: {quoted_scalar(value)}"
        else:
            yield f"{key}:"
            yield from (f"  {name}: {quoted_scalar(text)}" for name, text in value.items())
