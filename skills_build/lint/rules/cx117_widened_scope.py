"""A rule with a wider scope than its standard."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document
from skills_build.source.terms import unknown_word


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule whose scope names something that the scope of its standard leaves out."""
    standard = document.standard
    for rule in standard.rules:
        for kind in ("languages", "technologies", "kinds"):
            outer = getattr(standard.scope, kind)
            own = getattr(context.config, kind, ())
            inner = [word for word in getattr(rule.scope, kind) if not unknown_word(kind, word, own)]
            extra = [word for word in inner if outer and word not in outer]
            if extra:
                label = next((lb for lb in rule.labels if lb.name == "applies to"), None)
                yield Finding(
                    code="CX117",
                    message=f"`{rule.id}` applies to `{extra[0]}`, which its standard does not cover",
                    path=document.path,
                    span=label.span if label else rule.span,
                    help=f"add the value to the standard's `applies_to.{kind}`, or remove it here",
                )


LINT: Final = Lint(code="CX117", name="widened-scope", severity=Severity.WARNING, document=check)
