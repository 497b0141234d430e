"""Reads whole numbers in texts that others wrote, such as headers, replacements and paths."""

import re
from typing import Final

_WHOLE: Final = re.compile(r"[0-9]{1,18}")


def whole_number(text: str) -> int | None:
    """Return the number that a text is, None for anything but 1 to 18 ASCII digits.

    `str.isdigit` and `str.isdecimal` are no tests for this: `int` refuses some of their digits, and any 4,301 of them.
    """
    return int(text) if _WHOLE.fullmatch(text) else None
