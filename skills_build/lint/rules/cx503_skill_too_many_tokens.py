"""A SKILL.md with more tokens than recommended."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each SKILL.md over an estimate of 5,000 tokens (four bytes each)."""
    for artifact in output.artifacts:
        if artifact.path.startswith("skills/") and artifact.path.endswith("/SKILL.md") and len(artifact.data) > 20_000:
            yield Finding(
                code="CX503",
                message=f"SKILL.md has about {len(artifact.data) // 4:,} tokens (limit: 5,000)",
                path=artifact.path,
                help="split the skill with `skill:`",
            )


LINT: Final = Lint(code="CX503", name="skill-too-many-tokens", severity=Severity.WARNING, output=check)
