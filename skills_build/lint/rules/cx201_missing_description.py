"""A skill without a description."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each skill without a description."""
    for skill in output.skills:
        if not skill.description.strip():
            yield Finding(
                code="CX201",
                message=f"skill `{skill.name}` has no description",
                path=f"skills/{skill.name}/SKILL.md",
                help=f"set `skills.{skill.key}.description` in codex.yaml",
            )


LINT: Final = Lint(code="CX201", name="missing-description", severity=Severity.ERROR, output=check)
