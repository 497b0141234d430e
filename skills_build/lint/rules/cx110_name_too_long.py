"""A skill name that clients reject."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each skill whose name breaks the format: 1-64 of a-z, 0-9 and single hyphens."""
    for skill in output.skills:
        if len(skill.name) > 64 or not _NAME.fullmatch(skill.name):
            yield Finding(
                code="CX110",
                message=f"`{skill.name}` is not a valid skill name",
                path=f"skills/{skill.name}/SKILL.md",
                help="change `namespace` or the `skill:` key: at most 64 characters of a-z, 0-9 and single hyphens",
            )


LINT: Final = Lint(code="CX110", name="name-too-long", severity=Severity.ERROR, output=check)
