"""A fragment that displaces other instructions."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each fragment over its hard limit."""
    limit = context.config.budgets.fragment_hard
    for artifact in output.artifacts:
        if artifact.path.startswith("agents-md/") and len(artifact.data) > limit:
            yield Finding(
                code="CX505",
                message=f"fragment is {len(artifact.data):,} bytes (limit: {limit:,})",
                path=artifact.path,
                help="list fewer domains in the profile, or enforce fewer rules",
            )


LINT: Final = Lint(code="CX505", name="fragment-too-long", severity=Severity.ERROR, output=check)
