"""A codex with a release, and a fleet of repositories."""

from pathlib import Path

import pytest

from tests.support.fleet import PYTHON, People
from tests.support.running import codexc
from tests.support.sync_command import FLEET, released_in, sync


@pytest.fixture
def codex(tmp_path: Path) -> Path:
    """A codex that was released once."""
    folder = tmp_path / "codex"
    created = codexc("init", folder, "--owner", "@team", "--namespace", "acme")
    assert created.code == 0, created.err
    with (folder / "standards" / "codex.yaml").open("a") as file:
        file.write(FLEET)
    assert codexc("build", cwd=folder).code == 0
    return released_in(folder)


@pytest.fixture
def people(tmp_path: Path) -> People:
    root = tmp_path / "fleet"
    root.mkdir()
    fleet = People(root)
    fleet.add("shop/payments", PYTHON)
    fleet.add("shop/web", {"package.json": '{"name": "web"}\n', "a.ts": "export {};\n"})
    fleet.add("legacy/old", {".engineering-codex.yaml": "opt_out: {reason: frozen}\n"})
    return fleet


@pytest.fixture
def saved(codex: Path, people: People, tmp_path: Path) -> Path:
    """A plan of the whole fleet."""
    path = tmp_path / "plan.json"
    assert sync(codex, "plan", "--out", path).code == 0
    return path
