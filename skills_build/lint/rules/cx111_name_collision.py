"""Two skills with the same name."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each name that several skills have."""
    counted = Counter(skill.name for skill in output.skills)
    for name in sorted(name for name, count in counted.items() if count > 1):
        yield Finding(
            code="CX111",
            message=f"{counted[name]} skills are named `{name}`",
            path=f"skills/{name}/SKILL.md",
            help="set a different `skill:` key for one of the standards",
        )


LINT: Final = Lint(code="CX111", name="name-collision", severity=Severity.ERROR, output=check)
