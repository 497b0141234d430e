"""Whole syncs against every forge: the rows of the decision table that depend on the forge."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from codex.forge.base import Forge as Port
from codex.resources import templates
from codex.rollout.batch import evaluate_all
from codex.rollout.context import ReleaseSource, RepositoryResult, SyncContext
from codex.rollout.execute import execute, record_results
from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy, Touched
from codex.sync.repository import Repository
from codex.sync.seal import trailers
from skills_build.release.loaded_bundle import LoadedBundle
from tests.support.contract import BRANCH, ROWS, Row, Stage, kept, update_branch
from tests.support.fleet import PYTHON, codex_of, git
from tests.support.forges.faults import dropped, interposed
from tests.support.forges.wire import Request

REPO = "shop/payments"
NEWER = codex_of("2.0.0", "\nA newer word.\n")


@pytest.fixture(params=ROWS, ids=[row.name for row in ROWS])
def row(request: pytest.FixtureRequest) -> Row:
    param: Row = request.param
    return param


@pytest.fixture
def stage(row: Row, tmp_path: Path) -> Iterator[Stage]:
    with row.begin(tmp_path) as stage:
        yield stage


@pytest.fixture
def people(stage: Stage) -> Stage:
    stage.add(REPO, dict(PYTHON))
    return stage


def sync(
    stage: Stage,
    journal: Journal | None = None,
    *,
    codex: LoadedBundle | None = None,
    policy: Policy | None = None,
    port: Port | None = None,
) -> dict[str, RepositoryResult]:
    """Run one sync over all repositories, with a new adapter."""
    run = SyncContext(
        source=ReleaseSource(codex=codex or codex_of(), origin="c" * 40, releases=lambda _: None),
        forge=port or stage.fresh(),
        policy=policy or Policy(source="eng"),
        templates=templates(),
        day="2026-11-24",
        targets=("agents",),
    )
    book = journal or Journal(None)
    targets = list(stage.targets.values())
    done = evaluate_all(
        run,
        targets,
        book,
        workers=4,
        then=lambda item: execute(run, item, book),
        after=lambda items: record_results(run, items, book),
    )
    return {result.target.path: result for result in done}


def outcome_of(results: Mapping[str, RepositoryResult], path: str = REPO) -> tuple[Outcome, int]:
    decision = results[path].decision
    return decision.outcome, decision.row


def state(stage: Stage) -> dict[str, Any]:
    """Everything that could have been written."""
    refs = {path: git(stage.git(path), "for-each-ref", "refs/heads") for path in stage.targets}
    return {path: (refs[path], stage.requests(path)) for path in stage.targets}


def test_new_then_nothing_then_newer(people: Stage) -> None:
    assert outcome_of(sync(people)) == (Outcome.OPENED, 15)
    (request,) = people.requests(REPO)
    assert (request.title, request.labels) == ("Add Engineering codex 1.0.0", kept(people, "codex"))
    assert b"codex:begin version=1.0.0" in people.show(REPO, "AGENTS.md", BRANCH)
    before = state(people)
    assert outcome_of(sync(people)) == (Outcome.OPEN, 11)
    assert state(people) == before
    people.entitle(REPO, 1, "A title that a person wrote")
    people.label(REPO, 1, "theirs")
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)
    (request,) = people.requests(REPO)
    assert (request.number, request.title) == (1, "A title that a person wrote")
    assert set(request.labels) == {*kept(people, "codex"), "theirs"}
    assert b"A newer word." in people.show(REPO, ".agents/skills/eng-python/SKILL.md", BRANCH)
    assert git(people.git(REPO), "rev-list", "--count", f"main..{BRANCH}") == "1"
    before = state(people)
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.OPEN, 11)
    assert state(people) == before


@pytest.mark.any_host
def test_a_merged_request_is_reported_as_merged(people: Stage, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    sync(people, journal)
    people.merge(REPO, 1)
    assert outcome_of(sync(people, journal)) == (Outcome.MERGED, 3)
    assert people.tip(REPO) is None
    before = state(people)
    assert outcome_of(sync(people, journal)) == (Outcome.IN_SYNC, 3)
    assert outcome_of(sync(people)) == (Outcome.IN_SYNC, 3)
    assert state(people) == before
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.OPENED, 15)
    assert people.requests(REPO)[1].title == "Update Engineering codex from 1.0.0 to 2.0.0"
    journal.close()


@pytest.mark.any_host
def test_declined_and_requested_again(people: Stage) -> None:
    sync(people)
    people.close(REPO, 1)
    before = state(people)
    assert outcome_of(sync(people)) == (Outcome.DECLINED, 8)
    assert state(people) == before
    people.label(REPO, 1, "codex-retry")
    assert outcome_of(sync(people))[0] is Outcome.OPENED
    assert [request.state for request in people.requests(REPO)] == ["closed", "open"]


def test_a_manual_commit_is_never_lost(people: Stage) -> None:
    sync(people)
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n"}, BRANCH)
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert people.tip(REPO) == theirs
    assert len(people.requests(REPO)[0].notes) == 1
    before = state(people)
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert state(people) == before
    people.label(REPO, 1, "codex-takeover")
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)


@pytest.mark.any_host
def test_our_commit_is_added_to_a_manual_one_if_configured(people: Stage) -> None:
    policy = Policy(source="eng", touched=Touched.APPEND)
    sync(people, policy=policy)
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n"}, BRANCH)
    before = state(people)
    assert outcome_of(sync(people, policy=policy)) == (Outcome.OPEN, 10)
    assert state(people) == before
    assert outcome_of(sync(people, codex=NEWER, policy=policy)) == (Outcome.UPDATED, 10)
    assert git(people.git(REPO), "rev-parse", f"{BRANCH}^") == theirs
    assert b"A newer word." in people.show(REPO, ".agents/skills/eng-python/SKILL.md", BRANCH)
    before = state(people)
    assert outcome_of(sync(people, codex=NEWER, policy=policy)) == (Outcome.OPEN, 10)
    assert state(people) == before
    people.merge(REPO, 1)
    assert outcome_of(sync(people, codex=NEWER, policy=policy))[0] in (Outcome.IN_SYNC, Outcome.MERGED)


@pytest.mark.any_host
def test_a_hold_is_held(people: Stage) -> None:
    sync(people)
    people.label(REPO, 1, "codex-hold")
    before = state(people)
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.HELD, 9)
    assert state(people) == before


@pytest.mark.any_host
def test_a_merge_by_the_button_stays_ours(people: Stage) -> None:
    sync(people)
    people.commit(REPO, {"src/b.py": "y = 2\n"})
    update_branch(people, REPO)
    before = state(people)
    assert outcome_of(sync(people)) == (Outcome.OPEN, 11)
    assert state(people) == before
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)


@pytest.mark.any_host
def test_a_base_that_moved(people: Stage) -> None:
    sync(people)
    people.commit(REPO, {"src/b.py": "y = 2\n"})
    before = state(people)
    assert outcome_of(sync(people)) == (Outcome.OPEN, 12)
    assert state(people) == before
    people.commit(REPO, {"AGENTS.md": "# Our payments\n\nAsk @ledger first.\n\nAnd read the runbook.\n"})
    assert outcome_of(sync(people)) == (Outcome.UPDATED, 13)
    written = people.show(REPO, "AGENTS.md", BRANCH)
    assert written.startswith(b"# Our payments\n\nAsk @ledger first.\n\nAnd read the runbook.\n\n<!-- codex:begin ")


@pytest.mark.any_host
def test_a_request_without_changes_is_closed_and_its_branch_deleted(people: Stage) -> None:
    sync(people)
    git(people.git(REPO), "update-ref", "refs/heads/main", people.tip(REPO) or "")
    assert outcome_of(sync(people)) == (Outcome.CLOSED, 4)
    assert people.requests(REPO)[0].state == "closed"
    assert people.tip(REPO) is None
    assert outcome_of(sync(people)) == (Outcome.IN_SYNC, 3)


@pytest.mark.any_host
def test_draft_requests_keep_our_title(people: Stage) -> None:
    policy = Policy(source="eng", draft=True)
    sync(people, policy=policy)
    assert outcome_of(sync(people, codex=NEWER, policy=policy)) == (Outcome.UPDATED, 13)
    (request,) = people.requests(REPO)
    assert (request.title, request.draft) == ("Add Engineering codex 2.0.0", True)


@pytest.mark.slow
def test_two_runners_end_as_one(stage: Stage) -> None:
    for number in range(4):
        stage.add(f"shop/r{number}", dict(PYTHON))
    for codex in (codex_of(), NEWER):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _, codex=codex: sync(stage, codex=codex), range(2)))
        last = state(stage)
        assert {outcome_of(sync(stage, codex=codex), path)[0] for path in stage.targets} == {Outcome.OPEN}
        assert state(stage) == last
    for path in stage.targets:
        assert [request.state for request in stage.requests(path)].count("open") == 1
        assert git(stage.git(path), "rev-list", "--count", f"main..{BRANCH}") == "1"


@pytest.mark.parametrize("theirs", ["codex", f"{BRANCH}/theirs"])
def test_a_conflicting_branch_name_fails_one_repository(people: Stage, row: Row, theirs: str) -> None:
    people.add("shop/web", dict(PYTHON))
    git(people.git(REPO), "branch", theirs, "main")
    before = git(people.git(REPO), "for-each-ref")
    results = sync(people)
    assert outcome_of(results)[0] is Outcome.FAILED
    reason = "Could not update" if row.name == "gitlab" else f"another branch of {REPO} conflicts with `{BRANCH}`; "
    assert reason in results[REPO].decision.reason
    assert git(people.git(REPO), "for-each-ref") == before
    assert outcome_of(results, "shop/web") == (Outcome.OPENED, 15)


@pytest.mark.parametrize("row", [row for row in ROWS if row.name == "local"], ids=["local"], indirect=True)
@pytest.mark.parametrize("theirs", ["codex", f"{BRANCH}/theirs"])
def test_the_head_of_a_local_repository_reports_a_conflicting_branch_name(people: Stage, theirs: str) -> None:
    assert not isinstance(next(iter(people.port.heads([people.targets[REPO]], BRANCH))), tuple)
    git(people.git(REPO), "branch", theirs, "main")
    (head,) = people.port.heads([people.targets[REPO]], BRANCH)
    assert isinstance(head, tuple)
    assert "conflicts with" in str(head[1])


networked = pytest.mark.parametrize("row", [row for row in ROWS if row.at], ids=lambda row: row.name, indirect=True)
SCENES_OF_A_CHANGE = ("newer", "obsolete", "touched")


@pytest.mark.any_host
@networked
@pytest.mark.parametrize("served", [pytest.param(False, marks=pytest.mark.slow), True], ids=["before", "after"])
@pytest.mark.parametrize(
    "scene", ["new", *(pytest.param(scene, marks=pytest.mark.slow) for scene in SCENES_OF_A_CHANGE)]
)
def test_the_network_dies_at_any_request_and_the_next_run_converges(stage: Stage, scene: str, served: bool) -> None:
    """The k-th request and all after it get no response; with `served`, the k-th had its effect."""
    assert stage.fake is not None
    codex = codex_of() if scene in ("new", "obsolete") else NEWER
    count = 0
    while True:
        path = f"shop/r{count}"
        stage.targets.clear()
        stage.add(path, dict(PYTHON))
        theirs = _before(stage, path, scene)
        seen = [0]

        def late(_: Request, seen: list[int] = seen, k: int = count) -> bool:
            seen[0] += 1
            return seen[0] == k + 1

        if served:
            stage.fake.fail(late, dropped(after=True), times=1)
            stage.fake.kill_after(count + 1)
        else:
            stage.fake.kill_after(count)
        sync(stage, codex=codex)
        reached = stage.fake.log[-1].fault != ""
        stage.fake.heal()
        sync(stage, codex=codex)
        last = state(stage)
        outcome = sync(stage, codex=codex)[path].decision.outcome
        assert state(stage) == last, count
        _converged(stage, path, scene, outcome, theirs)
        if not reached:
            break
        count += 1
    assert count > 4


@networked
@pytest.mark.any_host
@pytest.mark.parametrize("first", [True, False], ids=["theirs-first", "ours-first"])
def test_a_manual_request_from_our_branch_into_another_is_ignored(people: Stage, first: bool) -> None:
    assert people.fake is not None
    if first:
        git(people.git(REPO), "branch", "release/1", "main")
        sync(people, policy=Policy(source="eng", labels=()))
        people.close(REPO, 1)
    else:
        sync(people)
        git(people.git(REPO), "branch", "release/1", "main")
    people.fake.open_request(REPO, BRANCH, "release/1", title="Try it", description="On the old line first.")
    sync(people, codex=NEWER)
    theirs = people.requests(REPO)[1]
    assert (theirs.title, theirs.body, theirs.state) == ("Try it", "On the old line first.", "open")
    ours = [request for request in people.requests(REPO) if "codex:request" in request.body and request.state == "open"]
    assert [request.title for request in ours] == ["Add Engineering codex 2.0.0"]
    before = state(people)
    assert outcome_of(sync(people, codex=NEWER))[0] is Outcome.OPEN
    assert state(people) == before


@networked
@pytest.mark.any_host
def test_a_protected_branch_fails_one_repository(people: Stage) -> None:
    assert people.fake is not None
    repository = people.fake.add_repository("shop/shut", files=dict(PYTHON), protected=(BRANCH,))
    people.targets["shop/shut"] = Repository(id=str(repository.id), path="shop/shut")
    results = sync(people)
    assert outcome_of(results, "shop/shut")[0] is Outcome.FAILED
    assert "; " in results["shop/shut"].decision.reason
    assert (people.tip("shop/shut"), people.requests("shop/shut")) == (None, [])
    assert outcome_of(results) == (Outcome.OPENED, 15)


@networked
def test_a_push_between_our_read_and_our_push_is_not_lost(people: Stage, row: Row) -> None:
    assert people.fake is not None
    sync(people)
    theirs: list[str] = []
    push = interposed(lambda: theirs.append(people.commit(REPO, {"src/b.py": "1\n"}, BRANCH)))
    people.fake.fail(row.at["rewrite"], push, times=1)
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert [people.tip(REPO)] == theirs


def _before(stage: Stage, path: str, scene: str) -> str:
    if scene != "new":
        sync(stage)
    if scene == "obsolete":
        git(stage.git(path), "update-ref", "refs/heads/main", stage.tip(path) or "")
    return stage.commit(path, {"src/b.py": "1\n"}, BRANCH) if scene == "touched" else ""


def _converged(stage: Stage, path: str, scene: str, outcome: Outcome, theirs: str) -> None:
    requests = stage.requests(path)
    assert len(requests) == 1
    assert len(requests[0].notes) == (1 if scene in ("touched", "obsolete") else 0)
    if scene == "obsolete":
        assert (outcome, stage.tip(path), requests[0].state) == (Outcome.IN_SYNC, None, "closed")
    elif scene == "touched":
        assert (outcome, stage.tip(path)) == (Outcome.HUMAN_EDITED, theirs)
    else:
        assert outcome is Outcome.OPEN
        assert git(stage.git(path), "rev-list", "--count", f"main..{BRANCH}") == "1"
        assert trailers(git(stage.git(path), "log", "-1", "--format=%B", BRANCH)) is not None
