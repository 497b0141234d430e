"""`codexc update`: one repository outside a fleet, on every forge, and a sync that takes it over."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast, get_args

import pytest

from codex.workflow.bundles import at_version
from codex.workflow.ci_jobs import UPDATE_JOBS
from skills_build.source.yaml_documents import load_yaml_tolerant
from tests.support.data import ROOT
from tests.support.fleet import PYTHON
from tests.support.forges import Forge, running
from tests.support.forges.faults import Kind
from tests.support.releasing import NEW_MUST, SERVICES, Codex, codex_in, git
from tests.support.running import Run, codexc

NAME = "shop/payments"
PIPELINES: dict[Kind, str] = {
    "gitlab": "GITLAB_CI",
    "github": "GITHUB_ACTIONS",
    "gitea": "GITEA_ACTIONS",
    "forgejo": "FORGEJO_ACTIONS",
    "bitbucket": "BITBUCKET_BUILD_NUMBER",
}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = codex_in(tmp_path_factory.mktemp("released"))
    made.release()
    return made.root


@pytest.fixture
def codex(released: Path, tmp_path: Path) -> Codex:
    shutil.copytree(released, tmp_path / "codex")
    return Codex(root=tmp_path / "codex")


QUICK = ("gitlab", "forgejo")


@pytest.fixture(params=[pytest.param(kind, marks=() if kind in QUICK else pytest.mark.slow) for kind in get_args(Kind)])
def forge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Forge]:
    with running(request.param, tmp_path) as forge:
        forge.add_repository(NAME, files=PYTHON)
        yield forge


def update(forge: Forge, bundle: Path | str, *arguments: str) -> tuple[int, str, str]:
    """Run the command as the job in a pipeline of that forge does."""
    environment: dict[str, Any] = {PIPELINES[forge.kind]: "true", "TOKEN": forge.token, "PYTHONPATH": str(ROOT)}
    address = f"{forge.url}/{NAME}"
    command = ("update", str(bundle), "--repository", address, "--token-env", "TOKEN", "--format", "json")
    done = codexc(*command, *arguments, **environment)
    facts = json.loads(done.out) if done.out else {"outcome": done.err, "request": ""}
    return done.code, facts["outcome"], facts["request"]


def sync(forge: Forge, codex: Codex, *arguments: str) -> Run:
    """Run a sync whose fleet is this repository."""
    settings = codex.standards / "codex.yaml"
    if "catalog:" not in settings.read_text():
        with settings.open("a") as file:
            file.write("catalog: {kind: inventory, path: repositories.yaml}\n")
            file.write(f"forge: {{kind: {forge.kind}, url: '{forge.url}', token: {{env: TOKEN}}}}\n")
        (codex.standards / "repositories.yaml").write_text(f"repositories: ['{forge.url}/{NAME}']\n")
    return codexc("sync", *arguments, "--format", "jsonl", cwd=codex.root, TOKEN=forge.token, PYTHONPATH=str(ROOT))


def outcome(run: Run) -> str:
    assert run.out, run.err
    return str(json.loads(run.out)["outcome"])


def writes(forge: Forge) -> int:
    return sum(one.writes for one in forge.log)


def test_a_sync_takes_the_merge_request_over(forge: Forge, codex: Codex) -> None:
    bundle = codex.bundle("1.0.0")
    assert update(forge, bundle, "--dry-run")[:2] == (0, "opened")
    assert forge.requests(NAME) == ()
    assert update(forge, bundle)[:2] == (0, "opened")
    [opened] = forge.requests(NAME)
    body, before = opened.description, writes(forge)
    assert update(forge, bundle)[:2] == (0, "open")
    assert outcome(sync(forge, codex, "apply")) == "open"
    assert writes(forge) == before
    assert [one.description for one in forge.requests(NAME)] == [body]
    forge.merge(NAME, opened.number)
    assert outcome(sync(forge, codex, "apply")) in ("merged", "in-sync")
    assert update(forge, bundle)[:2] == (0, "in-sync")
    assert len(forge.requests(NAME)) == 1


def test_an_update_takes_the_merge_request_of_a_sync_over(forge: Forge, codex: Codex) -> None:
    assert outcome(sync(forge, codex, "apply")) == "opened"
    before = writes(forge)
    assert update(forge, codex.bundle("1.0.0"))[:2] == (0, "open")
    assert writes(forge) == before
    codex.write("services.md", SERVICES + NEW_MUST.format(id="SVC-3"))
    codex.commit()
    codex.release("--against", codex.bundle("1.0.0"))
    version = sorted(path.name for path in (codex.root / "build" / "bundles").iterdir())[-1].removeprefix("acme-")
    assert update(forge, codex.bundle(version))[:2] == (0, "updated")
    assert outcome(sync(forge, codex, "apply")) == "open"
    [request] = forge.requests(NAME)
    assert version in request.title


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """A bare repository in a folder."""
    bare = tmp_path / "fleet" / "payments.git"
    work = tmp_path / "work"
    git(tmp_path, "init", "--quiet", "--initial-branch", "main", str(work))
    for path, text in PYTHON.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(text)
    commit(work)
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    git(work, "remote", "add", "origin", str(bare))
    return work


def commit(work: Path, push: bool = False) -> None:
    git(work, "add", "--all")
    git(work, "-c", "user.name=Dev", "-c", "user.email=dev@example.com", "commit", "--quiet", "--message", "Work")
    if push:
        git(work, "push", "--quiet", "origin", "main")


def published(codex: Codex, tmp_path: Path) -> tuple[Path, str]:
    """Publish two releases to a site on disk; return its root and the newer version."""
    site = tmp_path / "site"
    codex.run("publish", str(codex.bundle("1.0.0")), "--to", f"well-known:{site}", as_of=None)
    codex.write("services.md", SERVICES + NEW_MUST.format(id="SVC-3"))
    codex.commit()
    codex.release("--against", codex.bundle("1.0.0"))
    version = newest(codex)
    done = codex.run("publish", str(codex.bundle(version)), "--to", f"well-known:{site}", as_of=None)
    assert done.code == 0, done.err
    return site, version


def newest(codex: Codex) -> str:
    return sorted(path.name for path in (codex.root / "build" / "bundles").iterdir())[-1].removeprefix("acme-")


def test_the_newest_release_that_the_pin_allows_is_proposed(local: Path, codex: Codex, tmp_path: Path) -> None:
    site, version = published(codex, tmp_path)
    command = ("update", f"well-known:{site}", "--format", "json")
    (local / ".engineering-codex.yaml").write_text("pin: 1.0.0\n")
    commit(local, push=True)
    pinned = json.loads(codexc(*command, cwd=local).out)
    assert (pinned["outcome"], pinned["version"]) == ("opened", "1.0.0")
    (local / ".engineering-codex.yaml").write_text("{}\n")
    commit(local, push=True)
    newer = json.loads(codexc(*command, cwd=local).out)
    assert (newer["outcome"], newer["version"]) == ("updated", version)
    (local / ".engineering-codex.yaml").write_text("pin: 0.9.0\n")
    commit(local, push=True)
    gone = json.loads(codexc(*command, cwd=local).out)
    assert (gone["outcome"], gone["reason"]) == ("skipped", "pinned to 0.9.0, but its bundle was not found")


def test_a_bundle_that_the_repository_does_not_trust_is_refused(local: Path, codex: Codex) -> None:
    (local / ".engineering-codex.yaml").write_text("trust: {namespaces: {acme: {minimum_version: 3.0.0}}}\n")
    commit(local, push=True)
    done = codexc("update", codex.bundle("1.0.0"), cwd=local)
    assert done.code == 1 and "3.0.0" in done.out
    assert "codex/sync" not in git(local, "ls-remote", "origin")


def test_options_are_those_of_codex_yaml(local: Path, codex: Codex) -> None:
    bundle, by = str(codex.bundle("1.0.0")), "Signed-off-by: Dev <dev@example.com>"
    wrong = codexc("update", bundle, "--branch", "../x", cwd=local)
    assert wrong.code == 2 and "--branch" in wrong.err
    done = codexc("update", bundle, "--branch", "bot/codex", "--title", "chore: {title}", "--trailer", by, cwd=local)
    assert done.code == 0, done.err
    assert "refs/heads/bot/codex" in git(local, "ls-remote", "origin")
    git(local, "fetch", "--quiet", "origin", "bot/codex")
    message = git(local, "log", "-1", "--format=%B", "FETCH_HEAD")
    assert message.startswith("chore: ") and by in message


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("git:https://git.example.com/a/b", "git:https://git.example.com/a/b#v1.2.0"),
        ("git:https://git.example.com/a/b#main", "git:https://git.example.com/a/b#v1.2.0"),
        ("oci://reg.example.com:5000/a/b:2.0.0", "oci://reg.example.com:5000/a/b:1.2.0"),
        ("oci:layout#2.0.0", "oci:layout#1.2.0"),
        ("https://example.com/", "https://example.com/.well-known/agent-skills/releases/1.2.0/bundle/"),
        ("well-known:https://example.com", "https://example.com/.well-known/agent-skills/releases/1.2.0/bundle/"),
        ("https://example.com/acme-2.0.0.tar.gz", None),
        ("no/such/acme-2.0.0", None),
    ],
)
def test_another_version_is_found_where_the_newest_is(where: str, place: str | None) -> None:
    assert at_version(where, "acme", "1.2.0") == place


@pytest.mark.parametrize("kind", list(UPDATE_JOBS))
def test_the_job_runs_the_command_of_the_documentation(local: Path, kind: str) -> None:
    path = local / UPDATE_JOBS[kind][1]
    source = "well-known:https://codex.example.com"
    command = ("update", source, "--ci", kind)
    assert "would add" in codexc(*command, "--dry-run", cwd=local).err and not path.exists()
    assert "added" in codexc(*command, cwd=local).err
    assert f'codexc update "{source}" --repository ' in path.read_text()
    assert "kept" in codexc(*command, cwd=local).err
    unsafe = codexc("update", 'well-known:https://x/$(id)"', "--ci", kind, cwd=local)
    assert unsafe.code == 2 and "cannot be read by a pipeline" in unsafe.err
    assert codexc("update", "build/bundles/acme-1.0.0", "--ci", kind, cwd=local).code == 2


@pytest.mark.parametrize("kind", ["gitlab", "forgejo"])
def test_the_job_opens_one_merge_request(kind: str, codex: Codex, local: Path, tmp_path: Path) -> None:
    site, _ = published(codex, tmp_path)
    assert codexc("update", f"well-known:{site}", "--ci", kind, cwd=local).code == 0
    job: Any = load_yaml_tolerant((local / UPDATE_JOBS[kind][1]).read_text())[0]
    script = job["codex-update"]["script"][-1] if kind == "gitlab" else job["jobs"]["update"]["steps"][-1]["run"]
    token = "CODEX_UPDATE_TOKEN" if kind == "gitlab" else "TOKEN"
    with running(cast("Kind", kind), tmp_path / "forge") as forge:
        forge.add_repository(NAME, files=PYTHON)
        address = f"{forge.url}/{NAME}"
        variables = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            PIPELINES[forge.kind]: "true",
            "CI_PROJECT_URL": address,
            "REPOSITORY": address,
            token: forge.token,
        }
        for outcome in ("opened", "open"):
            done = subprocess.run(
                ["bash", "-ec", script], env=variables, cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stdout.partition(" ")[0]) == (0, outcome), done.stderr
        assert len(forge.requests(NAME)) == 1
