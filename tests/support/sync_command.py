"""`codexc sync` on a folder of repositories."""

import json
from pathlib import Path

from tests.support.fleet import git
from tests.support.running import Run, codexc

FLEET = """
catalog: {kind: folder, path: ../../fleet}
forge: {kind: local, root: ../../fleet}
waves:
  - {name: pilots, names: ["shop/payments"]}
  - {name: all, percent: 100}
"""


def released_in(folder: Path) -> Path:
    """Make a folder with a built codex a git repository, and release the codex."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for key, value in (("user.name", "CI"), ("user.email", "ci@example.com")):
        git(folder, "config", key, value)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Start")
    done = codexc("release", "--tag", cwd=folder)
    assert done.code == 0, done.err
    return folder


def sync(codex: Path, *arguments: str | Path) -> Run:
    return codexc("sync", *arguments, cwd=codex)


def outcomes(run: Run) -> dict[str, str]:
    return {row["repository"]: row["outcome"] for row in map(json.loads, run.out.splitlines())}
