"""A SKILL.md over its own budget."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each SKILL.md over the budget of codex.yaml."""
    for artifact in output.artifacts:
        if (
            artifact.path.startswith("skills/")
            and artifact.path.endswith("/SKILL.md")
            and len(artifact.data) > context.config.budgets.skill
        ):
            yield Finding(
                code="CX510",
                message=f"SKILL.md is {len(artifact.data):,} bytes (budget: {context.config.budgets.skill:,})",
                path=artifact.path,
                help="shorten introductions, split the skill, or raise `budgets.skill`",
            )


LINT: Final = Lint(code="CX510", name="skill-over-budget", severity=Severity.WARNING, output=check)
