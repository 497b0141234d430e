"""A codex for pipelines."""

from pathlib import Path

import pytest

from tests.support.pipelines import git
from tests.support.running import codexc


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A new codex, pushed to a bare repository."""
    work = tmp_path / "work"
    made = codexc("init", work, "--owner", "@team", "--namespace", "acme")
    assert made.code == 0, made.err
    built = codexc("build", cwd=work)
    assert built.code == 0, built.err + built.out
    git(work, "init", "--quiet", "--initial-branch", "main")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", "Start our standards")
    bare = tmp_path / "origin.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    git(work, "remote", "add", "origin", str(bare))
    return bare
