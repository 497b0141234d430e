"""Changes on top of the work of others, by policy."""

from pathlib import Path

import pytest

from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy, Touched
from tests.support.fleet import People, git, state, sync
from tests.support.sync_runs import NEWER, REPO, decided

APPEND = Policy(source="eng", touched=Touched.APPEND)


def test_changes_go_on_top_of_the_work_of_others_by_policy(people: People, tmp_path: Path) -> None:
    sync(people, policy=APPEND)
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n", "AGENTS.md": _below(people)}, "codex/sync")
    before = state(people)
    assert decided(sync(people, policy=APPEND)) == (Outcome.OPEN, 10)
    assert state(people) == before
    assert decided(sync(people, codex=NEWER, policy=APPEND)) == (Outcome.UPDATED, 10)
    bare = people.root / f"{REPO}.git"
    assert git(bare, "rev-parse", "codex/sync^") == theirs
    assert git(bare, "diff", "--name-only", theirs, "codex/sync").split() == [
        ".agents/skills/eng-python/SKILL.md",
        ".engineering-codex.lock",
    ]
    assert "A word of theirs." in people.show(REPO, "AGENTS.md", "codex/sync")
    assert people.requests(REPO)[0]["title"] == "Add Engineering codex 2.0.0"
    before = state(people)
    journal = Journal(tmp_path / "journal.jsonl")
    assert decided(sync(people, journal, codex=NEWER, policy=APPEND)) == (Outcome.OPEN, 10)
    assert decided(sync(people, journal, codex=NEWER, policy=APPEND))[0] is Outcome.OPEN
    assert state(people) == before
    journal.close()
    people.merge(REPO)
    assert decided(sync(people, codex=NEWER, policy=APPEND))[0] is Outcome.IN_SYNC


def _below(people: People) -> str:
    return people.show(REPO, "AGENTS.md", "codex/sync") + "\nA word of theirs.\n"


@pytest.mark.parametrize("file", [".agents/skills/eng-python/SKILL.md", ".engineering-codex.lock", "AGENTS.md"])
@pytest.mark.parametrize("gone", [False, True])
def test_no_changes_go_on_top_of_managed_files_that_others_changed(people: People, file: str, *, gone: bool) -> None:
    sync(people, policy=APPEND)
    text = people.show(REPO, file, "codex/sync")
    inside = text.replace("codex", "kodex", 5) if file != "AGENTS.md" else text.replace("## Eng", "## Our eng")
    theirs = people.commit(REPO, {file: None if gone else inside}, "codex/sync")
    results = decided(sync(people, codex=NEWER, policy=APPEND))
    assert results == (Outcome.HUMAN_EDITED, 10)
    assert people.tip(REPO) == theirs


def test_no_changes_go_on_top_of_a_branch_of_others(people: People) -> None:
    sync(people, policy=APPEND)
    git(people.root / f"{REPO}.git", "update-ref", "refs/heads/codex/sync", "main")
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n"}, "codex/sync")
    assert decided(sync(people, codex=NEWER, policy=APPEND)) == (Outcome.HUMAN_EDITED, 10)
    assert people.tip(REPO) == theirs
