"""A check that does not find a Bad example of its own rule."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.check_findings import trial_findings
from skills_build.model.check import Outcome
from skills_build.model.codex import Codex


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each Bad example that a check of its rule does not find."""
    yield from trial_findings(codex, context, "CX802", Outcome.MISSES_BAD)


LINT: Final = Lint(code="CX802", name="check-misses-bad", severity=Severity.ERROR, codex=check)
