"""Counts the cost of a repository on each forge, with the fakes of the tests: requests, fetches, pushes, bytes.

`python -m benchmarks.forges [--count 100] [--write]`. Time is not measured: it depends on the limits of the host.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.page import write_figures
from tests.support.contract import ROWS
from tests.support.costs import Cost, costs


def line(forge: str, cost: Cost, count: int) -> str:
    """Format a row of the table with the figures per repository."""
    figures = (f"{cost.api / count:.2f}", f"{cost.fetches / count:g}", f"{cost.pushes / count:g}")
    return f"| {forge} | {cost.phase} | {' | '.join(figures)} | {cost.size / count / 1024:,.1f} |"


def main() -> None:
    """Count and print; write the page with `--write`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="number of repositories")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    lines = [
        f"The figures are per repository, for {arguments.count:,} repositories on the fake server of each forge.",
        "",
        "| forge | phase | API requests | fetches | pushes | KiB |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in (row for row in ROWS if row.at):
        with tempfile.TemporaryDirectory() as folder:
            lines += [line(row.name, cost, arguments.count) for cost in costs(row, Path(folder), arguments.count)]
    text = "\n".join(lines)
    print(text)
    if arguments.write:
        write_figures("forges", text)


if __name__ == "__main__":
    main()
