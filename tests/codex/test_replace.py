"""The output folder is replaced whole: whoever looks, at any moment, sees the old one or the new one."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from codex.shell import replace
from codex.shell.replace import recover, replace_tree
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from tests.support.data import ROOT
from tests.support.running import codexc

PAGE = "---\nid: {id}\ntitle: {id}\ndomain: services\nstatus: approved\n---\n\n# {id}\n\n## Rules\n\n"
RULE = "### Services MUST answer request {n} in time ({id}-{n})\n\n**Why:** callers give up after {seconds} s.\n\n"


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
    """The tree digest of an output folder, recomputed; fails where its manifest says otherwise."""
    manifest = json.loads((out / "manifest.json").read_bytes())
    files = [p for p in sorted(out.rglob("*")) if p.is_file() and p.name != "manifest.json"]
    lines = sorted(
        f"0644 {hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(out).as_posix()}\n" for p in files
    )
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert manifest["tree"] == digest
    return digest


def test_a_build_that_is_killed_leaves_the_old_output_or_the_new_one(tmp_path: Path) -> None:
    root, out = standards(tmp_path / "standards", seconds=1), tmp_path / "dist"
    assert codexc("build", "--root", root, "--out", out).code == 0
    seen = {whole(out)}
    for attempt in range(10):
        standards(root, seconds=attempt + 2)
        command = [sys.executable, "-m", "codex", "build", "--root", str(root), "--out", str(out), "-q"]
        with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
            time.sleep(0.12 + attempt * 0.07)
            process.send_signal(signal.SIGKILL)
        seen.add(whole(out))
    assert codexc("build", "--root", root, "--out", out).code == 0
    whole(out)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".claude-plugin", "dist", "standards"]
    assert len(seen) >= 1


def tree(text: str) -> list[Artifact]:
    return [Artifact(path="manifest.json", data=b"{}"), Artifact(path="skills/a/SKILL.md", data=text.encode())]


def test_what_a_crash_between_two_renames_left_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "dist"
    replace_tree(out, tree("old"))
    monkeypatch.setattr(replace, "_exchange", lambda *_: False)
    renamed = Path.rename
    calls: list[Path] = []

    def crashing(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return renamed(self, target)

    monkeypatch.setattr(Path, "rename", crashing)
    with pytest.raises(KeyboardInterrupt):
        replace_tree(out, tree("new"))
    assert not out.exists()
    monkeypatch.setattr(Path, "rename", renamed)
    recover(out)
    assert (out / "skills" / "a" / "SKILL.md").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["dist"]


def test_without_exchange_the_tree_is_replaced_by_two_renames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "dist"
    monkeypatch.setattr(replace, "_exchange", lambda *_: False)
    replace_tree(out, tree("old"))
    replace_tree(out, tree("new"))
    assert (out / "skills" / "a" / "SKILL.md").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["dist"]


@pytest.mark.parametrize("path", ["../a", "/a", "a/../../b", "a\\..\\b", "a//b", "./a", ""])
def test_no_artifact_leaves_the_output_folder(path: str, tmp_path: Path) -> None:
    with pytest.raises(CodexError, match="refusing to write"):
        replace_tree(tmp_path / "dist", [Artifact(path=path, data=b"x")])
    assert not (tmp_path / "dist").exists()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(CodexError, match="did not make"):
        replace_tree(tmp_path, tree("new"))
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"
