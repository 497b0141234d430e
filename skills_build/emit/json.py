"""JSON that is readable in a diff: containers are expanded down to a depth, deeper ones are written on one line.

`formatted` writes it as prettier does, for files in repositories that run it on all of theirs.
"""

import unicodedata
from typing import Any, Final

import msgspec

from skills_build.model.plain import plain


def document(schema: str, value: object) -> dict[str, Any]:
    """Return a contract's value as plain JSON values, with the id of its schema in the key `$schema`."""
    return {"$schema": schema, **plain(value)}


def dumps(value: object, *, depth: int) -> bytes:
    """Write `value` as UTF-8 JSON with a final line break; keys stay in their order."""
    return (_expanded(value, depth, 0) + "\n").encode()


def _expanded(value: object, depth: int, level: int) -> str:
    if depth == 0 or not isinstance(value, dict | list) or not value:
        return msgspec.json.encode(value).decode()
    pad = "  " * (level + 1)
    if isinstance(value, dict):
        rows = [
            f"{pad}{msgspec.json.encode(key).decode()}: {_expanded(item, depth - 1, level + 1)}"
            for key, item in value.items()
        ]
        opening, closing = "{", "}"
    else:
        rows = [pad + _expanded(element, depth - 1, level + 1) for element in value]
        opening, closing = "[", "]"
    return f"{opening}\n" + ",\n".join(rows) + f"\n{'  ' * level}{closing}"


_WIDTH: Final = 80
"""The columns of a line: https://prettier.io/docs/options#print-width."""


def formatted(value: object) -> str:
    """Write `value` as JSON in the form that prettier keeps with its default options, with a final line break.

    Objects have a line for each key; a list of scalars is on one line if it fits
    (https://prettier.io/docs/rationale#objects).
    """
    return _lines(value, "", 0) + "\n"


def reformatted(data: bytes, *, schema: str) -> bytes | None:
    """Return a file of this schema as `formatted` writes it; None if the data is something else."""
    if f'"{schema}"'.encode() not in data[:200]:
        return None
    try:
        return formatted(msgspec.json.decode(data)).encode()
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _lines(value: object, indent: str, taken: int) -> str:
    """Write a value after `taken` columns of its first line, whose first ones are `indent`."""
    if not isinstance(value, dict | list) or not value:
        return _scalar(value)
    if isinstance(value, list) and not any(isinstance(element, dict | list) and element for element in value):
        line = f"[{', '.join(map(_scalar, value))}]"
        if taken + _columns(line) + 1 <= _WIDTH:  # with the comma after it
            return line
    inner = f"{indent}  "
    if isinstance(value, list):
        rows = [inner + _lines(element, inner, len(inner)) for element in value]
        return "[\n" + ",\n".join(rows) + f"\n{indent}]"
    keys = {key: f"{inner}{_scalar(key)}: " for key in value}
    rows = [start + _lines(value[key], inner, _columns(start)) for key, start in keys.items()]
    return "{\n" + ",\n".join(rows) + f"\n{indent}}}"


def _scalar(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _columns(text: str) -> int:
    """Return the columns of a text: two for a wide character (https://www.unicode.org/reports/tr11/)."""
    return len(text) if text.isascii() else sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
