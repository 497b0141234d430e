"""All waivers of a fleet as a list: text, JSON lines, CSV or Markdown, the ones that end first on top."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from codex.report.fleet import StatusRow, WaiverRow
from skills_build import inert
from skills_build.counts import counted

_COLUMNS: Final = ("repository", "rule", "state", "expires", "granted", "owner", "reason")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a cell starts that a spreadsheet would run (https://owasp.org/www-community/attacks/CSV_Injection)."""

Row = tuple[str, ...]


def waivers_listed(rows: Sequence[StatusRow], format_: str) -> str:
    """Return the waivers of all repositories in a format: text, jsonl, csv or markdown."""
    listed = sorted(
        (_row(row.repository, waiver) for row in rows for waiver in row.waivers), key=lambda row: (row[3], row)
    )
    return {"text": _text, "jsonl": _jsonl, "csv": _csv, "markdown": _markdown}[format_](listed)


def _row(repository: str, waiver: WaiverRow) -> Row:
    return (repository, waiver.rule, waiver.state, waiver.expires, waiver.granted, waiver.owner, waiver.reason)


def _text(rows: Sequence[Row]) -> str:
    shown = [tuple(inert.terminal_line(row[number]) for number in (3, 2, 0, 1, 5, 6)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in shown]
    return "\n".join([*lines, _summary(rows)]) + "\n"


def _summary(rows: Sequence[Row]) -> str:
    counts = Counter(row[2] for row in rows)
    states = "".join(f", {counts[state]:,} {state}" for state in sorted(counts))
    return f"{counted(len(rows), 'waiver')}{states}"


def _jsonl(rows: Sequence[Row]) -> str:
    return "".join(json.dumps(dict(zip(_COLUMNS, row, strict=True))) + "\n" for row in rows)


def _csv(rows: Iterable[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(tuple(map(_cell, row)) for row in rows)
    return out.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _markdown(rows: Sequence[Row]) -> str:
    head = [f"### Waivers: {_summary(rows)}", "", f"| {' | '.join(_COLUMNS)} |", "| --- " * len(_COLUMNS) + "|"]
    return "\n".join([*head, *(f"| {' | '.join(map(inert.cell, row))} |" for row in rows)]) + "\n"
