"""What strangers put into a repository of the fleet never makes a sync write or delete what is not ours."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from codex.forge.base import FileWrite
from codex.sync.lock import LOCK, blob_id
from codex.sync.outcome import Outcome
from codex.sync.settings import SETTINGS
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from tests.support.fleet import PYTHON, People, codex_of, git, sync

HOOK = "#!/bin/sh\n"


@pytest.fixture
def people(tmp_path: Path) -> People:
    root = tmp_path / "forge"
    root.mkdir()
    return People(root)


def test_a_lock_that_names_files_of_others_deletes_none_of_them(people: People) -> None:
    people.add("shop/payments", {**PYTHON, "CODEOWNERS": "* @a\n", ".github/workflows/ci.yml": "on: push\n"})
    sync(people)
    people.merge("shop/payments")
    git(people.root / "shop" / "payments.git", "update-ref", "-d", "refs/heads/codex/sync")
    lock = json.loads(people.show("shop/payments", LOCK))
    for path in ("CODEOWNERS", ".github/workflows/ci.yml", "README.md"):
        blob = blob_id(people.show("shop/payments", path).encode()) if path != "README.md" else "0" * 40
        lock["files"][path] = {"blob": blob, "mode": "100644"}
    people.commit("shop/payments", {LOCK: json.dumps(lock)})
    item = sync(people, codex=codex_of("1.1.0", "more"))["shop/payments"]
    assert item.decision.writes
    assert people.show("shop/payments", "CODEOWNERS", "codex/sync") == "* @a\n"
    assert people.show("shop/payments", ".github/workflows/ci.yml", "codex/sync") == "on: push\n"
    assert "CODEOWNERS" not in json.loads(people.show("shop/payments", LOCK, "codex/sync"))["files"]
    assert item.proposal is not None
    assert any("`CODEOWNERS`, which is ignored" in note for note in item.proposal.change_set.notes)


@pytest.mark.parametrize("name", [SETTINGS, LOCK])
def test_settings_or_a_lock_that_are_links_fail_their_repository_alone(name: str, people: People) -> None:
    people.add("shop/payments")
    people.add("shop/other")
    work = people.root.parent / "work"
    people.commit("shop/payments", {})
    (work / name).symlink_to("../../../../secret: [")
    git(work, "add", "--all")
    git(work, "-c", "user.name=D", "-c", "user.email=d@example.com", "commit", "--quiet", "--message", "link")
    git(work, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    found = sync(people)
    assert found["shop/payments"].decision.outcome is Outcome.FAILED
    assert f"`{name}` is a symbolic link" in found["shop/payments"].decision.reason
    assert "secret" not in found["shop/payments"].decision.reason
    assert found["shop/other"].decision.outcome is not Outcome.FAILED
    assert people.tip("shop/payments") is None


@pytest.mark.parametrize("path", [".git/hooks/post-checkout", "Makefile", ".github/workflows/x.yml", ".claude/a.json"])
def test_a_bundle_commits_nothing_beyond_its_targets_folders(path: str, people: People) -> None:
    people.add("shop/payments")
    good = codex_of()
    artifact = Artifact(path=f"targets/agents/{path}", data=b"#!/bin/sh\n", mode=0o755)
    item = sync(people, codex=replace(good, files={**good.files, artifact.path: artifact}))["shop/payments"]
    assert item.decision.outcome is Outcome.FAILED
    assert "is not allowed" in item.decision.reason
    assert people.tip("shop/payments") is None


@pytest.mark.parametrize("path", [".git/config", "a/.GIT/x", "git~1/x", "a//b", "../a", "aux.md", "a:b"])
def test_no_forge_gets_a_path_that_a_checkout_would_write_elsewhere(path: str) -> None:
    with pytest.raises(CodexError, match="refusing to commit"):
        FileWrite(path=path, data=b"")


def test_an_executable_host_file_is_named_in_the_merge_request_and_left(people: People) -> None:
    people.add("shop/payments", {**PYTHON, "AGENTS.md": HOOK})
    people.commit("shop/payments", {})
    work = people.root.parent / "work"
    git(work, "update-index", "--chmod=+x", "AGENTS.md")
    git(work, "-c", "user.name=D", "-c", "user.email=d@example.com", "commit", "--quiet", "--message", "mode")
    git(work, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    item = sync(people)["shop/payments"]
    assert item.proposal is not None
    why = {conflict.path: conflict.why for conflict in item.proposal.change_set.conflicts}
    assert why["AGENTS.md"].startswith("the file is executable")
    assert people.tip("shop/payments") is None or people.show("shop/payments", "AGENTS.md", "codex/sync") == HOOK
