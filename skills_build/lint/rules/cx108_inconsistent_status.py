"""A status that contradicts its surroundings."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.standard import Status
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule whose status and labels do not fit together."""
    standard = document.standard
    for rule in standard.rules:
        title = standard.sections[rule.section].title.lower()
        message, help_ = "", ""
        if title == "withdrawn" and rule.tombstone is None:
            message, help_ = "is under Withdrawn but has no date", "add `**Withdrawn:** YYYY-MM.`"
        elif rule.tombstone is not None and not _is_date(rule.tombstone.date):
            message, help_ = (
                f"was withdrawn on `{rule.tombstone.date}`, which is not a date",
                "write YYYY-MM or YYYY-MM-DD",
            )
        elif rule.status and rule.status.status is Status.DEPRECATED and rule.label("use instead") is None:
            message, help_ = "is deprecated but names no replacement", "add `**Use instead:**` and an id"
        if message:
            text = f"`{rule.id or rule.statement[:40]}` {message}"
            yield Finding(code="CX108", message=text, path=document.path, span=rule.id_span or rule.span, help=help_)


def _is_date(text: str) -> bool:
    """Whether text is a month or a day of the calendar, `YYYY-MM` or `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == 7 else text).isoformat().startswith(text)
    except ValueError:
        return False


LINT: Final = Lint(code="CX108", name="inconsistent-status", severity=Severity.WARNING, document=check)
