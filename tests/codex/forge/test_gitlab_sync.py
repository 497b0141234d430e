"""A fleet on GitLab, as a fake with real git behind it plays it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codex.forge.gitlab import GitLabForge
from codex.http.client import Client
from codex.http.credentials import Token
from codex.resources import templates
from codex.rollout.batch import evaluate_all
from codex.rollout.context import ReleaseSource, RepositoryResult, SyncContext
from codex.rollout.execute import execute, record_results
from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from codex.sync.repository import Repository
from skills_build.release.loaded_bundle import LoadedBundle
from tests.support.fleet import PYTHON, codex_of
from tests.support.forges import running

REPO = "acme/payments"
NEWER = codex_of("2.0.0", "\nA newer word.\n")


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Any]:
    with running("gitlab", tmp_path) as forge:
        forge.add_repository(REPO, files=dict(PYTHON))
        yield forge


def sync(forge: Any, journal: Journal | None = None, codex: LoadedBundle | None = None) -> RepositoryResult:
    with Client(forge.url, credential=Token(source=lambda: forge.token, kind="private-token")) as client:
        run = SyncContext(
            source=ReleaseSource(codex=codex or codex_of(), origin="c" * 40, releases=lambda _: None),
            forge=GitLabForge(client),
            policy=Policy(source="eng"),
            templates=templates(),
            day="2026-11-24",
            targets=("agents",),
        )
        book = journal or Journal(None)
        (entry,) = [
            execute(run, repository_result, book)
            for repository_result in evaluate_all(run, [Repository(id=REPO, path=REPO)], book, workers=1)
        ]
        record_results(run, [entry], book)
        return entry


def outcome_of(item: RepositoryResult) -> tuple[Outcome, int]:
    assert item.decision.outcome is not Outcome.FAILED, item.decision.reason
    return item.decision.outcome, item.decision.row


def test_open_wait_merge_and_update(forge: Any, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    assert outcome_of(sync(forge, journal)) == (Outcome.OPENED, 15)
    assert "\n<!-- codex:begin version=1.0.0 " in forge.files(REPO, "codex/sync")["AGENTS.md"]
    forge.forget()
    assert outcome_of(sync(forge, journal))[0] is Outcome.OPEN
    assert outcome_of(sync(forge))[0] is Outcome.OPEN
    assert forge.write_log == ()
    assert outcome_of(sync(forge, journal, NEWER)) == (Outcome.UPDATED, 13)
    forge.merge(REPO, 1)
    assert outcome_of(sync(forge, journal, NEWER))[0] in (Outcome.MERGED, Outcome.IN_SYNC)
    forge.forget()
    assert outcome_of(sync(forge, journal, NEWER))[0] is Outcome.IN_SYNC
    assert forge.write_log == ()
    journal.close()


def test_manual_changes_are_left_alone(forge: Any) -> None:
    sync(forge)
    forge.human_commit(REPO, "codex/sync", {"theirs.py": "x = 1\n"})
    before = forge.files(REPO, "codex/sync")
    assert outcome_of(sync(forge, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert forge.files(REPO, "codex/sync") == before
    forge.forget()
    assert outcome_of(sync(forge, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert forge.write_log == ()


def test_a_declined_request_stays_closed(forge: Any) -> None:
    sync(forge)
    forge.close_request(REPO, 1)
    forge.forget()
    assert outcome_of(sync(forge)) == (Outcome.DECLINED, 8)
    assert forge.write_log == ()


def test_no_token_is_in_a_log(forge: Any) -> None:
    sync(forge)
    assert not [entry for entry in forge.log if forge.token in entry.path]
