"""Numbers the items of a numbered list of HTML (HTML Living Standard, 4.4.5). Markdown has only 1, 2, 3."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_ROMAN: Final = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MOST: Final = 4000


def integer(text: str) -> int | None:
    """Return the number in an attribute; None if it is not one that a list can have."""
    return int(text) if re.fullmatch(r"\s{0,9}-?\d{1,6}\s{0,9}", text, re.ASCII) else None


def item_marks(attributes: Mapping[str, str], values: Sequence[int | None]) -> list[str]:
    """Return the mark of each item of an `ol` with these attributes; `values` are the numbers that items have.

    Letters and Roman numerals are the first word of an item with a bullet, because other text may refer to them.
    """
    style = attributes.get("type", "1").strip()
    return [_mark(number, style) for number in _numbers(attributes, values)]


def _numbers(attributes: Mapping[str, str], values: Sequence[int | None]) -> Iterator[int]:
    step = -1 if "reversed" in attributes else 1
    start = integer(attributes.get("start", ""))
    number = (len(values) if step < 0 else 1) if start is None else start
    for value in values:
        number = number if value is None else value
        yield number
        number += step


def _mark(number: int, style: str) -> str:
    if style in ("a", "A", "i", "I") and 0 < number < _MOST:
        word = _letters(number) if style in "aA" else _roman(number)
        return f"- {word.upper() if style.isupper() else word}."
    return f"{number}." if number >= 0 else f"- {number}."


def _letters(number: int) -> str:
    word = ""
    while number:
        number, rest = divmod(number - 1, len(_LETTERS))
        word = _LETTERS[rest] + word
    return word


def _roman(number: int) -> str:
    word = ""
    for value, sign in _ROMAN:
        count, number = divmod(number, value)
        word += sign * count
    return word
