"""Builds the error for a refused dialect: each problem with its line, and what to write."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from skills_build.errors import CodexError
from skills_build.numbers import whole_number
from skills_build.source.schema_findings import schema_findings
from skills_build.source.toml_places import with_places

_HELP: Final = "docs/dialects.md describes the keys, and `codexc schema dialect` prints their types"
_TABLE: Final = re.compile(r"`(?P<name>\w+)`: the value is a mapping, not a list")
_YAML_LIST: Final = re.compile(r"`\[(?P<items>[\w-]+(?:, [\w-]+)*)\]`")


def refusal(
    text: str, data: dict[str, Any], faults: Sequence[tuple[str, str]], *, name: str, schema: str
) -> CodexError:
    """Return the error for a dialect with problems. `faults` are keys and problems that its schema does not find."""
    problems = [*_problems(text, data, faults, schema)]
    if len(problems) == 1:
        line, message, help_ = problems[0]
        return CodexError(f"dialect `{name}`, line {line}: {message}", hint=help_ or _HELP)
    listed = "; ".join(
        f"line {line}: {message}{f' ({help_})' if help_ else ''}" for line, message, help_ in sorted(problems)
    )
    return CodexError(f"dialect `{name}`: {listed}", hint=_HELP)


def _problems(
    text: str, data: dict[str, Any], faults: Sequence[tuple[str, str]], schema: str
) -> Iterator[tuple[int, str, str]]:
    value = with_places(text, data)
    for finding in schema_findings(value, schema, path=""):
        yield finding.span.line, finding.message, _in_toml(finding.help or "", finding.message)
    for key, message in faults:
        parts = tuple(part if (number := whole_number(part)) is None else number for part in key.split(".", 2))
        yield value.place(parts).line, f"`{key}`: {message}", ""


def _in_toml(help_: str, message: str) -> str:
    """Return a help for YAML as one for TOML."""
    table = _TABLE.fullmatch(message)
    if table:
        return f"write `[[{table['name']}]]`"
    help_ = re.sub(r"below `(\w+):`, indented", r"below `[\1]`", help_)
    return _YAML_LIST.sub(lambda m: "`[" + ", ".join(f'"{item}"' for item in m["items"].split(", ")) + "]`", help_)
