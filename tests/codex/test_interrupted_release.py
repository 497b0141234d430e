"""A release that is killed anywhere is completed by running it again, to the same bytes, commit and tag."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex.shell.locking import locked_root
from tests.support.killing import run_and_count, run_and_kill
from tests.support.releasing import DAY, Codex, codex_in, contents, git

RELEASE = ["release", "--tag", "--as-of", DAY, "--quiet"]
_WHEN = "2026-11-23T12:00:00+0000"


@pytest.fixture(autouse=True)
def fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_DATE", _WHEN)
    monkeypatch.setenv("GIT_COMMITTER_DATE", _WHEN)


def changed_codex(root: Path) -> Codex:
    """Released as 1.0.0, with one change since, notes of the authors and a release key."""
    codex = codex_in(root)
    codex.release("--tag")
    text = (codex.standards / "CHANGELOG.md").read_text()
    codex.write("CHANGELOG.md", text.replace("## [1.0.0]", "## [Unreleased]\n\nThanks to Ada.\n\n## [1.0.0]"))
    codex.changed("services.md", "callers", "clients")
    return codex


def outcome(codex: Codex) -> dict[str, object]:
    """All that a release leaves: files, bundle, commit, tag, and nothing temporary."""
    files = {path: data for path, data in contents(codex.root).items() if not path.startswith(".git/")}
    assert not list(codex.root.rglob(".codexc-tmp-*"))
    return {
        "files": files,
        "head": codex.git("rev-parse", "HEAD"),
        "tag": codex.git("for-each-ref", "--format=%(objectname) %(*objectname) %(contents)", "refs/tags"),
        "status": codex.git("status", "--short"),
    }


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Codex, dict[str, object]]]:
    """A codex with a change, and what its release leaves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_AUTHOR_DATE", _WHEN)
        patch.setenv("GIT_COMMITTER_DATE", _WHEN)
        codex = changed_codex(tmp_path_factory.mktemp("interrupted") / "codex")
        whole = shutil.copytree(codex.root, codex.root.parent / "whole")
        Codex(whole).release("--tag")
        yield codex, outcome(Codex(whole))


def resumed(template: tuple[Codex, dict[str, object]], tmp_path: Path, step: int) -> None:
    codex, expected = template
    root = tmp_path / str(step)
    shutil.copytree(codex.root, root)
    run_and_kill(RELEASE, root / "standards", at=step)
    for lock in root.glob(".git/**/*.lock"):
        lock.unlink()  # git was killed as well: that is git's to report
    killed = Codex(root)
    again = killed.run("release", "--tag")
    assert again.code == 0, (step, again.err)
    assert ".codexc-tmp" not in again.err
    assert outcome(killed) == expected, step
    last = killed.run("release", "--tag")
    assert (last.code, "nothing to release" in last.err) == (0, True), (step, last.err)
    shutil.rmtree(root)


@pytest.fixture
def steps(template: tuple[Codex, dict[str, object]], tmp_path: Path) -> int:
    """The number of points at which the release can be killed, once the cache holds all it can."""
    resumed(template, tmp_path, 60)
    return run_and_count(RELEASE, shutil.copytree(template[0].root, tmp_path / "counted") / "standards")


@pytest.mark.slow
def test_a_release_that_is_killed_is_completed(
    template: tuple[Codex, dict[str, object]], tmp_path: Path, steps: int
) -> None:
    assert steps > 60
    for step in {1, *range(7, steps, steps // 6), *range(steps - 11, steps + 1)}:
        resumed(template, tmp_path, step)


@pytest.mark.slow
def test_a_release_that_is_killed_anywhere_is_completed(
    template: tuple[Codex, dict[str, object]], tmp_path: Path, steps: int
) -> None:
    """Every third point; CODEXC_TEST_EVERY_POINT sets another distance."""
    for step in range(1, steps + 1, int(os.environ.get("CODEXC_TEST_EVERY_POINT", "3"))):
        resumed(template, tmp_path, step)


def test_a_release_is_completed_on_a_later_day_and_by_other_options(tmp_path: Path) -> None:
    """The day of the bundle counts, and a release without a commit gets it by running it again with `--tag`."""
    codex = changed_codex(tmp_path / "codex")
    codex.release(as_of="2026-11-24")
    status = codex.git("status", "--short")
    again = codex.run("release", as_of=None)
    assert again.code == 0
    assert "completing the interrupted release of 1.0.1" in again.err
    assert codex.git("status", "--short") == status
    assert codex.run("release", "--tag", as_of=None).code == 0
    assert codex.git("status", "--short") == ""
    assert "## [1.0.1] - 2026-11-24\n\nThanks to Ada." in (codex.standards / "CHANGELOG.md").read_text()
    assert codex.git("rev-parse", "codex-v1.0.1^{commit}") == codex.git("rev-parse", "HEAD")


def test_a_tag_is_added_to_the_commit_of_the_release(tmp_path: Path) -> None:
    codex = changed_codex(tmp_path / "codex")
    codex.release("--commit")
    released = codex.git("rev-parse", "HEAD")
    (codex.root / "README.md").write_text("# A later commit\n")
    codex.commit()
    codex.release("--tag")
    assert codex.git("rev-parse", "codex-v1.0.1^{commit}") == released


def test_a_person_s_changes_are_not_part_of_a_completed_release(tmp_path: Path) -> None:
    codex = changed_codex(tmp_path / "codex")
    codex.release()
    codex.edit("data.md", "readers", "people")
    refused = codex.run("release", "--tag")
    assert (refused.code, "`standards/data.md` is not committed" in refused.err) == (1, True)
    codex.commit()
    assert codex.run("release", "--tag").code != 0  # another commit: that is not the interrupted release


def test_files_that_a_release_writes_are_refused_where_none_was_interrupted(tmp_path: Path) -> None:
    codex = changed_codex(tmp_path / "codex")
    (codex.out / "manifest.json").write_bytes(b"{}")
    refused = codex.run("release")
    assert (refused.code, "`dist/manifest.json` is not committed" in refused.err) == (1, True)


def test_a_left_over_temporary_folder_is_not_something_to_commit(tmp_path: Path) -> None:
    codex = changed_codex(tmp_path / "codex")
    for folder in (codex.root, codex.standards, codex.out):
        (folder / ".codexc-tmp-0123456789abcdef").mkdir()
        (folder / ".codexc-tmp-0123456789abcdef" / ".gitignore").write_bytes(b"")
    codex.release("--tag")
    assert ".codexc-tmp" not in git(codex.root, "show", "--name-only", "HEAD")


def test_a_second_release_waits_and_then_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from codex.cli.main import main

    codex = changed_codex(tmp_path / "codex")
    monkeypatch.setattr("codex.shell.locking.WAIT_SECONDS", 0.2)
    monkeypatch.chdir(codex.standards)
    with locked_root(codex.standards):
        assert main(["release", "--tag"]) == 2
    assert main(["release", "--tag"]) == 0


LOCKS = ["index.lock", "HEAD.lock", "refs/heads/main.lock", "refs/tags/codex-v1.0.1.lock"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_that_git_left_is_named_and_the_release_is_completed_without_it(name: str, tmp_path: Path) -> None:
    codex = changed_codex(tmp_path / "codex")
    lock = codex.root / ".git" / name
    lock.write_bytes(b"")
    stopped = codex.run("release", "--tag")
    assert stopped.code == 2
    assert f"if no other Git process uses the repository, remove `{lock}`, then run the command again" in stopped.err
    lock.unlink()
    codex.release("--tag")
    assert codex.git("status", "--short") == ""
    assert codex.git("rev-parse", "codex-v1.0.1^{commit}") == codex.git("rev-parse", "HEAD")


@pytest.mark.parametrize("operation", ["merge", "cherry-pick", "revert"])
def test_a_release_during_a_merge_is_refused_before_anything_is_written(operation: str, tmp_path: Path) -> None:
    codex = changed_codex(tmp_path / "codex")
    head = codex.git("rev-parse", "HEAD")
    (codex.root / ".git" / f"{operation.replace('-', '_').upper()}_HEAD").write_text(f"{head}\n")
    before = contents(codex.root)
    refused = codex.run("release", "--tag")
    assert (refused.code, f"run `git {operation} --continue`" in refused.err) == (1, True)
    assert contents(codex.root) == before
    assert codex.run("release", "--tag", "--dry-run").code == 0
