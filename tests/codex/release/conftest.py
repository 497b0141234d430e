"""A codex, and one that was released once."""

import shutil
from pathlib import Path

import pytest

from tests.support.releasing import Codex, codex_in


@pytest.fixture
def codex(tmp_path: Path) -> Codex:
    return codex_in(tmp_path / "repository")


@pytest.fixture
def released(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Codex:
    """Released once, as 1.0.0; made once and copied."""
    template = tmp_path_factory.getbasetemp() / "released"
    if not template.is_dir():
        codex_in(template).release("--tag")
    shutil.copytree(template, tmp_path / "repository")
    return Codex(tmp_path / "repository")
