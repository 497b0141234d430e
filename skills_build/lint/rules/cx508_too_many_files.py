"""A skill that is too large for installers."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each skill of more than 1,000 files or 10 MiB, which `npx skills` rejects."""
    for skill in output.skills:
        own = [a for a in output.artifacts if a.path.startswith(f"skills/{skill.name}/")]
        size = sum(len(a.data) for a in own)
        if len(own) > 1000 or size > 10 * 1024 * 1024:
            yield Finding(
                code="CX508",
                message=f"skill `{skill.name}` contains {len(own):,} files ({size:,} bytes)",
                path=f"skills/{skill.name}",
                help="split the skill with `skill:`; installers accept at most 1,000 files and 10 MiB",
            )


LINT: Final = Lint(code="CX508", name="too-many-files", severity=Severity.ERROR, output=check)
