"""A released bundle and a repository to install it in."""

import shutil
from pathlib import Path

import pytest

from tests.support.releasing import Codex, codex_in


@pytest.fixture
def codex(tmp_path_factory: pytest.TempPathFactory) -> Codex:
    """A codex that was released as 1.0.0; made once, not to be changed."""
    root = tmp_path_factory.getbasetemp() / "verified"
    if not root.is_dir():
        codex_in(root).release("--tag")
    return Codex(root)


@pytest.fixture
def bundle(codex: Codex, tmp_path: Path) -> Path:
    """A copy of its bundle."""
    return Path(shutil.copytree(codex.bundle("1.0.0"), tmp_path / "acme-1.0.0"))
