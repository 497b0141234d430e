"""Edits JSON with comments (as in settings of Gemini CLI and VS Code) as text: nothing else in the file changes."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from codex.sync.keys.base import Inserted, Key, UnsafeEditError, digest, key_of, missing_from, nested, pointer, position
from skills_build.emit.json import formatted
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_SCALAR: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"|-?\d[\d.eE+-]*|true|false|null')
_SAME_LINE: Final = re.compile(r"(?:[ \t]*(?://[^\r\n]*|/\*[^\r\n]*?\*/))?")
"""A comment after a value on its line."""
_MAX_DEPTH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """A value and its place. `members` are those of an object or list: the start of each, its name, its value."""

    start: int
    end: int
    value: Any
    members: tuple[tuple[int, str, "_Node"], ...] = ()

    def member(self, name: str) -> tuple[int, "_Node"]:
        return next((start, node) for start, own, node in self.members if own == name)


def parse(text: str) -> Any:
    """Read a document. Raises `UnsafeEditError` if it is not JSON with comments."""
    return _parsed(text).value


def create(document: object) -> str:
    """Write a new file."""
    return formatted(document)


def insert(text: str, key: Key, items: Sequence[object], instead: Sequence[object]) -> tuple[str, tuple[Inserted, ...]]:
    """Append items to the list at a key, or add the list `instead`. Returns the text and what was added."""
    root = _parsed(text)
    depth = missing_from(root.value, key)
    node = _at(root, key[:depth])
    if depth < len(key):
        value = nested(key[depth + 1 :], list(instead))
        written = f"{json.dumps(key[depth])}: {_indented(value, text, node)}"
        added = (Inserted(pointer=pointer(key[: depth + 1]), digest=digest(value)),)
        return _with_member(text, node, written), added
    if not isinstance(node.value, list):
        raise UnsafeEditError(f"`{'.'.join(key)}` is not a list")
    for item in items:
        text = _with_member(text, _at(_parsed(text), key), json.dumps(item, ensure_ascii=False))
    return text, tuple(Inserted(pointer=f"{pointer(key)}/-", digest=digest(item)) for item in items)


def remove(text: str, entry: Inserted) -> str:
    """Remove a value that was added. Raises `UnsafeEditError` unless it is still there unchanged."""
    key = key_of(entry.pointer)
    parent = _at(_parsed(text), key[:-1])
    if key[-1] == "-":
        number = position(parent.value, entry)
    else:
        number = next((n for n, (_, name, _) in enumerate(parent.members) if name == key[-1]), -1)
        if number < 0 or digest(parent.members[number][2].value) != entry.digest:
            raise UnsafeEditError(f"`{entry.pointer}` was edited by hand")
    return _without_member(text, parent, number)


def _at(root: _Node, key: Key) -> _Node:
    for part in key:
        _, root = root.member(part)
    return root


def _with_member(text: str, node: _Node, written: str) -> str:
    """Add a member at the end of an object or list, in the style of those before it."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if not node.members:
        if node.end - node.start > 2:  # white space or a comment, which could not be restored
            raise UnsafeEditError("an empty object or list spans several lines")
        outer = _indent(text, node.start)
        if isinstance(node.value, list):
            return f"{text[: node.start + 1]}{written}{text[node.end - 1 :]}"
        return f"{text[: node.start + 1]}{newline}{outer}  {written}{newline}{outer}{text[node.end - 1 :]}"
    start, _, last = node.members[-1]
    comma = _after_comma(text, last.end)
    at = _SAME_LINE.match(text, comma or last.end)
    assert at is not None
    line_start = text.rfind("\n", 0, start) + 1
    own_line = not text[line_start:start].strip()
    gap = f"{newline}{text[line_start:start]}" if own_line else " "
    before = text[: at.end()] if comma else f"{text[: last.end]},{text[last.end : at.end()]}"
    return f"{before}{gap}{written}{',' if comma else ''}{text[at.end() :]}"


def _without_member(text: str, node: _Node, number: int) -> str:
    """Remove a member with the comma and the white space that `_with_member` adds with it; comments stay."""
    start, _, own = node.members[number]
    after = _after_comma(text, own.end)
    rest = text[after or own.end :]
    if len(node.members) == 1:
        inside = text[node.start + 1 : start] + text[own.end : node.end - 1]
        if inside.replace(",", "").strip():
            raise UnsafeEditError("a comment is next to the entry")
        return f"{text[: node.start + 1]}{text[node.end - 1 :]}"
    if not number:
        return text[:start] + rest.lstrip()
    before = node.members[number - 1][2].end
    comma = _after_comma(text, before)
    between = text[before:start].rstrip()
    if not after:
        between = text[before : comma - 1] + text[comma:start].rstrip()
    return text[:before] + between + rest


def _after_comma(text: str, at: int) -> int:
    """Return the offset after the comma that follows a value; 0 if none does."""
    end = _skip(text, at)
    return end + 1 if text[end : end + 1] == "," else 0


def _indent(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _indented(value: object, text: str, node: _Node) -> str:
    """Write a value for a member of `node`: on lines of its own if the members of the document are."""
    if "\n" not in text.strip():
        return json.dumps(value, ensure_ascii=False)
    newline = "\r\n" if "\r\n" in text else "\n"
    inner = _indent(text, node.members[-1][0]) if node.members else f"{_indent(text, node.start)}  "
    return formatted(value).rstrip("\n").replace("\n", f"{newline}{inner}")


def _parsed(text: str) -> _Node:
    start = _skip(text, 0)
    try:
        node = _value(text, start, 0)
    except (IndexError, ValueError) as error:
        raise UnsafeEditError("the file is not JSON") from error
    if _skip(text, node.end) != len(text):
        raise UnsafeEditError("the file is not JSON")
    if not isinstance(node.value, dict):
        raise UnsafeEditError("the file is not a JSON object")
    return node


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, depth: int) -> _Node:
    if depth > _MAX_DEPTH:
        raise ValueError
    if text[at] in "{[":
        return _container(text, at, depth)
    match = _SCALAR.match(text, at)
    if match is None:
        raise ValueError
    return _Node(start=at, end=match.end(), value=parse_json(match[0]))


def _container(text: str, start: int, depth: int) -> _Node:
    """Read an object or a list. A comma before its end is allowed; a name that is there twice is not."""
    is_object, close = text[start] == "{", "}" if text[start] == "{" else "]"
    members: list[tuple[int, str, _Node]] = []
    at = _skip(text, start + 1)
    while text[at] != close:
        first, name = at, ""
        if is_object:
            named = _value(text, at, depth + 1)
            if not isinstance(named.value, str) or named.value in (own for _, own, _ in members):
                raise ValueError
            name, at = named.value, _skip(text, named.end)
            if text[at] != ":":
                raise ValueError
            at = _skip(text, at + 1)
        node = _value(text, at, depth + 1)
        members.append((first, name, node))
        at = _skip(text, node.end)
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != close:
            raise ValueError
    value: Any = {name: node.value for _, name, node in members} if is_object else [node.value for *_, node in members]
    return _Node(start=start, end=at + 1, value=value, members=tuple(members))
