"""What a git directory may hold: git and dulwich wait for a pipe, and write through a link."""

import shutil
import subprocess
from pathlib import Path

import pytest

from codex.shell import git_process
from codex.shell.directory import LinkedError
from codex.shell.git_folder import check_git_around, check_git_folder
from codex.shell.git_process import run_git
from codex.shell.git_wait import refuse_pipes
from codex.shell.reading import NotRegularError
from codex.shell.repository import GitRepository
from tests.support.data import ROOT
from tests.support.running import codexc
from tests.support.special import place

FILES = (
    "HEAD", "config", "config.worktree", "packed-refs", "shallow", "commondir", "index", "MERGE_HEAD", "info/grafts",
    "info/attributes", "info/exclude", "info/sparse-checkout", "logs/refs/heads/main", "objects/info/alternates",
    "objects/info/commit-graph", "objects/info/commit-graphs/commit-graph-chain", "objects/pack/multi-pack-index",
    "objects/pack/pack-1.idx", "refs/heads/main", "refs/remotes/origin/a/b", "refs/replace/x", "rebase-merge/head-name",
    "worktrees/other/HEAD", "remotes/origin",
)  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("git") / "payments"
    subprocess.run(["git", "init", "-q", "-b", "main", root], check=True)
    return root


@pytest.fixture
def repository(template: Path, tmp_path: Path) -> Path:
    return shutil.copytree(template, tmp_path / "payments")


def test_a_usual_repository_is_accepted(repository: Path, tmp_path: Path) -> None:
    place(repository / ".git" / "fsmonitor--daemon.ipc", "socket")
    place(repository / ".git" / "refs" / "dangling", "dangling")
    place(repository / ".git" / "refs" / "loop", "loop")
    check_git_around(repository)
    (tmp_path / "hooks").mkdir()
    (repository / ".git" / "shared").symlink_to(tmp_path / "hooks")
    check_git_folder(repository / ".git", is_written=True)
    check_git_around(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_a_pipe_that_git_would_wait_for_is_refused(repository: Path, name: str) -> None:
    place(repository / ".git" / name, "pipe")
    (repository / "src").mkdir()
    with pytest.raises(NotRegularError, match=name):
        check_git_around(repository / "src")


@pytest.mark.parametrize("kind", ["socket", "endless"])
def test_a_socket_and_an_endless_file_are_refused(repository: Path, kind: str) -> None:
    place(repository / ".git" / "info" / "grafts", kind)
    with pytest.raises(NotRegularError, match="info/grafts"):
        check_git_around(repository)


def test_what_a_worktree_and_borrowed_objects_lead_to_is_checked(repository: Path, tmp_path: Path) -> None:
    git = repository / ".git" / "worktrees" / "two"
    git.mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/two\n")
    (git / "commondir").write_text("../..\n")
    worktree = tmp_path / "two"
    worktree.mkdir()
    (worktree / ".git").write_text(f"gitdir: {git}\n")
    check_git_around(worktree)
    lender = tmp_path / "lender"
    place(lender / "pack" / "pack-1.idx", "pipe")
    (repository / ".git" / "objects" / "info" / "alternates").write_text(f"{lender}\n")
    with pytest.raises(NotRegularError, match="lender/pack"):
        check_git_around(worktree)
    shutil.rmtree(worktree)
    place(worktree / ".git", "pipe")
    with pytest.raises(NotRegularError, match=r"two/\.git"):
        check_git_around(worktree)


@pytest.mark.parametrize("name", ["objects", "objects/pack", "refs", "refs/heads/codex"])
def test_a_directory_that_is_a_link_is_refused_where_it_is_written(repository: Path, name: str, tmp_path: Path) -> None:
    path = repository / ".git" / name
    shutil.rmtree(path, ignore_errors=True)
    (tmp_path / "outside").mkdir()
    path.symlink_to(tmp_path / "outside")
    check_git_folder(repository / ".git")
    with pytest.raises(LinkedError, match=name):
        check_git_folder(repository / ".git", is_written=True)


SETTINGS = {
    "included": "[include]\n\tpath = {pipe}\n",
    "included from an included file": "[include]\n\tpath = more\n",
    "included if": '[includeIf "onbranch:main"]\n\tpath = "{pipe}" ; for some\n',
    "of ignored files": "[core]\n\texcludesFile = {pipe}\n",
    "of attributes": "[core]\n\tattributesFile = rules\n",
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_pipe_that_the_configuration_names_is_found_while_git_waits(
    repository: Path, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = (repository if kind == "of attributes" else tmp_path) / "rules"
    place(pipe, "pipe")
    (repository / ".git" / "more").write_text(f"[include]\n\tpath = {pipe}\n")
    with (repository / ".git" / "config").open("a") as file:
        file.write(SETTINGS[kind].format(pipe=pipe))
    with pytest.raises(NotRegularError, match="rules"):
        refuse_pipes(repository)
    monkeypatch.setattr(git_process, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(git_process, "TIMEOUT_SECONDS", 10)
    if "included" in kind:
        with pytest.raises(NotRegularError, match="rules"):
            run_git(repository, "status")


@pytest.mark.parametrize("name", [".gitignore", "src/.gitignore"])
def test_a_pipe_in_the_work_tree_is_found_while_git_waits(
    repository: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(repository / name, "pipe")
    monkeypatch.setattr(git_process, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(git_process, "TIMEOUT_SECONDS", 10)
    (repository / "src").mkdir(exist_ok=True)
    (repository / "src" / "a.py").write_text("x = 1\n")
    found = GitRepository.around(repository)
    assert found is not None
    with pytest.raises(NotRegularError, match="gitignore"):
        found.changed()


def test_a_loose_object_that_is_a_pipe_is_found_while_git_waits(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "1" * 40
    place(repository / ".git" / "objects" / commit[:2] / commit[2:], "pipe")
    (repository / ".git" / "refs" / "heads" / "main").write_text(f"{commit}\n")
    monkeypatch.setattr(git_process, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(git_process, "TIMEOUT_SECONDS", 10)
    found = GitRepository.around(repository)
    assert found is not None
    with pytest.raises(NotRegularError, match=commit[2:]):
        found.commit_of("main")


def test_git_that_takes_long_for_another_reason_is_waited_for(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_process, "PATIENCE_SECONDS", 0)
    (repository / ".gitignore").write_text("a\n")
    (repository / "x").write_text("\n" * 1_000_000)
    assert run_git(repository, "hash-object", "--stdin", stdin=b"x" * 1_000_000).strip()
    assert run_git(repository, "ls-files", "--others", "-z") == b".gitignore\0x\0"


def test_links_in_a_circle_end(repository: Path) -> None:
    for name in ("a", "b", "c"):
        (repository / ".git" / "refs" / name).symlink_to(".")
    check_git_folder(repository / ".git")


def test_no_file_of_git_hangs_a_command(repository: Path) -> None:
    place(repository / ".git" / "info" / "exclude", "pipe")
    for words in (("profile", repository), ("audit", repository), ("install", ROOT / "dist", "--into", repository)):
        run = codexc(*words, cwd=repository)
        assert run.code == 2, run.out
        assert "info/exclude` is not a regular file" in run.err
