"""The default branch moves, is renamed, or already has the changes."""

from codex.sync.outcome import Outcome
from codex.sync.policy import Drift, Policy
from tests.support.fleet import People, git, state, sync
from tests.support.sync_runs import NEWER, REPO, decided, make_main, settled


def test_a_default_branch_of_another_name_takes_the_request_along(people: People) -> None:
    sync(people)
    bare = people.root / f"{REPO}.git"
    git(bare, "branch", "--move", "main", "trunk")
    git(bare, "symbolic-ref", "HEAD", "refs/heads/trunk")
    settled(people, Outcome.OPEN)


def test_what_people_deleted_and_reverted_is_proposed_again_until_they_decline(people: People) -> None:
    start = git(people.root / f"{REPO}.git", "rev-parse", "main")
    sync(people)
    people.merge(REPO)
    sync(people)
    people.commit(REPO, {".agents/skills/eng-python/SKILL.md": None})
    assert decided(sync(people)) == (Outcome.OPENED, 15)
    assert "- `.agents/skills/eng-python/SKILL.md`: deleted\n" in people.requests(REPO)[1]["body"]
    make_main(people, start)
    assert decided(sync(people)) == (Outcome.UPDATED, 13)
    people.change(REPO, 2, state="closed")
    settled(people, Outcome.DECLINED)


def test_a_base_that_moved_elsewhere_changes_nothing(people: People) -> None:
    sync(people)
    people.commit(REPO, {"src/b.py": "y = 2\n"})
    before = state(people)
    assert decided(sync(people)) == (Outcome.OPEN, 12)
    assert state(people) == before
    assert decided(sync(people, policy=Policy(source="eng", rebase=True))) == (Outcome.UPDATED, 13)


def test_a_base_that_moved_where_we_write_is_rewritten_with_their_text(people: People) -> None:
    sync(people)
    people.commit(REPO, {"AGENTS.md": "# Payments\n\nAsk @ledger first.\n\nAnd read the runbook.\n"})
    assert decided(sync(people)) == (Outcome.UPDATED, 13)
    written = people.show(REPO, "AGENTS.md", "codex/sync")
    assert written.startswith("# Payments\n\nAsk @ledger first.\n\nAnd read the runbook.\n\n<!-- codex:begin ")


def test_an_update_by_the_forges_button_stays_ours(people: People) -> None:
    sync(people)
    people.commit(REPO, {"src/b.py": "y = 2\n"})
    people.update_branch(REPO)
    before = state(people)
    assert decided(sync(people)) == (Outcome.OPEN, 11)
    assert state(people) == before
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)


def test_a_branch_without_a_request_gets_one(people: People) -> None:
    sync(people)
    tip = people.tip(REPO)
    (people.root / f"{REPO}.requests.json").unlink()
    assert decided(sync(people)) == (Outcome.OPENED, 14)
    assert people.tip(REPO) == tip
    (people.root / f"{REPO}.requests.json").unlink()
    assert decided(sync(people, codex=NEWER)) == (Outcome.OPENED, 14)
    assert people.tip(REPO) != tip


def test_what_the_base_has_already_is_closed_and_the_branch_deleted(people: People) -> None:
    sync(people)
    git(people.root / f"{REPO}.git", "update-ref", "refs/heads/main", people.tip(REPO) or "")
    assert decided(sync(people)) == (Outcome.CLOSED, 4)
    assert people.requests(REPO)[0]["state"] == "closed"
    assert people.tip(REPO) is None
    assert decided(sync(people)) == (Outcome.IN_SYNC, 3)


def test_what_the_base_has_already_stays_open_if_someone_worked_on_it(people: People) -> None:
    sync(people)
    ours = people.tip(REPO) or ""
    people.commit(REPO, {"src/b.py": "x = 1\n"}, "codex/sync")
    git(people.root / f"{REPO}.git", "update-ref", "refs/heads/main", ours)
    assert decided(sync(people)) == (Outcome.NEEDS_HUMAN, 5)
    assert people.requests(REPO)[0]["state"] == "open"
    before = state(people)
    sync(people)
    assert state(people) == before


def test_an_edit_inside_the_block_is_proposed_to_be_restored_or_left(people: People) -> None:
    sync(people)
    people.merge(REPO)
    sync(people)
    edited = people.show(REPO, "AGENTS.md").replace("SECRET-1:", "SECRET-1 (not for us):")
    people.commit(REPO, {"AGENTS.md": edited})
    before = state(people)
    assert decided(sync(people, policy=Policy(source="eng", drift=Drift.LEAVE))) == (Outcome.DRIFT, 6)
    assert state(people) == before
    assert decided(sync(people)) == (Outcome.OPENED, 15)
    assert "### Manual edits\n" in people.requests(REPO)[1]["body"]
    assert "not for us" not in people.show(REPO, "AGENTS.md", "codex/sync")


def test_damaged_markers_are_a_conflict_and_nothing_is_written(people: People) -> None:
    people.commit(REPO, {"AGENTS.md": "# T\n<!-- codex:end -->\n"})
    before = state(people)
    results = sync(people)
    assert decided(results) == (Outcome.CONFLICT, 7)
    assert "AGENTS.md: the file has a block end marker without a start marker (line 2)" in results[REPO].decision.reason
    assert state(people) == before
