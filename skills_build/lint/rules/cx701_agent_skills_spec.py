"""A skill that violates the specification."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.clients.skills_ref import faults
from skills_build.model.bundle import Output

_ENTRY: Final = re.compile(r"skills/([^/]+)/SKILL\.md")


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each SKILL.md that the reference validator rejects."""
    for path, data in sorted(output.files.items()):
        match = _ENTRY.fullmatch(path)
        for fault in faults(match[1], data) if match else ():
            yield Finding(
                code="CX701", message=fault, path=path, help="`agentskills validate` reports the same problem"
            )


LINT: Final = Lint(code="CX701", name="agent-skills-spec", severity=Severity.ERROR, output=check)
