"""More skills than clients list."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding if names and descriptions together exceed the catalogue's budget."""
    used = sum(len(skill.name) + len(skill.description) for skill in output.skills)
    budget = context.config.budgets.catalogue
    if used > budget:
        exceeded = [limit for limit in output.limits if 0 < limit.catalogue_chars < used]
        cut = "".join(f"; {limit.title} reads {limit.catalogue_chars:,}" for limit in exceeded)
        yield Finding(
            code="CX210",
            message=f"the catalogue has {used:,} characters (budget: {budget:,}){cut}",
            path="skills",
            help="shorten descriptions, or combine standards with `skill:`",
        )


LINT: Final = Lint(code="CX210", name="catalogue-over-budget", severity=Severity.WARNING, output=check)
