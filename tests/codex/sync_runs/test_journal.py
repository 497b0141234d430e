"""The journal: damaged, foreign and unwritable ones, and what it saves."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from codex.forge.local import LocalForge
from codex.shell.journal import Journal, read_journal
from codex.sync.decision_table import Step
from codex.sync.inputs import load_inputs
from codex.sync.outcome import Outcome
from skills_build.errors import CodexError
from tests.support.attacker import Forgery, changes, forge
from tests.support.fleet import People, state, sync
from tests.support.sync_runs import REPO, decided


def test_a_damaged_journal_counts_as_none(people: People, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    sync(people, journal)
    journal.close()
    path.write_bytes(path.read_bytes()[:40] + b"\n\xff\xfe\n{}\n[]\n")
    before = state(people)
    journal = Journal(path)
    assert decided(sync(people, journal)) == (Outcome.OPEN, 11)
    journal.close()
    assert state(people) == before


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ('"outcome":"opened"', '"outcome":"postponed"'),
        ('"since":"', '"since":"yesterday, '),
        ('+00:00"', '"'),
        ('"opened":"', '"opened":"yesterday, '),
        ('"version":"1.0.0"', '"version":"next"'),
    ],
)
def test_a_line_of_another_version_of_codexc_is_ignored(people: People, tmp_path: Path, value: str, other: str) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    sync(people, journal)
    journal.close()
    text = path.read_text()
    assert value in text
    path.write_text(text.replace(value, other))
    before = state(people)
    assert read_journal(path) == {}
    journal = Journal(path)
    assert decided(sync(people, journal)) == (Outcome.OPEN, 11)
    journal.close()
    assert state(people) == before


@pytest.mark.parametrize("closed", [False, True])
def test_an_edited_journal_keeps_and_opens_no_forged_branch(people: People, tmp_path: Path, *, closed: bool) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    sync(people, journal)
    journal.close()
    bare = people.root / f"{REPO}.git"
    expected = changes(bare, "codex/sync^", "codex/sync")
    forged = forge(bare, Forgery(edits={"src/evil.py": ("100644", b"evil\n")}))
    entry = {**json.loads(path.read_text()), "exact": forged}
    path.write_text(json.dumps(entry) + "\n")
    people.commit(REPO, {"src/b.py": "y = 1\n"})
    if closed:
        people.change(REPO, 1, state="closed", labels=["codex-retry"])
    journal = Journal(path)
    result = sync(people, journal)[REPO]
    journal.close()
    assert result.decision.outcome is (Outcome.OPENED if closed else Outcome.UPDATED)
    assert people.tip(REPO) != forged
    assert changes(bare, "codex/sync^", "codex/sync") == expected


def test_a_pipe_is_no_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    os.mkfifo(path)
    with pytest.raises(CodexError, match="is not a regular file"):
        Journal(path)
    assert read_journal(path) == {}


NESTED = "[" * 100_000 + "]" * 100_000


def test_a_line_that_is_nested_too_deeply_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    good = '{"id":"a","head":"","inputs":"","outcome":"open"}'
    path.write_text(f'{good}\n{{"id":"b","head":"","inputs":"","outcome":"open","other":{NESTED}}}\n')
    assert list(read_journal(path)) == ["a"]
    journal = Journal(path)
    assert list(journal.entries) == ["a"]
    journal.close()
    assert load_inputs(f'{{"other":{NESTED}}}') is None


def test_a_truncated_line_spoils_no_other(people: People, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"id":"shop/pay')
    journal = Journal(path)
    sync(people, journal)
    journal.close()
    assert list(read_journal(path)) == [REPO]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is a thing of Linux")
def test_an_unwritable_journal_is_named(people: People, tmp_path: Path) -> None:
    journal = Journal(Path("/dev/full"))
    with pytest.raises(CodexError, match=r"^the journal `/dev/full` cannot be written: No space left on device$"):
        sync(people, journal)
    with pytest.raises(CodexError):
        journal.close()
    (tmp_path / "file").write_text("")
    with pytest.raises(CodexError, match=r"is not a folder"):
        Journal(tmp_path / "file" / "journal.jsonl")


def test_an_unchanged_repository_is_not_read_again(people: People, tmp_path: Path) -> None:
    class Counting(LocalForge):
        reads = 0

        def list_files(self, *arguments: Any) -> Any:
            Counting.reads += 1
            return super().list_files(*arguments)

    journal = Journal(tmp_path / "journal.jsonl")
    sync(people, journal)
    sync(people, journal, forge=Counting(people.root))
    assert Counting.reads == 0
    people.commit(REPO, {"src/b.py": "x = 1\n"})
    sync(people, journal, forge=Counting(people.root))
    assert Counting.reads == 1
    journal.close()


def test_the_runner_has_every_step() -> None:
    assert {str(step) for step in Step} == {
        *("unlabel", "commit", "open", "ready", "auto-merge", "revise", "note", "close", "delete-branch")
    }
    assert json.loads(json.dumps([*Step])) == [str(step) for step in Step]
