"""A bare repository whose refs or objects lead elsewhere, or that is locked: it fails alone, and nothing is written there."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codex.shell.locking import flock
from codex.sync.outcome import Outcome
from tests.support.fleet import People, git, sync

BRANCH = "refs/heads/codex/sync"


def linked(name: str) -> Callable[[Path, Path], None]:
    def write(repository: Path, outside: Path) -> None:
        path = repository / name
        if path.is_dir():
            shutil.copytree(path, outside, dirs_exist_ok=True)
            shutil.rmtree(path)
        path.symlink_to(outside)

    return write


def symbolic(goal: str) -> Callable[[Path, Path], None]:
    def write(repository: Path, _: Path) -> None:
        (repository / BRANCH).parent.mkdir()
        (repository / BRANCH).write_text(f"ref: {goal}\n")

    return write


def common(repository: Path, outside: Path) -> None:
    shutil.copytree(repository, outside, dirs_exist_ok=True)
    (repository / "commondir").write_text(f"{outside}\n")


def pointer(repository: Path, outside: Path) -> None:
    shutil.copytree(repository, outside, dirs_exist_ok=True)
    (repository / ".git").write_text(f"gitdir: {outside}\n")


def head(repository: Path, _: Path) -> None:
    (repository / "HEAD").write_text("ref: refs/heads/../../../outside\n")


WRONG = {
    "a directory of refs": (linked("refs/heads/codex"), "is a symbolic link"),
    "objects": (linked("objects"), "is a symbolic link"),
    "packs": (linked("objects/pack"), "is a symbolic link"),
    "a ref to main": (symbolic("refs/heads/main"), "is a symbolic ref to another branch"),
    "a ref to nothing": (symbolic("refs/heads/none"), "is a symbolic ref to another branch"),
    "a ref to a parent": (symbolic("refs/heads/../../../outside/x"), "is a symbolic ref to another branch"),
    "HEAD to a parent": (head, "points to a ref that does not exist"),
    "a common directory": (common, "is a linked worktree"),
    "a file .git": (pointer, "points to another repository"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_nothing_is_written_where_a_repository_leads_to(wrong: str, tmp_path: Path) -> None:
    people = People(tmp_path / "fleet")
    people.root.mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    people.add("shop/a")
    people.add("shop/b")
    before = people.tip("shop/b", "main")
    change, message = WRONG[wrong]
    change(people.root / "shop" / "b.git", outside)
    kept = sorted(outside.rglob("*"))
    results = sync(people)
    assert results["shop/a"].decision.outcome is Outcome.OPENED
    assert results["shop/b"].decision.outcome is Outcome.FAILED
    assert message in results["shop/b"].decision.reason
    assert sorted(outside.rglob("*")) == kept
    if wrong.startswith("a ref"):
        assert git(people.root / "shop" / "b.git", "rev-parse", "refs/heads/main") == before


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")
def test_a_lock_that_another_process_keeps_fails_its_repository_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex.shell.locking.WAIT_SECONDS", 0.2)
    people = People(tmp_path / "fleet")
    people.root.mkdir()
    people.add("shop/a")
    people.add("shop/b")
    with (people.root / "shop" / "b.requests.lock").open("wb") as file:
        assert flock(file)
        results = sync(people)
    assert results["shop/a"].decision.outcome is Outcome.OPENED
    assert results["shop/b"].decision.outcome is Outcome.FAILED
    assert "another process has locked" in results["shop/b"].decision.reason
    assert sync(people)["shop/b"].decision.outcome is Outcome.OPENED
