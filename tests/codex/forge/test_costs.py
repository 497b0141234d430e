"""What a repository costs on each forge over its life: requests, not times."""

from dataclasses import replace
from pathlib import Path

import pytest

from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from codex.sync.repository import Rights
from tests.codex.forge.test_scenarios import outcome_of, sync
from tests.support.contract import REAL_GITEA, REPO, ROWS, Row, Stage, client_of
from tests.support.costs import costs
from tests.support.fleet import PYTHON

COUNT = 10
BULK = 4
"""Requests for the whole fleet: looks at all repositories, and who we are."""
_BY_GIT = {
    "new": (6, 3, 1),
    "unchanged": (1, 0, 0),
    "a release for others": (1, 0, 0),
    "a newer release": (4, 1, 1),
    "just merged": (4, 4, 1),
    "in sync": (0, 1, 0),
}
LIVES = {
    "gitlab": {
        "new": (3, 2, 0),
        "unchanged": (0, 0, 0),
        "a release for others": (0, 0, 0),
        "a newer release": (1, 1, 1),
        "just merged": (0, 2, 1),
        "in sync": (0, 0, 0),
    },
    "github": {
        "new": (3, 2, 1),
        "unchanged": (0, 0, 0),
        "a release for others": (0, 0, 0),
        "a newer release": (1, 1, 1),
        "just merged": (0, 2, 1),
        "in sync": (0, 0, 0),
    },
    "gitea": _BY_GIT,
    "forgejo": _BY_GIT,
    "bitbucket": {
        "new": (5, 3, 1),
        "unchanged": (1, 1, 0),
        "a release for others": (1, 1, 0),
        "a newer release": (4, 3, 1),
        "just merged": (2, 3, 1),
        "in sync": (0, 1, 0),
    },
}
"""By forge and phase, for one repository: requests to the API, fetches, pushes."""


@pytest.mark.any_host
@pytest.mark.parametrize("row", [row for row in ROWS if row.at], ids=lambda row: row.name)
def test_what_a_repository_costs(row: Row, tmp_path: Path) -> None:
    for cost in costs(row, tmp_path, COUNT):
        api, fetches, pushes = LIVES[row.name][cost.phase]
        assert 0 <= cost.api - api * COUNT <= BULK, cost
        assert (cost.fetches, cost.pushes) == (fetches * COUNT, pushes * COUNT), cost


_INSTRUCTIONS = "# Payments\n\n" + "".join(f"## Part {number}\n\nText.\n\n" for number in range(9))


@pytest.mark.any_host
@pytest.mark.parametrize(("path", "fetches"), [("src/b.py", 0), ("AGENTS.md", 1)])
@pytest.mark.parametrize("row", [row for row in ROWS if row.at], ids=lambda row: row.name)
def test_what_a_moved_base_costs_more(row: Row, tmp_path: Path, path: str, fetches: int) -> None:
    """The parent of our branch is fetched to see that the branch is exact, but only if the new base needs other
    changes. A journal does not replace that. On Bitbucket, which has no filters, the files of both came together.
    """
    fetches = 0 if row.name == "bitbucket" else fetches
    with row.begin(tmp_path) as stage:
        assert stage.fake is not None
        stage.fake.world.settles_after = 0
        stage.add("shop/a", {**PYTHON, "AGENTS.md": _INSTRUCTIONS})
        journal = Journal(None)
        sync(stage, journal)
        stage.commit("shop/a", {"src/a.py": "y = 1\n"})
        assert outcome_of(sync(stage, journal), "shop/a") == (Outcome.OPEN, 12)
        base = _spent(stage, Journal(None))
        stage.commit("shop/a", {path: f"{_INSTRUCTIONS}The last line.\n"})
        for book in (journal, Journal(None)):
            api, git = _spent(stage, book)
            assert (api - base[0], git - base[1]) == (0, fetches)


def _spent(stage: Stage, book: Journal) -> tuple[int, int]:
    """What a sync of a branch on an older base takes: requests to the API, and to git."""
    assert stage.fake is not None
    stage.fake.forget()
    assert outcome_of(sync(stage, book), "shop/a") == (Outcome.OPEN, 12)
    return sum(not entry.is_git for entry in stage.fake.log), sum(entry.is_git for entry in stage.fake.log)


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in ("gitea", "forgejo")], ids=lambda row: row.name)
@pytest.mark.parametrize(
    ("own", "rights", "outcome", "asks"),
    [
        (True, {"writable": True, "requests_off": False}, (Outcome.OPENED, 15), False),
        (True, {"writable": False, "requests_off": False}, (Outcome.SKIPPED, 1), False),
        (True, {"writable": True, "requests_off": True}, (Outcome.SKIPPED, 1), False),
        (False, {"writable": False, "requests_off": True}, (Outcome.OPENED, 15), True),
    ],
)
def test_rights_that_the_catalog_read_with_the_same_token_are_not_read_again(
    row: Row, own: bool, rights: dict[str, bool], outcome: tuple[Outcome, int], asks: bool, tmp_path: Path
) -> None:
    with row.begin(tmp_path) as stage:
        assert stage.fake is not None
        target = stage.add(REPO, dict(PYTHON))
        with client_of(stage.fake, stage.clock) as client:
            account = client.account if own else "another"
        stage.targets[REPO] = replace(target, rights=Rights(account=account, **rights))
        stage.fake.forget()
        assert outcome_of(sync(stage), REPO) == outcome
        assert any(entry.path.rstrip("/") == f"/api/v1/repos/{REPO}" for entry in stage.fake.log) is asks


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in ("gitea", "forgejo")], ids=lambda row: row.name)
def test_an_unchanged_repository_costs_one_request_whatever_the_catalog_read(row: Row, tmp_path: Path) -> None:
    with row.begin(tmp_path) as stage:
        assert stage.fake is not None
        stage.fake.world.settles_after = 0
        target, journal = stage.add(REPO, dict(PYTHON), default_branch="main"), Journal(None)
        for account in ("one run", "another run"):
            rights = Rights(account=account, writable=True, requests_off=False)
            stage.targets[REPO] = replace(target, rights=rights)
            stage.fake.forget()
            sync(stage, journal)
        entries = [entry for entry in stage.fake.log if REPO in entry.path]
        assert [entry.is_git for entry in entries] == [False]


@pytest.mark.skipif(not REAL_GITEA, reason="`gitea` is not on the PATH, nor named by CODEX_GITEA")
def test_what_a_repository_costs_on_a_real_gitea(tmp_path: Path) -> None:
    from tests.support.real_gitea import begin

    with begin(tmp_path) as stage:
        stage.add(REPO, dict(PYTHON), default_branch="main")
        journal, spent = Journal(None), [stage.server.requests(REPO)]
        for _ in range(2):
            sync(stage, journal)
            spent.append(stage.server.requests(REPO))
        (api, git), (new_api, new_git), (same_api, same_git) = spent
        assert (new_api - api, new_git - git) == (6, 4)
        assert (same_api - new_api, same_git - new_git) == (1, 0)
