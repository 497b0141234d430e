"""Real clients install the output as a plugin by the commands that a block has (`skills_build.emit.registry`)."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from skills_build.emit.registry import BY_NAME
from tests.interop.test_loading import CLAUDE, CODEX
from tests.support.data import ROOT
from tools.npx import npx

pytestmark = [pytest.mark.interop, pytest.mark.slow]

SKILLS = {path.name for path in (ROOT / "dist" / "skills").iterdir()}
APM = os.environ.get("CODEX_APM") or shutil.which("apm")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """The output and the marketplace file, as in the repository of a codex."""
    folder = tmp_path / "origin"
    shutil.copytree(ROOT / "dist", folder / "dist")
    shutil.copytree(ROOT / ".claude-plugin", folder / ".claude-plugin")
    git = ["git", "-C", str(folder), "-c", "user.name=CI", "-c", "user.email=ci@example.com"]
    for step in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Standards"]):
        subprocess.run([*git, *step], check=True)
    return folder


def installed(home: Path) -> set[str]:
    return {path.parent.name for path in home.rglob("SKILL.md")}


@pytest.mark.parametrize(("target", "package"), [("claude", CLAUDE), ("codex", CODEX)])
def test_the_commands_of_a_block_install_every_skill(
    tmp_path: Path, npm_home: Path, origin: Path, target: str, package: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    variables = {"CODEX_HOME": str(home), "CLAUDE_CONFIG_DIR": str(home), "DISABLE_AUTOUPDATER": "1"}
    filled = BY_NAME[target].install.format(source=origin, plugin="eng", marketplace="eng-standards")
    for command in filled.split(" && "):
        run = npx("--package", package, "--", *command.split(), cwd=tmp_path, home=npm_home, variables=variables)
        assert run.returncode == 0, run.stdout + run.stderr
    assert installed(home) >= SKILLS


@pytest.mark.skipif(not APM, reason="`apm` is not on the PATH, nor named by CODEX_APM")
def test_apm_installs_every_skill(tmp_path: Path, origin: Path) -> None:
    assert APM is not None
    repository = tmp_path / "repository"
    (repository / ".claude").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    run = subprocess.run(
        [APM, "install", str(origin / "dist")], cwd=repository, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert {path.name for path in (repository / ".claude/skills").iterdir()} >= SKILLS
