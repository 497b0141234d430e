"""A review or a withdrawal on a day that has not come."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.dates import is_date
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each such date. The day after today may have begun elsewhere."""
    standard = document.standard
    latest = (date.fromisoformat(context.as_of) + timedelta(days=1)).isoformat()
    if standard.reviewed and is_date(standard.reviewed) and standard.reviewed > latest:
        yield Finding(
            code="CX048",
            message=f"`reviewed` is in the future: {standard.reviewed}",
            path=document.path,
            span=standard.place("reviewed"),
            help="write the date of the last review",
        )
    for rule in standard.rules:
        day = rule.tombstone.date if rule.tombstone else ""
        if is_date(day) and day > latest[: max(len(day), 4)]:
            label = next(label for label in rule.labels if label.name == "withdrawn")
            yield Finding(
                code="CX048",
                message=f"`{rule.id}` has a withdrawal date in the future: {day}; the rule is already left out",
                path=document.path,
                span=label.value or label.span,
                help="write the date on which it was withdrawn, or `**Status:** deprecated` until then",
            )


LINT: Final = Lint(code="CX048", name="date-in-the-future", severity=Severity.WARNING, document=check)
