"""Reads the label `Selected by`: what a line of a change contains when a rule is about it.

The value is a list of RE2 patterns as code, separated by commas: an added line of code must match one of them. A word
before a pattern names other lines: `new` for an added line whose match no removed line contains, `removed` for a
removed line whose match no added line contains, `fewer` for removed lines with more matches than the added ones,
`comment` for an added comment, `message` for the message of a commit. A pattern may name a second one,
`` `time\\.sleep\\(` with `async def` ``, that some line shown in the change of the same file must match, and a third
one after `beside`, that the path of another changed file must match.
`; outside tests` or `; in tests` at the end limits all of them to those files.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

from skills_build.frozen import dataclass
from skills_build.source.patterns import linear_pattern
from skills_build.source.values import Problem

OUTSIDE: Final = "outside tests"
INSIDE: Final = "in tests"
_EXAMPLE: Final = "write patterns as code with commas between them: `` `subprocess\\.run\\(`, `shell=True` ``"
_ITEM: Final = re.compile(
    r"\s*(?:(?P<lines>new|removed|fewer|comment|message)\s+)?(`{1,9}+)(?P<match>.+?)\2(?!`)"
    r"(?:\s+with\s+(`{1,9}+)(?P<near>.+?)\4(?!`))?"
    r"(?:\s+beside\s+(`{1,9}+)(?P<beside>.+?)\6(?!`))?\s*"
)


class Lines(StrEnum):
    """The lines that a pattern is compared with: see above."""

    ADDED = "added"
    REMOVED = "removed"
    NEW = "new"
    FEWER = "fewer"
    COMMENT = "comment"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One pattern for an added or a removed line.

    A line of the file's change must match `near`, and the path of another changed file `beside`.
    """

    match: str
    near: str | None = None
    beside: str | None = None
    lines: Lines = Lines.ADDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """The signals of a rule, one of which is enough. `tests` is whether a file must be a test; None for all files."""

    any_of: tuple[Signal, ...]
    tests: bool | None = None


@lru_cache(maxsize=8192)
def read_signals(text: str) -> Signals | Problem:
    """Read the value of the label; return what is wrong with it, if anything is."""
    found: list[Signal] = []
    rest = text.strip().removesuffix(".")
    while True:
        item = _ITEM.match(rest)
        if item is None:
            shown = rest.strip()[:60].replace("`", "'")
            message = f"`{shown}` is not a pattern written as code" if shown else "`Selected by` has no value"
            return Problem(message=message, help=_EXAMPLE)
        lines = Lines(item["lines"] or "added")
        found.append(Signal(match=item["match"], near=item["near"], beside=item["beside"], lines=lines))
        rest = rest[item.end() :]
        if not rest.startswith(","):
            break
        rest = rest[1:]
    where = rest.strip().removeprefix(";").strip().lower()
    if where not in ("", OUTSIDE, INSIDE) or bool(where) is not rest.strip().startswith(";"):
        help_ = f"end with `; {OUTSIDE}` or `; {INSIDE}`, or write a comma before the next pattern"
        shown = rest.strip()[:60].replace("`", "'")
        return Problem(message=f"`{shown}` is not valid in `Selected by`", help=help_)
    wrong = next((problem for one in found if (problem := _invalid(one))), None)
    return wrong or Signals(any_of=tuple(found), tests={OUTSIDE: False, INSIDE: True}.get(where))


def _invalid(signal: Signal) -> Problem | None:
    for pattern in filter(None, (signal.match, signal.near, signal.beside)):
        try:
            empty = linear_pattern(pattern).matches_empty
        except ValueError as error:
            return Problem(message=f"`{pattern}` is not a pattern of RE2: {error}", help=_EXAMPLE)
        if empty:
            return Problem(message=f"`{pattern}` matches every line", help="require at least one character")
    return None
