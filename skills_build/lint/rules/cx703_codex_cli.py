"""A skill that Codex CLI drops or truncates."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.clients.codex_cli import faults
from skills_build.model.bundle import Output

_ENTRY: Final = re.compile(r"skills/([^/]+)/SKILL\.md")


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each SKILL.md that exceeds the limits of Codex CLI."""
    for path, data in sorted(output.files.items()):
        match = _ENTRY.fullmatch(path)
        for fault in faults(data, plugin=context.config.namespace) if match else ():
            yield Finding(code="CX703", message=fault, path=path, help="shorten `namespace` in codex.yaml")


LINT: Final = Lint(code="CX703", name="codex-cli", severity=Severity.ERROR, output=check)
