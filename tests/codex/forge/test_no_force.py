"""Branches that cannot be rewritten: a newer commit comes above the last one, as long as all of them are ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from tests.codex.forge.test_scenarios import NEWER, outcome_of, state, sync
from tests.support.contract import BRANCH, REPO, ROWS, Row, Stage
from tests.support.fleet import PYTHON, codex_of, git

NEWEST = codex_of("3.0.0", "\nThe newest words.\n")


@pytest.fixture(params=[row for row in ROWS if row.name != "forgejo"], ids=lambda row: row.name)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    row: Row = request.param
    with row.begin(tmp_path) as stage:
        stage.add(REPO, dict(PYTHON))
        forbid(stage, row)
        yield stage


def forbid(stage: Stage, row: Row) -> None:
    """Let nobody rewrite a branch: by a protection on a real host, by git's own setting elsewhere."""
    if row.name != "real-gitea":
        git(stage.git(REPO), "config", "receive.denyNonFastForwards", "true")
        return
    rule = {"rule_name": "codex/*", "enable_push": True, "enable_force_push": False}
    stage.server.ask("POST", f"repos/{REPO}/branch_protections", rule)  # type: ignore[attr-defined]


def commits(stage: Stage) -> list[str]:
    """The commits that our branch adds."""
    return git(stage.git(REPO), "rev-list", "--first-parent", BRANCH, "^main").split()


@pytest.mark.any_host
def test_a_newer_release_comes_above_the_last_one(stage: Stage) -> None:
    journal = Journal(None)
    assert outcome_of(sync(stage, journal)) == (Outcome.OPENED, 15)
    for length, codex in ((2, NEWER), (3, NEWEST)):
        before = stage.tip(REPO)
        stage.commit(REPO, {f"src/b{length}.py": "y = 1\n"})
        assert outcome_of(sync(stage, journal, codex=codex)) == (Outcome.UPDATED, 13)
        assert len(commits(stage)) == length
        assert git(stage.git(REPO), "rev-list", "--parents", "-1", BRANCH).split()[1:] == [
            before,
            git(stage.git(REPO), "rev-parse", "main"),
        ]
        changed = git(stage.git(REPO), "diff", "--name-only", "main", BRANCH).split()
        assert {"AGENTS.md", ".engineering-codex.lock"} < set(changed)
        assert not [path for path in changed if path.startswith("src/")]
        assert git(stage.git(REPO), "fsck", "--strict", "--no-dangling") == ""
        for book in (journal, Journal(None)):
            kept = state(stage)
            assert outcome_of(sync(stage, book, codex=codex)) == (Outcome.OPEN, 11)
            assert state(stage) == kept
    (request,) = stage.requests(REPO)
    assert request.state == "open"
    stage.merge(REPO, request.number)
    result = sync(stage, journal, codex=NEWEST)
    assert outcome_of(result) == (Outcome.MERGED, 3)
    assert stage.tip(REPO) is None or "the branch is kept" in result[REPO].decision.reason


@pytest.mark.any_host
@pytest.mark.parametrize("after", [1, 2])
def test_commits_by_others_are_left_alone(stage: Stage, after: int) -> None:
    for codex in (None, NEWER)[:after]:
        sync(stage, codex=codex)
    theirs = stage.commit(REPO, {"src/theirs.py": "x = 2\n"}, BRANCH)
    assert outcome_of(sync(stage, codex=NEWEST)) == (Outcome.HUMAN_EDITED, 10)
    assert stage.tip(REPO) == theirs


@pytest.mark.any_host
def test_a_takeover_says_that_the_host_does_not_allow_it(stage: Stage) -> None:
    sync(stage)
    theirs = stage.commit(REPO, {"src/theirs.py": "x = 2\n"}, BRANCH)
    stage.label(REPO, 1, "codex-takeover")
    result = sync(stage, codex=NEWER)
    assert outcome_of(result) == (Outcome.FAILED, 13)
    assert "cannot be rewritten" in result[REPO].decision.reason
    assert stage.tip(REPO) == theirs
