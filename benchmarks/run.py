"""Runs all measurements and writes their tables into docs/benchmarks.md: `python -m benchmarks.run [--quick]`."""

import argparse
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.generate import generate
from benchmarks.measure import Measured, measure
from benchmarks.peers import Peer, install, node, prepare, version

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench"
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- begin: figures -->", "<!-- end: figures -->"
CODEXC = Path(sys.executable).parent / "codexc"
SIZES = (100, 1_000, 10_000)
AIMS = {"cold": 1.5, "no-op": 0.4, "one file changed": 0.5, "check of one file": 0.3, "--help": 0.15}


class Bench:
    """One run of everything in a work folder of its own."""

    def __init__(self, *, runs: int) -> None:
        self.runs = runs
        self.env = {**os.environ, "XDG_CACHE_HOME": str(WORK / "cache")}

    def codexc(self, *arguments: str, before: Callable[[int], object] = lambda _: None, runs: int = 0) -> Measured:
        """Measure one command of codexc."""
        return measure([CODEXC, *arguments], runs=runs or self.runs, env=self.env, cwd=WORK, before=before)

    def size(self, rules: int) -> dict[str, Measured]:
        """Everything that is measured of one size."""
        root, out = WORK / f"standards-{rules}", WORK / f"dist-{rules}"
        shutil.rmtree(root, ignore_errors=True)
        generate(rules, root)
        page = sorted(root.rglob("*.md"))[0]
        text = page.read_text(encoding="utf-8")
        build = ("build", "--root", str(root), "--out", str(out), "-q")
        runs = min(self.runs, 3) if rules > 1_000 else self.runs
        figures = {"cold": self.codexc(*build, before=lambda _: _forget(out), runs=runs)}
        figures["no-op"] = self.codexc(*build, runs=runs)

        def change(number: int) -> None:
            page.write_text(text.replace("Words about", f"{number} {time.time_ns()} words about", 1), encoding="utf-8")

        figures["one file changed"] = self.codexc(*build, before=change, runs=runs)
        page.write_text(text, encoding="utf-8")
        figures["check of one file"] = self.codexc("check", str(page), "-q", runs=runs)
        return figures

    def peers(self, rules: int, tools: Path) -> list[tuple[Peer, Measured, int]]:
        """The peers on the same rules: what they cost, and the size of the AGENTS.md that each writes."""
        folder = WORK / f"peers-{rules}"
        shutil.rmtree(folder, ignore_errors=True)
        found = []
        for peer in prepare(WORK / f"standards-{rules}", folder, tools):
            cost = measure(peer.command, runs=min(self.runs, 3), env=self.env, cwd=peer.folder)
            written = peer.folder / "AGENTS.md"
            found.append((peer, cost, written.stat().st_size if written.is_file() else 0))
        return found


def _forget(out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(WORK / "cache", ignore_errors=True)


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _own_table(by_size: dict[int, dict[str, Measured]], helped: Measured) -> list[str]:
    lines = [_row("rules", "what", "CPU s", "peak MiB", "aim"), _row("---", "---", "---:", "---:", "---:")]
    for rules, figures in by_size.items():
        for what, one in figures.items():
            aim = AIMS[what] if rules == 1_000 else ""
            lines.append(_row(f"{rules:,}", what, f"{one.cpu:.2f}", f"{one.memory:.0f}", aim))
    lines.append(_row("", "--help", f"{helped.cpu:.2f}", f"{helped.memory:.0f}", AIMS["--help"]))
    return lines


def _peer_table(rules: int, own: Measured, peers: list[tuple[Peer, Measured, int]], fragment: int) -> list[str]:
    lines = [
        _row("rules", "tool", "CPU s", "times codexc", "peak MiB", "bytes of AGENTS.md"),
        _row("---", "---", "---:", "---:", "---:", "---:"),
        _row(f"{rules:,}", "codexc, cold", f"{own.cpu:.2f}", "1.0", f"{own.memory:.0f}", f"{fragment:,}"),
    ]
    for peer, cost, size in peers:
        ratio = f"{cost.cpu / own.cpu:.1f}"
        lines.append(_row(f"{rules:,}", peer.name, f"{cost.cpu:.2f}", ratio, f"{cost.memory:.0f}", f"{size:,}"))
    return lines


def main() -> None:
    """Measure, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs, no 10,000 rules, nothing written")
    quick = parser.parse_args().quick
    WORK.mkdir(parents=True, exist_ok=True)
    bench = Bench(runs=3 if quick else 5)
    sizes = SIZES[:2] if quick else SIZES
    helped = bench.codexc("--help")
    by_size = {rules: bench.size(rules) for rules in sizes}
    lines = _own_table(by_size, helped)
    if not quick:
        growth = by_size[10_000]["cold"].cpu / by_size[1_000]["cold"].cpu
        lines += ["", f"10,000 rules cost {growth:.1f} times 1,000 (aim: at most 10)."]
    tools = WORK / "node"
    reason = install(tools)
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    if reason:
        lines += ["", f"The peers were not measured: {reason}"]
    else:
        for rules in sizes[:2]:
            fragment = (WORK / f"dist-{rules}" / "agents-md" / "all.md").stat().st_size
            lines += ["", *_peer_table(rules, by_size[rules]["cold"], bench.peers(rules, tools), fragment)]
        names = [("rulesync", "rulesync"), ("ruler", "@intellectronica/ruler")]
        machine += ", " + ", ".join(f"{name} {version(tools, package)}" for name, package in names)
        machine += f", Node from {node().parent.parent.name}"
    figures = "\n".join([BEGIN, "", f"{machine}; medians of whole processes.", "", *lines, "", END])
    print(figures)
    if not quick:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(before + figures + after, encoding="utf-8")


if __name__ == "__main__":
    main()
