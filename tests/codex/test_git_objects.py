"""Files of commits: in each object format, and never a part of one, or none, if git or its objects are at fault."""

import shutil
from pathlib import Path

import pytest

from tests.support.releasing import Codex, codex_in, git, identified

READERS = (("diff", "--against", "HEAD~1"), ("breaking", "--against", "HEAD~1"), ("release", "--dry-run"))
"""Commands that read earlier standards from git."""


def changed_codex(root: Path, object_format: str = "sha1") -> Codex:
    """A codex that was released once and has a change since."""
    codex = codex_in(root, repository=False)
    git(root, "init", "--quiet", "--initial-branch", "main", f"--object-format={object_format}")
    identified(root)
    codex.commit("Start")
    codex.release("--tag")
    codex.changed("services.md", "callers", "clients")
    return codex


def object_file(codex: Codex, name: str) -> Path:
    object_id = codex.git("rev-parse", name)
    return codex.root / ".git" / "objects" / object_id[:2] / object_id[2:]


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_a_codex_is_compared_and_released_in_each_object_format(tmp_path: Path, object_format: str) -> None:
    codex = changed_codex(tmp_path / "codex", object_format)
    assert "SVC-1" in codex.run("diff").out
    assert codex.run("breaking", "--against", "HEAD~1").code == 0
    codex.release("--tag")
    assert codex.git("rev-parse", "codex-v1.0.1^{commit}") == codex.git("rev-parse", "HEAD")
    assert codex.git("status", "--short") == ""


DAMAGES = ("HEAD~1^{commit}", "HEAD~1^{tree}", "HEAD~1:standards", "HEAD~1:standards/services.md", "HEAD~1:dist")
READ = {READERS[0]: DAMAGES[:4], READERS[1]: DAMAGES[:4], READERS[2]: (*DAMAGES[:2], DAMAGES[4])}
"""The objects that each command reads."""


@pytest.mark.parametrize("name", DAMAGES)
def test_a_missing_object_is_an_error_and_not_a_missing_file(tmp_path: Path, name: str) -> None:
    codex = changed_codex(tmp_path / "codex")
    object_file(codex, name).unlink()
    for arguments in (arguments for arguments, names in READ.items() if name in names):
        run = codex.run(*arguments)
        assert (run.code, run.out, run.err.startswith("error: ")) == (2, "", True), (arguments, run)


def test_a_missing_last_commit_is_not_the_time_before_the_first_one(tmp_path: Path) -> None:
    codex = changed_codex(tmp_path / "codex")
    object_file(codex, "HEAD^{commit}").unlink()
    assert codex.run("release").code == 2
    assert not codex.bundle("1.0.1").exists()


@pytest.mark.parametrize("command", ["cat-file", "ls-tree"])
def test_a_git_process_that_is_killed_is_reported(tmp_path: Path, command: str) -> None:
    codex = changed_codex(tmp_path / "codex")
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    kills = f'#!/bin/sh\ncase " $* " in *" {command} "*) kill -9 $$ ;; esac\nexec {shutil.which("git")} "$@"\n'
    wrapper.write_text(kills)
    wrapper.chmod(0o755)
    for arguments in READERS:
        run = codex.run(*arguments, PATH=f"{wrapper.parent}:/usr/bin:/bin")
        assert (run.code, run.out) == (2, ""), (arguments, run)
        assert "Git was terminated by signal 9" in run.err
