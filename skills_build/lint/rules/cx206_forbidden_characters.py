"""A description that breaks a validator."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each description with `<`, `>` or `---`, which clients reject or split at."""
    for skill in output.skills:
        if match := re.search(r"[<>]|---", skill.description):
            yield Finding(
                code="CX206",
                message=f"description contains `{match[0]}`",
                path=f"skills/{skill.name}/SKILL.md",
                help="use words instead",
            )


LINT: Final = Lint(code="CX206", name="forbidden-characters", severity=Severity.ERROR, output=check)
