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
from tests.support.forges import Forge, running
from tests.support.running import codexc

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


VANISHED: Final = ("### Changes MUST be reviewed by someone other than their author (WOW-1)", "### Changes")


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


def notes(forge: Forge, number: int) -> list[str]:
    return [note.body for note in forge.merge_request("acme/codex", number).notes]


def merged(origin: Path, name: str) -> str:
    """A person squashes the release into the default branch and deletes its branch; returns the new tip."""
    folder = clone(origin, name)
    git(folder, "checkout", "--quiet", "main")
    git(folder, "merge", "--quiet", "--squash", "origin/codex/release")
    git(folder, "commit", "--quiet", "--message", "Release")
    git(folder, "push", "--quiet", "origin", "main", ":codex/release")
    path = origin.parent / "origin.requests.json"
    path.write_text(path.read_text().replace('"state": "open"', '"state": "merged"').replace('"open"', '"merged"'))
    return git(folder, "rev-parse", "HEAD")


def test_gitlab_releases_by_a_merge_request(origin: Path) -> None:
    env = {
        "CI_DEFAULT_BRANCH": "main",
        "CI_SERVER_HOST": "gitlab.example.com",
        "CI_PROJECT_URL": "unused",
        "CODEX_PUSH_URL": str(origin),
        "CODEX_RELEASE_TOKEN": "glpat-secret",
    }
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


def test_gitlab_releases_what_is_new_once_where_it_may_push(origin: Path) -> None:
    folder = clone(origin, "release")
    env = {
        "CI_DEFAULT_BRANCH": "main",
        "CI_SERVER_HOST": "gitlab.example.com",
        "CI_PROJECT_URL": "unused",
        "CODEX_PUSH_URL": str(origin),
        "CODEX_RELEASE_TOKEN": "glpat-secret",
        "CODEX_RELEASE": "direct",
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
    pages = gitlab(folder)["pages"]
    assert (pages["needs"], pages["artifacts"]) == (["codex-publish"], {"paths": ["public"]})
    assert script(lines(pages), folder).returncode == 0


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


PREPARE: Final = "Prepare the next release, and tag a merged one"


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


def test_github_comments_once(origin: Path, tmp_path: Path) -> None:
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
        "release": {"contents": "write", "pull-requests": "write", "id-token": "write"},
        "sync": {"contents": "read"},
    }
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == wanted
    for job in workflow["jobs"].values():
        for one in job["steps"]:
            if "uses" in one:
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one["uses"])
            assert "${{" not in one.get("run", ""), "an expression in a script lets a title run as code"


def test_no_command_contains_a_secret(origin: Path) -> None:
    folder = clone(origin, "secrets")
    for job in gitlab(folder).values():
        for line in lines(job).splitlines():
            if "TOKEN" in line and not line.lstrip().startswith("if "):
                assert re.search(r"printf '[^']*' \"\$CODEX_\w+_TOKEN\"|--token-env C[A-Z_]+_TOKEN", line), line


def installing(job: Mapping[str, Any]) -> str:
    return "\n".join(job["before_script"])


@pytest.fixture
def pip(tmp_path: Path) -> Path:
    """A folder with a pip that only writes down what it is asked for."""
    program = tmp_path / "bin" / "pip"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "pip $*"\n')
    program.chmod(0o755)
    return program.parent


def installs(folder: Path) -> list[str]:
    """The scripts that install codexc, in each pipeline."""
    steps = [step(folder, name, "Install codexc") for name in github(folder)["jobs"]]
    return [installing(gitlab(folder)["codex-check"]), *steps]


def test_without_a_source_each_pipeline_fails_with_one_clear_message(tmp_path: Path, pip: Path) -> None:
    folder = tmp_path / "codex"
    made = codexc("init", folder, "--namespace", "acme")
    assert "set CODEXC_INSTALL in CI" in made.err
    for text in installs(folder):
        failed = script(f'PATH="{pip}:$PATH"\n{text}', folder)
        assert failed.returncode == 1
        assert "CODEXC_INSTALL" in failed.stdout + failed.stderr
        assert not failed.stdout.startswith("pip ")
        given = script(f'PATH="{pip}:$PATH"\n{text}', folder, CODEXC_INSTALL="git+https://git.example.com/c@v1")
        assert given.stdout == "pip install --quiet git+https://git.example.com/c@v1\n"
    everything = "\n".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert not re.search(r"(pip|pipx|uv)\b[^\n]*install[^\n]*engineering-codex", everything)
    assert "additional_dependencies: [" not in everything


def test_the_given_source_is_in_each_pipeline_and_in_the_hooks(tmp_path: Path) -> None:
    folder, source = tmp_path / "codex", "engineering-codex @ git+https://git.example.com/tools/codexc@v1.2"
    made = codexc("init", folder, "--namespace", "acme", "--install-from", source)
    assert made.code == 0
    assert "CODEXC_INSTALL" not in made.err
    (settings,) = YAML(typ="safe").load_all((folder / ".gitlab-ci.yml").read_text())
    assert settings["include"][0]["inputs"]["codexc"] == source
    assert github(folder)["env"]["CODEXC_INSTALL"] == source
    (hooks,) = YAML(typ="safe").load((folder / ".pre-commit-config.yaml").read_text())["repos"]
    assert [hook["additional_dependencies"] for hook in hooks["hooks"]] == [[source], [source]]
    assert f'$ pipx install "{source}"\n' in (folder / "README.md").read_text()


@pytest.mark.parametrize("bad", ["", "-r evil", "a$(x)", "a'b", 'a"b', "${{ secrets.X }}", "a`b`", "a\nb", "a\\b"])
def test_a_source_that_could_run_in_a_pipeline_is_refused(tmp_path: Path, bad: str) -> None:
    run = codexc("init", tmp_path / "codex", f"--install-from={bad}")
    assert (run.code, (tmp_path / "codex").exists()) == (2, False)
    assert "cannot be used in `--install-from`" in run.err


def test_the_default_branch_is_the_one_of_the_repository(tmp_path: Path) -> None:
    for name in ("trunk", "release/next"):
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch", name)
        assert codexc("init", folder, "--namespace", "acme").code == 0
        workflow = github(folder)
        assert workflow["on"]["push"]["branches"] == [name]
        assert workflow["jobs"]["release"]["if"].endswith(f"github.ref == 'refs/heads/{name}'")
    remote, other = tmp_path / "remote.git", tmp_path / "other"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "stable", str(remote))
    git(
        tmp_path / "trunk", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "x"
    )
    git(tmp_path / "trunk", "push", "--quiet", str(remote), "trunk:stable")
    git(tmp_path, "clone", "--quiet", str(remote), str(other))
    git(other, "checkout", "--quiet", "-b", "add-a-codex")
    assert codexc("init", other, "--namespace", "acme").code == 0
    assert 'branches: ["stable"]' in (other / ".github" / "workflows" / "codex.yml").read_text()


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
