"""Prints recall and precision of the rules that reviews select for marked changes: `python -m benchmarks.selection`."""

from collections import Counter

from tests.standards.selection import Score, scores


def main() -> None:
    """Print a row for each change, and the sum of each part."""
    sums: dict[str, Counter[str]] = {}
    for one in scores():
        counts = sums.setdefault(one.part, Counter())
        counts.update(both=len(one.both), more=len(one.more), missed=len(one.missed), changes=1)
        others = [*(f"-{id_}" for id_ in one.missed), *(f"+{id_}" for id_ in one.more)]
        print(f"{one.part:10} {one.name:26} {_figures(one)} {' '.join(others)}".rstrip())
    for part, counts in sums.items():
        recall, precision = _share(counts["both"], counts["missed"]), _share(counts["both"], counts["more"])
        rules = (counts["both"] + counts["more"]) / counts["changes"]
        print(f"{part}: recall {recall:.3f}, precision {precision:.3f}, {rules:.1f} rules a change")


def _figures(one: Score) -> str:
    recall, precision = _share(len(one.both), len(one.missed)), _share(len(one.both), len(one.more))
    return f"recall {recall:.2f} precision {precision:.2f} of {len(one.both) + len(one.more):2}"


def _share(hits: int, others: int) -> float:
    return hits / (hits + others) if hits + others else 1.0


if __name__ == "__main__":
    main()
