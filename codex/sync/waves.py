"""Waves: which repositories are in which wave, and when a wave starts.

A stable hash assigns them, so that a larger share includes the smaller one. The results of earlier waves open a gate.
"""

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from codex.sync.outcome import FAILURES, Outcome
from codex.sync.repository import Repository
from codex.sync.windows import Window
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.globs import matches_repository

ADOPTED: Final = frozenset({Outcome.IN_SYNC, Outcome.MERGED, Outcome.CLOSED})
_ASIDE: Final = frozenset({Outcome.SKIPPED, Outcome.OPTED_OUT})
_SPAN: Final = re.compile(r"(\d{1,6})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The conditions on all earlier waves, as shares in percent of the repositories that take part.

    `merged` is the minimum share with the release; `declined`, `failed`, `failing` (CI) and `reverted` are maximum
    shares. `soak` is how long the share of `merged` must have been reached.
    """

    merged: float = 0
    declined: float = 100
    failed: float = 100
    failing: float = 100
    reverted: float = 100
    soak: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of one repository, and since when it has that outcome (None: unknown).

    `reverted`: its merge request was merged and then reverted. `failing` returns whether its CI fails; it may ask the
    forge.
    """

    outcome: Outcome
    since: datetime | None = None
    reverted: bool = False
    failing: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A wave: a share of the fleet in percent, earlier waves included, and repositories by name (globs)."""

    name: str
    percent: int = 0
    names: tuple[str, ...] = ()
    after: Gate = field(default_factory=Gate)
    windows: tuple[Window, ...] = ()
    """When it may be written; without windows, at any time."""


def share(target: Repository) -> float:
    """Return the number from 0 to 100 that a repository always has."""
    digest = hashlib.sha256(f"codexc wave {target.id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 * 100


def wave_of(target: Repository, waves: Sequence[Wave]) -> str | None:
    """Return the name of the first wave that includes a repository; None if none does."""
    for wave in waves:
        if matches_repository(target.path, wave.names) or share(target) < wave.percent:
            return wave.name
    return None


def closed(gate: Gate, results: Iterable[Result], now: datetime) -> str | None:
    """Return why a gate is closed, given the results of all earlier waves; None if it is open."""
    counted = [result for result in results if result.outcome not in _ASIDE]
    if not counted:
        return None
    merged = [result for result in counted if result.outcome in ADOPTED]
    declined = sum(1 for result in counted if result.outcome is Outcome.DECLINED)
    failed = sum(1 for result in counted if result.outcome in FAILURES)
    reverted = sum(result.reverted for result in counted)
    total = len(counted)
    if _percent(failed, total) > gate.failed:
        return f"{_rounded(failed, total)} of repositories in earlier waves failed (allowed: {gate.failed:g}%)"
    if _percent(declined, total) > gate.declined:
        return f"{_rounded(declined, total)} of repositories in earlier waves declined (allowed: {gate.declined:g}%)"
    if _percent(reverted, total) > gate.reverted:
        undone = _rounded(reverted, total)
        return f"{undone} of repositories in earlier waves reverted the change (allowed: {gate.reverted:g}%)"
    if _percent(len(merged), total) < gate.merged:
        return f"{_rounded(len(merged), total)} of repositories in earlier waves merged (required: {gate.merged:g}%)"
    left = gate.soak - (now - _reached(gate, merged, total, now))
    if left > timedelta(0):
        return f"the soak time ends in {_in_words(left)}"
    return _failing(gate, counted)


def _failing(gate: Gate, counted: Sequence[Result]) -> str | None:
    """Why CI closes a gate; it is asked for last, and only if the gate has a limit."""
    if gate.failing >= 100:
        return None
    failing = sum(result.failing() for result in counted)
    if _percent(failing, len(counted)) <= gate.failing:
        return None
    return (
        f"CI fails in {_rounded(failing, len(counted))} of repositories in earlier waves (allowed: {gate.failing:g}%)"
    )


def _reached(gate: Gate, merged: Sequence[Result], total: int, now: datetime) -> datetime:
    """Since when the required share is merged; an unknown time counts as now."""
    times = sorted(result.since or now for result in merged)
    needed = max(1, math.ceil(gate.merged * total / 100))
    return times[needed - 1] if len(times) >= needed else now


def _percent(count: int, total: int) -> float:
    return 100 * count / total


def _rounded(count: int, total: int) -> str:
    return f"{_percent(count, total):.0f}%"


def span(text: str) -> timedelta:
    """Parse a duration such as `90m`, `36h` or `2d`. Raises `CodexError` for anything else."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise CodexError(f"`{text}` is not a duration", hint="write minutes, hours or days: 90m, 36h, 2d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _in_words(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} h"
