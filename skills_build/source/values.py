"""Typed values as authors write them: statuses and dates. What is not valid gives a reason and what to write."""

import re
from datetime import date
from typing import Final

from skills_build.frozen import dataclass
from skills_build.model.standard import Status
from skills_build.numbers import whole_number
from skills_build.source.similar import nearest

STATUS_FORM: Final = "`approved`, `enforced from 2027-01-15` or `approved, enforced from 2027-01-15`"
STATUS_WORDS: Final = tuple(Status)
_STATUS: Final = re.compile(
    r"(?P<first>[^\s,]+)(?:(?:,\s*|\s+)(?P<then>(?!(?:from|since|starting|after|on|as)\b)[^\s,\d]+))?"
    r"(?:\s+(?P<word>from|since|starting(?: from| on)?|after|on|as of)\s+(?P<day>.+))?",
    re.IGNORECASE,
)
_MAX_STATUS: Final = 100
_SYNONYMS: Final = {
    "enforce": "enforced",
    "enforcing": "enforced",
    "mandatory": "enforced",
    "accepted": "approved",
    "active": "approved",
    "proposed": "draft",
    "wip": "draft",
    "obsolete": "deprecated",
    "removed": "withdrawn",
    "retired": "withdrawn",
}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s.-]+(?P<m>[a-z]{3,9})\.?,?[\s-]+(?P<y>\d{4})",
        r"(?P<m>[a-z]{3,9})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})",
        r"(?P<y>\d{4})[-/.\u2010-\u2015](?P<m>\d{1,2})[-/.\u2010-\u2015](?P<d>\d{1,2})",
        r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})",
        r"(?P<d>1[3-9]|2\d|3[01])/(?P<m>\d{1,2})/(?P<y>\d{4})",
        r"(?P<m>\d{1,2})/(?P<d>1[3-9]|2\d|3[01])/(?P<y>\d{4})",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a value is not valid, what to write, and the value to put in its place, if there is only one."""

    message: str
    help: str
    suggestion: str | None = None


def is_day(text: str) -> bool:
    """Return whether a text is a day of the calendar, YYYY-MM-DD."""
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)) and _day(*map(int, text.split("-"))) is not None


def is_month_or_day(text: str) -> bool:
    """Return whether a text is YYYY-MM or YYYY-MM-DD, of the calendar."""
    return is_day(f"{text}-01" if re.fullmatch(r"\d{4}-\d{2}", text) else text)


def day_named(text: str) -> str | None:
    """Return a date in another unambiguous form as YYYY-MM-DD: `15 Jan 2027`, `2027/1/15`, `15.01.2027`."""
    for form in _DAY_FORMS:
        match = form.fullmatch(text.strip().rstrip("."))
        if match and (month := _month(match["m"])):
            return _day(int(match["y"]), month, int(match["d"]))
    return None


def _month(text: str) -> int:
    number = whole_number(text)
    if number is not None:
        return number
    return _MONTHS.index(text[:3].lower()) + 1 if text[:3].lower() in _MONTHS else 0


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def day_problem(text: str) -> Problem | None:
    """Return the problem of a date, None if it is a day of the calendar as YYYY-MM-DD."""
    if is_day(text):
        return None
    named = day_named(text)
    if named:
        return Problem(message=f"`{text}` is not in the form YYYY-MM-DD", help=f"write `{named}`", suggestion=named)
    impossible = re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text)
    message = f"`{text}` is not a valid date" if impossible else f"`{text}` is not a date"
    return Problem(message=message, help="write the date as YYYY-MM-DD, such as `2027-01-15`")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusWords:
    """The words of a status: `first`, and `then` from `day`. A single status with a day holds from that day."""

    first: str
    then: str | None
    day: str | None


def status_words(text: str) -> StatusWords | None:
    """Return the words of a status in its canonical form; None for anything else, which `status_problem` explains."""
    match = _STATUS.fullmatch(text.strip()[:_MAX_STATUS])
    if match is None or (match["day"] and not (match["word"].lower() == "from" and is_day(match["day"].strip()))):
        return None
    return StatusWords(first=match["first"], then=match["then"], day=match["day"] and match["day"].strip())


def status_problem(text: str) -> Problem | None:
    """Return the problem of a status with or without a date, None if it is valid in any case of letters."""
    words = ", ".join(f"`{word}`" for word in STATUS_WORDS)
    match = _STATUS.fullmatch(text.strip()[:_MAX_STATUS])
    if match is None:
        return Problem(
            message=f"`{text[:_MAX_STATUS]}` is not a status", help=f"use one of {words}, as in {STATUS_FORM}"
        )
    first, then = match["first"], match["then"]
    for word in filter(None, (first, then)):
        if word.lower() not in STATUS_WORDS:
            return _unknown_word(word, match, words)
    day = match["day"]
    if day is None:
        missing = Problem(message=f"`{text}` has two statuses but no date", help=f"write {STATUS_FORM}")
        return missing if then else None
    problem = day_problem(day.strip())
    if problem:
        suggestion = _written(first, then, problem.suggestion) if problem.suggestion else None
        help_ = f"write `{suggestion}`" if suggestion else problem.help
        return Problem(message=problem.message, help=help_, suggestion=suggestion)
    if match["word"].lower() != "from":
        suggestion = _written(first, then, day.strip())
        message = f"`{match['word']}` is not valid before the date of a status"
        return Problem(message=message, help=f"write `{suggestion}`", suggestion=suggestion)
    return None


def _unknown_word(word: str, match: re.Match[str], words: str) -> Problem:
    is_one = len(re.findall(r"[^\W\d_]+", word)) == 1
    near = _SYNONYMS.get(word.lower()) or (nearest(word, STATUS_WORDS) if is_one else None)
    message = f"`{word}` is not a status"
    if near is None:
        return Problem(message=message, help=f"use one of {words}")
    first, then = (near if part == word else part for part in (match["first"], match["then"]))
    day = match["day"]
    fixed_day = day and (day.strip() if is_day(day.strip()) else day_named(day.strip()))
    suggestion = _written(first, then, fixed_day) if bool(day) == bool(fixed_day) else None
    if suggestion and status_problem(suggestion):
        suggestion = None
    return Problem(
        message=message, help=f"did you mean `{suggestion or near}`? the statuses are {words}", suggestion=suggestion
    )


def _written(first: str, then: str | None, day: str | None) -> str:
    """Return a status in its one form."""
    status = f"{first}, {then}" if then else first
    return f"{status} from {day}".lower() if day else status.lower()
