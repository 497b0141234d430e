"""A rule that ships but is defined nowhere, or twice."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule that is not defined exactly once, in a skill's references or in `people/`."""
    own = (artifact for artifact in output.artifacts if artifact.path.startswith(("skills/", "people/")))
    defined = Counter(place.id for artifact in own for place in artifact.sources if place.definition)
    for rule in (*(rule for skill in output.skills for rule in skill.rules), *output.people):
        if defined[rule.rule.id] != 1:
            yield Finding(
                code="CX512",
                message=f"rule `{rule.rule.id}` is defined {defined[rule.rule.id]} times in the output",
                path=rule.standard.path,
                span=rule.rule.span,
                help="this is a bug in codexc: report it and include this standard",
            )


LINT: Final = Lint(code="CX512", name="rule-lost", severity=Severity.ERROR, output=check)
