"""A description without a trigger."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each description without a clause that says when to use the skill."""
    for skill in output.skills:
        if "use when" not in skill.description.lower() and "use this when" not in skill.description.lower():
            yield Finding(
                code="CX203",
                message="description does not say when to use the skill",
                path=f"skills/{skill.name}/SKILL.md",
                help=f"add `Use when ...` to `skills.{skill.key}.description` in codex.yaml",
            )


LINT: Final = Lint(code="CX203", name="description-without-trigger", severity=Severity.WARNING, output=check)
