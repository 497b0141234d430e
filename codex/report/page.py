"""The status of the fleet as a self-contained HTML page: adoption, oldest merge requests, declines, waivers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from codex.report.fleet import StatusRow, outcome_summary
from codex.sync.outcome import FAILURES, WAITING, Outcome
from skills_build import inert
from skills_build.emit.render import Renderer
from skills_build.frozen import dataclass
from skills_build.model.release import Version

EXPIRY_NOTICE: Final = timedelta(days=90)
"""How long before its last day a waiver is shown."""
MAX_ROWS: Final = 50
"""Maximum number of rows of a table."""
_TEMPLATE: Final = "fleet/page.html.j2"
_WAITING: Final = WAITING | {Outcome.HELD, Outcome.HUMAN_EDITED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell: a text, optionally with a link or a bar (`share`, in percent)."""

    text: str = ""
    link: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table; `late` rows are highlighted."""

    cells: tuple[Cell, ...]
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table. `numbers` are the indexes of numeric columns, `none` the text if there are no rows, `more` the number
    of rows left out. `dense`: many narrow columns, such as a matrix."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Line, ...]
    none: str
    numbers: tuple[int, ...] = ()
    more: int = 0
    dense: bool = False


def fleet_page(rows: Sequence[StatusRow], *, title: str, day: str, templates: Mapping[str, str]) -> str:
    """Return the HTML page of a fleet on `day` (`YYYY-MM-DD`)."""
    outcomes = [Outcome(row.outcome) for row in rows if row.outcome]
    pending = len(rows) - len(outcomes)
    summary = outcome_summary(outcomes) + (f"; {pending:,} not evaluated yet" if pending else "")
    tables = [_versions(rows), _outcomes(rows), _open(rows, day), _declined(rows), _failed(rows), _waivers(rows, day)]
    return Renderer(templates).render(
        _TEMPLATE, {"title": f"{title}: the fleet on {day}", "summary": summary, "tables": tables}
    )


def _versions(rows: Sequence[StatusRow]) -> Table:
    """Count the versions on default branches, and those proposed in open merge requests."""
    adopted = Counter(row.adopted for row in rows)
    proposed = Counter(row.version for row in rows if row.version and row.outcome in _WAITING)
    versions = sorted((version for version in adopted | proposed if version), key=Version.parse, reverse=True)
    names = [*versions, *([""] if adopted[""] else [])]
    return Table(
        title="Adoption by version",
        columns=("Version", "On the default branch", "Proposed", "Share on the default branch"),
        numbers=(1, 2),
        rows=tuple(_bar(name or "none", adopted[name], len(rows), f"{proposed[name]:,}") for name in names),
        none="No repositories.",
    )


def _outcomes(rows: Sequence[StatusRow]) -> Table:
    counts = Counter(row.outcome or "not evaluated" for row in rows)
    return Table(
        title="Outcomes of the last run",
        columns=("Outcome", "Repositories", "Share"),
        numbers=(1,),
        rows=tuple(_bar(name, count, len(rows)) for name, count in counts.most_common()),
        none="No repositories.",
    )


def _bar(name: str, count: int, total: int, *extra: str) -> Line:
    share = 100 * count / total
    cells = (Cell(text=name), Cell(text=f"{count:,}"), *(Cell(text=text) for text in extra))
    return Line(cells=(*cells, Cell(text=f"{share:.1f} %", share=share)))


def _open(rows: Sequence[StatusRow], day: str) -> Table:
    waiting = [row for row in rows if row.outcome in _WAITING and row.request]
    oldest_first = sorted(waiting, key=lambda row: (row.opened or "9999", row.repository))
    lines = (
        (
            Cell(text=row.repository),
            _request(row),
            Cell(text=row.owner),
            Cell(text=row.opened or "unknown"),
            Cell(text=_age(row.opened, day)),
        )
        for row in oldest_first
    )
    columns = ("Repository", "Merge request", "Owner", "Opened", "Days")
    return _table("Oldest open merge requests", columns, lines, "No open merge requests.", numbers=(4,))


def _declined(rows: Sequence[StatusRow]) -> Table:
    declined = [row for row in rows if row.outcome == Outcome.DECLINED]
    lines = ((Cell(text=row.repository), Cell(text=row.owner), Cell(text=row.reason)) for row in declined)
    return _table("Declined", ("Repository", "Owner", "Reason"), lines, "No declined merge requests.")


def _failed(rows: Sequence[StatusRow]) -> Table:
    stuck = {*FAILURES, Outcome.NEEDS_HUMAN, Outcome.HUMAN_EDITED, Outcome.DRIFT}
    stuck_rows = [row for row in rows if row.outcome in stuck]
    lines = (
        (Cell(text=row.repository), Cell(text=row.outcome), Cell(text=row.owner), Cell(text=row.reason))
        for row in stuck_rows
    )
    return _table("Needs attention", ("Repository", "Outcome", "Owner", "Reason"), lines, "Nothing needs attention.")


def _waivers(rows: Sequence[StatusRow], day: str) -> Table:
    until = (date.fromisoformat(day) + EXPIRY_NOTICE).isoformat()
    waivers = sorted(
        ((waiver.expires, row.repository, waiver) for row in rows for waiver in row.waivers if waiver.expires <= until),
        key=lambda entry: (entry[0], entry[1], entry[2].rule),
    )
    lines = tuple(
        Line(
            cells=(
                Cell(text=name),
                Cell(text=waiver.rule),
                Cell(text=waiver.owner),
                Cell(text=f"{ends} (expired)" if ends < day else ends),
            ),
            late=ends < day,
        )
        for ends, name, waiver in waivers
    )
    return Table(
        title=f"Waivers expired or expiring by {until}",
        columns=("Repository", "Rule", "Owner", "Last day"),
        rows=lines[:MAX_ROWS],
        none="No waivers.",
        more=max(len(lines) - MAX_ROWS, 0),
    )


def _table(
    title: str,
    columns: tuple[str, ...],
    lines: Iterable[tuple[Cell, ...]],
    none: str,
    *,
    numbers: tuple[int, ...] = (),
) -> Table:
    rows = tuple(Line(cells=cells) for cells in lines)
    return Table(
        title=title,
        columns=columns,
        rows=rows[:MAX_ROWS],
        none=none,
        numbers=numbers,
        more=max(len(rows) - MAX_ROWS, 0),
    )


def _request(row: StatusRow) -> Cell:
    """Return the merge request, with a link if its URL is http or https; a forge may return anything."""
    return Cell(text=row.request, link=inert.address(row.request))


def _age(opened: str, day: str) -> str:
    return f"{(date.fromisoformat(day) - date.fromisoformat(opened)).days:,}" if opened else ""
