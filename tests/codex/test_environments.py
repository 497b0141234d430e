"""Machines that lack something: a home, an entry for the user, space on the disk, rights."""

import errno
import io
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from codex.cli.main import main
from tests.support.data import ROOT
from tests.support.releasing import DAY, Codex, codex_in, contents

NO_ENTRY: Final = """
import os, pwd, sys
def missing(*_):
    raise KeyError("no entry")
pwd.getpwuid = pwd.getpwnam = missing
from codex.cli import run
sys.argv[0] = "codexc"
run()
"""
HOMES: Final = {
    "no HOME and no entry": {},
    "HOME is empty": {"HOME": ""},
    "HOME is relative": {"HOME": "home"},
    "HOME does not exist": {"HOME": "/nonexistent/home"},
    "HOME is a file": {"HOME": "/dev/null"},
    "HOME cannot be written": {"HOME": "/proc"},
    "the cache is relative": {"HOME": "/nonexistent/home", "XDG_CACHE_HOME": "cache"},
}


def run(arguments: list[str], cwd: Path, home: dict[str, str]) -> str:
    env = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")}
    env |= {"PYTHONPATH": str(ROOT), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **home}
    done = subprocess.run(
        [sys.executable, "-c", NO_ENTRY, *arguments], cwd=cwd, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "more", [pytest.param((), id=""), pytest.param(("--no-cache",), id="no cache", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "home", [pytest.param(name, marks=[pytest.mark.slow] if HOMES[name] else []) for name in HOMES]
)
def test_every_home_is_enough(home: str, more: tuple[str, ...], tmp_path: Path) -> None:
    codex = codex_in(tmp_path / "codex")
    (tmp_path / "repository").mkdir()
    before = set(contents(codex.root))
    for command in (["check"], ["build"], ["build", "--check"], ["release", "--tag", "--allow-dirty"], ["fmt"]):
        run(
            [*command, "--as-of", DAY, *more] if command != ["fmt"] else [*command, *more], codex.standards, HOMES[home]
        )
    if not more:
        run(["install", str(codex.bundle("1.0.0")), "--into", str(tmp_path / "repository")], tmp_path, HOMES[home])
        run(["verify", "--installed", "--into", str(tmp_path / "repository")], tmp_path, HOMES[home])
    new = {path.partition("/")[0] for path in set(contents(codex.root)) - before}
    assert new <= {"dist", "standards", "build", ".claude-plugin", ".git"}
    assert not (tmp_path / "home").exists() and not (codex.standards / "cache").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_a_user_without_an_entry_may_run_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container with `--user 54321`: no name, no home, and a folder of its own."""
    if not all(folder.stat().st_mode & stat.S_IXOTH for folder in (ROOT, *ROOT.parents)):
        pytest.skip("other users may not read the folder of this checkout")
    codex = codex_in(tmp_path / "codex")
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 54321, 54321)
    for parent in tmp_path.parents:
        if not parent.stat().st_mode & stat.S_IXOTH:
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
    imported = codex_in(tmp_path / "imported")  # the other user may not read the files of Python
    monkeypatch.chdir(imported.standards)
    assert main(["release", "--tag", "--as-of", DAY, "--quiet"]) == 0
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(54321)
            os.setuid(54321)
            for name in ("HOME", "XDG_CACHE_HOME"):
                os.environ.pop(name, None)
            os.chdir(codex.standards)
            os._exit(
                main(["build", "--as-of", DAY, "--quiet"]) or main(["release", "--tag", "--allow-dirty", "--quiet"])
            )
        finally:
            os._exit(99)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert codex.bundle("1.0.0").stat().st_uid == 54321


@pytest.mark.parametrize("mask", [0o077, 0o000, 0o777])
def test_what_is_written_does_not_depend_on_the_umask(mask: int, tmp_path: Path) -> None:
    codex = codex_in(tmp_path / "codex")
    (tmp_path / "repository").mkdir()
    old = os.umask(mask)
    try:
        codex.run("build")
        codex.run("release", "--allow-dirty")
        installed = codex.run("install", codex.bundle("1.0.0"), "--into", tmp_path / "repository", as_of=None)
    finally:
        os.umask(old)
    assert installed.code == 0, installed.err
    written = [codex.out, codex.bundle("1.0.0"), tmp_path / "repository"]
    files = [path for folder in written for path in folder.rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in files if path.is_file()} == {0o644}
    assert {path.stat().st_mode & 0o777 for path in files if path.is_dir()} == {0o755}


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """Let the disk be full after some writes; None: there is space again."""
    left: list[int | None] = [None]
    write = io.FileIO.write

    class Full(io.FileIO):
        def write(self, data: Any, /) -> int:
            if left[0] is not None:
                left[0] -= 1
                if left[0] < 0:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return write(self, data)

    monkeypatch.setattr("codex.shell.directory.io.FileIO", Full)

    def after(count: int | None) -> None:
        left[0] = count

    return after


COMMANDS: Final = {
    "build": ["build", "--as-of", DAY],
    "release": ["release", "--tag", "--as-of", DAY],
    "install": ["install", "BUNDLE", "--into", "INTO"],
    "fmt": ["fmt"],
}


def _words(command: str, codex: Codex, into: Path) -> list[str]:
    places = {"BUNDLE": str(ROOT / "dist"), "INTO": str(into)}
    return [places.get(word, word) for word in COMMANDS[command]]


@pytest.mark.parametrize(
    "command", [pytest.param(name, marks=[] if name == "build" else [pytest.mark.slow]) for name in COMMANDS]
)
def test_a_full_disk_is_an_error_that_reports_nothing_as_done(
    command: str, tmp_path: Path, full_disk: Callable[[int | None], None], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Wherever the space ends: a message, no claim of success, and the next run completes the work."""
    seen = 0
    for count in (0, 1, 2, 3, 5, 8, 13, 40):
        codex = codex_in(tmp_path / f"codex{count}")
        codex.edit("services.md", "in time", "in  time ")
        codex.commit()
        into = tmp_path / f"into{count}"
        into.mkdir()
        monkeypatch.chdir(codex.standards)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"cache{count}"))
        full_disk(count)
        code = main(_words(command, codex, into))
        printed = capsys.readouterr()
        full_disk(None)
        if code != 0:
            seen += 1
            assert code == 2
            assert "No space left on device" in printed.err
            assert not any(word in printed.out + printed.err for word in ("released", "built ", "added", "changed "))
            assert not list(codex.root.rglob(".codexc-tmp-*")) + list(into.rglob(".codexc-tmp-*"))
        assert main(_words(command, codex, into)) == 0
        capsys.readouterr()
    assert seen >= 1


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """On a file system of 128 KiB, where mounting is allowed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        pytest.skip(f"no file system can be mounted: {made.stderr.strip()[:80]}")
    try:
        codex = codex_in(tmp_path / "codex")
        codex.run("build", "--out", disk / "dist")
        before = contents(disk)
        (disk / "fill").write_bytes(bytes(max(0, os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - 4096)))
        codex.edit("services.md", "callers", "clients")
        full = codex.run("build", "--out", disk / "dist")
        assert (full.code, "No space left" in full.err) == (2, True), full.err
        (disk / "fill").unlink()
        assert contents(disk) == before
    finally:
        subprocess.run(["umount", str(disk)], check=True)
