"""Time windows: when a sync may write, by weekday and time of day. Pure: time zones are given."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from skills_build.errors import CodexError
from skills_build.frozen import dataclass

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AHEAD: Final = 15
"""Number of days to look ahead: two weeks, and one day for time zones."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time of day on some weekdays, in a time zone. If `end` is not after `start`, it ends on the next day."""

    days: frozenset[int]
    start: time
    end: time
    zone: tzinfo

    def spans(self, now: datetime) -> Iterator[Span]:
        """Yield the times from yesterday on, in UTC."""
        today = now.astimezone(self.zone).date()
        for offset in range(-1, _AHEAD):
            day = today + timedelta(days=offset)
            if day.weekday() in self.days:
                last = day if self.end > self.start else day + timedelta(days=1)
                begin = datetime.combine(day, self.start, self.zone).astimezone(UTC)
                yield begin, datetime.combine(last, self.end, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Whether writing is allowed, and until when that stays so; None if it never changes."""

    is_open: bool
    until: datetime | None = None


ALWAYS: Final = Opening(is_open=True)


def opening(conditions: Sequence[Sequence[Window]], now: datetime) -> Opening:
    """Return whether it is open at `now`: in a window of each condition. A condition without windows always holds."""
    given = [condition for condition in conditions if condition]
    if not given:
        return ALWAYS
    spans = _union(given[0], now)
    for condition in given[1:]:
        spans = _common(spans, _union(condition, now))
    for begin, end in spans:
        if begin <= now < end:
            return Opening(is_open=True, until=end)
    return Opening(is_open=False, until=next((begin for begin, _ in spans if begin > now), None))


def _union(windows: Sequence[Window], now: datetime) -> list[Span]:
    """Merge the times of windows that overlap or follow each other."""
    merged: list[Span] = []
    for begin, end in sorted(span for window in windows for span in window.spans(now)):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return merged


def _common(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    common = [(max(a, c), min(b, d)) for a, b in left for c, d in right]
    return sorted((begin, end) for begin, end in common if begin < end)


def weekdays(words: Sequence[str]) -> frozenset[int]:
    """Return the numbers of weekdays: `mon` or `mon-thu`; without words, all. Raises `CodexError` for other words."""
    if not words:
        return frozenset(range(7))
    return frozenset(day for word in words for day in _range(word))


def _range(word: str) -> Iterator[int]:
    first, dash, last = word.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise CodexError(f"`{word}` is not a weekday", hint="write a day such as `mon`, or a range such as `mon-thu`")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    yield from ((begin + step) % 7 for step in range((end - begin) % 7 + 1))
