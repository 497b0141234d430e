"""Counts what a repository costs on each forge, against the fakes of the tests: requests, fetches, pushes, bytes.

`python -m benchmarks.forges [--count 100] [--write]`. How long it takes is no figure here: a host's limits decide that.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.bench import ROOT
from tests.support.contract import ROWS
from tests.support.costs import Cost, costs

PAGE: Final = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- begin: forges -->", "<!-- end: forges -->"


def line(forge: str, cost: Cost, count: int) -> str:
    """A row of the table, all figures for one repository."""
    figures = (f"{cost.api / count:.2f}", f"{cost.fetches / count:g}", f"{cost.pushes / count:g}")
    return f"| {forge} | {cost.phase} | {' | '.join(figures)} | {cost.size / count / 1024:,.1f} |"


def main() -> None:
    """Count, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="how many repositories")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    asked = parser.parse_args()
    lines = [
        f"{asked.count:,} repositories on the fake of each forge; everything for one repository.",
        "",
        "| forge | phase | API requests | fetches | pushes | KiB |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in (one for one in ROWS if one.at):
        with tempfile.TemporaryDirectory() as folder:
            lines += [line(row.name, cost, asked.count) for cost in costs(row, Path(folder), asked.count)]
    text = "\n".join(lines)
    print(text)
    if asked.write:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
