"""The same thing at two levels."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.similarity import level_conflicts
from skills_build.model.codex import Codex
from skills_build.model.standard import Level


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding where statements that are the same apart from language names differ in how binding they are."""
    yield from level_conflicts(
        codex, "CX318", _differ_in_force, help_="give both rules the same level, or keep only one of them"
    )


def _differ_in_force(first: Level, second: Level) -> bool:
    return first != second and first.negative == second.negative


LINT: Final = Lint(code="CX318", name="same-text-other-level", severity=Severity.WARNING, codex=check)
