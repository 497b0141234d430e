"""The jobs of receiving repositories: written once, accepted by zizmor, and their scripts do what they say."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codex.shell.linters import program_path
from codex.workflow.ci_jobs import JOBS
from skills_build.source.yaml import load_yaml_tolerant
from tests.support.reviewing import BLOCKING, bundle, git, put, repository, rule
from tests.support.running import codexc


def jobs(kind: str) -> Any:
    template = Path(__file__).parents[2] / "templates" / "receiver" / JOBS[kind][0]
    return load_yaml_tolerant(template.read_text())[0]


@pytest.mark.parametrize("kind", list(JOBS))
def test_jobs_are_written_once_and_kept(tmp_path: Path, kind: str) -> None:
    root, out = tmp_path / "root", bundle(tmp_path, [rule(1, BLOCKING)])
    root.mkdir()
    install = ("install", str(out), "--into", str(root), "--ci", kind)
    path = root / JOBS[kind][1]
    assert f"would add {JOBS[kind][1]}" in codexc(*install, "--dry-run").err and not path.exists()
    assert codexc(*install).code == 0 and path.is_file()
    path.write_text("mine")
    assert "kept: " in codexc(*install).err
    assert path.read_text() == "mine"


def test_zizmor_finds_nothing(tmp_path: Path) -> None:
    program = program_path("zizmor")
    if program is None:
        pytest.skip("zizmor is not installed")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    shutil.copy(Path(__file__).parents[2] / "templates" / "receiver" / "github.yml", folder / "a.yml")
    done = subprocess.run(
        [program, "--offline", "--no-config", "--format=json", "."], cwd=tmp_path, capture_output=True, check=False
    )
    assert json.loads(done.stdout) == []


def script(root: Path, text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a runner does, with a pip that installs nothing."""
    tools = root.parent / "bin"
    tools.mkdir(exist_ok=True)
    (tools / "pip").write_text("#!/bin/sh\nexit 0\n")
    (tools / "pip").chmod(0o755)
    path = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    variables = {"HOME": str(root.parent), "PATH": path, "CODEXC_INSTALL": "codexc", **environment}
    return subprocess.run(
        ["bash", "-e", "-c", text], cwd=root, env=variables, capture_output=True, text=True, check=False
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with a branch whose change violates a rule."""
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "print(1)\n")
    git(tmp_path, "clone", "-q", "--bare", str(root), str(tmp_path / "origin.git"))
    git(root, "remote", "add", "origin", str(tmp_path / "origin.git"))
    return root


def test_the_job_for_forks_reviews_against_the_branch_of_the_repository(clone: Path) -> None:
    steps = jobs("github")["jobs"]["review-fork"]["steps"]
    done = script(clone, steps[-1]["run"], BASE="main", REPOSITORY=str(clone.parent / "origin.git"))
    assert done.returncode == 1 and done.stdout.startswith("::error file=src/b.py,line=1,"), done.stderr


def test_the_job_of_gitlab_writes_a_report(clone: Path) -> None:
    lines = jobs("gitlab")["codex-review"]["script"]
    done = script(clone, "\n".join(lines), CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main")
    assert done.returncode == 1, done.stderr
    (row,) = json.loads((clone / "gl-code-quality-report.json").read_text())
    assert row["location"]["path"] == "src/b.py"


def test_the_audit_writes_a_summary_and_a_page(clone: Path) -> None:
    summary = clone.parent / "summary.md"
    steps = jobs("github")["jobs"]["audit"]["steps"]
    assert script(clone, steps[-1]["run"], GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    assert "| `SVC-1` | violated (blocking) |" in summary.read_text()
    assert script(clone, "\n".join(jobs("gitlab")["codex-audit"]["script"])).returncode == 0
    assert "Violated" in (clone / "audit.html").read_text()


def test_only_the_job_that_posts_may_write() -> None:
    permissions = {name: job["permissions"] for name, job in jobs("github")["jobs"].items()}
    assert jobs("github")["permissions"] == {}
    assert permissions["review-fork"] == permissions["audit"] == {"contents": "read"}
    assert permissions["review"] == {"contents": "read", "pull-requests": "write", "statuses": "write"}
