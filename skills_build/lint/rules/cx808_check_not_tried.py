"""A check that could not be tried on its examples."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.check_findings import trial_findings
from skills_build.model.check import Outcome
from skills_build.model.codex import Codex


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each check that could not be tried."""
    yield from trial_findings(codex, context, "CX808", Outcome.NOT_TRIED)


LINT: Final = Lint(code="CX808", name="check-not-tried", severity=Severity.INFO, codex=check)
