"""A SKILL.md with more lines than recommended."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each SKILL.md over the 500 lines that the format recommends."""
    for artifact in output.artifacts:
        if (
            artifact.path.startswith("skills/")
            and artifact.path.endswith("/SKILL.md")
            and artifact.data.count(b"\n") > 500
        ):
            yield Finding(
                code="CX502",
                message=f"SKILL.md has {artifact.data.count(10):,} lines (limit: 500)",
                path=artifact.path,
                help="split the skill with `skill:`",
            )


LINT: Final = Lint(code="CX502", name="skill-too-many-lines", severity=Severity.WARNING, output=check)
