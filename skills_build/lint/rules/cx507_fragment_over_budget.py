"""A fragment over its own budget."""

from collections.abc import Iterator

from skills_build.diagnostics import Finding
from skills_build.lint.kinds import Context
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each fragment over the bytes, lines or tokens of codex.yaml."""
    for artifact in output.artifacts:
        if artifact.path.startswith("agents-md/") and (
            len(artifact.data) > context.config.budgets.fragment
            or artifact.data.count(b"\n") > context.config.budgets.fragment_lines
        ):
            yield Finding(
                code="CX507",
                message=f"fragment has {len(artifact.data):,} bytes and {artifact.data.count(10)} lines, the budget is {context.config.budgets.fragment:,} and {context.config.budgets.fragment_lines}",
                path=artifact.path,
                help="shorten titles of skills, or raise `budgets.fragment`",
            )
