"""Finds what makes a text valid YAML: quotes around a value, a space after a colon, another indentation."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix, Span
from skills_build.frozen import dataclass
from skills_build.globs import split

_VALUE: Final = re.compile(
    r"(?P<lead>\s*(?:-\s+)*(?:[\w$.-]+\s*:\s+|(?<=-\s)))(?P<value>\S++(?:\s++(?!#|\Z)\S++)*)(?P<note>\s++#.*|\s*+)$"
)
_TIGHT: Final = re.compile(r"(?P<lead>\s*(?:-\s+)*)(?P<key>[A-Za-z_][\w-]*):(?P<value>[^\s:/].*)")
"""A key without a space between its colon and its value."""
_KEY: Final = re.compile(r"\s*[\w$.-]+\s*:(?P<value>\s+[^\s#].*)?")
_CLOSING: Final = {"[": "]", "{": "}", '"': '"', "'": "'"}
_QUOTES: Final = ("'", '"')
_OPENED: Final = re.compile(r"\s*(?:-\s+)*(?:[\w$.-]+\s*:\s+|(?<=-\s))(?P<quote>[\"'])(?:(?!(?P=quote)).)*\Z")
"""A value in quotes that its line does not close."""
_ANCHOR: Final = re.compile(r"(?:^|[\s\[{,])&\w", re.MULTILINE)
_ALIAS: Final = re.compile(r"(?:^|[\s\[{,])\*\w", re.MULTILINE)
_REFERENCE: Final = re.compile(r"&[\w-]+(?:\s.*)?|\*[\w-]+")
"""An anchor or an alias as a value: in quotes, it would be text."""
_NESTED: Final = re.compile(r"[\w.-]+:\s+[\[{].*[\]}]\Z|[\w.-]+:\Z")
"""A value that is a key of its own with a mapping or a list."""
_MAPPING: Final = re.compile(r"\{\s*[\w.-]+\s*:\s.*\}")
"""A mapping in braces."""
_DOUBLE: Final = re.compile(r'"(?:\\.|[^"\\])*"')
_PLAIN: Final = re.compile(r"(?P<key>[{,]\s*[\w.-]+:\s+)(?P<value>[^\s\"'\[\]{},][^\"'\[\]{},]*)")
"""A key of such a mapping with a value that is not in quotes."""
_MAX_CURED: Final = 6_000
"""Maximum length of a text that is tried with quotes, in characters: each try reads it once."""
_MAX_CURES: Final = 5
_SPECIAL: Final = re.compile(r"(?<![\w\"'/*.-])[*&!%@`|>][^\s,\]}\"']*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """A text to put in place of `old` in one line of a YAML document (from 0), at `column` (from 0).

    `message` and `help` are for a change that adds no quotes; `unsafe` is one that may not be what was meant.
    """

    line: int
    column: int
    old: str
    new: str
    message: str = ""
    help: str = ""
    unsafe: bool = False

    def applied(self, text: str) -> str:
        """Return the document with the change."""
        rows = text.split("\n")
        row = rows[self.line]
        rows[self.line] = row[: self.column] + self.new + row[self.column + len(self.old) :]
        return "\n".join(rows)


def with_cures(
    faults: tuple[Finding, ...], text: str, offset: int, faults_of: Callable[[str], tuple[Finding, ...]]
) -> tuple[Finding, ...]:
    """Return faults with what to write, where quotes or spaces make the text valid up to a later line.

    `offset` is the line of the file before the first one of the text; `faults_of` reads a changed text.
    """
    if len(text) > _MAX_CURED or (_ANCHOR.search(text) and _ALIAS.search(text)):
        return faults
    result: list[Finding] = []
    while faults and len(result) < _MAX_CURES:
        first = faults[0]
        found = next(_cures(first, text, offset, faults_of), None)
        if found is None:
            break
        change, left = found
        result.append(_cured(first, change, offset))
        if "\n" in change.new:
            return tuple(result)  # the lines of what is left are not those of the file
        text, faults = change.applied(text), left
    return (*result, *faults)


def _cures(
    fault: Finding, text: str, offset: int, faults_of: Callable[[str], tuple[Finding, ...]]
) -> Iterator[tuple[Cure, tuple[Finding, ...]]]:
    """Yield each change after which the first fault is in a later line, with the faults that are left."""
    rows = text.split("\n")
    line = fault.span.line - 1 - offset
    opened = next((n for n in range(min(line, len(rows)) - 1, -1, -1) if _OPENED.match(rows[n])), -1)
    for number in dict.fromkeys((line, line - 1, opened)):
        for change in _changes(number, rows) if 0 <= number < len(rows) else ():
            left = faults_of(change.applied(text))
            if not left or left[0].span.line > fault.span.line:
                yield change, left


def _cured(fault: Finding, change: Cure, offset: int) -> Finding:
    line = change.line + 1 + offset
    span = Span(line, change.column + 1, line, change.column + 1 + len(change.old))
    old, new = change.old.strip(), change.new.strip()
    message, help_ = f"`{old}` needs quotes", f"quote it: `{new}`"
    if "\n" in change.new:
        key = old.partition(":")[0]
        message, help_ = f"`{key}:` is on the same line as another key", f"write `{key}:` on its own line, indented"
    elif change.message:
        message, help_ = change.message, change.help
    elif new.startswith(old):
        message, help_ = f"`{old}` is not closed", f"close it: `{new}`"
    fix = Fix(title=help_, edits=(Edit(span=span, text=change.new),), unsafe=change.unsafe)
    return replace(fault, message=f"invalid YAML: {message}", span=span, help=help_, fix=fix)


def _changes(number: int, rows: Sequence[str]) -> Iterator[Cure]:
    row = rows[number]
    indent = _indent(row)
    yield from _indented(number, rows)
    tight = _TIGHT.fullmatch(row)
    if tight:
        start, spaced = tight.start("key"), f"{tight['key']}: {tight['value']}"
        message = f"`{tight['key']}:` is not followed by a space"
        help_ = f"write `{spaced.strip()}`"
        yield Cure(line=number, column=start, old=row[start:], new=spaced, message=message, help=help_)
    match = _VALUE.match(row)
    if match is None:
        return
    column, value = match.start("value"), match["value"]
    if _REFERENCE.fullmatch(value):
        return
    if _NESTED.match(value):
        lead = match["lead"]
        yield Cure(line=number, column=len(lead.rstrip()), old=row[len(lead.rstrip()) :], new=f"\n{indent}  {value}")
    if _MAPPING.fullmatch(value):
        yield from _cured_mapping(number, column, value)
        return
    closed = f"{value}{_CLOSING[value[0]]}" if value[0] in _CLOSING and value[-1] != _CLOSING[value[0]] else None
    for new in (closed, _quoted_items(value), _SPECIAL.sub(lambda m: _quoted(m[0]), value), _quoted(value)):
        if new and new != value:
            yield Cure(line=number, column=column, old=value, new=new)


def _cured_mapping(number: int, column: int, value: str) -> Iterator[Cure]:
    """Yield the changes of the values in a mapping in braces, which is never quoted as a whole: it would be text."""
    escaped = _DOUBLE.sub(lambda match: _quoted(match[0]), value)
    if escaped != value:
        message = "text in double quotes contains a backslash that does not start an escape"
        yield Cure(line=number, column=column, old=value, new=escaped, message=message, help=f"write `{escaped}`")
    for new in (
        _PLAIN.sub(
            lambda match: match["key"] + (_quoted(match["value"]) if ": " in match["value"] else match["value"]), value
        ),
        _SPECIAL.sub(lambda match: _quoted(match[0]), value),
    ):
        if new != value:
            yield Cure(line=number, column=column, old=value, new=new)


def _indent(row: str) -> str:
    return row[: len(row) - len(row.lstrip())]


def _indented(number: int, rows: Sequence[str]) -> Iterator[Cure]:
    """Yield the changes of the indentation of a line: as its place below the line above it shows."""
    above = next((row for row in reversed(rows[:number]) if row.strip() and row.lstrip()[0] != "#"), "")
    key, indent = _KEY.fullmatch(above.rstrip()), _indent(rows[number])
    inner = _indent(above) + ("" if key is None or key["value"] else "  ")
    if "\t" in indent:
        for new in dict.fromkeys((inner, indent.replace("\t", "  "))):
            if "\t" not in new:
                message, help_ = "a tab before a key", "indent with spaces"
                yield Cure(line=number, column=0, old=indent, new=new, message=message, help=help_)
    elif key and key["value"] and len(indent) > len(inner) and _KEY.fullmatch(rows[number].rstrip()):
        message, help_ = "a key is indented below a key that has a value", "align the key with the one above"
        yield Cure(line=number, column=0, old=indent, new=inner, message=message, help=help_, unsafe=True)


def _quoted_items(value: str) -> str | None:
    """Return a list in brackets with quotes around each item that has none."""
    if not (value.startswith("[") and value.endswith("]")):
        return None
    items = (item.strip() for item in split(value[1:-1], ","))
    return f"[{', '.join(item if item.isalnum() or item[:1] in _QUOTES else _quoted(item) for item in items)}]"


def _quoted(text: str) -> str:
    inner = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES else text
    return json.dumps(inner, ensure_ascii=False)
