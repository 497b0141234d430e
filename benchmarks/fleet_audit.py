"""Measures the audit of a fleet of local repositories: a first run, one without changes, one in which some changed.

`python -m benchmarks.fleet_audit [--size 1000] [--write]`; everything happens in `build/bench/fleet`.
"""

import argparse
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.bench import CODEXC
from benchmarks.fleet import HERE, Cost, measure_cost, release_codex, repositories, table
from benchmarks.page import write_figures

CHANGED: Final = 10
"""Repositories that change before the last run."""


def measure(count: int, env: Mapping[str, str]) -> dict[str, Cost]:
    """Measure the audits of a new fleet. Raises `RuntimeError` if the second run writes other bytes than the first."""
    root, fleet = HERE / "codex", HERE / "repositories"
    repositories(count, fleet)
    release_codex(root, env)

    def run(name: str) -> Cost:
        command: list[str | Path] = [
            CODEXC,
            "sync",
            "audit",
            "-q",
            "--format",
            "json",
            "--output",
            root / "build" / name,
        ]
        return measure_cost(command, cwd=root, env=env)

    figures = {"audit, first run": run("first.json"), "audit, unchanged": run("second.json")}
    if (root / "build" / "first.json").read_bytes() != (root / "build" / "second.json").read_bytes():
        raise RuntimeError("the second run wrote other bytes")
    for bare in sorted(fleet.rglob("*.git"))[:CHANGED]:
        _commit(bare)
    figures[f"audit, {CHANGED} changed"] = run("third.json")
    return figures


def _commit(bare: Path) -> None:
    """Add an empty commit, which changes what an audit is of."""
    who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")
    commit = subprocess.run(
        ["git", *who, "commit-tree", "main^{tree}", "-p", "main", "-m", "More"],
        cwd=bare,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    subprocess.run(["git", "update-ref", "refs/heads/main", commit], cwd=bare, check=True)


def main() -> None:
    """Measure and print; write the page with `--write`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    HERE.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "XDG_CACHE_HOME": str(HERE / "cache")}
    text = "\n".join(table({arguments.size: measure(arguments.size, env)}))
    print(text)
    if arguments.write:
        write_figures("fleet audit", text)


if __name__ == "__main__":
    main()
