"""The time zones that the system has."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def zone_named(name: str) -> "ZoneInfo | None":
    """Return a time zone; None if the system has none with this name."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def missing_zones(names: Iterable[str]) -> frozenset[str]:
    """Return the names that are not the names of time zones."""
    return frozenset(name for name in set(names) if zone_named(name) is None)
