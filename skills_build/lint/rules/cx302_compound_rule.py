"""Two requirements in one rule."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding at the second keyword of each statement."""
    for rule in live_rules(document):
        if len(rule.keywords) > 1:
            yield Finding(
                code="CX302",
                message=f"rule has {len(rule.keywords)} keywords; only `{rule.keywords[0].word}` counts",
                path=document.path,
                span=rule.keywords[1].span,
                help="split it into two rules, or write the second keyword in lower case",
            )


LINT: Final = Lint(code="CX302", name="compound-rule", severity=Severity.WARNING, document=check)
