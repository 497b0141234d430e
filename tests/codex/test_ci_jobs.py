"""The jobs of receiving repositories: written once, accepted by zizmor, and their scripts do what they say."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from codex.shell.linters import program_path
from codex.workflow.ci_jobs import JOBS
from skills_build.source.yaml_documents import load_yaml_tolerant
from tests.support.forges import running
from tests.support.forges.forge import Forge
from tests.support.reviewing import BLOCKING, bundle, git, put, repository, rule
from tests.support.running import codexc

TEMPLATES = Path(__file__).parents[2] / "templates" / "receiver"


def jobs(kind: str, number: int = 0) -> Any:
    return load_yaml_tolerant((TEMPLATES / JOBS[kind][number][0]).read_text())[0]


@pytest.mark.parametrize("kind", list(JOBS))
def test_jobs_are_written_once_and_kept(tmp_path: Path, kind: str) -> None:
    root, out = tmp_path / "root", bundle(tmp_path, [rule(1, BLOCKING)])
    root.mkdir()
    install = ("install", str(out), "--into", str(root), "--ci", kind)
    paths = [root / place for _, place in JOBS[kind]]
    dry = codexc(*install, "--dry-run").err
    assert all(f"would add {place}" in dry for _, place in JOBS[kind]) and not any(path.exists() for path in paths)
    assert codexc(*install).code == 0 and all(path.is_file() for path in paths)
    paths[0].write_text("mine")
    assert codexc(*install).err.count("kept ") == len(paths)
    assert paths[0].read_text() == "mine"


def test_zizmor_finds_nothing_in_the_jobs_that_are_written(tmp_path: Path) -> None:
    program = program_path("zizmor")
    if program is None:
        pytest.skip("zizmor is not installed")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name in (*(template for template, _ in JOBS["github"]), "update-github.yml", "update-gitea.yml"):
        shutil.copy(TEMPLATES / name, folder / name)
    done = subprocess.run(
        [program, "--offline", "--no-config", "--format=json", "."], cwd=tmp_path, capture_output=True, check=False
    )
    assert json.loads(done.stdout) == []


def test_actionlint_finds_nothing_in_the_jobs_that_are_written(tmp_path: Path) -> None:
    program = shutil.which("actionlint") or os.environ.get("CODEX_ACTIONLINT")
    if program is None:
        pytest.skip("no actionlint (go install github.com/rhysd/actionlint/cmd/actionlint@latest, or CODEX_ACTIONLINT)")
    files = [str(TEMPLATES / template) for template, _ in JOBS["github"]]
    done = subprocess.run([program, "-no-color", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


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
    where = {"REPOSITORY": str(clone.parent / "origin.git"), "RUNNER_TEMP": str(clone.parent)}
    done = script(clone, steps[-2]["run"], BASE="main", **where)
    assert done.returncode == 1 and done.stdout.startswith("::error file=src/b.py,line=1,"), done.stderr
    assert steps[-1]["with"]["path"] == "${{ runner.temp }}/findings.json"
    assert json.loads((clone.parent / "findings.json").read_text())["decision"] == "block"


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
    assert permissions["review-request"] == permissions["review"]
    forks = jobs("github", 1)
    assert forks["permissions"] == {}
    assert forks["jobs"]["post"]["permissions"] == {**permissions["review"], "actions": "read"}


def test_no_secret_is_near_code_of_a_fork() -> None:
    """Where a job has a token that may write, it checks out the head of this repository, or the base."""
    for number, name, job in [(0, *item) for item in jobs("github")["jobs"].items()] + [
        (1, *item) for item in jobs("github", 1)["jobs"].items()
    ]:
        checkout = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
        assert checkout["with"]["persist-credentials"] is False
        assert ("ref" in checkout["with"]) is (name in ("review", "review-fork")), (number, name)
        uses_secrets = "secrets." in json.dumps(job)
        assert uses_secrets is (name == "review")
        assert all("${{" not in step.get("run", "") for step in job["steps"])


GH = """#!/bin/sh
if [ "$1" = api ]; then echo "$NUMBER main"; exit 0; fi
shift 5
[ "$1" = --dir ] && mkdir -p "$2" && cp "$REPORT" "$2/findings.json"
"""


@contextmanager
def with_request(clone: Path, kind: Literal["github", "gitlab"]) -> Iterator[tuple[Forge, int, Path]]:
    """A forge with a merge request of the change, and a checkout of its base."""
    with running(kind, clone.parent / "forge") as forge:
        files = {path: (clone / path).read_bytes() for path in git(clone, "ls-files").split() if path != "src/b.py"}
        forge.add_repository("acme/ledger", files=files)
        git(clone, "push", "-qf", forge.clone_url("acme/ledger"), "main", "work")
        number = forge.open_request("acme/ledger", "work", "main", title="Work", description="")
        base = clone.parent / "base"
        git(clone.parent, "clone", "-q", "-b", "main", forge.clone_url("acme/ledger"), str(base))
        yield forge, number, base


def test_the_job_for_forks_verifies_and_posts_with_a_checkout_of_the_base(clone: Path) -> None:
    out = clone.parent / "findings.json"
    assert codexc("review", str(clone), "--base", "main", "--out", str(out)).code == 1
    (clone.parent / "bin").mkdir()
    (clone.parent / "bin" / "gh").write_text(GH)
    (clone.parent / "bin" / "gh").chmod(0o755)
    with with_request(clone, "github") as (forge, number, base):
        where = {"GITHUB_SERVER_URL": forge.url, "GITHUB_REPOSITORY": "acme/ledger", "GITHUB_ACTIONS": "true"}
        values = {"GH_TOKEN": forge.token, "NUMBER": str(number), "REPORT": str(out), "RUNNER_TEMP": str(clone.parent)}
        run = jobs("github", 1)["jobs"]["post"]["steps"][-1]["run"]
        done = script(base, run, RUN="1", SHA="x", HEAD="stranger:work", **where, **values)
        assert done.returncode == 1 and "posted: 1 thread opened" in done.stderr, done.stderr
        by_hand = jobs("github")["jobs"]["review-request"]["steps"][-1]["run"]
        values = {
            "REPOSITORY": f"{forge.url}/acme/ledger",
            "REQUEST": str(number),
            "TOKEN": forge.token,
            "BRANCH": "main",
        }
        done = script(base, by_hand, **where, **values)
        assert done.returncode == 1 and "posted: 0 threads opened" in done.stderr, done.stderr
        assert len(forge.merge_request("acme/ledger", number).threads) == 1


def test_the_job_of_gitlab_for_forks_needs_no_checkout_of_the_head(clone: Path) -> None:
    with with_request(clone, "gitlab") as (forge, number, base):
        lines = jobs("gitlab")["codex-review-request"]["script"]
        values = {"CI_PROJECT_URL": f"{forge.url}/acme/ledger", "CODEX_REQUEST": str(number), "GITLAB_CI": "true"}
        values["CI_DEFAULT_BRANCH"] = "main"
        done = script(base, "\n".join(lines), CODEX_REVIEW_TOKEN=forge.token, **values)
        assert done.returncode == 1 and "posted: 1 thread opened" in done.stderr, done.stderr
