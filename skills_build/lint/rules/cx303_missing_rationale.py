"""A requirement without a reason."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules
from skills_build.model.standard import Form
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule without a reason; for SHOULD and MAY the rationale of the standard is enough."""
    shared = bool(document.standard.why)
    for rule in live_rules(document):
        if rule.form is Form.ROW or rule.label("why") or (shared and not rule.level.binding):
            continue
        yield Finding(
            code="CX303",
            message=f"{rule.level} without a reason",
            path=document.path,
            span=rule.level_span or rule.span,
            help="add `**Why:**` and explain what goes wrong otherwise",
        )


LINT: Final = Lint(code="CX303", name="missing-rationale", severity=Severity.WARNING, document=check)
