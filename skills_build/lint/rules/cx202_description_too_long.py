"""A description that clients truncate."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output

MAX_LENGTH: Final = 1024


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each description over the 1,024 characters of the format."""
    for skill in output.skills:
        if len(skill.description) > MAX_LENGTH:
            yield Finding(
                code="CX202",
                message=f"description has {len(skill.description):,} characters (limit: {MAX_LENGTH:,})",
                path=f"skills/{skill.name}/SKILL.md",
                help="shorten the description: state what the skill is for and when to use it",
            )


LINT: Final = Lint(code="CX202", name="description-too-long", severity=Severity.ERROR, output=check)
