"""A description over its budget."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each description over the budget of codex.yaml."""
    budget = context.config.budgets.description
    for skill in output.skills:
        if budget < len(skill.description) <= 1024:
            yield Finding(
                code="CX212",
                message=f"description has {len(skill.description)} characters (budget: {budget})",
                path=f"skills/{skill.name}/SKILL.md",
                help="shorten the description, or raise `budgets.description`",
            )


LINT: Final = Lint(code="CX212", name="description-over-budget", severity=Severity.WARNING, output=check)
