"""Runs codexc as its users do, in a process of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.data import ROOT


@dataclass(frozen=True)
class Run:
    """How one call ended."""

    code: int
    out: str
    err: str


def codexc(*arguments: str | Path, cwd: Path | None = None, stdin: bytes | None = None, **env: str) -> Run:
    """Call codexc; fails the test where it printed a traceback."""
    result = subprocess.run(
        [sys.executable, "-m", "codex", *map(str, arguments)],
        cwd=cwd or ROOT,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **env},
    )
    run = Run(result.returncode, result.stdout.decode(errors="replace"), result.stderr.decode(errors="replace"))
    assert "Traceback (most recent call last)" not in run.out + run.err, run.err
    assert run.code != 3, run.err
    return run
