"""A status that contradicts its surroundings."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.dates import is_date
from skills_build.model.standard import Status
from skills_build.source.document import Document
from skills_build.source.label_values import says_in_force


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule whose status and labels do not fit together."""
    standard = document.standard
    for rule in standard.rules:
        title = standard.sections[rule.section].title.lower()
        name = f"`{rule.id or rule.statement[:40]}`"
        message, help_, span = "", "", rule.id_span or rule.span
        if title == "withdrawn" and rule.tombstone is None:
            message, help_ = f"{name} is under Withdrawn but has no date", "add `**Withdrawn:** YYYY-MM.`"
        elif rule.tombstone is not None and not (is_date(date := rule.tombstone.date) or says_in_force(date)):
            span = next((label.value or label.span for label in rule.labels if label.name == "withdrawn"), span)
            message, help_ = (
                f"{name} was withdrawn on `{rule.tombstone.date}`, which is not a date",
                "write YYYY-MM or YYYY-MM-DD",
            )
        elif rule.status and rule.status.status is Status.DEPRECATED and rule.label("use instead") is None:
            message, help_ = f"{name} is deprecated but has no replacement", "add `**Use instead:**` with an id"
        if message:
            yield Finding(code="CX108", message=message, path=document.path, span=span, help=help_)


LINT: Final = Lint(code="CX108", name="inconsistent-status", severity=Severity.WARNING, document=check)
