"""A folder of bare repositories with one repository."""

from pathlib import Path

import pytest

from tests.support.fleet import People
from tests.support.sync_runs import REPO


@pytest.fixture
def people(tmp_path: Path) -> People:
    root = tmp_path / "repositories"
    root.mkdir()
    people = People(root)
    people.add(REPO)
    return people
