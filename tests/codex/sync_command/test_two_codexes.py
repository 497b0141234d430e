"""Two codexes that serve the same repositories, or share a journal: none believes or replaces what the other wrote."""

import json
from pathlib import Path

import pytest

from tests.support.fleet import PYTHON, People, state
from tests.support.releasing import CONFIG, Codex, codex_in
from tests.support.sync_command import outcomes, sync

FLEET = (
    "catalog: {{kind: folder, path: ../../fleet}}\nforge: {{kind: local, root: ../../fleet}}\nsync: {{branch: {}}}\n"
)
REPOSITORIES = ("shop/payments", "shop/web")


def codex_for(folder: Path, name: str, *, branch: str = "codex/sync") -> Codex:
    codex = codex_in(folder / name)
    codex.write("codex.yaml", CONFIG.replace("acme", name) + FLEET.format(branch))
    codex.commit()
    codex.release("--tag")
    return codex


@pytest.fixture
def fleet(tmp_path: Path) -> People:
    (tmp_path / "fleet").mkdir()
    people = People(tmp_path / "fleet")
    for path in REPOSITORIES:
        people.add(path, PYTHON)
    return people


def test_a_branch_of_another_codex_is_neither_rewritten_nor_closed(fleet: People, tmp_path: Path) -> None:
    one, two = codex_for(tmp_path, "one"), codex_for(tmp_path, "two")
    assert sync(one.standards, "apply").code == 0
    before = state(fleet)
    for _ in range(2):
        refused = sync(two.standards, "apply", "--format", "jsonl")
        assert (refused.code, set(outcomes(refused).values())) == (1, {"failed"})
        assert "`codex/sync` is the branch of another codex, `one`" in refused.out
        assert state(fleet) == before
    assert "left alone" in sync(two.standards, "close", "--reason", "Not ours").out
    assert state(fleet) == before
    assert set(outcomes(sync(one.standards, "apply", "--format", "jsonl")).values()) == {"open"}


def test_a_codex_with_another_namespace_replaces_its_old_branch_if_allowed(fleet: People, tmp_path: Path) -> None:
    one, two = codex_for(tmp_path, "one"), codex_for(tmp_path, "two")
    assert sync(one.standards, "apply").code == 0
    replaced = sync(two.standards, "apply", "--allow-namespace-change", "--format", "jsonl")
    assert set(outcomes(replaced).values()) == {"updated"}


def test_a_journal_that_two_codexes_share_has_the_entries_of_each(fleet: People, tmp_path: Path) -> None:
    one, two = codex_for(tmp_path, "one"), codex_for(tmp_path, "two", branch="two/sync")
    shared = ("--journal", tmp_path / "shared.jsonl")
    assert sync(one.standards, "apply", *shared).code == 0
    unknown = sync(two.standards, "status", *shared, "--format", "jsonl").out
    assert [row["outcome"] for row in map(json.loads, unknown.splitlines())] == ["unknown", "unknown"]
    assert set(outcomes(sync(two.standards, "apply", *shared, "--format", "jsonl")).values()) == {"opened"}
    for codex in (one, two):
        again = sync(codex.standards, "apply", *shared, "--format", "jsonl")
        assert set(outcomes(again).values()) == {"open"}


def test_audits_that_two_codexes_share_are_those_of_each(fleet: People, tmp_path: Path) -> None:
    one, two = codex_for(tmp_path, "one"), codex_for(tmp_path, "two", branch="two/sync")
    shared = ("--journal", tmp_path / "audit.jsonl")
    for codex in (one, two, one):
        assert sync(codex.standards, "audit", *shared).code == 0
    rows = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert {row["codex"] for row in rows} == {"one", "two"}
    days = [json.loads(line) for line in (tmp_path / "audit-days.jsonl").read_text().splitlines()]
    assert {row["codex"] for row in days} == {"one", "two"}
