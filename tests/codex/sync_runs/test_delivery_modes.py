"""Delivery modes and settings of clients in merge requests of a sync."""

import json
from pathlib import Path

from codex.shell.journal import Journal
from codex.sync.lock import LOCK
from codex.sync.outcome import Outcome
from skills_build.emit.registry import RULES
from tests.support.fleet import PYTHON, People, codex_of, sync

REPO = "shop/payments"
GEMINI = ".gemini/settings.json"
DUO = ".gitlab/duo/mr-review-instructions.yaml"


def people_of(tmp_path: Path, files: dict[str, str]) -> People:
    people = People(tmp_path / "forge")
    people.add(REPO, {**PYTHON, **files})
    return people


def test_a_new_repository_gets_short_skills_and_one_in_full_keeps_them(tmp_path: Path) -> None:
    people = people_of(tmp_path, {})
    full, open_ = codex_of(), codex_of(delivery=None)
    people.add("shop/old")
    assert sync(people, codex=full)["shop/old"].decision.outcome is Outcome.OPENED
    people.merge("shop/old")
    people.change(REPO, 1, state="closed")
    people.add("shop/new")
    results = sync(people, codex=open_)
    assert results["shop/old"].decision.outcome in (Outcome.IN_SYNC, Outcome.MERGED)
    assert "delivery" not in json.loads(people.show("shop/old", LOCK))["selection"]
    assert results["shop/new"].decision.outcome is Outcome.OPENED
    new = json.loads(people.show("shop/new", LOCK, "codex/sync"))
    assert new["selection"]["delivery"] == "skills"
    assert ".agents/skills/eng-languages/SKILL.md" in new["files"]


def test_a_change_of_the_mode_is_one_request_that_says_so(tmp_path: Path) -> None:
    people, journal = people_of(tmp_path, {}), Journal(tmp_path / "journal.jsonl")
    sync(people, journal)
    people.merge(REPO)
    assert sync(people, journal)[REPO].decision.outcome in (Outcome.IN_SYNC, Outcome.MERGED)
    people.commit(REPO, {".engineering-codex.yaml": "delivery: {mode: block}\n"})
    assert sync(people, journal)[REPO].decision.outcome is Outcome.OPENED
    request = people.requests(REPO)[-1]
    assert "the delivery mode changes from `full` to `block`" in request["body"]
    people.merge(REPO, 2)
    assert sync(people, journal)[REPO].decision.outcome in (Outcome.IN_SYNC, Outcome.MERGED)
    lock = json.loads(people.show(REPO, LOCK))
    assert set(lock["files"]) == {RULES}
    assert sync(people, journal)[REPO].decision.outcome is Outcome.IN_SYNC
    journal.close()


def test_settings_of_clients_are_edited_in_a_request_and_stay_in_sync(tmp_path: Path) -> None:
    own = {
        ".engineering-codex.yaml": "targets: [agents, gemini, gitlab-duo]\n",
        GEMINI: '{\n  "theme": "dark" // ours\n}\n',
        DUO: "instructions:\n  - name: Ours\n    fileFilters: ['*']\n    instructions: Be kind.\n",
    }
    people, journal = people_of(tmp_path, own), Journal(tmp_path / "journal.jsonl")
    assert sync(people, journal)[REPO].decision.outcome is Outcome.OPENED
    assert sync(people, journal)[REPO].decision.outcome is Outcome.OPEN
    people.merge(REPO)
    assert '"theme": "dark", // ours\n  "context": {' in people.show(REPO, GEMINI)
    assert people.show(REPO, DUO).startswith(own[DUO])
    for _ in range(2):
        assert sync(people, journal)[REPO].decision.outcome in (Outcome.IN_SYNC, Outcome.MERGED)
    people.commit(REPO, {".engineering-codex.yaml": "targets: [agents]\n"})
    assert sync(people, journal)[REPO].decision.outcome is Outcome.OPENED
    people.merge(REPO, 2)
    assert people.show(REPO, GEMINI) == own[GEMINI]
    assert people.show(REPO, DUO) == own[DUO]
    journal.close()


def test_a_setting_that_cannot_be_edited_is_suggested_in_the_request(tmp_path: Path) -> None:
    own = {".engineering-codex.yaml": "targets: [agents, gemini]\n", GEMINI: '{"context": {"fileName": "NOTES.md"}}\n'}
    people = people_of(tmp_path, own)
    sync(people)
    assert 'add `"AGENTS.md"` to `context.fileName`' in people.requests(REPO)[0]["body"]
    assert people.show(REPO, GEMINI, "codex/sync") == own[GEMINI]


def test_a_rules_file_that_a_formatter_changed_opens_no_request(tmp_path: Path) -> None:
    people = people_of(tmp_path, {})
    sync(people)
    people.merge(REPO)
    sync(people)
    people.commit(REPO, {RULES: json.dumps(json.loads(people.show(REPO, RULES)), indent=4, ensure_ascii=False) + "\n"})
    assert sync(people)[REPO].decision.outcome in (Outcome.IN_SYNC, Outcome.MERGED)
    people.commit(REPO, {RULES: "{}\n"})
    assert sync(people)[REPO].decision.outcome is Outcome.OPENED
