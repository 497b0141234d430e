"""Forges for the tests of the fakes: whatever a test asked and got is held against the published description."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.data import find
from tests.support.forges import Forge, running
from tests.support.forges.faults import Kind

Start = Callable[[Kind], Forge]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts forges; at the end their logs must agree with their descriptions (where these are at hand)."""
    forges: list[Forge] = []
    with ExitStack() as stack:

        def begin(kind: Kind) -> Forge:
            forges.append(stack.enter_context(running(kind, tmp_path / "forges")))
            return forges[-1]

        yield begin
    descriptions = find("openapi")
    for forge in forges if descriptions else ():
        assert descriptions is not None
        assert forge.check_contract(descriptions) == []


@pytest.fixture
def github(start: Start) -> Forge:
    return start("github")


@pytest.fixture
def gitlab(start: Start) -> Forge:
    return start("gitlab")
