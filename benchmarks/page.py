"""The page with the figures of all benchmarks, each between two comments with its name."""

from typing import Final

from benchmarks.bench import ROOT

PAGE: Final = ROOT / "docs" / "benchmarks.md"


def write_figures(name: str, text: str) -> None:
    """Put the figures of a benchmark in the place of its former ones. Raises `ValueError` if the page has none."""
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    before, begins, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, ends, after = rest.partition(end)
    if not (begins and ends):
        raise ValueError(f"{PAGE} has no place for the figures of {name}")
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
