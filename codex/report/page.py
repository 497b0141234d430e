"""The fleet as one page of HTML that needs nothing but itself: adoption, what waits longest, who declined, waivers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from codex.report.fleet import StatusRow, outcome_summary
from codex.sync.outcome import FAILURES, WAITING, Outcome
from skills_build import inert
from skills_build.emit.render import Renderer
from skills_build.model.release import Version

SOON: Final = timedelta(days=90)
"""How long before its end a waiver is shown."""
MOST: Final = 50
"""Lines of a table."""
_TEMPLATE: Final = "fleet/page.html.j2"
_WAITING: Final = WAITING | {Outcome.HELD, Outcome.HUMAN_EDITED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A text, where it links to, or a bar of so many percent."""

    text: str = ""
    link: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table; `late` ones stand out."""

    cells: tuple[Cell, ...]
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its columns, which of them hold numbers, its rows, and what is said where there are none."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Line, ...]
    none: str
    numbers: tuple[int, ...] = ()
    more: int = 0


def fleet_page(rows: Sequence[StatusRow], *, title: str, day: str, templates: Mapping[str, str]) -> str:
    """The page of a fleet on `day` (`YYYY-MM-DD`)."""
    known = [Outcome(row.outcome) for row in rows if row.outcome]
    unseen = len(rows) - len(known)
    said = outcome_summary(known) + (f"; {unseen:,} not looked at yet" if unseen else "")
    tables = [_versions(rows), _outcomes(rows), _open(rows, day), _declined(rows), _failed(rows), _waivers(rows, day)]
    return Renderer(templates).render(_TEMPLATE, {"title": title, "day": day, "summary": said, "tables": tables})


def _versions(rows: Sequence[StatusRow]) -> Table:
    """Adoption: which release default branches hold, and which one waits in a request to get there."""
    held = Counter(row.adopted for row in rows)
    proposed = Counter(row.version for row in rows if row.version and row.outcome in _WAITING)
    ordered = sorted((one for one in held | proposed if one), key=Version.parse, reverse=True)
    names = [*ordered, *([""] if held[""] else [])]
    return Table(
        title="Adoption by version",
        columns=("Version", "On the default branch", "Proposed", "Share on the default branch"),
        numbers=(1, 2),
        rows=tuple(_bar(name or "none", held[name], len(rows), f"{proposed[name]:,}") for name in names),
        none="No repository is known.",
    )


def _outcomes(rows: Sequence[StatusRow]) -> Table:
    counts = Counter(row.outcome or "not looked at" for row in rows)
    return Table(
        title="Outcomes of the last run",
        columns=("Outcome", "Repositories", "Share"),
        numbers=(1,),
        rows=tuple(_bar(name, count, len(rows)) for name, count in counts.most_common()),
        none="No repository is known.",
    )


def _bar(name: str, count: int, total: int, *more: str) -> Line:
    share = 100 * count / total
    cells = (Cell(text=name), Cell(text=f"{count:,}"), *(Cell(text=one) for one in more))
    return Line(cells=(*cells, Cell(text=f"{share:.1f} %", share=share)))


def _open(rows: Sequence[StatusRow], day: str) -> Table:
    waiting = [row for row in rows if row.outcome in _WAITING and row.request]
    found = sorted(waiting, key=lambda one: (one.opened or "9999", one.repository))
    lines = (
        (
            Cell(text=one.repository),
            _request(one),
            Cell(text=one.owner),
            Cell(text=one.opened or "unknown"),
            Cell(text=_age(one.opened, day)),
        )
        for one in found
    )
    columns = ("Repository", "Request", "Owner", "Opened", "Days")
    return _table("Oldest open requests", columns, lines, "No request is open.", numbers=(4,))


def _declined(rows: Sequence[StatusRow]) -> Table:
    found = [row for row in rows if row.outcome == Outcome.DECLINED]
    lines = ((Cell(text=one.repository), Cell(text=one.owner), Cell(text=one.reason)) for one in found)
    return _table("Declined", ("Repository", "Owner", "Reason"), lines, "Nobody declined.")


def _failed(rows: Sequence[StatusRow]) -> Table:
    stuck = {*FAILURES, Outcome.NEEDS_HUMAN, Outcome.HUMAN_EDITED, Outcome.DRIFT}
    found = [row for row in rows if row.outcome in stuck]
    lines = (
        (Cell(text=one.repository), Cell(text=one.outcome), Cell(text=one.owner), Cell(text=one.reason))
        for one in found
    )
    return _table("Needs somebody", ("Repository", "Outcome", "Owner", "Reason"), lines, "Nothing is stuck.")


def _waivers(rows: Sequence[StatusRow], day: str) -> Table:
    last = (date.fromisoformat(day) + SOON).isoformat()
    found = sorted(
        ((waiver.expires, row.repository, waiver) for row in rows for waiver in row.waivers if waiver.expires <= last),
        key=lambda one: (one[0], one[1], one[2].rule),
    )
    lines = tuple(
        Line(
            cells=(
                Cell(text=name),
                Cell(text=waiver.rule),
                Cell(text=waiver.owner),
                Cell(text=f"{ends} (over)" if ends < day else ends),
            ),
            late=ends < day,
        )
        for ends, name, waiver in found
    )
    return Table(
        title=f"Waivers that have ended or end by {last}",
        columns=("Repository", "Rule", "Owner", "Last day"),
        rows=lines[:MOST],
        none="None.",
        more=max(len(lines) - MOST, 0),
    )


def _table(
    title: str,
    columns: tuple[str, ...],
    lines: Iterable[tuple[Cell, ...]],
    none: str,
    *,
    numbers: tuple[int, ...] = (),
) -> Table:
    found = tuple(Line(cells=cells) for cells in lines)
    return Table(
        title=title,
        columns=columns,
        rows=found[:MOST],
        none=none,
        numbers=numbers,
        more=max(len(found) - MOST, 0),
    )


def _request(one: StatusRow) -> Cell:
    """A link where the address is one of the web; a forge may call itself anything."""
    return Cell(text=one.request, link=inert.address(one.request))


def _age(opened: str, day: str) -> str:
    return f"{(date.fromisoformat(day) - date.fromisoformat(opened)).days:,}" if opened else ""
