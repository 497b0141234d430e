"""zizmor finds nothing in the workflows that `codexc init` writes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import codexc


def test_zizmor_finds_nothing_in_the_workflows_of_a_new_codex(tmp_path: Path) -> None:
    beside = Path(sys.executable).with_name("zizmor")
    zizmor = str(beside) if beside.is_file() else shutil.which("zizmor")
    if zizmor is None:
        pytest.skip("zizmor is not installed: `pip install zizmor`, or the extra `dev`")
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    assert codexc("init", tmp_path).code == 0
    assert list(tmp_path.glob(".github/workflows/*.yml"))
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
