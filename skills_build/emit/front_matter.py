"""Front matter in the subset of YAML that every client reads alike.

Fixed key order, block mappings, every value a double-quoted string on one line. A value holds no `---`, `<`, `>`,
control, zero-width, bidirectional or tag character: one client splits on the first two `---`, another refuses angle
brackets.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

_WORDS: Final = (
    ("<=", " at most "),
    (">=", " at least "),
    ("->", " to "),
    ("=>", " to "),
)
_PAIR: Final = re.compile(r"<([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?>([^<>]*)</\1\s*>")
_TAG: Final = re.compile(r"<([A-Za-z][^<>]*?)/?>")
_END: Final = re.compile(r"</[A-Za-z][^<>]*>")
_HIDDEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def plain_scalar(text: str) -> str:
    """Text as a front matter value may hold it: NFC, one line, what clients refuse written in words or dropped."""
    for sign, words in _WORDS:
        text = text.replace(sign, words)
    text = _TAG.sub(r"\1", _END.sub("", _PAIR.sub(r"\2", text)))
    text = re.sub(r"(?<=\s)<(?=\s)", "less than", text)
    text = re.sub(r"(?<=\s)>(?=\s)", "more than", text)
    text = re.sub(r"-{3,}", "\N{EM DASH}", re.sub(r"[<>]", " ", text))
    text = "".join(" " if c in "\n\r\t" else c for c in text if c in "\n\r\t" or unicodedata.category(c) not in _HIDDEN)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def quoted_scalar(text: str) -> str:
    """A double-quoted YAML scalar, which is a JSON string too."""
    return json.dumps(plain_scalar(text), ensure_ascii=False)


def front_matter(fields: Mapping[str, str | Mapping[str, str] | None]) -> str:
    """The block between two `---` lines, with those lines; fields without a value are left out."""
    return "\n".join(("---", *_lines(fields.items()), "---")) + "\n"


def yaml_mapping(fields: Mapping[str, str | Mapping[str, str] | None]) -> str:
    """The same mapping as a file of its own, without the `---` lines."""
    return "\n".join(_lines(fields.items())) + "\n"


def _lines(fields: Iterable[tuple[str, str | Mapping[str, str] | None]]) -> Iterator[str]:
    for key, value in fields:
        if value is None or value == {}:
            continue
        if isinstance(value, str):
            yield f"{key}: {quoted_scalar(value)}"
        else:
            yield f"{key}:"
            yield from (f"  {inner}: {quoted_scalar(text)}" for inner, text in value.items())
