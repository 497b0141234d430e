"""Dates as lints read them."""

from datetime import date


def is_date(text: str) -> bool:
    """Return whether a text is a month or a day of the calendar, `YYYY-MM` or `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == 7 else text).isoformat().startswith(text)
    except ValueError:
        return False
