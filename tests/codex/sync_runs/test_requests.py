"""Merge requests over their life: opened, updated, held, merged."""

from pathlib import Path

import pytest

from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from tests.support.fleet import People, codex_of, git, state, sync
from tests.support.sync_runs import NEWER, REPO, decided, make_main, settled


def test_a_new_repository_gets_one_request_and_then_nothing(people: People, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    assert decided(sync(people, journal)) == (Outcome.OPENED, 15)
    request = people.requests(REPO)[0]
    assert request["title"] == "Add Engineering codex 1.0.0"
    assert "python (its files)" in request["body"]
    assert people.show(REPO, "AGENTS.md", "codex/sync").startswith(
        "# Payments\n\nAsk before you touch the ledger.\n\n<!-- codex:begin version=1.0.0 "
    )
    assert people.show(REPO, "AGENTS.md", "codex/sync").endswith("\n\n<!-- codex:end -->\n")
    before = state(people)
    assert decided(sync(people, journal)) == (Outcome.OPEN, 11)
    assert decided(sync(people)) == (Outcome.OPEN, 11)
    assert state(people) == before
    journal.close()


def test_a_merged_request_ends_in_sync(people: People, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    sync(people, journal)
    people.merge(REPO)
    assert decided(sync(people, journal)) == (Outcome.MERGED, 3)
    assert people.tip(REPO) is None
    before = state(people)
    assert decided(sync(people, journal)) == (Outcome.IN_SYNC, 3)
    assert decided(sync(people)) == (Outcome.IN_SYNC, 3)
    assert state(people) == before
    journal.close()


def test_a_release_that_changes_nothing_here_writes_nothing_here(people: People) -> None:
    sync(people)
    people.merge(REPO)
    sync(people)
    before = state(people)
    assert decided(sync(people, codex=codex_of("2.0.0"))) == (Outcome.IN_SYNC, 3)
    assert state(people) == before


def test_a_release_that_only_adds_to_the_index_waits_for_the_next_change(people: People) -> None:
    sync(people)
    index = codex_of("1.1.0", "\nOne more id.\n", "eng-index")
    before = state(people)
    assert decided(sync(people, codex=index)) == (Outcome.OPEN, 11)
    assert state(people) == before
    people.merge(REPO)
    sync(people)
    before = state(people)
    assert decided(sync(people, codex=index)) == (Outcome.IN_SYNC, 3)
    assert state(people) == before


def test_a_newer_release_updates_the_same_request(people: People) -> None:
    sync(people)
    people.change(REPO, 1, title="A title that a person wrote", labels=["codex", "theirs"])
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)
    (request,) = people.requests(REPO)
    assert (request["number"], request["title"]) == (1, "A title that a person wrote")
    assert request["labels"] == ["codex", "theirs"]
    assert "A newer word." in people.show(REPO, ".agents/skills/eng-python/SKILL.md", "codex/sync")
    assert git(people.root / f"{REPO}.git", "rev-list", "--count", "main..codex/sync") == "1"


def test_after_a_merge_a_release_opens_a_request_that_says_what_changed(people: People) -> None:
    sync(people)
    people.merge(REPO)
    sync(people)
    assert decided(sync(people, codex=NEWER)) == (Outcome.OPENED, 15)
    new = people.requests(REPO)[1]
    assert new["title"] == "Update Engineering codex from 1.0.0 to 2.0.0"
    changed = git(people.root / f"{REPO}.git", "diff", "--name-only", "main", "codex/sync").split()
    assert changed == [".agents/skills/eng-python/SKILL.md", ".engineering-codex.lock"]


def test_a_held_request_stays_held(people: People) -> None:
    sync(people)
    people.change(REPO, 1, labels=["codex-hold"])
    before = state(people)
    assert decided(sync(people, codex=NEWER)) == (Outcome.HELD, 9)
    assert state(people) == before


def test_removing_a_hold_lets_the_newer_release_in(people: People) -> None:
    sync(people)
    people.change(REPO, 1, labels=["codex", "codex-hold"])
    settled(people, Outcome.HELD, codex=NEWER)
    people.change(REPO, 1, labels=["codex"])
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)
    settled(people, Outcome.OPEN, codex=NEWER)


def test_a_branch_that_a_person_deleted_is_recreated_for_its_request(people: People) -> None:
    sync(people)
    git(people.root / f"{REPO}.git", "update-ref", "-d", "refs/heads/codex/sync")
    assert decided(sync(people)) == (Outcome.OPENED, 15)
    assert len(people.requests(REPO)) == 1
    settled(people, Outcome.OPEN)


@pytest.mark.parametrize("deleted", [False, True])
def test_a_request_that_was_squashed_is_merged(people: People, tmp_path: Path, deleted: bool) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    bare = people.root / f"{REPO}.git"
    sync(people, journal)
    make_main(people, "codex/sync")
    people.change(REPO, 1, state="merged")
    if deleted:
        git(bare, "update-ref", "-d", "refs/heads/codex/sync")
    assert decided(sync(people, journal)) == (Outcome.MERGED, 3)
    assert people.tip(REPO) is None
    settled(people, Outcome.IN_SYNC)
    journal.close()


def test_an_opted_out_repository_is_left_alone_until_it_opts_in(people: People) -> None:
    sync(people)
    people.commit(REPO, {".engineering-codex.yaml": "opt_out: {reason: a fork}\n"})
    settled(people, Outcome.OPTED_OUT, codex=NEWER)
    people.commit(REPO, {".engineering-codex.yaml": None})
    settled(people, Outcome.OPEN)
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)
