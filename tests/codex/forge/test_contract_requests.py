"""What every forge must do with merge requests, tested the same way for all."""

from dataclasses import replace
from datetime import date

import pytest

from codex.sync.repository import Repository
from codex.sync.request_text import RequestText
from tests.support.contract import BRANCH, REPO, REQUEST_TEXT, ROWS, Row, Stage, begun, head, kept, lacks
from tests.support.forges import faults
from tests.support.forges.state import Status
from tests.support.forges.wire import json_answer


def test_a_request_is_opened_once(stage: Stage, target: Repository) -> None:
    target, _, _ = begun(stage, target)
    first = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    second = stage.fresh().open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    assert (first.number, first.url) == (second.number, second.url)
    (shown,) = stage.requests(REPO)
    labels = kept(stage, "codex")
    assert (shown.title, shown.body.strip(), shown.labels, shown.draft) == ("Codex 1", "The body.", labels, False)
    seen = head(stage.port, target).request
    assert seen is not None
    assert (seen.number, seen.url, seen.title, seen.labels) == (first.number, first.url, "Codex 1", labels)
    assert seen.body.strip() == "The body."
    assert seen.mergeable is not False


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in ("gitea", "forgejo")], ids=lambda row: row.name)
def test_of_two_simultaneous_requests_the_first_stays_open(stage: Stage, target: Repository, row: Row) -> None:
    assert stage.fake is not None
    target, _, _ = begun(stage, target)
    first = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    stage.fake.world.hasty = True
    second = stage.fresh().open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    assert (first.number, second.number) == (1, 1)
    assert [request.state for request in stage.requests(REPO)] == ["open", "closed"]


def test_a_draft_keeps_the_title_that_we_gave_it(stage: Stage, target: Repository) -> None:
    target, _, _ = begun(stage, target)
    stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=True)
    assert stage.requests(REPO)[0].draft
    seen = head(stage.port, target).request
    assert seen is not None
    assert seen.title == "Codex 1"
    stage.port.update_request(target, seen, RequestText(title="Codex 2", body="2\n"))
    assert (stage.requests(REPO)[0].title, stage.requests(REPO)[0].draft) == ("Codex 2", True)


def test_known_reviewers_are_requested(stage: Stage, target: Repository) -> None:
    if stage.fake is not None:
        stage.fake.user("ada")
    target, _, _ = begun(stage, target)
    request_text = RequestText(title="T", body="B", reviewers=("ada", "nobody-knows"))
    stage.port.open_request(target, BRANCH, request_text, draft=False)
    assert "ada" in stage.requests(REPO)[0].reviewers


def test_assignees_and_the_creation_date(stage: Stage, target: Repository) -> None:
    named, _, _ = begun(stage, target)
    stage.port.open_request(named, BRANCH, replace(REQUEST_TEXT, assignees=("codex-bot",)), draft=False)
    assert stage.requests(REPO)[0].assignees == (() if lacks(stage, "assignees") else ("codex-bot",))
    request = head(stage.port, target).request
    assert request is not None
    assert date.fromisoformat(request.created)


def test_auto_merge_is_set_only_if_the_branch_has_our_commit(stage: Stage, target: Repository) -> None:
    named, _, commit = begun(stage, target)
    request = stage.port.open_request(named, BRANCH, REQUEST_TEXT, draft=False)
    assert stage.port.auto_merge(named, request, expected="0" * 40) != ""
    assert not stage.requests(REPO)[0].auto_merge
    refusal = stage.port.auto_merge(named, request, expected=commit)
    assert (refusal != "") is lacks(stage, "auto-merge")
    assert stage.requests(REPO)[0].auto_merge is not lacks(stage, "auto-merge")


def test_the_approvals_that_a_host_requires_are_read(stage: Stage, target: Repository) -> None:
    named, _, _ = begun(stage, target)
    request = stage.port.open_request(named, BRANCH, REQUEST_TEXT, draft=False)
    if stage.fake is None:
        assert stage.port.required_approvals(named, request) >= 0
        return
    assert stage.port.required_approvals(named, request) == 0
    repository = stage.fake.repository(REPO)
    repository.required_approvals = 2
    assert stage.port.required_approvals(named, request) == 2
    repository.classic = True
    assert stage.fresh().required_approvals(named, request) == 2
    stage.fake.fail(
        "GET *", faults.Fault(name="refused", answers=lambda _: json_answer({"message": "no"}, 403)), times=2
    )
    assert stage.fresh().required_approvals(named, request) == 0


def test_an_update_adds_and_removes_nothing(stage: Stage, target: Repository) -> None:
    for name in ("ada", "bob"):
        if stage.fake is not None:
            stage.fake.user(name)
    target, _, _ = begun(stage, target)
    stage.port.open_request(
        target, BRANCH, RequestText(title="T", body="B", labels=("codex",), reviewers=("ada",)), draft=False
    )
    stage.label(REPO, 1, "theirs")
    seen = head(stage.port, target).request
    assert seen is not None
    request_text = RequestText(title="T 2", body="B 2", labels=("codex", "more"), reviewers=("bob",))
    stage.port.update_request(target, seen, request_text)
    stage.port.update_request(target, seen, request_text)
    (shown,) = stage.requests(REPO)
    assert (shown.title, shown.body.strip()) == ("T 2", "B 2")
    assert set(shown.labels) == {*kept(stage, "codex", "more"), "theirs"}
    assert set(shown.reviewers) == {"ada", "bob"}


def test_there_is_one_comment_and_it_is_edited_in_place(stage: Stage, target: Repository) -> None:
    target, _, _ = begun(stage, target)
    request = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    stage.port.comment(target, request, "first")
    stage.port.comment(target, request, "first")
    assert len(stage.requests(REPO)[0].notes) == 1
    if stage.fake is not None:
        stage.fake.comment(REPO, 1, "I disagree")
        stage.fake.forget()
        stage.fresh().comment(target, request, "first")
        assert stage.fake.write_log == ()
    stage.fresh().comment(target, request, "second")
    notes = [note for note in stage.requests(REPO)[0].notes if note != "I disagree"]
    assert len(notes) == 1
    assert "second" in notes[0]


def test_a_comment_that_quotes_the_marker_of_another_one_is_not_replaced_by_it(
    stage: Stage, target: Repository
) -> None:
    target, _, _ = begun(stage, target)
    request = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    stage.port.comment(target, request, "It contains `<!-- codex:text -->`.")
    stage.port.comment(target, request, "Its own", topic="text")
    notes = stage.requests(REPO)[0].notes
    assert len(notes) == 2 and any("It contains" in note for note in notes)


def test_closed_and_merged_requests_are_the_past(stage: Stage, target: Repository) -> None:
    target, _, _ = begun(stage, target)
    request = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    stage.port.close_request(target, request)
    stage.label(REPO, 1, "codex-retry")
    repository_head = head(stage.port, target)
    assert repository_head.request is None
    assert repository_head.past is not None
    assert (repository_head.past.number, repository_head.past.merged, repository_head.past.body.strip()) == (
        1,
        False,
        "The body.",
    )
    assert set(repository_head.past.labels) == {*kept(stage, "codex"), "codex-retry"}
    second = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    stage.merge(REPO, second.number)
    repository_head = head(stage.port, target)
    assert repository_head.past is not None
    assert (repository_head.past.number, repository_head.past.merged) == (second.number, True)


def test_the_account_and_the_use_of_a_token_are_known(stage: Stage, target: Repository) -> None:
    assert stage.port.whoami()
    begun(stage, target)
    used = stage.port.usage()
    assert used.keys() >= {"requests", "writes", "bytes", "git"}
    assert used["writes"] >= 1


def test_ci_fails_if_the_newest_status_of_a_job_fails(stage: Stage, target: Repository) -> None:
    named, _, commit = begun(stage, target)
    assert not stage.port.ci_fails(named, commit)
    if stage.fake is None:
        return
    repository = stage.fake.repository(REPO)
    failed = {"gitlab": "failed"}.get(stage.fake.kind, "failure")

    def report(number: int, name: str, state: str) -> None:
        who = stage.fake.human if stage.fake else None
        assert who is not None
        status = Status(id=number, name=name, state=state, description="", author=who, created=0.0)
        repository.statuses.setdefault(commit, []).append(status)

    report(1, "lint", "pending")
    report(2, "test", failed)
    assert stage.port.ci_fails(named, commit)
    report(3, "test", "success")
    assert not stage.port.ci_fails(named, commit)
    for number in range(4, 130):
        report(number, f"job {number}", "success")
    report(130, "last", failed)
    assert stage.port.ci_fails(named, commit), "it is on the second page"
    report(131, "last", "success")
    if stage.fake.kind == "github":
        repository.check_runs[commit] = [*(["success", "skipped"] * 60), "timed_out"]
        assert stage.port.ci_fails(named, commit), "it is on the second page"
