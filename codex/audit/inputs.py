"""The input of an audit or a review."""

from collections.abc import Callable

from codex.audit.results.base import LinterResults
from skills_build.checks.base import Subject
from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The input of an audit. `located` maps a path in linter results to one in the repository, or None."""

    subject: Subject
    results: tuple[LinterResults, ...]
    located: Callable[[str], str | None]
    day: str
    commit: str | None = None

    @property
    def linters(self) -> tuple[str, ...]:
        """The linters with results, unless these are known to be for another commit."""
        current = (one.tool for one in self.results if not (one.commit and self.commit) or one.commit == self.commit)
        return tuple(sorted(set(current)))

    def results_of(self, linter: str | None) -> tuple[LinterResults, ...]:
        """Return the results of one linter."""
        return tuple(one for one in self.results if one.tool == linter)
