"""The status of the fleet as a self-contained HTML page: adoption, and one table of all repositories.

Everything is in the HTML; the script only filters and sorts. The policy of the page allows that script by its digest.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from codex.report.adoption import adoption_curve, shares_by
from codex.report.fleet import StatusRow
from codex.report.fleet_groups import ASIDE, CURRENT, GROUPS, Group, group_of
from skills_build import inert
from skills_build.emit.render import Renderer
from skills_build.frozen import dataclass
from skills_build.model.release import Version

EXPIRY_NOTICE: Final = timedelta(days=90)
"""How long before its last day a waiver is shown."""
MAX_WAIVERS: Final = 50
"""Maximum number of waivers on the page; `--waivers` lists all."""
MAX_OWNERS: Final = 12
"""Maximum number of owners that are shown at once."""
_TEMPLATE: Final = "fleet/status.html.j2"
_SCRIPT: Final = "fleet/status.js.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryLine:
    """One row of the table of repositories."""

    row: StatusRow
    group: Group
    version: str
    request: str
    """The merge request in short, such as `!12`."""
    diff: str
    """The address of its diff; empty if there is none."""
    days: int | None
    """The age of the merge request, or of the state."""
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverLine:
    """A waiver that has ended, or ends soon."""

    repository: str
    rule: str
    owner: str
    expires: str
    state: str


def fleet_page(
    rows: Sequence[StatusRow], *, title: str, day: str, templates: Mapping[str, str], waves: Sequence[str] = ()
) -> str:
    """Return the HTML page of a fleet on `day` (`YYYY-MM-DD`); `waves` are the names of its waves, in order."""
    renderer = Renderer(templates)
    script = renderer.render(_SCRIPT, {})
    counts = Counter(group_of(row.outcome).key for row in rows)
    taking_part = [row for row in rows if group_of(row.outcome) is not ASIDE]
    waivers = _waivers(rows, day)
    values = {
        "title": title,
        "day": day,
        "script": script,
        "digest": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "groups": [(group, counts[group.key]) for group in GROUPS if counts[group.key]],
        "total": len(rows),
        "share": _percent(counts[CURRENT.key], len(taking_part)),
        "taking_part": len(taking_part),
        "current": counts[CURRENT.key],
        "versions": _versions(rows),
        "curve": adoption_curve(taking_part, day),
        "owners": shares_by((row.owner or "no owner", row) for row in taking_part),
        "max_owners": MAX_OWNERS,
        "waves": shares_by(((row.wave, row) for row in taking_part if row.wave), order=waves),
        "waivers": waivers[:MAX_WAIVERS],
        "more_waivers": max(0, len(waivers) - MAX_WAIVERS),
        "lines": [_line(row, day) for row in sorted(rows, key=_urgency)],
    }
    return renderer.render(_TEMPLATE, values)


def _percent(count: int, total: int) -> float:
    return 100 * count / total if total else 0.0


def _urgency(row: StatusRow) -> tuple[int, str]:
    """Order of the table: what needs a person first, what is up to date last."""
    order = ("failed", "attention", "declined", "open", "queued", "unknown", "current", "aside")
    return order.index(group_of(row.outcome).key), row.repository


def _line(row: StatusRow, day: str) -> RepositoryLine:
    address = inert.address(row.request)
    since = row.opened or row.since[:10]
    return RepositoryLine(
        row=row,
        group=group_of(row.outcome),
        version=_version(row),
        request=_short(address) if address else row.request,
        diff=_diff_address(address),
        days=(date.fromisoformat(day) - date.fromisoformat(since)).days if since else None,
        more=max(0, row.file_count - len(row.files)),
    )


def _version(row: StatusRow) -> str:
    if row.version and row.version != row.adopted:
        return f"{row.adopted or 'none'} \N{RIGHTWARDS ARROW} {row.version}"
    return row.adopted or "none"


def _short(address: str) -> str:
    number = address.rstrip("/").rpartition("/")[2]
    return f"{'!' if '/merge_requests/' in address else '#'}{number}" if number.isdigit() else "open"


_DIFFS: Final = {"/merge_requests/": "diffs", "/pull/": "files", "/pulls/": "files"}
"""The page of a merge request that has its diff, by a part of its address."""


def _diff_address(address: str) -> str:
    page = next((page for part, page in _DIFFS.items() if part in address), None)
    return f"{address.rstrip('/')}/{page}" if page else ""


def _versions(rows: Sequence[StatusRow]) -> Sequence[tuple[str, int, int, float]]:
    """The versions on default branches, and those proposed in open merge requests, newest first."""
    adopted = Counter(row.adopted for row in rows)
    proposed = Counter(row.version for row in rows if row.version and row.request and row.version != row.adopted)
    versions = sorted((version for version in adopted | proposed if version), key=Version.parse, reverse=True)
    names = [*versions, *([""] if adopted[""] else [])]
    return [(name or "none", adopted[name], proposed[name], _percent(adopted[name], len(rows))) for name in names]


def _waivers(rows: Iterable[StatusRow], day: str) -> Sequence[WaiverLine]:
    until = (date.fromisoformat(day) + EXPIRY_NOTICE).isoformat()
    lines = (
        WaiverLine(
            repository=row.repository,
            rule=waiver.rule,
            owner=waiver.owner,
            expires=waiver.expires,
            state="expired" if waiver.expires < day else waiver.state or "in force",
        )
        for row in rows
        for waiver in row.waivers
        if waiver.expires <= until or waiver.state == "too long"
    )
    return sorted(lines, key=lambda line: (line.expires, line.repository, line.rule))
