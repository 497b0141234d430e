"""`codexc sync propose`: edits of installed text in a fleet, as a diff of the standards and as merge requests."""

import json
from pathlib import Path

import pytest

from tests.codex.propose.test_propose import CODEX, EDIT, STANDARD
from tests.support.fleet import PYTHON, People, git
from tests.support.running import codexc
from tests.support.sync_command import FLEET, sync

FLEET_FILES = ("shop/payments", "shop/web", "shop/plain")


@pytest.fixture
def codex(tmp_path: Path) -> Path:
    """A released codex whose `origin` is a bare repository."""
    folder = tmp_path / "codex"
    (folder / "standards").mkdir(parents=True)
    (folder / "standards" / "codex.yaml").write_text(CODEX + FLEET)
    (folder / "standards" / "services.md").write_text(STANDARD)
    (folder / ".gitignore").write_text("build/\n")
    assert codexc("build", "-q", cwd=folder).code == 0
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for key, value in (("user.name", "CI"), ("user.email", "ci@example.com")):
        git(folder, "config", key, value)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Start")
    released = codexc("release", "--commit", "--tag", cwd=folder)
    assert released.code == 0, released.err
    (tmp_path / "forge" / "acme").mkdir(parents=True)
    git(tmp_path, "clone", "--quiet", "--bare", str(folder), str(tmp_path / "forge/acme/codex.git"))
    git(folder, "remote", "add", "origin", str(tmp_path / "forge/acme/codex.git"))
    return folder


@pytest.fixture
def people(tmp_path: Path, codex: Path) -> People:
    """A fleet in which two repositories have merged the codex."""
    root = tmp_path / "fleet"
    root.mkdir()
    fleet = People(root)
    for name in FLEET_FILES:
        fleet.add(name, dict(PYTHON))
    assert sync(codex, "apply", "-q").code in (0, 4)
    for name in FLEET_FILES[:2]:
        if not fleet.requests(name):
            assert sync(codex, "apply", "-q", "--wave", "all").code in (0, 4)
        fleet.merge(name)
    return fleet


def edit(people: People, path: str, before: str, after: str) -> None:
    text = people.show(path, "AGENTS.md")
    assert before in text
    people.commit(path, {"AGENTS.md": text.replace(before, after)})


def test_the_same_edit_in_two_repositories_is_one_change(codex: Path, people: People) -> None:
    for path in FLEET_FILES[:2]:
        edit(people, path, *EDIT)
    run = sync(codex, "propose")
    assert run.code == 0, run.err
    assert f"-### {EDIT[0]} (SVC-1)\n+### {EDIT[1]} (SVC-1)\n" in run.out
    assert run.out.count("\n+") == 2
    assert "repositories read: 3; with edits: 2" in run.err


def test_a_merge_request_for_the_rule_lists_every_repository_and_its_author(codex: Path, people: People) -> None:
    for path in FLEET_FILES[:2]:
        edit(people, path, *EDIT)
    run = sync(codex, "propose", "--merge-request")
    assert run.code == 0, run.err
    assert [line.split()[0] for line in run.out.splitlines()] == ["opened", "joined"]
    bare = codex.parent / "forge/acme/codex.git"
    (request,) = json.loads(bare.with_name("codex.requests.json").read_text())["requests"]
    listed = [line.partition(":")[0] for line in request["body"].splitlines() if line.startswith("- ")]
    assert listed == ["- `shop/payments`", "- `shop/web`"]
    assert "Co-authored-by: Dev <dev@example.com>" in git(bare, "log", "-1", "--format=%B", "codex/propose/svc-1")
    again = sync(codex, "propose", "--merge-request")
    assert [line.split()[0] for line in again.out.splitlines()] == ["current", "current"]


def test_what_cannot_be_mapped_and_what_cannot_be_read_is_reported(codex: Path, people: People) -> None:
    edit(people, FLEET_FILES[0], "## Acme", "## Ours")
    people.commit(FLEET_FILES[1], {".engineering-codex.lock": "{"})
    run = sync(codex, "propose")
    assert run.code == 1
    assert f"not mapped: {FLEET_FILES[0]}/AGENTS.md:" in run.err
    assert f"failed: {FLEET_FILES[1]}: " in run.err


def test_a_fleet_without_edits(codex: Path, people: People) -> None:
    run = sync(codex, "propose", "--merge-request")
    assert (run.code, run.out) == (0, "")
    assert "with edits: 0" in run.err
