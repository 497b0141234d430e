"""A SKILL.md that a client truncates."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each SKILL.md over the limit of the strictest client."""
    for artifact in output.artifacts:
        if (
            artifact.path.startswith("skills/")
            and artifact.path.endswith("/SKILL.md")
            and len(artifact.data)
            > min((limit.skill_bytes for limit in output.limits if limit.skill_bytes), default=8000)
        ):
            yield Finding(
                code="CX501",
                message=f"SKILL.md is {len(artifact.data):,} bytes; Codex CLI truncates it at 8,000 bytes",
                path=artifact.path,
                help="assign fewer standards to this skill, or shorten their introductions",
            )


LINT: Final = Lint(code="CX501", name="skill-too-long", severity=Severity.ERROR, output=check)
