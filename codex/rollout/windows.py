"""Time windows of codex.yaml, with time zones from the system."""

from collections.abc import Sequence
from datetime import datetime, time

from codex.shell.time_zones import zone_named
from codex.sync.windows import Window, weekdays
from skills_build.errors import CodexError
from skills_build.model.fleet import WindowSettings


def windows_of(settings: Sequence[WindowSettings]) -> tuple[Window, ...]:
    """Return the windows of a section. Raises `CodexError` for a time zone that the system does not have."""
    return tuple(map(_window, settings))


def _window(settings: WindowSettings) -> Window:
    zone = zone_named(settings.zone)
    if zone is None:
        hint = "use a name such as `Europe/Berlin`; if the system has no time zones, install `tzdata` with pip"
        raise CodexError(f"the time zone `{settings.zone}` is unknown", hint=hint)
    return Window(days=weekdays(settings.days), start=_time(settings.start), end=_time(settings.end), zone=zone)


def _time(text: str) -> time:
    return time() if text == "24:00" else time.fromisoformat(text)


def in_words(when: datetime, windows: Sequence[Window]) -> str:
    """Return a time as people of the first window's time zone read it: `Mon 2026-12-07 08:00 CET`."""
    return when.astimezone(windows[0].zone if windows else None).strftime("%a %Y-%m-%d %H:%M %Z")
