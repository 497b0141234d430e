"""The same thing, required and forbidden."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.similarity import level_conflicts
from skills_build.model.codex import Codex
from skills_build.model.standard import Level


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding where one rule requires what another forbids, in the same words apart from language names."""
    help_ = "keep only one of the rules, or limit each rule with `Applies to`"
    yield from level_conflicts(codex, "CX307", _opposite, help_=help_)


def _opposite(first: Level, second: Level) -> bool:
    return first.negative != second.negative


LINT: Final = Lint(code="CX307", name="contradiction", severity=Severity.ERROR, codex=check)
