"""Runs all measurements and writes their tables into docs/benchmarks.md: `python -m benchmarks.run [--quick]`."""

import argparse
import os
import platform

from benchmarks import releases
from benchmarks.bench import CODEXC, WORK, Bench
from benchmarks.measure import Measurement
from benchmarks.page import write_figures
from benchmarks.peers import Peer, install, node, version

SIZES = (100, 1_000, 10_000)
AIMS = {
    "cold": 1.5,
    "check, cold": 1.5,
    "no-op": 0.4,
    "one file changed": 0.5,
    "check of one file": 0.3,
    "--help": 0.15,
}


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _own_table(by_size: dict[int, dict[str, Measurement]], help_cost: Measurement) -> list[str]:
    lines = [_row("rules", "what", "CPU s", "peak MiB", "aim"), _row("---", "---", "---:", "---:", "---:")]
    for rules, figures in by_size.items():
        for command, cost in figures.items():
            aim = AIMS[command] if rules == 1_000 else ""
            lines.append(_row(f"{rules:,}", command, f"{cost.cpu:.2f}", f"{cost.memory:.0f}", aim))
    lines.append(_row("", "--help", f"{help_cost.cpu:.2f}", f"{help_cost.memory:.0f}", AIMS["--help"]))
    return lines


def _peer_table(rules: int, own: Measurement, peers: list[tuple[Peer, Measurement, int]], fragment: int) -> list[str]:
    lines = [
        _row("rules", "tool", "CPU s", "times codexc", "peak MiB", "bytes of AGENTS.md"),
        _row("---", "---", "---:", "---:", "---:", "---:"),
        _row(f"{rules:,}", "codexc, cold", f"{own.cpu:.2f}", "1.0", f"{own.memory:.0f}", f"{fragment:,}"),
    ]
    for peer, cost, size in peers:
        ratio = f"{cost.cpu / own.cpu:.1f}"
        lines.append(_row(f"{rules:,}", peer.name, f"{cost.cpu:.2f}", ratio, f"{cost.memory:.0f}", f"{size:,}"))
    return lines


def _release_table(figures: dict[str, Measurement], peer: Measurement | None) -> list[str]:
    lines = [_row("1,000 rules", "CPU s", "peak MiB", "aim"), _row("---", "---:", "---:", "---:")]
    for command, cost in figures.items():
        lines.append(_row(command, f"{cost.cpu:.2f}", f"{cost.memory:.0f}", releases.AIMS.get(command, "")))
    if peer is not None:
        ratio = peer.cpu / figures["install of 20 skills"].cpu
        name = f"the same skills by `skills add` ({ratio:.1f} times ours)"
        lines.append(_row(name, f"{peer.cpu:.2f}", f"{peer.memory:.0f}", ""))
    return lines


def main() -> None:
    """Measure, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs, no 10,000 rules, nothing written")
    quick = parser.parse_args().quick
    WORK.mkdir(parents=True, exist_ok=True)
    bench = Bench(runs=3 if quick else 5)
    sizes = SIZES[:2] if quick else SIZES
    help_cost = bench.codexc("--help")
    by_size = {rules: bench.measure_size(rules) for rules in sizes}
    lines = _own_table(by_size, help_cost)
    if not quick:
        growth = by_size[10_000]["cold"].cpu / by_size[1_000]["cold"].cpu
        lines += ["", f"10,000 rules take {growth:.1f} times as long as 1,000 rules (target: at most 10 times)."]
    tools = WORK / "node"
    reason = install(tools)
    machine = f"Measured on {os.cpu_count()} cores with Python {platform.python_version()}"
    if reason:
        lines += ["", f"The peers were not measured: {reason}"]
    else:
        for rules in sizes[:2]:
            fragment = (WORK / f"dist-{rules}" / "agents-md" / "all.md").stat().st_size
            lines += ["", *_peer_table(rules, by_size[rules]["cold"], bench.peers(rules, tools), fragment)]
        names = [("rulesync", "rulesync"), ("ruler", "@intellectronica/ruler"), ("skills", "skills")]
        machine += ", " + ", ".join(f"{name} {version(tools, package)}" for name, package in names)
        machine += f" and Node from {node().parent.parent.name}"
    released = releases.prepare(WORK, CODEXC, bench.env)
    release_figures = releases.measure_all(released, bench)
    lines += ["", *_release_table(release_figures, None if reason else releases.measure_peer(bench, tools))]
    text = "\n".join([f"{machine}. The figures are medians for whole processes.", "", *lines])
    print(text)
    if not quick:
        write_figures("figures", text)


if __name__ == "__main__":
    main()
