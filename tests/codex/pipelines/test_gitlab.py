"""The GitLab pipeline that `codexc init` writes: its scripts are run in real repositories."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forges import running
from tests.support.pipelines import (
    RULE,
    VANISHED,
    branches,
    change,
    clone,
    fleet,
    git,
    gitlab,
    lines,
    merged,
    notes,
    script,
    signing_key,
)
from tests.support.running import codexc


def test_gitlab_checks_a_merge_request_and_comments_what_breaks(origin: Path) -> None:
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


@pytest.mark.slow
def test_gitlab_keeps_one_note_also_if_a_rule_vanished(origin: Path, tmp_path: Path) -> None:
    folder = clone(origin, "comment")
    base = change(folder, RULE.replace("MUST", "SHOULD"))
    job = lines(gitlab(folder)["codex-review"])
    with running("gitlab", tmp_path / "forge") as forge:
        forge.add_repository("acme/codex", files={"a.md": "a"})
        forge.human_commit("acme/codex", "topic", {"b.md": "b"})
        number = forge.open_request("acme/codex", "topic", "main", title="Change", description="")
        env = {
            "GITLAB_CI": "true",
            "CODEX_COMMENT_TOKEN": forge.token,
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
            "CI_MERGE_REQUEST_PROJECT_URL": f"{forge.url}/acme/codex",
            "CI_MERGE_REQUEST_IID": str(number),
        }
        done = script(job, folder, **env)
        assert done.returncode == 0, done.stderr
        assert forge.token not in done.stdout + done.stderr
        first = notes(forge, number)
        page = next((folder / "standards" / "engineering").glob("*.md"))
        page.write_text(page.read_text().replace(*VANISHED))
        assert script(job, folder, **env).returncode == 1
        assert (len(first), len(notes(forge, number))) == (1, 1)
        assert "WOW-9" in first[0]
        assert "**WOW-1**" in notes(forge, number)[0]
        without = {key: value for key, value in env.items() if key != "CODEX_COMMENT_TOKEN"}
        assert script(job, folder, **without).returncode == 1
        assert "WOW-1" in (folder / "codex-review.md").read_text()


def release_variables(origin: Path) -> dict[str, str]:
    return {
        "CI_DEFAULT_BRANCH": "main",
        "CI_SERVER_HOST": "gitlab.example.com",
        "CI_PROJECT_URL": "unused",
        "CODEX_PUSH_URL": str(origin),
        "CODEX_RELEASE_TOKEN": "glpat-secret",
    }


@pytest.mark.slow
def test_gitlab_releases_by_a_merge_request(origin: Path) -> None:
    env = release_variables(origin)
    folder = clone(origin, "release")
    job = lines(gitlab(folder)["codex-release"])
    before = git(origin, "rev-parse", "main")
    done = script(job, folder, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "opened the merge request for 1.0.0" in done.stderr
    assert "glpat-secret" not in done.stdout + done.stderr
    assert (git(origin, "rev-parse", "main"), git(origin, "tag")) == (before, "")
    tip = merged(origin, "person")
    for name in ("after", "again"):
        done = script(job, clone(origin, name), **env)
        assert done.returncode == 0, done.stdout + done.stderr
        assert git(origin, "rev-parse", "codex-v1.0.0^{commit}") == tip


@pytest.mark.slow
def test_gitlab_releases_what_is_new_once_where_it_may_push(origin: Path) -> None:
    folder = clone(origin, "release")
    env = {**release_variables(origin), "CODEX_RELEASE": "direct"}
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
    pages = gitlab(folder)["pages"]
    assert (pages["needs"], pages["artifacts"]) == (["codex-publish"], {"paths": ["public"]})
    assert script(lines(pages), folder).returncode == 0


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("source", [(), ("--install-from", "git+https://git.example.com/tools/codexc@v1")])
def test_the_pipelines_pass_the_schema_of_gitlab(tmp_path: Path, source: tuple[str, ...]) -> None:
    pytest.importorskip("check_jsonschema", reason="no check-jsonschema on this machine")
    folder = tmp_path / "codex"
    assert codexc("init", folder, "--namespace", "acme", *source).code == 0
    component = (folder / "templates" / "codex.yml").read_text().partition("\n---\n")
    (folder / "jobs.yml").write_text(re.sub(r"\$\[\[ inputs.waves \]\]", "[all]", component[2]))
    for name in (".gitlab-ci.yml", "jobs.yml"):
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"]
        done = subprocess.run(
            [*command, "--data-transform", "gitlab-ci", str(folder / name)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
