"""Forges that lie: each field of each response about one repository is wrong in turn, and only that one may fail.

The fake answers over real HTTP; what is changed is the response as it arrives, before anything has looked at it.
"""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pytest

from codex.http.client import Client
from codex.http.response import Response
from codex.sync.outcome import Outcome
from tests.codex.forge.test_scenarios import NEWER, sync
from tests.support.contract import ROWS, Row, Stage
from tests.support.data import THOROUGH
from tests.support.fleet import PYTHON
from tests.support.wrong_values import WRONG, Place, changed, places

GOOD, BAD = "shop/payments", "shop/poisoned"
HOSTS: Final = [row for row in ROWS if row.name != "local"]


class Liar:
    """Changes responses that are about one repository, and remembers what came."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: dict[str, Any] = {}
        self.lie: tuple[str, Place, Any] | None = None
        real = Client._exchange

        def exchange(client: Client, request: Any) -> Any:
            sent, response = real(client, request)
            return sent, self._told(request, response)

        monkeypatch.setattr(Client, "_exchange", exchange)

    def _told(self, message: Any, answer: Response) -> Response:
        try:
            value = json.loads(answer.body)
        except ValueError:
            return answer
        name = f"{message.method} {unquote(answer.url).partition('?')[0].partition('/')[2]}"
        about = BAD in unquote(answer.url)
        start = _node(value) if not about else ()
        if not about and start is None:
            return answer
        inside = value
        for part in start or ():
            inside = inside[part]
        self.seen.setdefault(name, copy.deepcopy(inside))
        if self.lie is None or self.lie[0] != name:
            return answer
        new = changed(inside, self.lie[1], self.lie[2])
        return replace(answer, body=json.dumps(changed(value, start or (), new)).encode())


def _node(value: Any) -> Place | None:
    """Where a document that is about many repositories speaks of the poisoned one, the second of two."""
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, dict):
        return None
    if isinstance(data.get("r1"), dict):
        return ("data", "r1")
    nodes = (data.get("projects") or {}).get("nodes") or []
    number = next((n for n, node in enumerate(nodes) if node and node.get("fullPath") == BAD), None)
    return None if number is None else ("data", "projects", "nodes", number)


@pytest.fixture(params=HOSTS, ids=[host.name for host in HOSTS])
def people(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    row: Row = request.param
    with row.begin(tmp_path) as stage:
        for path in (GOOD, BAD):
            stage.add(path, dict(PYTHON))
        yield stage


def _lied(people: Stage, liar: Liar, expected: Outcome, **more: Any) -> bool:
    """Sync with the lie: it is no bug, and no other repository's trouble. Returns whether it was found out."""
    results = sync(people, **more)
    assert results[GOOD].decision.outcome is expected, (liar.lie, results[GOOD].decision)
    assert "unexpected" not in results[BAD].decision.reason, (liar.lie, results[BAD].decision.reason)
    assert "bug report" not in results[BAD].decision.reason, (liar.lie, results[BAD].decision.reason)
    return results[BAD].decision.outcome is Outcome.FAILED


@pytest.mark.any_host
def test_a_wrong_field_fails_its_repository_alone(people: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    liar = Liar(monkeypatch)
    sync(people)
    sync(people)
    fields = [(name, path) for name, value in liar.seen.items() for path in places(value)]
    assert len(fields) > 20
    turn = count()
    caught = 0
    for name, path in fields[:: max(1, len(fields) // (60 if THOROUGH else 15))]:
        liar.lie = name, path, WRONG[next(turn) * 5 % len(WRONG)]
        caught += _lied(people, liar, Outcome.OPEN)
    assert caught


@pytest.mark.any_host
def test_wrong_responses_to_writes_fail_their_repository_alone(people: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    liar = Liar(monkeypatch)
    sync(people)
    sync(people, codex=NEWER)
    names = [name for name in liar.seen if name.partition(" ")[0] in ("POST", "PUT", "PATCH")]
    for number, name in enumerate(names):
        liar.lie = name, (), (None, [], "x", {}, 7)[number % 5]
        _lied(people, liar, Outcome.UPDATED, codex=_next(number))


def _next(number: int) -> Any:
    from tests.support.fleet import codex_of

    return codex_of(f"{number + 3}.0.0", f"\nWords of release {number}.\n")
