"""JSON that is readable in a diff: containers are expanded down to a depth, deeper ones are written on one line.

`formatted` writes it as prettier does, for files in repositories that run it on all of theirs.
"""

import unicodedata
from typing import Any, Final

import msgspec

from skills_build.json_input import well_formed
from skills_build.model.plain import plain


def document(schema: str, value: object) -> dict[str, Any]:
    """Return a contract's value as plain JSON values, with the id of its schema in the key `$schema`."""
    return {"$schema": schema, **plain(value)}


def encoded(value: object) -> bytes:
    """Encode a value as JSON on one line; a lone surrogate, which UTF-8 cannot hold, becomes U+FFFD."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_well_formed(msgspec.to_builtins(value)))


def _well_formed(value: object) -> object:
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, dict):
        return {_well_formed(key): _well_formed(below) for key, below in value.items()}
    return [_well_formed(below) for below in value] if isinstance(value, list | tuple) else value


def dumps(value: object, *, depth: int) -> bytes:
    """Write `value` as UTF-8 JSON with a final line break; keys stay in their order."""
    return (_expanded(value, depth, 0) + "\n").encode()


def _expanded(value: object, depth: int, level: int) -> str:
    if depth == 0 or not isinstance(value, dict | list) or not value:
        return encoded(value).decode()
    pad = "  " * (level + 1)
    if isinstance(value, dict):
        rows = [f"{pad}{encoded(key).decode()}: {_expanded(item, depth - 1, level + 1)}" for key, item in value.items()]
        opening, closing = "{", "}"
    else:
        rows = [pad + _expanded(element, depth - 1, level + 1) for element in value]
        opening, closing = "[", "]"
    return f"{opening}\n" + ",\n".join(rows) + f"\n{'  ' * level}{closing}"


_WIDTH: Final = 80
"""The columns of a line: https://prettier.io/docs/options#print-width."""


def formatted(value: object) -> str:
    """Write `value` as JSON in the form that prettier keeps with its default options, with a final line break.

    Objects have a line for each key; a list without objects is on one line if it fits
    (https://prettier.io/docs/rationale#objects). Long lists of numbers are not filled as there.
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
    """Write a value that starts after `indent`, with `taken` other columns on its first line."""
    if not isinstance(value, dict | list) or not value:
        return _scalar(value)
    line = _on_one_line(value)
    if line is not None and taken + _columns(line) <= _WIDTH:
        return line
    inner = f"{indent}  "
    names = [f"{_scalar(key)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    values = list(value.values()) if isinstance(value, dict) else value
    commas = [","] * (len(values) - 1) + [""]
    rows = [
        f"{inner}{name}{_lines(own, inner, _columns(inner + name) + len(comma))}{comma}"
        for name, own, comma in zip(names, values, commas, strict=True)
    ]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return "\n".join((opening, *rows, f"{indent}{closing}"))


def _on_one_line(value: object) -> str | None:
    """Write a value on one line; None if it has an object, or a list of several lists with several elements each."""
    if isinstance(value, dict) and value:
        return None
    if not isinstance(value, list) or not value:
        return _scalar(value)
    if len(value) > 1 and all(isinstance(element, list) and len(element) > 1 for element in value):
        return None
    parts = [_on_one_line(element) for element in value]
    return None if None in parts else f"[{', '.join(part for part in parts if part is not None)}]"


def _scalar(value: object) -> str:
    return encoded(value).decode()


def _columns(text: str) -> int:
    """Return the columns of a text: two for a wide character (https://www.unicode.org/reports/tr11/)."""
    return len(text) if text.isascii() else sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
