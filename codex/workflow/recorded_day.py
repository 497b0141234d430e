"""Finds the day for which an output folder was built, so that a check does not change from one day to the next.

The output does not contain the day, which would change with each build. It follows from the statuses with a date:
where the output has the earlier status, it was built before that date.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from codex.shell.reading import read_file
from skills_build.emit.committed import MANIFEST
from skills_build.errors import CodexError
from skills_build.json_input import parse_json
from skills_build.model.codex import Codex
from skills_build.model.standard import Standard


def recorded_day(codex: Codex, out: Path, today: str) -> str:
    """Return the day nearest to today for which the output in `out` has the right statuses.

    That is today unless a status has changed since the build, or the build was for a later day.
    """
    recorded = _recorded_statuses(out)
    dated = [pair for standard in codex.standards for pair in _dated(standard)]
    waiting = [on for identity, status, _, on in dated if on <= today and recorded.get(identity) == status]
    arrived = [on for identity, _, then, on in dated if on > today and recorded.get(identity) == then]
    if waiting:
        return (date.fromisoformat(min(waiting)) - timedelta(days=1)).isoformat()
    return max(arrived, default=today)


def _dated(standard: Standard) -> Iterator[tuple[str, str, str, str]]:
    """Yield the id, the status, the later status and its day for each rule whose status changes on a day."""
    for rule in standard.rules:
        dated = rule.status or standard.status
        if dated.then and dated.on and dated.then != dated.status:
            yield rule.id, dated.status, dated.then, dated.on


def _recorded_statuses(out: Path) -> dict[str, str]:
    """Return the status of each rule in an output folder; empty if its manifest is missing or damaged."""
    try:
        manifest = parse_json(read_file(out / MANIFEST))
        shipped = {str(rule["id"]): str(rule["status"]) for rule in manifest["rules"]}
        drafts = {str(identity): "draft" for identity in manifest["drafts"]}
        return {**shipped, **drafts}
    except (OSError, CodexError, ValueError, LookupError, TypeError, RecursionError):
        return {}
