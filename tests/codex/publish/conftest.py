"""Bundles to publish, and destinations of every kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.goals import (
    HOSTS,
    IDENTITY,
    KINDS,
    Bundles,
    Goal,
    goal,
    released,
)


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Bundles:
    return released(tmp_path_factory.mktemp("released"))


@pytest.fixture(autouse=True)
def git_identity(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give git an author."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=KINDS)
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Goal]:
    """A destination of every kind."""
    with goal(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture(params=HOSTS)
def hosted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Goal]:
    """A destination of every kind that is a host."""
    with goal(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Goal]:
    with goal("git", tmp_path) as opened:
        yield opened
