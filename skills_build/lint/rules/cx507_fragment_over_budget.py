"""A fragment over its own budget."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each fragment over the bytes or lines of codex.yaml."""
    budgets = context.config.budgets
    for artifact in output.artifacts:
        size, lines = len(artifact.data), artifact.data.count(b"\n")
        if artifact.path.startswith("agents-md/") and (size > budgets.fragment or lines > budgets.fragment_lines):
            budget = f"{budgets.fragment:,} and {budgets.fragment_lines}"
            yield Finding(
                code="CX507",
                message=f"fragment is {size:,} bytes and {lines} lines long (budget: {budget})",
                path=artifact.path,
                help="shorten skill titles, or raise `budgets.fragment`",
            )


LINT: Final = Lint(code="CX507", name="fragment-over-budget", severity=Severity.WARNING, output=check)
