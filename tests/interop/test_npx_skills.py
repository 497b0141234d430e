"""The real installer, `npx skills`, installs what we committed, byte for byte."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.data import ROOT
from tests.support.running import codexc
from tools.npx import SKILLS, npx

pytestmark = [pytest.mark.interop, pytest.mark.slow]


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def scratch(folder: Path) -> Path:
    folder.mkdir()
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@pytest.mark.parametrize("source", ["root", "dist"])
def test_npx_skills_installs_every_skill_byte_for_byte(source: str, tmp_path: Path, npm_home: Path) -> None:
    origin = tmp_path / "origin"
    if source == "root":
        shutil.copytree(ROOT / "dist", origin / "dist")
        shutil.copytree(ROOT / ".claude-plugin", origin / ".claude-plugin")
    else:
        shutil.copytree(ROOT / "dist", origin)
    repository = scratch(tmp_path / "repository")
    result = npx(
        SKILLS, "add", str(origin), "--skill", "*", "--agent", "codex", "--yes", "--copy", cwd=repository, home=npm_home
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert files(repository / ".agents" / "skills") == files(ROOT / "dist" / "skills")


def test_npx_skills_installs_from_the_tag_of_a_release(tmp_path: Path, npm_home: Path) -> None:
    """A release is a commit and a tag of an ordinary repository: nothing else is needed to install from it."""
    codex = tmp_path / "codex"
    for name in ("standards", "dist", ".claude-plugin"):
        shutil.copytree(ROOT / name, codex / name)
    git = ["git", "-C", str(codex), "-c", "user.name=CI", "-c", "user.email=ci@example.com"]
    for step in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Standards"]):
        subprocess.run([*git, *step], check=True)
    for key, value in (("user.name", "CI"), ("user.email", "ci@example.com")):
        subprocess.run([*git, "config", key, value], check=True)
    released = codexc("release", "--tag", cwd=codex)
    assert released.code == 0, released.err
    repository = scratch(tmp_path / "repository")
    result = npx(
        SKILLS, "add", str(codex), "--skill", "*", "--agent", "codex", "--yes", "--copy", cwd=repository, home=npm_home
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert files(repository / ".agents" / "skills") == files(codex / "dist" / "skills")
    assert b'version: "1.0.0"' in files(repository / ".agents" / "skills")["eng-python/SKILL.md"]
