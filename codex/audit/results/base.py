"""The results of one run of a linter, whatever it wrote them as."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from skills_build.errors import CodexError
from skills_build.frozen import dataclass

MAX_FINDINGS: Final = 100_000
"""Maximum number of findings in one file. More are an error, because ignoring them would look like compliance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinterFinding:
    """A finding of a linter. `path` is as the linter wrote it; lines and columns count from 1, 0 if unknown."""

    rule: str
    path: str
    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinterResults:
    """The content of a results file.

    `enabled` are the enabled rules; None if the file does not list them, so that the absence of findings proves
    nothing. `failed` is the reason why the run did not succeed. `commit` is the checked commit, if the file states it.
    """

    tool: str
    findings: tuple[LinterFinding, ...] = ()
    enabled: frozenset[str] | None = None
    failed: str | None = None
    commit: str | None = None
    ran: bool = True
    """False for linter settings, which list enabled rules but no findings."""
    source: str = ""
    """The name of the file, for messages."""


Read: TypeAlias = Callable[[Any], LinterResults]
"""Reads parsed JSON. Raises `LookupError`, `TypeError` or `ValueError` for anything else."""


def finding(row: Mapping[str, Any], rule: str, path: str, place: tuple[object, object], message: str) -> LinterFinding:
    """Return a finding; `place` is its line and column."""
    line, column = (number if isinstance(number, int) and not isinstance(number, bool) else 0 for number in place)
    return LinterFinding(
        rule=str(row[rule]), path=str(row[path]), line=max(line, 0), column=max(column, 0), message=str(row[message])
    )


def limited(results: LinterResults) -> LinterResults:
    """Return results of a size that can be handled. Raises `CodexError` for more."""
    if len(results.findings) > MAX_FINDINGS:
        raise CodexError(
            f"`{results.source}` has {len(results.findings):,} findings (limit: {MAX_FINDINGS:,})",
            hint="enable only the linter rules that are used in checks",
        )
    return results
