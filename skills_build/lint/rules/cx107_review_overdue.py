"""A standard whose review is overdue."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.dates import is_date
from skills_build.source.document import Document

_EVERY: Final = re.compile(r"(\d{1,3}) (day|week|month|year)s?")
_FIRST: Final = "2000-01-01"
"""Dates before this are typing errors or the zero of a computer."""
_DAYS: Final = {"day": 1, "week": 7}
_MONTHS: Final = {"month": 1, "year": 12}


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding where the last review is longer ago than `review_every`."""
    standard = document.standard
    if standard.reviewed and is_date(standard.reviewed) and standard.reviewed < _FIRST:
        yield Finding(
            code="CX107",
            message=f"`reviewed` is {standard.reviewed}, which cannot be the date of a review",
            path=document.path,
            span=standard.place("reviewed"),
            help="write the date of the last review",
        )
        return
    match = _EVERY.fullmatch(standard.review_every or "")
    if not standard.reviewed or not match:
        return
    try:
        due = _later(date.fromisoformat(standard.reviewed), int(match[1]), match[2])
        days_overdue = (date.fromisoformat(context.as_of) - due).days
    except (ValueError, OverflowError):
        return
    if days_overdue > 0:
        yield Finding(
            code="CX107",
            message=f"review has been overdue since {due.isoformat()}",
            path=document.path,
            span=standard.place("reviewed"),
            help="review the standard, then set `reviewed` to today's date",
        )


def _later(day: date, count: int, unit: str) -> date:
    """Return the day `count` units later; in a shorter month, its last day."""
    if unit in _DAYS:
        return day + timedelta(days=count * _DAYS[unit])
    months = day.year * 12 + day.month - 1 + count * _MONTHS[unit]
    first_of_next = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    return date(months // 12, months % 12 + 1, min(day.day, (first_of_next - timedelta(days=1)).day))


LINT: Final = Lint(code="CX107", name="review-overdue", severity=Severity.WARNING, document=check)
