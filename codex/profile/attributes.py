"""Reads the attributes in `.gitattributes` files that language statistics use, such as `linguist-vendored`.

The attributes are those of https://github.com/github-linguist/linguist/blob/main/docs/overrides.md. Patterns follow
https://git-scm.com/docs/gitattributes: without a slash they match a name at any depth, `**` crosses folders, the last
matching line wins, and a file deeper in the tree wins over one above it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Final

from skills_build.frozen import dataclass
from skills_build.globs import matches_plain

NAMES: Final = ("vendored", "generated", "documentation", "detectable", "language")
MAX_RULES: Final = 300
_PREFIX: Final = "linguist-"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRule:
    """One line: `values` maps `vendored` and so on to `true`, `false`, a language, or None for unspecified."""

    folder: str
    pattern: str
    values: Mapping[str, str | None]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """The attributes of one path; `evidence` maps each name to the line that sets it."""

    values: Mapping[str, str | None] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)

    def is_set(self, name: str) -> bool | None:
        """Return True where the attribute is set, False where it is unset, None where it is unspecified."""
        value = self.values.get(name)
        return None if value is None else value != "false"


NO_ATTRIBUTES: Final = Attributes()


def parse_attributes(folder: str, path: str, text: str) -> Iterator[AttributeRule]:
    """Yield the rules of one `.gitattributes` that concern languages, in order of the file."""
    for line in text.split("\n"):
        pattern, _, rest = _split_line(line.strip())
        # Unlike in .gitignore, negative patterns are forbidden and a pattern for a folder matches no file below it:
        # https://git-scm.com/docs/gitattributes#_description. Macros (`[attr]`) are not expanded.
        if not pattern or pattern.startswith(("#", "[attr]", "!")) or pattern.endswith("/"):
            continue
        values = dict(value for value in map(_parse_attribute, rest.split()) if value)
        if values:
            yield AttributeRule(folder=folder, pattern=pattern, values=values, evidence=f"{path}#{pattern}")


def attributes_of(paths: Iterable[str], rules: tuple[AttributeRule, ...]) -> dict[str, Attributes]:
    """Return the attributes of each path that has any; `rules` come in order, those of outer files first."""
    rules_by_first_name: dict[str, list[int]] = defaultdict(list)
    for number, rule in enumerate(rules):
        rules_by_first_name[_first_name(rule)].append(number)
    attributes_by_path: dict[str, Attributes] = {}
    for path in paths if rules else ():
        numbers = sorted([*rules_by_first_name.get("", ()), *rules_by_first_name.get(path.partition("/")[0], ())])
        attributes = _attributes_of_path(path, tuple(rules[number] for number in numbers)) if numbers else NO_ATTRIBUTES
        if attributes is not NO_ATTRIBUTES:
            attributes_by_path[path] = attributes
    return attributes_by_path


def _first_name(rule: AttributeRule) -> str:
    """Return the first name of every path that a rule can match; empty where it can be any."""
    anchored = rule.folder or (rule.pattern.lstrip("/") if "/" in rule.pattern else "*")
    first = anchored.partition("/")[0]
    return "" if not rule.folder and _has_wildcard(first) else first


def _attributes_of_path(path: str, rules: tuple[AttributeRule, ...]) -> Attributes:
    values: dict[str, str | None] = {}
    evidence: dict[str, str] = {}
    for rule in rules:
        if _matches(rule, path):
            values.update(rule.values)
            evidence.update(dict.fromkeys(rule.values, rule.evidence))
    return Attributes(values=values, evidence=evidence) if values else NO_ATTRIBUTES


def _split_line(line: str) -> tuple[str, str, str]:
    if line.startswith('"') and line.find('"', 1) > 0:
        end = line.index('"', 1)
        return line[1:end], "", line[end + 1 :]
    pattern, _, rest = line.replace("\t", " ").partition(" ")
    return pattern, "", rest


def _parse_attribute(token: str) -> tuple[str, str | None] | None:
    name, equals, value = token.lstrip("-!").partition("=")
    if not name.startswith(_PREFIX) or name.removeprefix(_PREFIX) not in NAMES:
        return None
    name = name.removeprefix(_PREFIX)
    if token.startswith("!"):
        return name, None
    if token.startswith("-"):
        return name, "false"
    return name, value if equals and value else "true"


def _matches(rule: AttributeRule, path: str) -> bool:
    if rule.folder:
        if not path.startswith(f"{rule.folder}/"):
            return False
        path = path[len(rule.folder) + 1 :]
    if "/" not in rule.pattern:
        return matches_plain(path.rpartition("/")[2], rule.pattern)
    return matches_plain(path, rule.pattern)


def _has_wildcard(text: str) -> bool:
    return any(character in text for character in "*?[\\")
