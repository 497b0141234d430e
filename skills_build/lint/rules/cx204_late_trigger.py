"""A trigger that clients may truncate."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding where `Use when` starts after the first 160 characters."""
    for skill in output.skills:
        start = skill.description.lower().find("use when")
        if start > 160:
            yield Finding(
                code="CX204",
                message=f"`Use when` starts at character {start + 1}, after the first 160",
                path=f"skills/{skill.name}/SKILL.md",
                help="shorten the text before `Use when`",
            )


LINT: Final = Lint(code="CX204", name="late-trigger", severity=Severity.WARNING, output=check)
