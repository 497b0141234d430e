"""The pipelines that `codexc init` writes: their scripts are run, in real repositories, as a CI would run them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from tests.support.data import ROOT
from tests.support.running import codexc
from tests.support.scripted import Reply, scripted

GIT: Final = ["git", "-c", "user.name=Author", "-c", "user.email=author@example.com"]
RULE: Final = """
### Reviews MUST name a second reader (WOW-9)

**Status:** enforced

**Why:** one pair of eyes sees what it wants to see.
"""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def script(text: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the runners do: bash that ends at the first failure."""
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    keep = {key: os.environ[key] for key in ("LANG", "XDG_CACHE_HOME") if key in os.environ}
    environment = {**keep, "PATH": path, "HOME": str(home), "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **env}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


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


def clone(origin: Path, name: str) -> Path:
    """What a runner checks out: a commit, detached."""
    folder = origin.parent / name
    git(origin.parent, "clone", "--quiet", str(origin), str(folder))
    git(folder, "checkout", "--quiet", "--detach", "origin/main")
    return folder


def change(folder: Path, text: str = RULE) -> str:
    """Commit a change of the standards with its output; returns the commit before."""
    before = git(folder, "rev-parse", "HEAD")
    page = next((folder / "standards" / "engineering").glob("*.md"))
    page.write_text(page.read_text(encoding="utf-8").rstrip("\n") + "\n" + text, encoding="utf-8")
    built = codexc("build", cwd=folder)
    assert built.code == 0, built.out + built.err
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Change a standard")
    return before


def gitlab(folder: Path) -> dict[str, Any]:
    _, jobs = YAML(typ="safe").load_all((folder / "templates" / "codex.yml").read_text())
    return {name: {**jobs[".codexc"], **job} for name, job in jobs.items() if not name.startswith(".")}


def lines(job: Mapping[str, Any]) -> str:
    return "\n".join(job["script"])


def github(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((folder / ".github" / "workflows" / "codex.yml").read_text())
    return found


def step(folder: Path, job: str, name: str) -> str:
    steps = github(folder)["jobs"][job]["steps"]
    return next(str(step["run"]) for step in steps if step.get("name") == name)


def test_gitlab_checks_a_merge_request_and_tells_what_breaks(origin: Path) -> None:
    folder = clone(origin, "merge-request")
    base = change(folder)
    jobs = gitlab(folder)
    checked = script(lines(jobs["codex-check"]), folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert (folder / "gl-code-quality-report.json").read_text().strip() == "[]"
    reviewed = script(lines(jobs["codex-review"]), folder, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert reviewed.returncode == 1
    assert jobs["codex-review"]["allow_failure"] == {"exit_codes": [1]}
    assert "**WOW-9** added: a new enforced MUST" in (folder / "codex-review.md").read_text()
    assert "major WOW-9 added: a new enforced MUST" in reviewed.stdout


def test_gitlab_fails_where_the_standards_do(origin: Path) -> None:
    folder = clone(origin, "wrong")
    page = next((folder / "standards" / "engineering").glob("*.md"))
    page.write_text(page.read_text() + "\n### Somebody MUST do something\n")
    checked = script(lines(gitlab(folder)["codex-check"]), folder)
    assert checked.returncode == 1
    assert "error[CX101]" in checked.stdout
    assert "CX101" in (folder / "gl-code-quality-report.json").read_text()


def test_gitlab_writes_the_report_into_the_merge_request_if_it_may(origin: Path) -> None:
    folder = clone(origin, "comment")
    base = change(folder, RULE.replace("MUST", "SHOULD"))
    with scripted(lambda *_: Reply(status=201, body=b"{}")) as server:
        done = script(
            lines(gitlab(folder)["codex-review"]),
            folder,
            CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
            CODEX_COMMENT_TOKEN="glpat-secret",
            CI_API_V4_URL=f"{server.url}/api/v4",
            CI_PROJECT_ID="7",
            CI_MERGE_REQUEST_IID="3",
        )
    assert done.returncode == 0, done.stderr
    assert "glpat-secret" not in done.stdout + done.stderr
    asked = server.requests[0]
    assert (asked.method, asked.path) == ("POST", "/api/v4/projects/7/merge_requests/3/notes")
    assert asked.headers["private-token"] == "glpat-secret"
    assert b"WOW-9" in asked.body


def test_gitlab_releases_what_is_new_once(origin: Path) -> None:
    folder = clone(origin, "release")
    env = {
        "CI_DEFAULT_BRANCH": "main",
        "CI_SERVER_HOST": "gitlab.example.com",
        "CI_PROJECT_URL": "unused",
        "CODEX_PUSH_URL": str(origin),
        "CODEX_RELEASE_TOKEN": "glpat-secret",
    }
    job = lines(gitlab(folder)["codex-release"])
    done = script(job, folder, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "glpat-secret" not in done.stdout + done.stderr
    assert git(origin, "tag") == "codex-v1.0.0"
    assert git(origin, "log", "-1", "--format=%s", "main").startswith("Release ")
    again = clone(origin, "again")
    before = git(origin, "rev-parse", "main")
    assert script(job, again, **env).returncode == 0
    assert git(origin, "rev-parse", "main") == before
    newer = clone(origin, "newer")
    change(newer)
    assert script(job, newer, **env).returncode == 0
    assert git(origin, "tag") == "codex-v1.0.0\ncodex-v2.0.0"


def test_gitlab_publishes_a_tag(origin: Path) -> None:
    folder = clone(origin, "tagged")
    git(folder, "config", "user.name", "CI")
    git(folder, "config", "user.email", "ci@example.com")
    assert script("codexc release --tag && rm -rf build", folder).returncode == 0
    job = gitlab(folder)["codex-publish"]
    local = [one for one in job["script"] if "gitlab:" not in one]
    assert len(local) == len(job["script"]) - 1
    done = script("\n".join(local), folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "public" / ".well-known" / "agent-skills" / "index.json").is_file()
    assert (folder / "build" / "bundles" / "acme-1.0.0" / "manifest.json").is_file()


def signing_key(folder: Path, clone: Path) -> Path:
    """A new key, which the codex in `clone` lets sign; that is committed."""
    path = folder / "codex.key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    added = codexc("trust", "add", "--key", f"{path}.pub", "--name", "releases@example.org", cwd=clone / "standards")
    assert added.code == 0, added.err
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Trust the release key")
    for key, value in (("user.name", "CI"), ("user.email", "ci@example.com")):
        git(clone, "config", key, value)
    return path


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="no ssh-keygen on this machine")
def test_gitlab_signs_what_it_publishes_with_a_key_from_a_file(origin: Path, tmp_path: Path) -> None:
    folder = clone(origin, "signed")
    key = signing_key(tmp_path, folder)
    assert script("codexc release --tag && rm -rf build", folder).returncode == 0
    key.chmod(0o644)  # as runners write variables of type File
    job = [one for one in gitlab(folder)["codex-publish"]["script"] if "gitlab:" not in one]
    done = script("\n".join(job), folder, CODEX_SIGNING_KEY=str(key))
    assert done.returncode == 0, done.stdout + done.stderr
    site = tmp_path / "signed" / "public"
    assert (site / ".well-known/agent-skills/releases/1.0.0/bundle/manifest.json.sig").is_file()
    verified = codexc("verify", f"well-known:{site}", cwd=folder / "standards")
    assert "signed by releases@example.org" in verified.err


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="no ssh-keygen on this machine")
def test_github_signs_what_it_publishes_with_a_secret(origin: Path, tmp_path: Path) -> None:
    folder = clone(origin, "signed")
    key = signing_key(tmp_path, folder)
    assert script("codexc release --tag && rm -rf build", folder).returncode == 0
    text = step(folder, "release", "Publish the last release").replace("codexc publish", "true")
    output = tmp_path / "output"
    done = script(text, folder, CODEX_SIGNING_KEY=key.read_text().rstrip("\n"), GITHUB_OUTPUT=str(output))
    assert done.returncode == 0, done.stdout + done.stderr
    assert output.read_text() == "tag=codex-v1.0.0\n"
    verified = codexc("verify", folder / "build/bundles/acme-1.0.0", cwd=folder / "standards")
    assert "signed by releases@example.org" in verified.err
    unsigned = script(text, folder.parent / "signed", GITHUB_OUTPUT=str(output))
    assert "the bundle is not signed" in unsigned.stdout


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
    (folder / "codex-review.md").unlink()
    released = script(step(folder, "release", "Release new changes"), folder, GITHUB_REF_NAME="main")
    assert released.returncode == 0, released.stdout + released.stderr
    assert git(origin, "tag") == "codex-v1.0.0"
    assert git(origin, "rev-parse", "main") == git(folder, "rev-parse", "HEAD")


FLEET: Final = """
catalog: {kind: folder, path: ../../fleet}
forge: {kind: local, root: ../../fleet}
waves:
  - {name: pilots, names: ["shop/*"]}
  - {name: all, percent: 100}
"""


def fleet(origin: Path) -> Path:
    """A clone at a release, whose codex.yaml names a fleet of two repositories; they and the bundle are ready."""
    folder = clone(origin, "synced")
    settings = folder / "standards" / "codex.yaml"
    settings.write_text(settings.read_text() + FLEET)
    git(folder, "commit", "--quiet", "--all", "--message", "Name the fleet")
    git(folder, "config", "user.name", "CI")
    git(folder, "config", "user.email", "ci@example.com")
    for path in ("shop/pilot", "data/other"):
        work = origin.parent / "seed"
        git(origin.parent, "init", "--quiet", "--initial-branch", "main", str(work))
        (work / "a.py").write_text("x = 1\n")
        git(work, "add", "--all")
        git(work, "commit", "--quiet", "--allow-empty", "--message", "Start")
        (origin.parent / "fleet" / path).parent.mkdir(parents=True, exist_ok=True)
        git(origin.parent, "clone", "--quiet", "--bare", str(work), str(origin.parent / "fleet" / f"{path}.git"))
    assert script("codexc release --tag && rm -rf build", folder).returncode == 0
    return folder


def branches(origin: Path) -> list[str]:
    found = (origin.parent / "fleet").rglob("*.git")
    return sorted(path.name for path in found if "codex/sync" in git(path, "branch", "--list", "codex/sync"))


def test_gitlab_plans_a_sync_and_applies_it_wave_by_wave(origin: Path) -> None:
    folder = fleet(origin)
    jobs = gitlab(folder)
    planned = script(lines(jobs["codex-sync-plan"]), folder)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "2 repositories: 2 opened." in (folder / "codex-sync.md").read_text()
    assert branches(origin) == []
    assert jobs["codex-sync-apply"]["rules"][0]["when"] == "manual"
    assert all("codex-publish" in jobs[f"codex-sync-{name}"]["needs"] for name in ("plan", "apply"))  # signatures
    for wave, wanted in (("pilots", ["pilot.git"]), ("all", ["other.git", "pilot.git"])):
        done = script(lines(jobs["codex-sync-apply"]), folder, WAVE=wave)
        assert done.returncode == 0, done.stdout + done.stderr
        assert branches(origin) == wanted
    assert script(lines(jobs["codex-sync-apply"]), folder, WAVE="nobody").returncode != 0


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
        "release": {"contents": "write", "id-token": "write"},
        "sync": {"contents": "read"},
    }
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == wanted
    for job in workflow["jobs"].values():
        for one in job["steps"]:
            if "uses" in one:
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one["uses"])
            assert "${{" not in one.get("run", ""), "an expression in a script lets a title run as code"


def test_no_secret_stands_in_a_command(origin: Path) -> None:
    folder = clone(origin, "secrets")
    for job in gitlab(folder).values():
        for line in lines(job).splitlines():
            if "TOKEN" in line and not line.lstrip().startswith("if "):
                assert re.search(r"printf '[^']*' \"\$CODEX_\w+_TOKEN\"|--token-env CI_JOB_TOKEN", line), line
