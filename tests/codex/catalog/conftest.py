"""Tokens and servers of the catalog tests."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from codex.http.hosts import HOST_KINDS
from tests.support.catalogs import SECRET


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_TOKEN", SECRET)
    for variable in (name for kind in HOST_KINDS.values() for name in kind.variables):
        monkeypatch.delenv(variable, raising=False)
