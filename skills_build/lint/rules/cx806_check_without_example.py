"""A check that cannot be tried, because its rule lacks an example."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.check_findings import trial_findings
from skills_build.model.check import Outcome
from skills_build.model.codex import Codex


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each check whose rule has no Bad or no Good example for it."""
    yield from trial_findings(codex, context, "CX806", Outcome.NO_EXAMPLE)


LINT: Final = Lint(code="CX806", name="check-without-example", severity=Severity.INFO, codex=check)
