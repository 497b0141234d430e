"""What people do to our branch and merge request is kept."""

import pytest

from codex.sync.outcome import Outcome
from codex.sync.policy import Policy, Touched
from tests.support.fleet import People, codex_of, git, state, sync
from tests.support.sync_runs import NEWER, REPO, decided


def test_a_commit_of_a_person_on_our_branch_is_never_lost(people: People) -> None:
    sync(people)
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n"}, "codex/sync")
    assert decided(sync(people, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert people.tip(REPO) == theirs
    notes = people.requests(REPO)[0]["notes"]
    assert len(notes) == 1
    before = state(people)
    assert decided(sync(people, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert state(people) == before
    people.change(REPO, 1, labels=["codex", "codex-takeover"])
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)


@pytest.mark.parametrize("file", ["AGENTS.md", "src/a.py", ".agents/skills/eng-python/SKILL.md"])
def test_our_commit_amended_by_a_person_is_kept(people: People, file: str) -> None:
    sync(people)
    text = people.show(REPO, file, "codex/sync") + "\nA word of theirs.\n"
    theirs = people.commit(REPO, {file: text}, "codex/sync", amend=True)
    assert decided(sync(people, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert people.tip(REPO) == theirs


@pytest.mark.parametrize("text", ["{", "[]", '{"requests": [{"branch": "codex/sync"}]}', '{"requests": [1]}'])
def test_unreadable_requests_fail_only_their_repository(people: People, text: str) -> None:
    people.add("shop/web")
    (people.root / f"{REPO}.requests.json").write_text(text)
    results = sync(people)
    assert decided(results)[0] is Outcome.FAILED
    assert results[REPO].decision.reason.endswith("; restore or remove the file")
    assert (decided(results, "shop/web"), people.tip(REPO)) == ((Outcome.OPENED, 15), None)


def test_a_policy_of_takeover_overwrites_an_edited_branch(people: People) -> None:
    sync(people)
    people.commit(REPO, {"src/b.py": "x = 1\n"}, "codex/sync")
    policy = Policy(source="eng", touched=Touched.TAKEOVER)
    assert decided(sync(people, policy=policy, codex=NEWER)) == (Outcome.UPDATED, 13)


def test_a_declined_request_is_reopened_only_for_other_content_or_on_request(people: People) -> None:
    sync(people)
    people.change(REPO, 1, state="closed")
    before = state(people)
    assert decided(sync(people)) == (Outcome.DECLINED, 8)
    assert decided(sync(people, codex=codex_of("1.1.0"))) == (Outcome.DECLINED, 8)
    assert state(people) == before
    people.change(REPO, 1, labels=["codex-retry"])
    assert decided(sync(people))[0] is Outcome.OPENED
    people.change(REPO, 2, state="closed")
    assert decided(sync(people, codex=NEWER))[0] is Outcome.OPENED


def test_a_request_whose_text_was_replaced_by_hand_can_be_declined(people: People) -> None:
    sync(people)
    people.change(REPO, 1, state="closed", body="Not for us.")
    before = state(people)
    assert decided(sync(people)) == (Outcome.DECLINED, 8)
    assert state(people) == before
    assert decided(sync(people, codex=NEWER)) == (Outcome.OPENED, 14)


def test_what_people_write_below_a_request_stays(people: People) -> None:
    sync(people)
    people.change(REPO, 1, body=people.requests(REPO)[0]["body"] + "\nSee LEDGER-7.\n")
    before = state(people)
    assert decided(sync(people)) == (Outcome.OPEN, 11)
    assert state(people) == before
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)
    body = people.requests(REPO)[0]["body"]
    assert body.endswith(" -->\n\nSee LEDGER-7.\n")
    assert "Engineering codex 2.0.0" in body
    before = state(people)
    assert decided(sync(people, codex=NEWER)) == (Outcome.OPEN, 11)
    assert state(people) == before


@pytest.mark.parametrize("touched", [Touched.LEAVE, Touched.TAKEOVER])
def test_a_branch_of_our_name_that_a_person_created_first(people: People, touched: Touched) -> None:
    policy = Policy(source="eng", touched=touched)
    git(people.root / f"{REPO}.git", "branch", "codex/sync", "main")
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n"}, "codex/sync")
    results = sync(people, policy=policy)
    if touched is Touched.TAKEOVER:
        assert decided(results) == (Outcome.OPENED, 14)
        return
    assert decided(results) == (Outcome.HUMAN_EDITED, 10)
    assert "rename or delete the branch" in results[REPO].decision.reason
    assert (people.tip(REPO), people.requests(REPO)) == (theirs, [])
