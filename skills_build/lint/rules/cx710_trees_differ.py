"""Copies of one skill that differ."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output

_TREES: Final = {"agents": "targets/agents/.agents/skills/", "claude": "targets/claude/.claude/skills/"}


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each file of a client's copy that differs from the canonical skill."""
    for start in _TREES.values():
        for path, data in sorted(output.files.items()):
            name = path.removeprefix(start)
            if path.startswith(start) and "/agents/" not in name and output.files.get(f"skills/{name}") != data:
                help_ = "this is a bug in codexc: report it"
                yield Finding(code="CX710", message=f"differs from `skills/{name}`", path=path, help=help_)


LINT: Final = Lint(code="CX710", name="trees-differ", severity=Severity.ERROR, output=check)
