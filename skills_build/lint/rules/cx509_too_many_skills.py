"""More skills than an agent can choose from."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding if there are more skills than the budget allows."""
    budget = context.config.budgets.skills
    if len(output.skills) > budget:
        yield Finding(
            code="CX509",
            message=f"there are {len(output.skills)} skills (budget: {budget})",
            path="skills",
            help="combine domains with `skill:`, or raise `budgets.skills`",
        )


LINT: Final = Lint(code="CX509", name="too-many-skills", severity=Severity.WARNING, output=check)
