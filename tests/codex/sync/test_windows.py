"""Time windows by weekday."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from codex.sync.windows import Opening, Window, opening, weekdays
from skills_build.errors import CodexError

BERLIN = ZoneInfo("Europe/Berlin")


def window(days: str, start: str, end: str, zone: ZoneInfo = BERLIN) -> Window:
    return Window(days=weekdays(days.split()), start=time.fromisoformat(start), end=time.fromisoformat(end), zone=zone)


OFFICE = window("mon-thu", "08:00", "16:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "is_open", "until"),
    [
        ("2026-11-30T08:00+01:00", True, "2026-11-30T16:00+01:00"),
        ("2026-11-30T15:59+01:00", True, "2026-11-30T16:00+01:00"),
        ("2026-11-30T16:00+01:00", False, "2026-12-01T08:00+01:00"),
        ("2026-11-30T06:59Z", False, "2026-11-30T07:00Z"),
        ("2026-12-03T17:00+01:00", False, "2026-12-07T08:00+01:00"),
        ("2026-10-23T12:00+02:00", False, "2026-10-26T08:00+01:00"),
    ],
)
def test_a_window_opens_by_weekday_in_its_zone(now: str, is_open: bool, until: str) -> None:
    assert opening([[OFFICE]], at(now)) == Opening(is_open=is_open, until=at(until))


def test_a_window_may_end_on_the_next_day() -> None:
    night = window("fri", "22:00", "06:00")
    assert opening([[night]], at("2026-12-05T03:00+01:00")) == Opening(is_open=True, until=at("2026-12-05T06:00+01:00"))
    assert opening([[night]], at("2026-12-05T06:00+01:00")).until == at("2026-12-11T22:00+01:00")


def test_windows_that_touch_are_one() -> None:
    days = [window("mon", "00:00", "00:00"), window("tue", "00:00", "12:00")]
    assert opening([days], at("2026-11-30T10:00+01:00")) == Opening(is_open=True, until=at("2026-12-01T12:00+01:00"))


def test_all_conditions_have_to_hold() -> None:
    early, late = window("mon-fri", "06:00", "10:00"), window("tue", "09:00", "18:00")
    now = at("2026-11-30T09:30+01:00")
    assert opening([[early], [late]], now) == Opening(is_open=False, until=at("2026-12-01T09:00+01:00"))
    assert opening([[early], []], now).is_open
    assert opening([[], []], now) == Opening(is_open=True)
    assert opening([[window("mon", "06:00", "07:00")], [window("tue", "06:00", "07:00")]], now).until is None


def test_weekdays_are_words_and_ranges() -> None:
    assert weekdays(["fri-mon", "wed"]) == {4, 5, 6, 0, 2}
    assert weekdays([]) == set(range(7))
    with pytest.raises(CodexError, match="`monday` is not a weekday"):
        weekdays(["monday"])
