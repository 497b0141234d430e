"""Edits lists in YAML as text: comments, quotes and order are kept. Anything other than block style is not edited."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from codex.sync.keys.base import (
    Inserted,
    Key,
    UnsafeEditError,
    at,
    digest,
    key_of,
    missing_from,
    nested,
    pointer,
    position,
)
from skills_build.source.yaml import YamlValue, load_yaml

_SEPARATOR: Final = re.compile(r"^(?:---|\.\.\.)", re.MULTILINE)


def parse(text: str) -> Any:
    """Read a document; an empty one is an empty mapping. Raises `UnsafeEditError` if it is not one YAML mapping."""
    return _parsed(text).data


def create(document: object) -> str:
    """Write a new file."""
    return "\n".join(_lines(document, "")) + "\n"


def insert(text: str, key: Key, items: Sequence[object], instead: Sequence[object]) -> tuple[str, tuple[Inserted, ...]]:
    """Append items to the list at a key, or add the list `instead`. Returns the text and what was added."""
    document = _parsed(text)
    depth = missing_from(document.data, key)
    if depth == len(key):
        if not isinstance(at(document.data, key), list) or not at(document.data, key):
            raise UnsafeEditError(f"`{'.'.join(key)}` is not a list, or is empty")
        indent, end = _list_place(text, document, key)
        text = _with_lines(text, end, [line for item in items for line in _lines([item], indent)])
        return text, tuple(Inserted(pointer=f"{pointer(key)}/-", digest=digest(item)) for item in items)
    value = nested(key[depth + 1 :], list(instead))
    indent, end = _mapping_place(text, document, key[:depth])
    text = _with_lines(text, end, _lines({key[depth]: value}, indent))
    return text, (Inserted(pointer=pointer(key[: depth + 1]), digest=digest(value)),)


def remove(text: str, entry: Inserted) -> str:
    """Remove a value that was added. Raises `UnsafeEditError` if it is not there unchanged."""
    document, key = _parsed(text), key_of(entry.pointer)
    parent = at(document.data, key[:-1]) if key[:-1] else document.data
    if key[-1] == "-":
        number = position(parent if isinstance(parent, list) else (), entry)
        first = document.place((*key[:-1], number)).line
    else:
        if not isinstance(parent, dict) or digest(parent.get(key[-1])) != entry.digest:
            raise UnsafeEditError(f"`{entry.pointer}` was edited by hand")
        first = document.keys[key].line
    lines = text.splitlines(keepends=True)
    return "".join(lines[: first - 1] + lines[_end(lines, first, _indent_of(lines[first - 1])) :])


def _parsed(text: str) -> YamlValue:
    if _SEPARATOR.search(text):
        raise UnsafeEditError("the file contains document markers")
    value, findings = load_yaml(text, path="")
    if value is None or findings:
        raise UnsafeEditError("the file is not valid YAML")
    if value.data is None:
        return YamlValue(data={}, values={}, keys={})
    if not isinstance(value.data, dict):
        raise UnsafeEditError("the file is not a mapping")
    return value


def _list_place(text: str, document: YamlValue, key: Key) -> tuple[str, int]:
    """Return the indentation of a block list's dashes, and the number of lines up to its end."""
    lines = text.splitlines()
    first = document.place((*key, 0)).line
    line = lines[first - 1]
    if not line.lstrip().startswith("- "):
        raise UnsafeEditError(f"`{'.'.join(key)}` does not list each item on a separate line")
    indent = _indent_of(line)
    last = document.place((*key, len(at(document.data, key)) - 1)).line
    return indent, _end(lines, last, indent)


def _mapping_place(text: str, document: YamlValue, key: Key) -> tuple[str, int]:
    """Return the indentation of a block mapping's keys, and the number of lines up to its end."""
    lines = text.splitlines()
    if not key:
        return "", _end(lines, 0, None)
    mapping = at(document.data, key)
    if not mapping:
        raise UnsafeEditError(f"`{'.'.join(key)}` is empty")
    own = [place.line for name, place in document.keys.items() if name[:-1] == key]
    indent = _indent_of(lines[own[0] - 1])
    if not indent or lines[own[0] - 1].strip().startswith("{"):
        raise UnsafeEditError(f"`{'.'.join(key)}` does not list each key on a separate line")
    return indent, _end(lines, max(own), indent)


def _end(lines: Sequence[str], first: int, indent: str | None) -> int:
    """Return the number of lines up to the end of the item or key on line `first` with this indentation.

    Empty lines and comments after it do not belong to it.
    """
    end = first
    for number in range(first, len(lines)):
        line = lines[number]
        if not line.strip():
            continue
        if indent is not None and len(_indent_of(line)) <= len(indent):
            break
        end = number + 1
    return end


def _indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _with_lines(text: str, count: int, added: Sequence[str]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    if count and not lines[count - 1].endswith(("\n", "\r")):
        raise UnsafeEditError("the file does not end in a line break")
    return "".join([*lines[:count], *(f"{line}{newline}" for line in added), *lines[count:]])


def _lines(value: object, indent: str) -> list[str]:
    """Write mappings and lists in block style, texts with several lines as literal blocks: as prettier keeps them."""
    if isinstance(value, dict):
        return [line for key, own in value.items() for line in _member(f"{indent}{key}:", own, indent)]
    assert isinstance(value, list)
    rows = []
    for item in value:
        if isinstance(item, dict):
            inner = _lines(item, f"{indent}  ")
            rows += [f"{indent}- {inner[0].lstrip(' ')}", *inner[1:]]
        else:
            rows.append(f"{indent}- {_scalar(item)}")
    return rows


def _member(start: str, value: object, indent: str) -> list[str]:
    if isinstance(value, dict | list):
        return [start, *_lines(value, f"{indent}  ")]
    if isinstance(value, str) and "\n" in value:
        body = [f"{indent}  {line}" if line else "" for line in value.rstrip("\n").split("\n")]
        return [f"{start} |{'' if value.endswith(chr(10)) else '-'}", *body]
    return [f"{start} {_scalar(value)}"]


def _scalar(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
