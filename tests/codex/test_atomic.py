"""The output folder is replaced whole: whoever looks, at any moment, sees the old one or the new one."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codex.shell.atomic import recover_interrupted, replace_tree, write_file
from codex.shell.directory import Directory
from codex.shell.locking import locked
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from tests.support.data import ROOT
from tests.support.running import codexc

MANIFEST = b'{"$schema": "urn:codexc:schema:manifest:1"}'
PAGE = "---\nid: {id}\ntitle: {id}\ndomain: services\nstatus: approved\n---\n\n# {id}\n\n## Rules\n\n"
RULE = "### Services MUST answer request {n} in time ({id}-{n})\n\n**Why:** callers give up after {seconds} s.\n\n"
MOMENTS = (0.08, 0.16, 0.24, 0.30, 0.35, 0.40, 0.45, 0.50, 0.56, 0.63, 0.72, 0.85)
"""Seconds after its start at which a build is killed."""


def standards(folder: Path, *, seconds: int) -> Path:
    """A codex of 200 rules that says how long callers wait."""
    (folder / "codex.yaml").parent.mkdir(parents=True, exist_ok=True)
    (folder / "codex.yaml").write_text("namespace: acme\nlint: {ignore: [CX3, CX1]}\n", encoding="utf-8")
    for number in range(10):
        id_ = f"SVC{number}"
        rules = "".join(RULE.format(id=id_, n=n, seconds=seconds) for n in range(1, 21))
        (folder / f"s{number}.md").write_text(PAGE.format(id=id_) + rules, encoding="utf-8")
    return folder


def whole(out: Path) -> str:
    """A digest of an output folder; fails where its files are not those of its manifest, or are of two builds."""
    files = {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
    manifest = json.loads(files["manifest.json"])
    assert {*files} == {"manifest.json", *manifest["files"]}
    assert len({seconds for data in files.values() for seconds in re.findall(rb"give up after (\d+) s", data)}) == 1
    return hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()


def test_a_build_that_is_killed_leaves_the_old_output_or_the_new_one(tmp_path: Path) -> None:
    root, out = standards(tmp_path / "standards", seconds=1), tmp_path / "dist"
    assert codexc("build", "--root", root, "--out", out).code == 0
    for attempt, moment in enumerate(MOMENTS):
        old = whole(out)
        standards(root, seconds=attempt + 2)
        command = [sys.executable, "-m", "codex", "build", "--root", str(root), "--out", str(out), "-q"]
        with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
            time.sleep(moment)
            process.send_signal(signal.SIGKILL)
        text = (out / "skills" / "acme-services" / "references" / "s0.md").read_text(encoding="utf-8")
        new = f"after {attempt + 2} s" in text
        assert new == (whole(out) != old)
    before = whole(out)
    standards(root, seconds=99)
    assert codexc("build", "--root", root, "--out", out).code == 0
    assert whole(out) != before
    assert sorted(p.name for p in tmp_path.iterdir()) == [".claude-plugin", "dist", "standards"]


def tree(text: str) -> list[Artifact]:
    return [Artifact(path="manifest.json", data=MANIFEST), Artifact(path="skills/a/SKILL.md", data=text.encode())]


class Crashed(BaseException):
    """The process ends here. No code of ours catches it, so the disk is left as SIGKILL would leave it."""


def crash_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the `step`th call that changes the disk be the last one; it does not happen any more."""
    done = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            nonlocal done
            done += 1
            if done >= step:
                raise Crashed
            return real(*arguments, **options)

        return called

    for name in ("exchange", "rename"):
        monkeypatch.setattr(Directory, name, counted(getattr(Directory, name)))
    for name in ("open", "mkdir", "unlink", "rmdir"):
        monkeypatch.setattr(os, name, counted(getattr(os, name)))


@pytest.mark.parametrize("system", ["exchange", "two renames"])
def test_a_crash_at_any_step_leaves_a_whole_tree_after_recovery(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if system == "two renames":
        monkeypatch.setattr(Directory, "exchange", lambda *_: False)
    seen: list[str] = []
    for step in range(1, 100):
        folder = tmp_path / str(step)
        out = folder / "dist"
        replace_tree(out, tree("old"))
        with monkeypatch.context() as patch:
            crash_at(step, patch)
            try:
                replace_tree(out, tree("new"))
            except Crashed:
                ended = False
            else:
                ended = True
        recover_interrupted(out)
        files = {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}
        text = files["dist/skills/a/SKILL.md"]
        assert files == {"dist/manifest.json": MANIFEST.decode(), "dist/skills/a/SKILL.md": text}
        assert [p.name for p in folder.iterdir()] == ["dist"]
        seen.append(text)
        if ended:
            break
    assert len(seen) > 8
    assert seen == sorted(seen, reverse=True)  # old, until from one step on it is new
    assert set(seen) == {"old", "new"}


def dying(monkeypatch: pytest.MonkeyPatch, *, at: int) -> None:
    """Let the process end where it renames for the `at`th time; from then on it does nothing more."""
    monkeypatch.setattr(Directory, "exchange", lambda *_: False)
    renamed, calls = Directory.rename, 0

    def crashing(self: Directory, name: str, other: Directory, new: str) -> None:
        nonlocal calls
        calls += 1
        if calls >= at:
            monkeypatch.setattr(Directory, "rmtree", crashed)
            raise Crashed
        renamed(self, name, other, new)

    monkeypatch.setattr(Directory, "rename", crashing)


def crashed(*_: object) -> None:
    """What a process that has ended does."""
    raise Crashed


def test_a_crash_between_two_renames_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "dist"
    replace_tree(out, tree("old"))
    with monkeypatch.context() as patch:
        dying(patch, at=2)
        with pytest.raises(Crashed):
            replace_tree(out, tree("new"))
    assert not out.exists()
    recover_interrupted(out)
    assert (out / "skills" / "a" / "SKILL.md").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["dist"]


def test_an_interruption_between_two_renames_is_undone_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "dist"
    replace_tree(out, tree("old"))
    monkeypatch.setattr(Directory, "exchange", lambda *_: False)
    renamed = Directory.rename

    def interrupted(self: Directory, name: str, other: Directory, new: str) -> None:
        if name == "new":
            raise KeyboardInterrupt
        renamed(self, name, other, new)

    monkeypatch.setattr(Directory, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_tree(out, tree("new"))
    assert (out / "skills" / "a" / "SKILL.md").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["dist"]


def test_the_next_build_restores_a_tree_after_an_interrupted_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, out = standards(tmp_path / "standards", seconds=1), tmp_path / "dist"
    assert codexc("build", "--root", root, "--out", out).code == 0
    before = whole(out)
    with monkeypatch.context() as patch:
        dying(patch, at=2)
        with pytest.raises(Crashed):
            replace_tree(out, tree("new"))
    assert not out.exists()
    assert codexc("build", "--root", root, "--out", out).code == 0
    assert whole(out) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [".claude-plugin", "dist", "standards"]


@pytest.mark.parametrize("name", [".dist.new", ".dist.old", ".codexc-tmp-0123456789abcdef"])
def test_a_folder_that_a_person_made_survives(name: str, tmp_path: Path) -> None:
    out, theirs = tmp_path / "dist", tmp_path / name
    (theirs / "old").mkdir(parents=True)
    (theirs / "old" / "thesis.txt").write_text("years of work", encoding="utf-8")
    copied = f"*\n# codexc owns this folder: 1 2 {json.dumps('dist')}\n"  # as somebody may have committed it
    (theirs / ".gitignore").write_text(copied, encoding="utf-8")
    recover_interrupted(out)
    replace_tree(out, tree("old"))
    write_file(tmp_path / "page.md", b"x")
    recover_interrupted(out)
    assert (theirs / "old" / "thesis.txt").read_text(encoding="utf-8") == "years of work"
    assert (theirs / ".gitignore").read_text(encoding="utf-8") == copied


@pytest.mark.skipif(sys.platform == "win32", reason="no flock there")
def test_recovery_leaves_files_of_a_running_process_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "dist"
    replace_tree(out, tree("old"))
    exchange = Directory.exchange

    def met(self: Directory, name: str, other: Directory, new: str) -> bool:
        recover_interrupted(out)
        return exchange(self, name, other, new)

    monkeypatch.setattr(Directory, "exchange", met)
    replace_tree(out, tree("new"))
    assert (out / "skills" / "a" / "SKILL.md").read_text() == "new"


def test_many_writers_in_one_folder_never_clean_up_after_each_other_too_early(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(40):
                write_file(tmp_path / f"{number}.json", f"{number} {turn}".encode())
                recover_interrupted(tmp_path / "dist")
        except BaseException as error:
            failed.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {f"{n}.json": f"{n} 39" for n in range(6)}


def test_git_ignores_what_a_killed_run_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "dist"
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with monkeypatch.context() as patch:
        dying(patch, at=1)
        with pytest.raises(Crashed):
            replace_tree(out, tree("new"))
    assert [p.name for p in tmp_path.iterdir() if p.name != ".git"] != []
    command = ["git", "-C", str(tmp_path), "status", "--porcelain", "--untracked-files=all"]
    assert subprocess.run(command, check=True, capture_output=True).stdout == b""


def test_without_exchange_the_tree_is_replaced_by_two_renames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "dist"
    monkeypatch.setattr(Directory, "exchange", lambda *_: False)
    replace_tree(out, tree("old"))
    replace_tree(out, tree("new"))
    assert (out / "skills" / "a" / "SKILL.md").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["dist"]


@pytest.mark.parametrize("path", ["../a", "/a", "a/../../b", "a\\..\\b", "a//b", "./a", "", "C:\\a", "a/.."])
def test_no_artifact_leaves_the_output_folder(path: str, tmp_path: Path) -> None:
    with pytest.raises(CodexError, match="refusing to write"):
        replace_tree(tmp_path / "dist", [Artifact(path=path, data=b"x")])
    assert not (tmp_path / "dist").exists()


def test_a_refused_artifact_leaves_the_old_tree(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    replace_tree(out, tree("old"))
    with pytest.raises(CodexError, match=r"refusing to write `\.\./a`"):
        replace_tree(out, [*tree("new"), Artifact(path="../a", data=b"x")])
    assert (out / "skills" / "a" / "SKILL.md").read_text() == "old"
    recover_interrupted(out)
    assert [p.name for p in tmp_path.iterdir()] == ["dist"]


def test_a_folder_of_another_program_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(CodexError, match="not written by codexc"):
        replace_tree(tmp_path, tree("new"))
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_manifest_of_another_program_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "extension").mkdir()
    (tmp_path / "extension" / "manifest.json").write_text('{"manifest_version": 3}', encoding="utf-8")
    with pytest.raises(CodexError, match="not written by codexc"):
        replace_tree(tmp_path / "extension", tree("new"))
    assert (tmp_path / "extension" / "manifest.json").read_text(encoding="utf-8") == '{"manifest_version": 3}'


def test_a_repository_is_not_replaced_even_by_force(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "repository")], check=True)
    (tmp_path / "repository" / "manifest.json").write_bytes(MANIFEST)
    with pytest.raises(CodexError, match="is a git repository"):
        replace_tree(tmp_path / "repository", tree("new"), force=True)
    assert (tmp_path / "repository" / ".git" / "HEAD").is_file()


def test_a_file_or_a_link_is_not_replaced_by_a_folder_even_by_force(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "manifest.json").write_text("theirs", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "theirs")
    (tmp_path / "file").write_text("words", encoding="utf-8")
    for name in ("link", "file"):
        with pytest.raises(CodexError, match="is not a folder"):
            replace_tree(tmp_path / name, tree("new"), force=True)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "link", "manifest.json", "theirs"]
    assert (tmp_path / "theirs" / "manifest.json").read_text(encoding="utf-8") == "theirs"


def test_a_folder_of_another_program_is_replaced_by_force_and_an_empty_one_without(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "old.txt").write_text("old", encoding="utf-8")
    replace_tree(tmp_path / "empty", tree("new"))
    replace_tree(tmp_path / "theirs", tree("new"), force=True)
    for name in ("empty", "theirs"):
        files = sorted(p.relative_to(tmp_path / name).as_posix() for p in (tmp_path / name).rglob("*") if p.is_file())
        assert files == ["manifest.json", "skills/a/SKILL.md"]


def test_only_artifacts_that_are_programs_can_be_run(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    replace_tree(out, [*tree("new"), Artifact(path="run.sh", data=b"#!/bin/sh\n", mode=0o755)])
    runnable = {p.name: os.access(p, os.X_OK) for p in out.rglob("*") if p.is_file()}
    assert runnable == {"manifest.json": False, "SKILL.md": False, "run.sh": True}


@pytest.mark.skipif(sys.platform == "win32", reason="no flock there")
def test_two_runs_never_write_one_folder_together(tmp_path: Path) -> None:
    with locked(tmp_path / "dist"):
        with pytest.raises(CodexError, match="another run is writing"), locked(tmp_path / "dist", seconds=0):
            raise AssertionError("both are in")
        with locked(tmp_path / "other"):
            pass
    with locked(tmp_path / "dist"):
        pass


def test_a_file_is_written_whole_and_keeps_its_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "codex.ids.lock"
    write_file(path, b"one")
    path.chmod(0o640)
    write_file(path, b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o640)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(Crashed))
        with pytest.raises(Crashed):
            write_file(path, b"three")
    assert path.read_bytes() == b"two"
    write_file(path, b"four")
    assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == {"codex.ids.lock": b"four"}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
def test_devices_and_pipes_are_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, b"text\n")
    reader.join()
    assert (read, pipe.is_fifo()) == ([b"text\n"], True)


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no /dev/stdout")
def test_a_file_behind_standard_output_gets_the_text(tmp_path: Path) -> None:
    code = "from pathlib import Path; from codex.shell.atomic import write_file; write_file(Path('/dev/stdout'), b'x')"
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], check=True, stdout=out)
    assert (tmp_path / "out").read_bytes() == b"x"
    assert Path("/dev/stdout").is_symlink()
