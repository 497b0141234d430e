"""A description in the first person."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output

_SELF: Final = re.compile(r"\b(?:I|I'm|I'll|we|our|my)\b|^This skill\b", re.IGNORECASE)


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding where a description is written in the first person or starts with "This skill"."""
    for skill in output.skills:
        if match := _SELF.search(skill.description):
            yield Finding(
                code="CX205",
                message=f"description contains `{match[0]}`",
                path=f"skills/{skill.name}/SKILL.md",
                help="describe what the skill offers: `Rules for ... Use when ...`",
            )


LINT: Final = Lint(code="CX205", name="first-person-description", severity=Severity.WARNING, output=check)
