"""The only reader of JSON with `json.loads`: a lone surrogate in it becomes U+FFFD, as in YAML.

JSON may escape half of a character (`"\\ud800"`, RFC 8259 section 8.2), which no UTF-8 text can hold: whatever
is later written with it would fail. JSON that is decoded to a type by msgspec is refused there instead.
"""

import json
import math
import re
from itertools import islice
from typing import Any, Final

_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
MAX_JSON_BYTES: Final = 32 * 1024 * 1024
"""Bytes of a JSON file in a bundle. The statements of 600 rules take 1.5 MB."""
MAX_JSON_VALUES: Final = 1_000_000
"""Commas and opening brackets of a JSON file in a bundle. The statements of 600 rules contain 45,000."""
_RAW: Final = re.compile("[\ud800-\udfff]")
_REPLACEMENT: Final = r"\ufffd"
_TOKEN: Final = re.compile(rb'"[^"]*+"?|[,\[{]')
"""A string without escapes, which may be truncated, or one of the characters that are counted."""
_QUOTE: Final = ord('"')
_SHOWN: Final = 40
"""Number of characters of a number in a message."""


def parse_json(data: str | bytes) -> Any:
    """Parse JSON, of bytes in UTF-8. Raises `ValueError` for anything else, and `RecursionError` for deep nesting.

    Numbers that are not finite are refused: `NaN` and `Infinity` are not JSON (RFC 8259, section 6), but Python reads
    them, and `1e999` as infinity, and neither can be converted to a whole number.
    """
    text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
    if "\\ud" in text or "\\uD" in text:
        text = _ESCAPE.sub(lambda match: _REPLACEMENT if match["lone"] else match[0], text)
    return json.loads(well_formed(text), parse_float=_finite, parse_constant=_finite)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(
            f"the number {text[:_SHOWN]} is too large" if text[-1].isdigit() else f"{text} is not a number"
        )
    return number


class OversizeError(ValueError):
    """A document is larger than the limits for parsing."""


def parse_limited_json(data: bytes) -> Any:
    """Parse JSON from a bundle that is not trusted yet.

    Raises `OversizeError` before parsing, and otherwise what `parse_json` raises. Values are counted as well as bytes,
    because each takes memory: 60 MB of `[],[],` take 2 GB to parse and 10 GB to validate.
    """
    require_limits(data)
    return parse_json(data)


def require_limits(data: bytes) -> None:
    """Raise `OversizeError` for JSON, of one document or of many, that would take too much memory to parse."""
    if len(data) > MAX_JSON_BYTES:
        raise OversizeError(f"the JSON is larger than {MAX_JSON_BYTES:,} bytes")
    require_values(data, MAX_JSON_VALUES)


def require_values(data: bytes, most: int) -> None:
    """Raise `OversizeError` for JSON with more than `most` commas and opening brackets outside of strings.

    Those in a string take no memory of their own, and anyone may write a text that consists of commas.
    """
    if len(data) <= most or sum(map(data.count, (b",", b"[", b"{"))) <= most:
        return
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside = (match for match in _TOKEN.finditer(plain) if plain[match.start()] != _QUOTE)
    if next(islice(outside, most, None), None) is not None:
        raise OversizeError(f"the JSON has more than {most:,} values")


def well_formed(text: str) -> str:
    """Return a text that UTF-8 can hold: a lone surrogate becomes U+FFFD."""
    return text if text.isascii() else _RAW.sub("\N{REPLACEMENT CHARACTER}", text)
