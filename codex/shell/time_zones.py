"""The time zones that the system has."""

from collections.abc import Iterable


def missing_zones(names: Iterable[str]) -> frozenset[str]:
    """Return the names that are not the names of time zones."""
    return frozenset(name for name in set(names) if not _exists(name))


def _exists(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
