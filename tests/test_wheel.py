"""The wheel carries all it needs: built, installed in an empty environment, used outside the checkout."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.support.data import ROOT

pytestmark = [pytest.mark.wheel, pytest.mark.slow]


def run(*arguments: str | Path, cwd: Path) -> str:
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    result = subprocess.run(arguments, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_wheel_builds_a_codex_outside_the_checkout(tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "wheels", ROOT, cwd=tmp_path)
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    venv.create(tmp_path / "empty", with_pip=True)
    bin_ = tmp_path / "empty" / "bin"
    run(bin_ / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=tmp_path)
    data = Path(run(bin_ / "python", "-c", "import codex; print(codex.__path__[0])", cwd=tmp_path).strip()) / "_data"
    assert ROOT not in data.parents
    work = tmp_path / "work"
    work.mkdir()
    run(
        bin_ / "codexc",
        "build",
        "--root",
        data / "standards",
        "--out",
        work / "dist",
        "--lock",
        work / "lock",
        cwd=work,
    )
    ours, theirs = ROOT / "dist" / "skills", work / "dist" / "skills"
    assert sorted(p.name for p in theirs.iterdir()) == sorted(p.name for p in ours.iterdir())
    assert run(bin_ / "codexc", "explain", "CX303", cwd=work).startswith("# CX303")
    run(bin_ / "codexc", "init", work / "new", cwd=work)
    run(bin_ / "codexc", "build", cwd=work / "new")
