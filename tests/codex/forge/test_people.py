"""What people do with merge requests and branches, on every forge."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from codex.http.errors import UnauthorizedError
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from codex.sync.repository import Repository
from tests.codex.forge.test_scenarios import NEWER, outcome_of, state, sync
from tests.support.contract import BRANCH, REPO, ROWS, Row, Stage, kept, lacks
from tests.support.fleet import PYTHON, codex_of, git
from tests.support.forges.faults import expired_token
from tests.support.forges.wire import Request

NEWEST = codex_of("3.0.0", "\nThe newest word.\n")
DRAFTS = Policy(source="eng", draft=True)


_QUICK: Final = ("local", "gitlab")
_PEOPLE: Final = [pytest.param(row, id=row.name, marks=() if row.name in _QUICK else pytest.mark.slow) for row in ROWS]
"""All forges; most of them only in the slow tests, because what differs between forges is tested elsewhere."""


@pytest.fixture(params=_PEOPLE)
def row(request: pytest.FixtureRequest) -> Row:
    param: Row = request.param
    return param


@pytest.fixture
def people(row: Row, tmp_path: Path) -> Iterator[Stage]:
    with row.begin(tmp_path) as stage:
        stage.add(REPO, dict(PYTHON))
        yield stage


def make_main(stage: Stage, other: str) -> None:
    """Commit the tree of another commit to `main`, as a revert or a squash does."""
    bare, who = stage.git(REPO), ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    commit = git(bare, *who, "commit-tree", f"{other}^{{tree}}", "-p", "main", "-m", "Squash, or revert")
    git(bare, "update-ref", "refs/heads/main", commit)


def settled(stage: Stage, outcome: Outcome, **more: object) -> None:
    """Another run says this, and writes nothing."""
    before = state(stage)
    assert outcome_of(sync(stage, **more))[0] is outcome  # type: ignore[arg-type]
    assert state(stage) == before


@pytest.mark.parametrize("codex", [codex_of(), NEWER], ids=["same", "newer"])
def test_a_draft_of_ours_is_made_ready_when_drafts_are_over(people: Stage, codex: object) -> None:
    sync(people, policy=DRAFTS)
    settled(people, Outcome.OPEN, policy=DRAFTS)
    assert people.requests(REPO)[0].draft
    results = sync(people, codex=codex)  # type: ignore[arg-type]
    assert outcome_of(results)[0] in (Outcome.OPEN, Outcome.UPDATED)
    (request,) = people.requests(REPO)
    assert (request.draft, request.state) == (False, "open")
    assert request.title.startswith("Add Engineering codex")
    settled(people, Outcome.OPEN, codex=codex)


def test_what_people_made_a_draft_or_ready_stays_so(people: Stage) -> None:
    sync(people)
    people.redraft(REPO, 1, draft=True)
    sync(people, codex=NEWER)
    assert people.requests(REPO)[0].draft
    people.redraft(REPO, 1, draft=False)
    sync(people, codex=NEWER, policy=DRAFTS)
    assert not people.requests(REPO)[0].draft


def test_a_draft_that_a_person_made_ready_and_a_draft_again_stays_one(people: Stage) -> None:
    sync(people, policy=DRAFTS)
    people.redraft(REPO, 1, draft=False)
    sync(people, policy=DRAFTS)
    assert not people.requests(REPO)[0].draft
    people.redraft(REPO, 1, draft=True)
    sync(people)
    assert people.requests(REPO)[0].draft


def test_a_takeover_overwrites_once(people: Stage) -> None:
    sync(people)
    people.commit(REPO, {"src/b.py": "x = 1\n"}, BRANCH)
    people.label(REPO, 1, "codex-takeover", "theirs")
    assert outcome_of(sync(people)) == (Outcome.UPDATED, 13)
    assert set(people.requests(REPO)[0].labels) == {*kept(people, "codex"), "theirs"}
    theirs = people.commit(REPO, {"src/c.py": "y = 2\n"}, BRANCH)
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert people.tip(REPO) == theirs


def test_a_takeover_label_that_is_not_needed_is_removed(people: Stage) -> None:
    sync(people)
    people.label(REPO, 1, "codex-takeover")
    assert outcome_of(sync(people)) == (Outcome.OPEN, 11)
    assert people.requests(REPO)[0].labels == kept(people, "codex")
    theirs = people.commit(REPO, {"src/c.py": "y = 2\n"}, BRANCH)
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert people.tip(REPO) == theirs


def test_what_was_declined_stays_declined_without_its_branch(people: Stage) -> None:
    sync(people)
    people.close(REPO, 1)
    people.drop_branch(REPO)
    for _ in range(3):
        settled(people, Outcome.DECLINED)
    assert len(people.requests(REPO)) == 1
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.OPENED, 15)
    assert [request.state for request in people.requests(REPO)] == ["closed", "open"]


def test_what_was_merged_is_merged_without_its_branch(people: Stage) -> None:
    sync(people)
    people.merge(REPO, 1)
    people.drop_branch(REPO)
    settled(people, Outcome.IN_SYNC)
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.OPENED, 15)
    people.merge(REPO, 2)
    people.drop_branch(REPO)
    settled(people, Outcome.IN_SYNC, codex=NEWER)
    assert [request.state for request in people.requests(REPO)] == ["merged", "merged"]


def test_a_merge_that_was_reverted_is_declined(people: Stage) -> None:
    before = git(people.git(REPO), "rev-parse", "main")
    sync(people)
    people.merge(REPO, 1)
    people.drop_branch(REPO)
    make_main(people, before)
    people.commit(REPO, {"src/b.py": "x = 1\n"})
    settled(people, Outcome.DECLINED)
    assert len(people.requests(REPO)) == 1
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.OPENED, 15)


def test_a_reverted_update_is_declined_until_a_label(people: Stage) -> None:
    sync(people)
    people.merge(REPO, 1)
    people.drop_branch(REPO)
    before = git(people.git(REPO), "rev-parse", "main")
    sync(people, codex=NEWER)
    people.merge(REPO, 2)
    people.drop_branch(REPO)
    make_main(people, before)
    results = sync(people, codex=NEWER)
    assert outcome_of(results) == (Outcome.DECLINED, 8)
    assert results[REPO].decision.reason.startswith("merged and then reverted: ")
    people.label(REPO, 2, "codex-retry")
    assert outcome_of(sync(people, codex=NEWER))[0] is Outcome.OPENED


def test_a_file_deleted_after_a_merge_is_no_decline(people: Stage) -> None:
    sync(people)
    people.merge(REPO, 1)
    people.drop_branch(REPO)
    people.commit(REPO, {".agents/skills/eng-python/SKILL.md": None})
    assert outcome_of(sync(people))[0] is Outcome.OPENED


def test_a_commit_of_a_person_that_was_merged_with_ours_blocks_nothing(people: Stage) -> None:
    sync(people)
    people.commit(REPO, {"src/b.py": "x = 1\n"}, BRANCH)
    people.merge(REPO, 1)
    results = sync(people)
    assert outcome_of(results)[0] in (Outcome.IN_SYNC, Outcome.MERGED)
    assert people.tip(REPO) is None
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.OPENED, 15)


def test_a_commit_of_a_person_between_a_merge_and_a_sync_blocks_nothing(people: Stage) -> None:
    sync(people)
    people.merge(REPO, 1)
    people.commit(REPO, {"src/b.py": "x = 1\n"})
    assert outcome_of(sync(people, codex=NEWER))[0] is Outcome.OPENED
    assert [request.state for request in people.requests(REPO)] == ["merged", "open"]


def test_a_commit_on_the_branch_of_a_closed_request_is_kept_until_a_label(people: Stage) -> None:
    sync(people)
    people.close(REPO, 1)
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n"}, BRANCH)
    results = sync(people, codex=NEWER)
    assert outcome_of(results) == (Outcome.HUMAN_EDITED, 10)
    assert "`codex-takeover`" in results[REPO].decision.reason
    assert people.tip(REPO) == theirs
    assert len(people.requests(REPO)[0].notes) == 1
    settled(people, Outcome.HUMAN_EDITED, codex=NEWER)
    people.label(REPO, 1, "codex-takeover")
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.OPENED, 14)
    assert "codex-takeover" not in people.requests(REPO)[0].labels
    assert [request.state for request in people.requests(REPO)] == ["closed", "open"]
    settled(people, Outcome.OPEN, codex=NEWER)


def test_what_people_write_in_a_body_is_kept(people: Stage) -> None:
    sync(people)
    body = people.requests(REPO)[0].body.replace("\r\n", "\n")
    heading = "### If something is wrong\n"
    assert heading in body
    within = body.replace(heading, f"{heading}\nAsk @ada first.\n\n- a list\n- of theirs\n")
    people.describe(REPO, 1, f"Please read LEDGER-7.\n\n{within}\nBelow.\n")
    settled(people, Outcome.OPEN)
    for codex in (NEWER, NEWEST):
        assert outcome_of(sync(people, codex=codex))[0] is Outcome.UPDATED
        text = people.requests(REPO)[0].body.replace("\r\n", "\n")
        assert text.startswith("Please read LEDGER-7.\n\nThis adds the Engineering codex")
        assert f"{heading}\nAsk @ada first.\n\n- a list\n- of theirs\n" in text
        assert text.rstrip().endswith(" -->\n\nBelow.")
        assert (text.count("LEDGER-7"), text.count("@ada"), text.count("Below."), text.count(heading)) == (1, 1, 1, 1)
        settled(people, Outcome.OPEN, codex=codex)


def test_a_body_that_was_replaced_is_left_and_a_comment_has_our_text(people: Stage) -> None:
    sync(people)
    people.describe(REPO, 1, "All of it is ours.")
    for codex in (codex_of(), NEWER):
        sync(people, codex=codex)
        (request,) = people.requests(REPO)
        assert request.body.strip() == "All of it is ours."
        assert len(request.notes) == 1
        assert f"Engineering codex {codex.version}" in request.notes[0]
        settled(people, Outcome.OPEN, codex=codex)


RESTRICTED = [
    pytest.param("read_only", "no permission"),
    pytest.param("requests_off", "merge requests are disabled"),
    pytest.param("archived", "archived"),
]


@pytest.mark.parametrize(("restriction", "reason"), RESTRICTED)
def test_a_repository_that_cannot_be_written_is_skipped(people: Stage, row: Row, restriction: str, reason: str) -> None:
    if row.name == "local" or (row.name == "github" and restriction == "requests_off"):
        pytest.skip("a folder has no rights, and GitHub cannot disable pull requests")
    if lacks(people, {"archived": "archives", "requests_off": "switches"}.get(restriction, "")):
        pytest.skip("Bitbucket neither archives a repository nor disables pull requests")
    people.restrict(REPO, **{restriction: True})
    before = git(people.git(REPO), "for-each-ref")
    for _ in range(2):
        results = sync(people)
        assert (outcome_of(results), results[REPO].decision.reason) == ((Outcome.SKIPPED, 1), reason)
    assert git(people.git(REPO), "for-each-ref") == before


def test_our_branch_as_default_branch_is_never_deleted(people: Stage) -> None:
    sync(people)
    tip = people.tip(REPO)
    people.targets[REPO] = Repository(id=people.targets[REPO].id, path=REPO, default_branch=BRANCH)
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.SKIPPED, 1)
    assert people.tip(REPO) == tip


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if "gitea" in row.name or "forgejo" in row.name],
    ids=lambda row: row.name,
    indirect=True,
)
def test_a_label_of_the_organisation_is_used(people: Stage) -> None:
    people.share_label(REPO, "codex-shared")
    sync(people, policy=Policy(source="eng", labels=("codex-shared",)))
    assert people.requests(REPO)[0].labels == ("codex-shared",)
    assert "codex-shared" not in people.labels(REPO)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.at and row.name != "gitlab"], ids=lambda row: row.name, indirect=True
)
def test_a_refused_push_shows_the_message_of_the_server(people: Stage) -> None:
    hook = people.git(REPO) / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\necho '======' >&2\necho 'Commits need a ticket: https://tickets.example/1' >&2\nexit 1\n"
    )
    hook.chmod(0o755)
    results = sync(people)
    reason = results[REPO].decision.reason
    assert outcome_of(results)[0] is Outcome.FAILED
    assert "Commits need a ticket: https://tickets.example/1" in reason, reason


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, marks=() if row.name == "gitlab" else pytest.mark.slow) for row in ROWS if row.at],
    ids=lambda row: row.name,
    indirect=True,
)
def test_a_token_that_is_revoked_ends_the_run(people: Stage) -> None:
    """Whichever request is the first with a revoked token, the run ends; later requests are not even sent."""
    assert people.fake is not None
    people.add("shop/web", dict(PYTHON))
    for first in range(1, 40):
        seen = [0]

        def late(_: Request, seen: list[int] = seen, first: int = first) -> bool:
            seen[0] += 1
            return seen[0] >= first

        people.fake.fail(late, expired_token(), times=1000)
        port = people.fresh()
        try:
            sync(people, port=port)
        except UnauthorizedError:
            pass
        else:
            assert seen[0] < first, (first, people.fake.log[-1].request.path)
            break
        finally:
            people.fake.heal()
    assert first > 3
    assert outcome_of(sync(people))[0] is Outcome.OPEN


def test_a_probe_says_whether_a_repository_can_be_written(people: Stage, row: Row) -> None:
    target, before = people.targets[REPO], state(people)
    probes = {probe.name: probe for probe in people.port.probe_repository(target)}
    assert all(probe.ok for probe in probes.values()), probes
    assert state(people) == before
    if row.name != "local":
        people.restrict(REPO, read_only=True)
        probes = {probe.name: probe for probe in people.fresh().probe_repository(target)}
        assert not probes["writing"].ok
        assert probes["writing"].hint


def test_a_request_from_a_former_branch_is_closed_with_a_note(people: Stage) -> None:
    sync(people)
    moved = Policy(source="eng", branch="codex/rules")
    results = sync(people, policy=moved)
    assert outcome_of(results) == (Outcome.OPENED, 15)
    assert "; replaces " in results[REPO].decision.reason
    former, new = people.requests(REPO)
    assert (former.state, new.state, len(former.notes)) == ("closed", "open", 1)
    settled(people, Outcome.OPEN, policy=moved)


@pytest.mark.parametrize("row", [row for row in ROWS if row.name != "local"], ids=lambda row: row.name, indirect=True)
def test_a_request_into_a_former_default_branch_is_closed_with_a_note(people: Stage) -> None:
    sync(people)
    people.commit(REPO, {"src/b.py": "x = 1\n"}, "develop")
    target = people.targets[REPO]
    people.targets[REPO] = Repository(id=target.id, path=REPO, default_branch="develop")
    assert outcome_of(sync(people))[0] is Outcome.OPENED
    former, new = people.requests(REPO)
    assert (former.state, new.state, len(former.notes)) == ("closed", "open", 1)
    settled(people, Outcome.OPEN)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.name in ("github", "gitlab")], ids=lambda row: row.name, indirect=True
)
def test_a_commit_of_a_person_that_was_squashed_with_ours_blocks_nothing(people: Stage) -> None:
    assert people.fake is not None
    sync(people)
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n"}, BRANCH)
    sync(people)
    make_main(people, theirs)
    people.fake.world.set_state(people.fake.merge_request(REPO, 1), "merged", people.fake.human)
    assert outcome_of(sync(people)) == (Outcome.IN_SYNC, 3)
    assert people.tip(REPO) is None
    assert outcome_of(sync(people, codex=NEWER)) == (Outcome.OPENED, 15)
