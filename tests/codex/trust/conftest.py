"""Keys, a signed release of a small codex, and a repository to install it in."""

import shutil
from pathlib import Path

import pytest

from tests.support.releasing import Codex, codex_in, git
from tests.support.trusting import key


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of ada, who releases, and of eve, who does not."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("no ssh-keygen on this machine")
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ada", "eve"):
        key(folder, name)
    return folder


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Codex:
    """A codex that ada signed as 1.0.0 and as 2.0.0; not to be changed."""
    codex = codex_in(tmp_path_factory.mktemp("released") / "codex")
    codex.release("--tag", "--sign", keys / "ada")
    codex.changed("services.md", "Services MUST answer in time", "Services MUST answer within a second")
    codex.release("--tag", "--version", "2.0.0", "--sign", keys / "ada")
    return codex


@pytest.fixture
def bundle(released: Codex, tmp_path: Path) -> Path:
    """A copy of its first bundle."""
    return Path(shutil.copytree(released.bundle("1.0.0"), tmp_path / "acme-1.0.0"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "payments"
    root.mkdir()
    git(root, "init", "--quiet")
    (root / "AGENTS.md").write_text("# Payments\n")
    return root
