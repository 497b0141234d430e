"""Heads of repositories that are known to have an open merge request: read in fewer requests, and the same."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from codex.forge.base import RepositoryHead
from codex.sync.repository import Repository
from tests.support.contract import BRANCH, REPO, REQUEST_TEXT, ROWS, Row, Stage, begun

HOSTS = [row for row in ROWS if row.name in ("gitea", "forgejo", "real-gitea")]
"""Those that read repositories one by one."""
CASES: dict[str, Callable[[Stage], object]] = {
    "open": lambda _: None,
    "closed": lambda stage: stage.close(REPO, 1),
    "merged": lambda stage: stage.merge(REPO, 1),
    "closed, branch deleted": lambda stage: _decline(stage),
    "pushed by others": lambda stage: stage.commit(REPO, {"a.txt": "a\n"}, BRANCH),
    "base moved": lambda stage: stage.commit(REPO, {"a.txt": "a\n"}),
    "default branch switched": lambda stage: stage.commit(REPO, {"a.txt": "a\n"}, "trunk"),
}


def _decline(stage: Stage) -> None:
    stage.close(REPO, 1)
    stage.drop_branch(REPO)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("row", HOSTS, ids=lambda row: row.name)
def test_a_head_is_the_same_however_it_is_read(row: Row, case: str, tmp_path: Path) -> None:
    with row.begin(tmp_path) as stage:
        target, _, _ = begun(stage, stage.add(REPO, default_branch="main"))
        stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
        CASES[case](stage)
        if case == "default branch switched":
            target = replace(target, default_branch="trunk")
        expected = seen(stage, target, waiting=False)
        assert seen(stage, target, waiting=True) == expected
        assert (expected["request"] is None) == (case not in ("open", "pushed by others", "base moved"))


@pytest.mark.parametrize("row", HOSTS, ids=lambda row: row.name)
def test_what_was_opened_is_known_until_it_is_written_again(row: Row, tmp_path: Path) -> None:
    with row.begin(tmp_path) as stage:
        target, base, commit = begun(stage, stage.add(REPO, default_branch="main"))
        request = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
        (head,) = stage.port.written_heads([target], BRANCH)
        assert isinstance(head, RepositoryHead)
        assert head.tip is not None
        assert (head.base, head.tip.commit, head.request and head.request.body) == (base, commit, request.body)
        stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
        stage.port.close_request(target, request)
        (head,) = stage.port.written_heads([target], BRANCH)
        assert isinstance(head, RepositoryHead)
        assert (head.request, head.past and head.past.number) == (None, request.number)


def seen(stage: Stage, target: Repository, *, waiting: bool) -> dict[str, object]:
    """A head as an adapter without memory reads it."""
    (head,) = stage.fresh().heads([target], BRANCH, waiting={target.id} if waiting else frozenset())
    assert isinstance(head, RepositoryHead)
    tip = head.tip and (head.tip.commit, head.tip.parent, head.tip.message, dict(head.tip.changed), head.tip.on_base)
    past = head.past and (head.past.number, head.past.merged)
    return {"base": head.base, "tip": tip, "request": head.request, "past": past}
