"""A rule that ships but is defined nowhere, or twice."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule of a skill that is not defined exactly once in its references."""
    defined = Counter(
        place.id for a in output.artifacts if a.path.startswith("skills/") for place in a.sources if place.definition
    )
    for skill in output.skills:
        for rule in skill.rules:
            if defined[rule.rule.id] != 1:
                yield Finding(
                    code="CX512",
                    message=f"rule `{rule.rule.id}` is defined {defined[rule.rule.id]} times in the output",
                    path=rule.standard.path,
                    span=rule.rule.span,
                    help="this is a bug in codexc: report it with this standard",
                )


LINT: Final = Lint(code="CX512", name="rule-lost", severity=Severity.ERROR, output=check)
