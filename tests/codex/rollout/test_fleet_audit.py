"""What the audit of a fleet reads, counted by the fake forge that served it."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from codex.audit.record import AuditRecord
from codex.forge.base import Forge
from codex.resources import templates
from codex.rollout.audit import AuditResult, ResultsFolder, audit_all
from codex.rollout.audit_report import audit_journal
from codex.rollout.context import ReleaseSource, SyncContext
from codex.shell.record_file import RecordFile
from codex.sync.policy import Policy
from tests.support.contract import ROWS, Row, Stage
from tests.support.fleet import PYTHON, codex_of

COUNT = 4
BY_GIT = ("gitea", "forgejo", "bitbucket")
"""Hosts whose heads are read by git, one exchange for each repository."""


def audited(
    stage: Stage,
    journal: RecordFile[AuditRecord],
    *,
    port: Forge | None = None,
    day: str = "2026-11-24",
    **more: object,
) -> list[AuditResult]:
    context = SyncContext(
        source=ReleaseSource(codex=codex_of(str(more.get("version", "1.0.0"))), origin=None, releases=lambda _: None),
        forge=port or stage.fresh(),
        policy=Policy(source="eng"),
        templates=templates(),
        day=day,
    )
    return list(
        audit_all(
            context,
            list(stage.targets.values()),
            journal,
            results=ResultsFolder(folder=more.get("folder")),  # type: ignore[arg-type]
            workers=2,
            stopped=lambda: None,
        )
    )


def fetches(stage: Stage) -> Counter[str]:
    """The exchanges with git, by command; and the requests to the API."""
    assert stage.fake is not None
    counts: Counter[str] = Counter()
    for entry in stage.fake.log:
        body = entry.request.body if entry.is_git else b""
        counts["fetch" if b"command=fetch" in body else "ls-refs" if entry.is_git else "api"] += 1
    stage.fake.forget()
    return counts


@pytest.mark.parametrize("row", [row for row in ROWS if row.at], ids=lambda row: row.name)
def test_only_what_changed_is_read(row: Row, tmp_path: Path) -> None:
    with row.begin(tmp_path) as stage:
        assert stage.fake is not None
        for number in range(COUNT):
            stage.add(f"shop/r{number}", dict(PYTHON))
        stage.fake.forget()
        journal = audit_journal(None)
        first = audited(stage, journal)
        assert all(result.record and result.record.rules for result in first)
        cost = fetches(stage)
        assert cost["fetch"] == COUNT, cost
        again = audited(stage, journal)
        assert [result.record for result in again] == [result.record for result in first]
        listing = fetches(stage)
        assert listing["fetch"] == 0, listing
        assert listing["api"] == cost["api"]
        assert listing["ls-refs"] == cost["ls-refs"] == (COUNT if row.name in BY_GIT else 0)
        stage.commit("shop/r1", {"src/b.py": "y = 2\n"})
        stage.fake.forget()
        third = audited(stage, journal)
        assert [result.from_journal for result in third] == [True, False, True, True]
        assert fetches(stage)["fetch"] == 1


def test_another_codex_or_day_of_a_waiver_is_read_again(tmp_path: Path) -> None:
    waiver = "waivers:\n  - {rule: PY-1, reason: later, owner: '@a', expires: 2026-12-01}\n"
    (row,) = (row for row in ROWS if row.name == "local")
    with row.begin(tmp_path) as stage:
        stage.add("shop/payments", {**PYTHON, ".engineering-codex.yaml": waiver})
        journal = audit_journal(None)
        (first,) = audited(stage, journal)
        assert first.record is not None
        assert first.record.until == "2026-12-01"
        assert audited(stage, journal, day="2026-12-01")[0].from_journal
        assert not audited(stage, journal, day="2026-12-02")[0].from_journal
        assert not audited(stage, journal, version="1.1.0", day="2026-12-02")[0].from_journal


def test_a_broken_repository_fails_alone(tmp_path: Path) -> None:
    (row,) = (row for row in ROWS if row.name == "local")
    with row.begin(tmp_path) as stage:
        for name in ("a", "b", "c"):
            stage.add(f"shop/{name}", dict(PYTHON))
        stage.commit("shop/b", {".engineering-codex.lock": "{"})
        shutil.rmtree(stage.git("shop/c"))
        results = audited(stage, audit_journal(None))
        assert [bool(result.record) for result in results] == [True, False, False]
        assert ".engineering-codex.lock" in results[1].failure
        assert results[2].failure


def test_results_of_linters_count_and_a_change_of_them_is_read(tmp_path: Path) -> None:
    (row,) = (row for row in ROWS if row.name == "local")
    folder = tmp_path / "results"
    (folder / "shop/payments").mkdir(parents=True)
    with row.begin(tmp_path) as stage:
        stage.add("shop/payments", {**PYTHON, "Dockerfile": "FROM scratch\nRUN apt-get install curl\n"})
        journal = audit_journal(None)
        assert not audited(stage, journal, folder=folder)[0].from_journal
        (folder / "shop/payments/hadolint.json").write_text(
            '[{"file": "Dockerfile", "line": 2, "column": 1, "code": "DL3008", "level": "warning", "message": "pin"}]'
        )
        (result,) = audited(stage, journal, folder=folder)
        assert result.record is not None
        assert not result.from_journal
        assert audited(stage, journal, folder=folder)[0].from_journal
        (folder / "shop/payments/hadolint.json").write_text("no JSON")
        assert "hadolint" in audited(stage, journal, folder=folder)[0].failure


def test_a_path_that_no_text_can_hold_ends_neither_the_run_nor_its_journal(tmp_path: Path) -> None:
    (row,) = (row for row in ROWS if row.name == "local")
    found = '[{"code": "T201", "filename": "%s", "location": {"row": 1, "column": 1}, "message": "%s"}]'
    revision = '{"runs": [{"tool": {"driver": {"name": "ruff"}}, "versionControlProvenance": [{"revisionId": "%s"}]}]}'
    with row.begin(tmp_path) as stage:
        for name, text in (("a", ""), ("b", found % (r"\ud800", r"\udfff")), ("c", revision % r"\ud800")):
            stage.add(f"shop/{name}", dict(PYTHON))
            folder = tmp_path / "results" / "shop" / name
            folder.mkdir(parents=True)
            if text:
                (folder / "ruff.json").write_text(text)
        journal = audit_journal(tmp_path / "audit.jsonl")
        results = audited(stage, journal, folder=tmp_path / "results")
        journal.close()
        kept = audit_journal(tmp_path / "audit.jsonl")
        assert [result.record for result in results] == [kept.get(result.target.id) for result in results]
        assert all(result.record for result in results)
        kept.close()
