"""Finds the lines of keys in TOML, which `tomllib` does not keep. Keys of inline tables have the place of the table."""

import re
from typing import Any, Final

from skills_build.diagnostics import Span
from skills_build.source.yaml import Key, YamlValue

_PART: Final = r"(?:[\w-]+|\"(?:[^\"\\]|\\.)*\"|'[^']*')"
_NAME: Final = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER: Final = re.compile(rf"\s*(?P<open>\[\[?)\s*(?P<name>{_NAME})\s*\]")
_ENTRY: Final = re.compile(rf"\s*(?P<name>{_NAME})\s*=\s*(?P<value>(?:.*\S)?)")
_LONG: Final = ('"""', "'''")


def with_places(text: str, data: dict[str, Any]) -> YamlValue:
    """Return the data of a TOML text with the places of its tables, keys and values."""
    places = _Places()
    inside = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not inside:
            places.read(number, line)
        marks = re.findall("|".join(_LONG), line)
        for mark in marks:
            inside = "" if inside == mark else inside or mark
    return YamlValue(data=data, values=places.values, keys=places.keys)


class _Places:
    """Collects places while it keeps the table that a line is in."""

    def __init__(self) -> None:
        self.values: dict[Key, Span] = {}
        self.keys: dict[Key, Span] = {}
        self._table: Key = ()
        self._lengths: dict[Key, int] = {}

    def read(self, number: int, line: str) -> None:
        """Read one line that is not inside a long string."""
        header, entry = _HEADER.match(line), _ENTRY.match(line)
        if header:
            self._table = self._listed(_parts(header["name"]), header["open"] == "[[")
            self._add(self._table, Span(number, header.start("name") + 1, number, header.end("name") + 1))
        elif entry:
            key = (*self._table, *_parts(entry["name"]))
            self._add(key, Span(number, entry.start("name") + 1, number, entry.end("name") + 1))
            self.values[key] = Span(number, entry.start("value") + 1, number, entry.end("value") + 1)

    def _add(self, key: Key, span: Span) -> None:
        self.keys.setdefault(key, span)
        self.values.setdefault(key, span)

    def _listed(self, name: tuple[str, ...], last: bool) -> Key:
        """Return the key of a table, with the numbers of the entries of lists of tables in it."""
        key: Key = ()
        for at, part in enumerate(name):
            key = (*key, part)
            if last and at == len(name) - 1:
                self._lengths[key] = self._lengths.get(key, 0) + 1
            if key in self._lengths:
                key = (*key, self._lengths[key] - 1)
        return key


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, name))
