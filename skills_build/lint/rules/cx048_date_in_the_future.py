"""A review or a withdrawal on a day that has not come, and a rule whose sentence says that it is not in force."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.dates import is_date
from skills_build.lint.prose import live_rules, statement_prose, word_place
from skills_build.model.standard import CANONICAL, Rule, Status, status_on
from skills_build.source.document import Document

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY: Final = (
    r"(?:(?P<iso>20\d\d-\d\d(?:-\d\d)?)|(?:(?:the\s)?(?:beginning|start|end|middle)\sof\s)?(?:\d{1,2}\.?\s)?"
    rf"(?:(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?\s(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s)?|Q(?P<quarter>[1-4])\s)?(?P<year>20\d\d))(?![\w-])"
)
_PERIOD: Final = re.compile(
    rf"(?P<words>(?:(?:from|as\sfrom|as\sof|effective(?:\sfrom)?|(?:starting|beginning)(?:\s(?:in|from|on|with|at))?|after)"
    rf"|(?P<until>until|through))\s{_DAY}(?P<on>\son(?:wards?)?(?!\w))?)",
    re.IGNORECASE,
)
"""When a sentence says that its rule begins or ends."""


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
                message=f"`{rule.id}` has a withdrawal date in the future ({day}), but the rule is already excluded",
                path=document.path,
                span=label.value or label.span,
                help="write the date on which the rule was withdrawn, or `**Status:** deprecated` until that date",
            )
    if standard.dialect == CANONICAL:
        for rule in live_rules(document):
            if status_on(standard, rule, context.as_of) in (Status.APPROVED, Status.ENFORCED):
                yield from _period(document, rule, context.as_of)


def _period(document: Document, rule: Rule, today: str) -> Iterator[Finding]:
    """Yield a finding for a rule that is in force although its sentence says that it begins later or has ended."""
    if "20" not in rule.statement:
        return
    text = statement_prose(rule.statement)
    match = next((m for m in _PERIOD.finditer(text) if _is_set_apart(m, text)), None)
    if match is None:
        return
    month = _MONTHS.index(match["month"].lower()) + 1 if match["month"] else 3 * int(match["quarter"] or 0) - 2
    day = match["iso"] or (f"{match['year']}-{month:02}" if month > 0 else match["year"])
    if (match["until"] and day >= today[: len(day)]) or (not match["until"] and day <= today[: len(day)]):
        return
    words = match["words"]
    first = f"{day}{'-01' * ((10 - len(day)) // 3)}"
    message = f"`{rule.id}` says `{words}`, but is already in force"
    help_ = (
        f"write `**Status:** draft, enforced from {first}` below the rule, or write `approved` instead of `enforced`"
    )
    if match["until"]:
        message, help_ = f"`{rule.id}` says `{words}`, but is still in force", "withdraw the rule, or remove the date"
    yield Finding(code="CX048", message=message, path=document.path, span=word_place(document, rule, words), help=help_)


def _is_set_apart(match: re.Match[str], text: str) -> bool:
    """Return whether words are about the whole sentence: at its start, between commas, or at its end."""
    before, after = text[: match.start()].rstrip(" *_"), text[match.end() :].lstrip(" *_")
    begins, ends = not before or before[-1] in ".,(\u2013\u2014", not after or after[0] in ".,):\u2013\u2014"
    if begins and ends:
        return bool(before or after)
    is_start = match["words"][:5].lower() not in ("from ", "after") or bool(match["on"])
    return bool(before) and not after.strip(".") and is_start and not match["until"]


LINT: Final = Lint(code="CX048", name="date-in-the-future", severity=Severity.WARNING, document=check)
