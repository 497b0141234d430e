"""The adoption of a codex in a fleet: over time, and by owner or wave."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from codex.report.fleet import StatusRow
from codex.report.fleet_groups import ATTENTION, CURRENT, DECLINED, FAILED, OPEN, group_of
from skills_build.frozen import dataclass

WIDTH: Final = 600
HEIGHT: Final = 150
_SHOWN: Final = 12
"""Number of days that are listed below a curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The number of repositories of an owner or a wave that are up to date, and what the others wait for."""

    name: str
    total: int
    current: int
    open: int
    stuck: int

    @property
    def percent(self) -> float:
        """The share that is up to date, in percent."""
        return 100 * self.current / self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The share of repositories that are up to date, by the day on which they got there.

    `line` and `area` are paths of an SVG of `WIDTH` times `HEIGHT`; `days` are the last steps: day, number, percent.
    """

    line: str
    area: str
    first: str
    last: str
    days: Sequence[tuple[str, int, float]]
    width: int = WIDTH
    height: int = HEIGHT


def shares_by(named: Iterable[tuple[str, StatusRow]], *, order: Sequence[str] = ()) -> Sequence[Share]:
    """Count repositories by name: names in the order that is given, then those with most repositories."""
    counts: dict[str, Counter[str]] = {}
    for name, row in named:
        counts.setdefault(name, Counter())[group_of(row.outcome).key] += 1
    shares = [
        Share(
            name=name,
            total=count.total(),
            current=count[CURRENT.key],
            open=count[OPEN.key],
            stuck=count[ATTENTION.key] + count[FAILED.key] + count[DECLINED.key],
        )
        for name, count in counts.items()
    ]
    rank = {name: number for number, name in enumerate(order)}
    return sorted(shares, key=lambda share: (rank.get(share.name, len(rank)), -share.total, share.name))


def adoption_curve(rows: Sequence[StatusRow], day: str) -> Curve | None:
    """Return the curve until `day`; None if no repository is up to date since a known day."""
    reached = Counter(
        row.since[:10] for row in rows if group_of(row.outcome) is CURRENT and row.since and row.since[:10] <= day
    )
    if not reached:
        return None
    first, total, count = date.fromisoformat(min(reached)), len(rows), 0
    span = max(1, (date.fromisoformat(day) - first).days)
    line, days = [f"M0 {HEIGHT}"], []
    for one in sorted(reached):
        count += reached[one]
        x = (date.fromisoformat(one) - first).days * WIDTH / span
        line += [f"H{x:.1f}", f"V{HEIGHT - HEIGHT * count / total:.1f}"]
        days.append((one, count, 100 * count / total))
    path = " ".join([*line, f"H{WIDTH}"])
    return Curve(line=path, area=f"{path} V{HEIGHT} Z", first=first.isoformat(), last=day, days=days[-_SHOWN:])
