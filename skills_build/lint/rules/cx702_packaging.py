"""A skill that cannot be packaged."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.clients.packaging import faults
from skills_build.model.bundle import Output

_ENTRY: Final = re.compile(r"skills/([^/]+)/SKILL\.md")


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each SKILL.md that the packaging script rejects."""
    for path, data in sorted(output.files.items()):
        match = _ENTRY.fullmatch(path)
        for fault in faults(data) if match else ():
            yield Finding(code="CX702", message=fault, path=path, help="Claude's packaging script rejects this file")


LINT: Final = Lint(code="CX702", name="packaging", severity=Severity.ERROR, output=check)
