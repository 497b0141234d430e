"""Runs commands in their own work folder and measures them."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.generate import generate
from benchmarks.measure import Measurement, measure
from benchmarks.peers import Peer, prepare

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench"
CODEXC = Path(sys.executable).parent / "codexc"


class Bench:
    """One run of all benchmarks in its own work folder."""

    def __init__(self, *, runs: int) -> None:
        self.runs = runs
        self.work = WORK
        self.cache = WORK / "cache"
        self.env = {**os.environ, "XDG_CACHE_HOME": str(self.cache)}

    def run(
        self, command: Sequence[str | Path], *, cwd: Path, before: Callable[[int], object] = lambda _: None
    ) -> Measurement:
        """Measure any command."""
        return measure(command, runs=self.runs, env=self.env, cwd=cwd, before=before)

    def codexc(self, *arguments: str, before: Callable[[int], object] = lambda _: None, runs: int = 0) -> Measurement:
        """Measure one command of codexc."""
        return measure([CODEXC, *arguments], runs=runs or self.runs, env=self.env, cwd=WORK, before=before)

    def measure_size(self, rules: int) -> dict[str, Measurement]:
        """Measure all commands on a codex of `rules` rules."""
        root, out = WORK / f"standards-{rules}", WORK / f"dist-{rules}"
        shutil.rmtree(root, ignore_errors=True)
        generate(rules, root)
        page = sorted(root.rglob("*.md"))[0]
        text = page.read_text(encoding="utf-8")
        build = ("build", "--root", str(root), "--out", str(out), "-q")
        runs = min(self.runs, 3) if rules > 1_000 else self.runs
        figures = {"cold": self.codexc(*build, before=lambda _: _clear(out), runs=runs)}
        check = ("check", "--root", str(root), "-q")
        figures["check, cold"] = self.codexc(*check, before=lambda _: _clear(out), runs=runs)
        self.codexc(*build, runs=1)
        figures["no-op"] = self.codexc(*build, runs=runs)

        def change(number: int) -> None:
            page.write_text(text.replace("Words about", f"{number} {time.time_ns()} words about", 1), encoding="utf-8")

        figures["one file changed"] = self.codexc(*build, before=change, runs=runs)
        page.write_text(text, encoding="utf-8")
        figures["check of one file"] = self.codexc("check", str(page), "-q", runs=runs)
        return figures

    def peers(self, rules: int, tools: Path) -> list[tuple[Peer, Measurement, int]]:
        """Measure the peers on the same rules: their cost, and the size in bytes of the AGENTS.md that each writes."""
        folder = WORK / f"peers-{rules}"
        shutil.rmtree(folder, ignore_errors=True)
        results = []
        for peer in prepare(WORK / f"standards-{rules}", folder, tools):
            cost = measure(peer.command, runs=min(self.runs, 3), env=self.env, cwd=peer.folder)
            page = peer.folder / "AGENTS.md"
            results.append((peer, cost, page.stat().st_size if page.is_file() else 0))
        return results


def _clear(out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(WORK / "cache", ignore_errors=True)
