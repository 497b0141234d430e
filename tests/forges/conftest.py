"""Forges for the tests of the fakes: whatever a test asked and got is held against the published description."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.data import find
from tests.support.forges import Forge, running
from tests.support.forges.faults import Kind

UNDESCRIBED = frozenset(
    {
        "not described: GET /api/v4/projects/{id}/merge_requests/{iid}/notes",
        "not described: PUT /api/v4/projects/{id}/merge_requests/{iid}/notes/{note}",
        "not described: GET /api/v4/projects/{id}/repository/commits/{sha}",
        "not described: GET /api/v4/users",
        "not described: POST /api/graphql",
    }
)
"""What the trimmed descriptions do not hold: nobody checks its form but the libraries that drive it."""

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
        assert set(forge.check_contract(descriptions)) - UNDESCRIBED == set()


@pytest.fixture
def gitlab(start: Start) -> Forge:
    return start("gitlab")
