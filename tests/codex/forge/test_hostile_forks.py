"""Hosts that lie about a fork: codexc writes to the fork that it asked for, or to nothing, and asks no other host."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from codex.http.client import Client
from codex.http.response import Response
from codex.sync.outcome import Outcome
from tests.codex.forge.test_forks import FORK, REPO, fake, stage, state, sync
from tests.support.contract import BRANCH, Served
from tests.support.forges import Forge as Fake
from tests.support.forges.faults import Fault, same
from tests.support.forges.wire import Answer, Request

__all__ = ["fake", "stage"]
pytestmark = pytest.mark.any_host
EVIL: Final = "https://evil.example"
_PATHS: Final = ("full_name", "path_with_namespace", "fullPath", "nameWithOwner")
_PARENTS: Final = ("parent", "forked_from_project")
_ADDRESSES: Final = ("clone_url", "http_url_to_repo", "html_url", "web_url", "url", "git_url", "httpUrlToRepo")
Row = dict[str, Any]


def path_of(row: Row) -> str | None:
    return next((row[key] for key in _PATHS if isinstance(row.get(key), str)), None)


def with_path(row: Row, path: str) -> None:
    row.update({key: path for key in _PATHS if key in row})


def with_parent(row: Row, path: str) -> None:
    for key in _PARENTS:
        if isinstance(row.get(key), dict):
            with_path(row[key], path)


def without_parent(row: Row) -> None:
    row.update({key: None for key in _PARENTS if key in row})


def with_addresses(row: Row) -> None:
    row.update({key: f"{EVIL}/{FORK}.git" for key in _ADDRESSES if key in row})


def with_branch(row: Row) -> None:
    for key in ("default_branch", "defaultBranch"):
        if key in row:
            row[key] = BRANCH


LIES: Final[dict[str, Callable[[Row], None]]] = {
    "another path": lambda row: with_path(row, "evil/payments"),
    "a path with dots": lambda row: with_path(row, f"codex-bot/../{REPO}"),
    "the repository itself": lambda row: with_path(row, REPO),
    "another parent": lambda row: with_parent(row, "evil/payments"),
    "a parent that looks alike": lambda row: with_parent(row, REPO.replace("a", "\u0430")),
    "no parent": without_parent,
    "its own parent": lambda row: with_parent(row, FORK),
    "addresses of another host": with_addresses,
    "our branch as the default": with_branch,
    "another number": lambda row: row.update(id=1),
}


HARMLESS: Final = ("addresses of another host", "another number")
"""What codexc does not use: it computes the addresses of a fork from its path."""


class Liar:
    """Changes what a host says of the fork, and remembers whom codexc asks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, lie: Callable[[Row], None]) -> None:
        self.hosts: set[str] = set()
        self.lies = 0
        self._lie = lie
        real = Client._exchange

        def exchange(client: Client, request: Any) -> Any:
            self.hosts.add(urlsplit(str(request.url)).netloc)
            sent, response = real(client, request)
            return sent, self._told(response)

        monkeypatch.setattr(Client, "_exchange", exchange)

    def _told(self, response: Response) -> Response:
        try:
            value = json.loads(response.body)
        except ValueError:
            return response
        for row in _rows(value):
            if path_of(row) == FORK:
                self.lies += 1
                self._lie(row)
        return replace(response, body=json.dumps(value).encode())


def _rows(value: Any) -> Iterator[Row]:
    if isinstance(value, dict):
        for one in [*value.values()]:
            yield from _rows(one)
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _rows(one)


@pytest.mark.parametrize("exists", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["there", "created"])
@pytest.mark.parametrize("name", LIES)
def test_a_lie_about_a_fork_leads_to_no_other_repository(
    stage: Served, fake: Fake, monkeypatch: pytest.MonkeyPatch, name: str, exists: bool
) -> None:
    fake.add_repository("evil/payments", files={"a.txt": "theirs\n"})
    if exists:
        fake.fork(REPO, "codex-bot")
    before = state(stage)
    with monkeypatch.context() as patch:
        liar = Liar(patch, LIES[name])
        result = sync(stage)
    assert liar.lies
    assert len(liar.hosts) == 1
    after = state(stage)
    assert {path: after[path] for path in before if path not in (REPO, FORK)} == {
        path: before[path] for path in before if path not in (REPO, FORK)
    }
    assert after[REPO][0] == before[REPO][0]
    assert result.decision.outcome is (Outcome.OPENED if name in HARMLESS else Outcome.FAILED)
    if result.decision.outcome is Outcome.FAILED:
        assert after[REPO] == before[REPO]


def _about_the_fork(request: Request) -> bool:
    return "codex-bot" in request.path and "payments" in request.path


def _creates_a_fork(request: Request) -> bool:
    return request.method == "POST" and request.path.partition("?")[0].endswith(("/fork", "/forks"))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("exists", [True, False], ids=["there", "created"])
def test_a_redirection_of_a_fork_to_another_host_writes_nothing(
    stage: Served, fake: Fake, exists: bool, status: int
) -> None:
    if exists:
        fake.fork(REPO, "codex-bot")
    before = state(stage)
    answer = Answer(status=status, headers=(("Location", f"{EVIL}/api/{FORK}"),))
    fake.fail(_about_the_fork if exists else _creates_a_fork, Fault(name="elsewhere", answers=same(answer)), 99)
    assert sync(stage).decision.outcome is Outcome.FAILED
    assert state(stage) == before
