"""The GitHub workflow that `codexc init` writes: its scripts are run in real repositories."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.support.forges import running
from tests.support.pipelines import (
    VANISHED,
    branches,
    change,
    clone,
    fleet,
    git,
    github,
    merged,
    notes,
    script,
    signing_key,
    step,
)
from tests.support.running import codexc

PREPARE: Final = "Prepare the next release, and tag a merged one"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="no ssh-keygen on this machine")
def test_github_signs_what_it_publishes_with_a_secret(origin: Path, tmp_path: Path) -> None:
    folder = clone(origin, "signed")
    key = signing_key(tmp_path, folder)
    assert script("codexc release --tag && rm -rf build", folder).returncode == 0
    text = step(folder, "release", "Publish the release").replace("codexc publish", "true")
    output = tmp_path / "output"
    env = {"TAG": "codex-v1.0.0", "GITHUB_OUTPUT": str(output)}
    done = script(text, folder, CODEX_SIGNING_KEY=key.read_text().rstrip("\n"), **env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert output.read_text() == "tag=codex-v1.0.0\n"
    verified = codexc("verify", folder / "build/bundles/acme-1.0.0", cwd=folder / "standards")
    assert "signed by releases@example.org" in verified.err
    unsigned = script(text, folder.parent / "signed", **env)
    assert "the bundle is not signed" in unsigned.stdout
    nothing = script(text, folder, **{**env, "TAG": ""})
    assert (nothing.returncode, nothing.stdout) == (0, "")


def test_github_checks_reviews_and_releases(origin: Path) -> None:
    folder = clone(origin, "actions")
    base = change(folder)
    for name in ("Check the standards", "Check that the committed output is up to date"):
        done = script(step(folder, "check", name), folder)
        assert done.returncode == 0, done.stdout + done.stderr
    summary = folder.parent / "summary.md"
    said = script(step(folder, "review", "Show the changes"), folder, BASE=base, GITHUB_STEP_SUMMARY=str(summary))
    assert said.returncode == 0, said.stderr
    assert "**WOW-9** added: a new enforced MUST" in summary.read_text()
    breaking = step(folder, "review", "Check for breaking changes, unless the label `breaking` allows them")
    assert script(breaking, folder, BASE=base).returncode == 1
    page = next((folder / "standards" / "engineering").glob("*.md"))
    page.write_text(page.read_text().replace(*VANISHED))
    shown = script(step(folder, "review", "Show the changes"), folder, BASE=base, GITHUB_STEP_SUMMARY=str(summary))
    assert shown.returncode == 0, shown.stderr
    assert "**WOW-1**" in (folder / "codex-review.md").read_text()


@pytest.mark.slow
def test_github_releases_by_a_pull_request(origin: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    env = {"CODEX_PUSH_URL": str(origin), "GITHUB_REF_NAME": "main", "GITHUB_OUTPUT": str(output), "GH_TOKEN": "x"}
    folder = clone(origin, "actions")
    text = step(folder, "release", PREPARE)
    before = git(origin, "rev-parse", "main")
    for _ in range(2):
        done = script(text, folder, **env)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (git(origin, "rev-parse", "main"), git(origin, "tag")) == (before, "")
    assert output.read_text() == "tag=\n" * 2
    tip = merged(origin, "person")
    for name in ("after", "again"):  # a job that failed after the tag was pushed is started again
        output.unlink()
        done = script(text, clone(origin, name), **env)
        assert done.returncode == 0, done.stdout + done.stderr
        assert git(origin, "rev-parse", "codex-v1.0.0^{commit}") == tip
        assert output.read_text() == "tag=codex-v1.0.0\n"


def test_github_pushes_a_release_directly_where_it_may(origin: Path, tmp_path: Path) -> None:
    folder = clone(origin, "direct")
    env = {"CODEX_RELEASE": "direct", "GITHUB_REF_NAME": "main", "GITHUB_OUTPUT": str(tmp_path / "output")}
    released = script(step(folder, "release", PREPARE), folder, **env)
    assert released.returncode == 0, released.stdout + released.stderr
    assert git(origin, "tag") == "codex-v1.0.0"
    assert git(origin, "rev-parse", "main") == git(folder, "rev-parse", "HEAD")


def test_the_github_job_comments_once(origin: Path, tmp_path: Path) -> None:
    folder = clone(origin, "comment")
    text = step(folder, "review", "Comment on the pull request")
    with running("github", tmp_path / "forge") as forge:
        forge.add_repository("acme/codex", files={"a.md": "a"})
        forge.human_commit("acme/codex", "topic", {"b.md": "b"})
        number = forge.open_request("acme/codex", "topic", "main", title="Change", description="")
        for report in ("First.\n", "Second.\n"):
            (folder / "codex-review.md").write_text(report)
            pull = f"{forge.url}/acme/codex/pull/{number}"
            done = script(text, folder, GITHUB_ACTIONS="true", GH_TOKEN=forge.token, PULL=pull)
            assert done.returncode == 0, done.stderr
        assert [note.partition("\n")[2].strip() for note in notes(forge, number)] == ["Second."]


@pytest.mark.slow
def test_github_brings_a_release_to_a_wave(origin: Path) -> None:
    folder = fleet(origin)
    summary = folder.parent / "summary.md"
    text = step(folder, "sync", "Sync the release to a wave")
    done = script(text, folder, WAVE="pilots", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 opened, 1 queued" in summary.read_text()
    assert branches(origin) == ["pilot.git"]


def test_github_gives_each_job_no_more_than_it_needs(origin: Path) -> None:
    workflow = github(clone(origin, "static"))
    assert workflow["permissions"] == {}
    wanted = {
        "check": {"contents": "read"},
        "review": {"contents": "read", "pull-requests": "write"},
        "release": {"contents": "write", "pull-requests": "write", "id-token": "write"},
        "sync": {"contents": "read"},
    }
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == wanted
    for job in workflow["jobs"].values():
        for one in job["steps"]:
            if "uses" in one:
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one["uses"])
            assert "${{" not in one.get("run", ""), "an expression in a script lets a title run as code"


def test_github_also_runs_for_labels_on_a_schedule_and_by_hand(origin: Path) -> None:
    workflow = github(clone(origin, "triggers"))
    triggers = workflow["on"]
    assert {"opened", "synchronize", "reopened", "labeled"} <= set(triggers["pull_request"]["types"])
    assert triggers["schedule"][0]["cron"]
    assert "workflow_dispatch" in triggers


@pytest.mark.parametrize("source", [(), ("--install-from", "git+https://git.example.com/tools/codexc@v1")])
def test_the_workflow_passes_actionlint(tmp_path: Path, source: tuple[str, ...]) -> None:
    program = shutil.which("actionlint") or os.environ.get("CODEX_ACTIONLINT")
    if program is None:
        pytest.skip("no actionlint (go install github.com/rhysd/actionlint/cmd/actionlint@latest, or CODEX_ACTIONLINT)")
    assert codexc("init", tmp_path / "codex", "--namespace", "acme", *source).code == 0
    workflow = tmp_path / "codex" / ".github" / "workflows" / "codex.yml"
    done = subprocess.run([program, "-no-color", str(workflow)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
