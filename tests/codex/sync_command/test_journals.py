"""Shards, journals and time limits."""

import json
import re
from pathlib import Path

import pytest

from codex.shell.journal import Journal
from tests.support.fleet import People
from tests.support.sync_command import outcomes, sync


def test_shards_have_journals_of_their_own_and_one_status(codex: Path, people: People, tmp_path: Path) -> None:
    all_outcomes: dict[str, str] = {}
    for part in (1, 2):
        run = sync(codex, "apply", "--shard", f"{part}/2", "--format", "jsonl")
        assert run.code == 0, run.err
        assert not all_outcomes.keys() & outcomes(run).keys()
        all_outcomes |= outcomes(run)
    assert all_outcomes == {"legacy/old": "opted-out", "shop/payments": "opened", "shop/web": "opened"}
    assert sorted(path.name for path in (codex / "build" / "sync").glob("*.jsonl")) == [
        "journal-1-of-2.jsonl",
        "journal-2-of-2.jsonl",
    ]
    assert outcomes(sync(codex, "status", "--format", "jsonl")) == {
        "legacy/old": "opted-out",
        "shop/payments": "open",
        "shop/web": "open",
    }
    assert sync(codex, "plan", "--shard", "3/2").code == 2
    page = tmp_path / "fleet.html"
    assert sync(codex, "status", "--html", page).code == 0
    assert '<td class="number">0.0 %</td><td class="number">0</td><td class="number">2</td>' in page.read_text()
    assert "| 1.0.0 | open | 2 |" in sync(codex, "status", "--format", "markdown").out


def test_one_run_at_a_time_uses_a_journal_and_status_still_reads_it(codex: Path, people: People) -> None:
    assert sync(codex, "apply", "-q").code == 0
    journal = Journal(codex / "build" / "sync" / "journal.jsonl")
    second = sync(codex, "apply")
    assert second.code == 2
    assert re.match(
        r"error: another sync is running \(`.*journal\.jsonl`\)\n  = help: wait for the other sync to finish, or",
        second.err,
    )
    assert sync(codex, "status").code == 0
    journal.close()
    assert sync(codex, "apply").code == 0


@pytest.mark.parametrize(
    ("until", "code"), [("2020-01-01T06:00", 4), ("2h", 0), ("soon", 2), ("25:00", 2), ("9999-12-31T23:59-12:00", 2)]
)
def test_a_run_that_is_too_late_for_until_writes_nothing(codex: Path, people: People, until: str, code: int) -> None:
    run = sync(codex, "apply", "--until", until, "--format", "jsonl")
    assert run.code == code
    if code == 4:
        assert set(outcomes(run).values()) == {"queued"}
        assert people.tip("shop/web") is None


def test_the_doctor_finds_problems(codex: Path, people: People) -> None:
    run = sync(codex, "doctor", "--format", "jsonl")
    assert run.code == 0, run.out
    rows = {row["name"]: row for row in map(json.loads, run.out.splitlines())}
    assert list(rows) == ["settings", "release", "catalog", "waves", "host", "token", "reading", "writing"]
    assert rows["catalog"]["found"] == "3 repositories"
    assert " 1.0.0, " in rows["release"]["found"]
    settings = codex / "standards" / "codex.yaml"
    settings.write_text(settings.read_text().replace("root: ../../fleet", "root: ../../nowhere"))
    wrong = sync(codex, "doctor")
    assert wrong.code == 1
    assert "no settings" in wrong.out
    assert "help: set `forge.root` to the folder of the bare repositories" in wrong.out
    settings.write_text(settings.read_text().replace("forge:", "forgery:"))
    broken = sync(codex, "doctor")
    assert (broken.code, "no settings" in broken.out) == (1, True)


def test_the_diff_of_each_repository_is_a_page_next_to_the_page_of_the_fleet(
    codex: Path, people: People, tmp_path: Path
) -> None:
    assert sync(codex, "apply", "-q").code == 0
    page = tmp_path / "the fleet.html"
    run = sync(codex, "status", "--html", page, "--diffs")
    assert run.code == 0 and "wrote 2 diffs to " in run.err
    found = sorted((tmp_path / "the fleet.diffs").iterdir())
    links = [f'href="the%20fleet.diffs/{path.name}"' for path in found]
    assert len(found) == 2 and all(link in page.read_text() for link in links)
    text = found[0].read_text()
    assert "<h1>shop/payments</h1>" in text and "open: waiting to be merged" in text
    assert '<span class="file">+++ b/shop/payments/.agents/skills/' in text and '<span class="added">+' in text
    assert "<script" not in text
    assert sync(codex, "status", "--diffs").code == 2
