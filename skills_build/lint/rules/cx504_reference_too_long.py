"""A reference that is too long to read at once."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Artifact, Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each reference over its budget, or over 300 lines without a table of contents."""
    for artifact in output.artifacts:
        if "/references/" in artifact.path and artifact.path.startswith("skills/") and _wrong(artifact, context):
            yield Finding(
                code="CX504",
                message=_wrong(artifact, context),
                path=artifact.path,
                help="split the standard by headings, or move part of it to another `skill:`",
            )


def _wrong(artifact: Artifact, context: Context) -> str:
    budget = context.config.budgets.reference
    if len(artifact.data) > budget:
        return f"reference is {len(artifact.data):,} bytes (budget: {budget:,})"
    lines = artifact.data.count(b"\n")
    if lines > 300 and b"\n## Contents\n" not in artifact.data:
        return f"reference has {lines:,} lines and no table of contents"
    return ""


LINT: Final = Lint(code="CX504", name="reference-too-long", severity=Severity.WARNING, output=check)
