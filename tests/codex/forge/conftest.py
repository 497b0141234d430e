"""Stages of the forges under the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from codex.sync.repository import Repository
from tests.support.contract import (
    REPO,
    ROWS,
    Row,
    Stage,
)


@pytest.fixture(params=ROWS, ids=[row.name for row in ROWS])
def row(request: pytest.FixtureRequest) -> Row:
    param: Row = request.param
    return param


@pytest.fixture
def stage(row: Row, tmp_path: Path) -> Iterator[Stage]:
    with row.begin(tmp_path) as stage:
        yield stage


@pytest.fixture
def target(stage: Stage) -> Repository:
    return stage.add(REPO)
