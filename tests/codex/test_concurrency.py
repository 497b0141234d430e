"""Two runs at once: one wins, the other waits or says so, whatever their caches; the stamp is true afterwards."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codex.cli.main import main
from codex.shell import locking
from codex.shell.locking import locked, locked_root
from codex.workflow import build as workflow
from skills_build.errors import CodexError
from tests.codex.test_atomic import standards, whole
from tests.support.data import ROOT
from tests.support.releasing import codex_in, contents
from tests.support.running import codexc


def started(cache: Path, *words: str | Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "codex", *map(str, words)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache)}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@pytest.mark.parametrize(
    "attempt", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)]
)
def test_two_builds_at_once_leave_a_whole_output(attempt: int, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    roots = [standards(tmp_path / name / "standards", seconds=seconds) for name, seconds in (("a", 1), ("b", 2))]
    runs = [started(tmp_path / f"cache{n}", "build", "--root", roots[n % 2], "--out", out, "-q") for n in range(4)]
    errors = [run.communicate()[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, errors
    whole(out)
    for number in range(4):  # each cache has a stamp of its own; none holds for the output of another
        cache = str(tmp_path / f"cache{number}")
        _built(roots[number % 2], out, cache)
        run = codexc("build", "--check", "--root", roots[number % 2], "--out", out, XDG_CACHE_HOME=cache)
        assert run.code == 0
        whole(out)


def test_a_build_waits_for_another_one_and_then_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, out = standards(tmp_path / "standards", seconds=1), tmp_path / "dist"
    arguments = ["build", "--root", str(root), "--out", str(out)]
    monkeypatch.setattr(locking, "WAIT_SECONDS", 0.2)
    with locked(out):
        assert main(arguments) == 2
    assert not out.exists()
    monkeypatch.setattr(locking, "WAIT_SECONDS", 60.0)
    with locked(out):
        run = started(tmp_path / "cache", *arguments)
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(3)
    assert run.communicate()[1].decode() and run.returncode == 0


def test_a_lock_holds_for_the_directory_that_has_the_name(tmp_path: Path) -> None:
    """Who waits for a directory that is replaced in the meantime locks the new one."""
    out = tmp_path / "dist"
    out.mkdir()
    with locked(out):
        out.rename(tmp_path / "old")
        out.mkdir()
        with locked(out, seconds=0), pytest.raises(CodexError, match="another run"), locked(out, seconds=0):
            raise AssertionError
    with locked(tmp_path / "new"):
        assert (tmp_path / "new").is_dir()
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("way", ["same size and time", "gone", "added", "mode"])
def test_the_stamp_does_not_hold_for_another_output(way: str, tmp_path: Path) -> None:
    root, out = standards(tmp_path / "standards", seconds=1), tmp_path / "dist"
    assert codexc("build", "--root", root, "--out", out).code == 0
    assert "is up to date" in codexc("build", "--root", root, "--out", out).err
    file = next(out.rglob("SKILL.md"))
    before = file.stat()
    if way == "gone":
        file.unlink()
    elif way == "added":
        (out / "more.md").write_text("x")
    elif way == "mode":
        file.chmod(0o600)
    else:
        file.write_bytes(file.read_bytes().replace(b"a", b"b"))
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    again = codexc("build", "--root", root, "--out", out)
    if way == "added":
        assert again.code == 2 and "more.md" in again.err, again.err
        again = codexc("build", "--force", "--root", root, "--out", out)
    assert (again.code, "built" in again.err) == (0, True), again.err
    assert codexc("build", "--check", "--root", root, "--out", out).code == 0


def changed(root: Path) -> None:
    standards(root, seconds=2)


def between_writing_and_stamp(monkeypatch: pytest.MonkeyPatch, change: Callable[[], None]) -> None:
    real = workflow.write_build

    def changed(built: workflow.BuildResult) -> tuple[Path, ...]:
        paths = real(built)
        change()
        return paths

    monkeypatch.setattr(workflow, "write_build", changed)


def test_the_stamp_is_not_given_to_the_output_of_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, out = standards(tmp_path / "standards", seconds=1), tmp_path / "dist"
    other = standards(tmp_path / "other", seconds=2)
    arguments = ["build", "--root", str(root), "--out", str(out)]
    cache = str(tmp_path / "cache")
    with monkeypatch.context() as patch:
        between_writing_and_stamp(patch, lambda: _built(other, out, cache))
        assert main(arguments) == 0
    assert codexc("build", "--check", "--root", root, "--out", out).code == 1
    assert "built" in codexc(*arguments).err
    assert codexc("build", "--check", "--root", root, "--out", out).code == 0


def _built(root: Path, out: Path, cache: str) -> None:
    assert codexc("build", "--root", root, "--out", out, XDG_CACHE_HOME=cache).code == 0


def test_the_stamp_is_not_given_to_standards_that_changed_during_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, out = standards(tmp_path / "standards", seconds=1), tmp_path / "dist"
    arguments = ["build", "--root", str(root), "--out", str(out)]
    with monkeypatch.context() as patch:
        between_writing_and_stamp(patch, lambda: changed(root))
        assert main(arguments) == 0
    assert "built" in codexc(*arguments).err
    assert b"after 2 s" in b"".join(contents(out).values())


def test_two_installations_at_once_leave_one_of_the_two(tmp_path: Path) -> None:
    codex = codex_in(tmp_path / "codex")
    codex.release("--tag")
    codex.changed("services.md", "callers", "clients")
    codex.release("--tag")
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / "AGENTS.md").write_text("# Ours\n")
    codexc("install", codex.bundle("1.0.0"), "--into", root)
    expected = []
    for version in ("1.0.0", "1.0.1"):
        shutil.copytree(root, tmp_path / version)
        run = codexc("install", codex.bundle(version), "--into", tmp_path / version)
        assert run.code == 0, run.err
        expected.append(contents(tmp_path / version))
    runs = [started(tmp_path / "c", "install", codex.bundle("1.0.1"), "--into", root) for _ in range(3)]
    assert [run.communicate()[0] for run in runs] and [run.returncode for run in runs] == [0, 0, 0]
    assert contents(root) in expected
    assert codexc("verify", "--installed", "--into", root).code == 0


def test_an_installation_waits_for_another_one_and_then_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "repository").mkdir()
    monkeypatch.setattr(locking, "WAIT_SECONDS", 0.2)
    with locked_root(tmp_path / "repository"):
        assert main(["install", str(ROOT / "dist"), "--into", str(tmp_path / "repository")]) == 2
    assert "another run is writing" in capsys.readouterr().err
    assert list((tmp_path / "repository").iterdir()) == []
