"""A check that finds a violation in a Good example of another rule."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.check_findings import trial_findings
from skills_build.model.check import Outcome
from skills_build.model.codex import Codex


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each Good example that a check of another rule finds."""
    yield from trial_findings(codex, context, "CX804", Outcome.FLAGS_OTHER)


LINT: Final = Lint(code="CX804", name="check-flags-other-rule", severity=Severity.WARNING, codex=check)
