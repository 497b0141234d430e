"""Reads what `.gitattributes` files say to language statistics: `linguist-vendored`, `-generated` and their kin.

Patterns follow gitattributes(5): without a slash they match a name at any depth, `**` crosses folders, the last
matching line wins, and a file deeper in the tree wins over one above it.
"""

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

NAMES: Final = ("vendored", "generated", "documentation", "detectable", "language")
MAX_RULES: Final = 300
MAX_SEGMENTS: Final = 64
_PREFIX: Final = "linguist-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line: `values` maps `vendored` and so on to `true`, `false`, a language, or None for unspecified."""

    folder: str
    pattern: str
    values: Mapping[str, str | None]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What is said of one path; `evidence` by name is the line that said it."""

    values: Mapping[str, str | None] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)

    def says(self, name: str) -> bool | None:
        """True or False where the attribute is set or unset, None where nothing is said."""
        value = self.values.get(name)
        return None if value is None else value != "false"


UNSAID: Final = Attributes()


def parse(folder: str, path: str, text: str) -> Iterator[Rule]:
    """Yield the rules of one `.gitattributes` that speak of languages, in order of the file."""
    for line in text.split("\n"):
        pattern, _, rest = _split(line.strip())
        if not pattern or pattern.startswith(("#", "[attr]", "!")) or pattern.endswith("/"):
            continue
        values = dict(value for value in map(_value, rest.split()) if value)
        if values:
            yield Rule(folder=folder, pattern=pattern, values=values, evidence=f"{path}#{pattern}")


def said(paths: Iterable[str], rules: tuple[Rule, ...]) -> dict[str, Attributes]:
    """What the rules (outer files first) say, for each path of which they say anything."""
    by_start: dict[str, list[int]] = defaultdict(list)
    for number, rule in enumerate(rules):
        by_start[_start(rule)].append(number)
    found: dict[str, Attributes] = {}
    for path in paths if rules else ():
        numbers = sorted([*by_start.get("", ()), *by_start.get(path.partition("/")[0], ())])
        about = _of(path, tuple(rules[number] for number in numbers)) if numbers else UNSAID
        if about is not UNSAID:
            found[path] = about
    return found


def _start(rule: Rule) -> str:
    """The first name of every path that a rule can match; empty where it can be any."""
    anchored = rule.folder or (rule.pattern.lstrip("/") if "/" in rule.pattern else "*")
    first = anchored.partition("/")[0]
    return "" if not rule.folder and _wild(first) else first


def _of(path: str, rules: tuple[Rule, ...]) -> Attributes:
    values: dict[str, str | None] = {}
    evidence: dict[str, str] = {}
    for rule in rules:
        if _matches(rule, path):
            values.update(rule.values)
            evidence.update(dict.fromkeys(rule.values, rule.evidence))
    return Attributes(values=values, evidence=evidence) if values else UNSAID


def _split(line: str) -> tuple[str, str, str]:
    if line.startswith('"') and line.find('"', 1) > 0:
        end = line.index('"', 1)
        return line[1:end], "", line[end + 1 :]
    pattern, _, rest = line.replace("\t", " ").partition(" ")
    return pattern, "", rest


def _value(word: str) -> tuple[str, str | None] | None:
    name, equals, value = word.lstrip("-!").partition("=")
    if not name.startswith(_PREFIX) or name.removeprefix(_PREFIX) not in NAMES:
        return None
    name = name.removeprefix(_PREFIX)
    if word.startswith("!"):
        return name, None
    if word.startswith("-"):
        return name, "false"
    return name, value if equals and value else "true"


def _matches(rule: Rule, path: str) -> bool:
    if rule.folder:
        if not path.startswith(f"{rule.folder}/"):
            return False
        path = path[len(rule.folder) + 1 :]
    if "/" not in rule.pattern:
        return _segment(rule.pattern).match(path.rpartition("/")[2]) is not None
    return glob(rule.pattern, path)


def glob(pattern: str, path: str) -> bool:
    """Whether a pattern with slashes matches the whole of a path; takes time linear in both for one `**`."""
    wanted = _segments(pattern)
    given = path.split("/")
    if len(wanted) > MAX_SEGMENTS:
        return False
    if not _wild(wanted[0]) and wanted[0] != given[0]:
        return False
    reached = {0}
    for name in given:
        reached = {after for at in _skipped(reached, wanted) for after in _after(at, wanted, name)}
        if not reached:
            return False
    return any(all(rest == "**" for rest in wanted[at:]) for at in reached if at == len(wanted) or wanted[at] == "**")


def _wild(text: str) -> bool:
    return any(character in text for character in "*?[\\")


def _skipped(reached: set[int], wanted: list[str]) -> Iterator[int]:
    """The positions themselves, and those after each `**`, which may also match no folder."""
    for at in reached:
        yield at
        while at < len(wanted) - 1 and wanted[at] == "**":
            at += 1
            yield at


def _after(at: int, wanted: list[str], name: str) -> Iterator[int]:
    if at >= len(wanted):
        return
    if wanted[at] == "**":
        yield at
    elif _segment(wanted[at]).match(name):
        yield at + 1


@lru_cache(maxsize=1024)
def _segments(pattern: str) -> list[str]:
    """The names of a pattern; several `**` in a row say what one says."""
    names = pattern.strip("/").split("/")
    return [name for at, name in enumerate(names) if name != "**" or names[at - 1 : at] != ["**"]]


@lru_cache(maxsize=1024)
def _segment(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(fnmatch.translate(pattern.replace("[^", "[!").replace("\\", "")))
    except re.error:
        return re.compile(r"(?!)")
