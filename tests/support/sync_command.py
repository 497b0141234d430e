"""`codexc sync` on a folder of repositories."""

import json
from pathlib import Path

from tests.support.running import Run, codexc

FLEET = """
catalog: {kind: folder, path: ../../fleet}
forge: {kind: local, root: ../../fleet}
waves:
  - {name: pilots, names: ["shop/payments"]}
  - {name: all, percent: 100}
"""


def sync(codex: Path, *arguments: str | Path) -> Run:
    return codexc("sync", *arguments, cwd=codex)


def outcomes(run: Run) -> dict[str, str]:
    return {row["repository"]: row["outcome"] for row in map(json.loads, run.out.splitlines())}
