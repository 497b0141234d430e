"""What is different on Bitbucket Cloud: labels by comments, reviewers, what it lacks, and the form of its requests."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from codex.forge.bitbucket import BitbucketForge
from codex.forge.bitbucket_settings import _names
from codex.forge.merging_tip import overlap
from codex.forge.registry import make_forge
from codex.http.client import Client
from codex.http.credentials import Basic, Token
from codex.http.hosts import BITBUCKET, Hosts, api_and_git, host_section
from codex.sync.outcome import Outcome
from codex.sync.policy import Forking, Forks, Policy
from codex.sync.request_text import RequestText
from skills_build.errors import CodexError
from skills_build.model.fleet import ForgeSettings
from tests.codex.forge.test_scenarios import NEWER, outcome_of, state, sync
from tests.support.contract import BRANCH, OURS, REPO, REQUEST_TEXT, ROWS, Stage, begun, client_of, head
from tests.support.fleet import PYTHON
from tests.support.forges import Forge
from tests.support.forges.bitbucket_views import uuid_of
from tests.support.forges.faults import Fault, dropped
from tests.support.forges.wire import json_answer

ROW = next(row for row in ROWS if row.name == "bitbucket")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with ROW.begin(tmp_path) as stage:
        stage.add(REPO, dict(PYTHON))
        yield stage


@pytest.fixture
def fake(stage: Stage) -> Forge:
    assert stage.fake is not None
    return stage.fake


def _comment(fake: Forge, by: str, text: str) -> None:
    fake.world.add_note(fake.merge_request(REPO, 1), fake.user(by), text)


@pytest.mark.parametrize("text", ["codex-hold", " `codex-hold`\n"])
def test_a_comment_that_is_the_name_of_a_label_is_one(stage: Stage, fake: Forge, text: str) -> None:
    sync(stage)
    _comment(fake, "ada", text)
    assert outcome_of(sync(stage, codex=NEWER)) == (Outcome.HELD, 9)


@pytest.mark.parametrize(
    ("by", "text"),
    [
        ("stranger", "codex-hold"),
        ("codex-bot", "codex-hold"),
        ("ada", "please do not codex-hold this"),
        ("ada", "> codex-hold"),
        ("ada", "codex-hold\nthanks"),
    ],
)
def test_other_comments_are_no_labels(stage: Stage, fake: Forge, by: str, text: str) -> None:
    sync(stage)
    _comment(fake, by, text)
    assert outcome_of(sync(stage, codex=NEWER)) == (Outcome.UPDATED, 13)


def test_a_reply_or_a_comment_on_a_line_is_no_label(stage: Stage, fake: Forge) -> None:
    sync(stage)
    _comment(fake, "ada", "First.")
    _comment(fake, "ada", "codex-hold")
    first, second = fake.merge_request(REPO, 1).notes
    second.parent = first.id
    assert outcome_of(sync(stage, codex=NEWER)) == (Outcome.UPDATED, 13)


@pytest.mark.parametrize("after", [False, True])
def test_a_label_is_removed_by_one_reply(stage: Stage, fake: Forge, after: bool) -> None:
    sync(stage)
    stage.label(REPO, 1, "codex-takeover")
    fake.fail("POST */comments", dropped(after=after))
    sync(stage)
    replies = [note for note in fake.merge_request(REPO, 1).notes if note.parent is not None]
    assert [note.body for note in replies] == ["Done: `codex-takeover` no longer applies."]
    before = state(stage)
    sync(stage)
    assert state(stage) == before


def test_a_pull_request_without_comments_takes_no_request_for_labels(stage: Stage, fake: Forge) -> None:
    sync(stage)
    fake.forget()
    sync(stage)
    assert not [entry.path for entry in fake.log if "comments" in entry.path]


def test_reviewers_are_named_by_nickname_or_uuid_and_kept(stage: Stage, fake: Forge) -> None:
    for name in ("ada", "bob", "eve"):
        fake.user(name)
    target, _, _ = begun(stage, head(stage.port, stage.targets[REPO]).target)
    text = replace(REQUEST_TEXT, reviewers=("ada", uuid_of(fake.user("bob").id), "nobody", "stranger"))
    request = stage.port.open_request(target, BRANCH, text, draft=True)
    assert stage.requests(REPO)[0].reviewers == ("ada", "bob")
    stage.port.make_ready(target, request)
    stage.port.update_request(target, request, RequestText(title="T", body="B"))
    assert (stage.requests(REPO)[0].reviewers, stage.requests(REPO)[0].draft) == (("ada", "bob"), False)
    stage.port.update_request(target, request, RequestText(title="T", body="B", reviewers=("eve",)))
    assert stage.requests(REPO)[0].reviewers == ("ada", "bob", "eve")


def test_reviewers_that_the_host_refuses_do_not_prevent_the_rest(stage: Stage, fake: Forge) -> None:
    fake.user("ada")
    target, _, _ = begun(stage, head(stage.port, stage.targets[REPO]).target)
    body = {"type": "error", "error": {"message": "reviewers: Malformed reviewers list"}}
    refusal = Fault(name="reviewers", answers=lambda _: json_answer(body, 400))
    text = replace(REQUEST_TEXT, reviewers=("ada",))
    fake.fail("POST */pullrequests", refusal)
    request = stage.port.open_request(target, BRANCH, text, draft=False)
    fake.fail("PUT */pullrequests/*", refusal)
    stage.port.update_request(target, request, replace(text, title="T 2"))
    (shown,) = stage.requests(REPO)
    assert (shown.title, shown.reviewers) == ("T 2", ())


def test_a_pull_request_that_was_merged_in_the_meantime_is_not_declined(stage: Stage) -> None:
    target, _, _ = begun(stage, head(stage.port, stage.targets[REPO]).target)
    request = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    stage.merge(REPO, request.number)
    with pytest.raises(CodexError, match="was merged in the meantime"):
        stage.port.close_request(target, request)


def test_a_pull_request_of_a_fork_with_our_branch_is_not_ours(stage: Stage, fake: Forge) -> None:
    sync(stage)
    theirs = fake.fork(REPO, "ada")
    fake.merge_request(REPO, 1).fork = theirs.id
    assert head(stage.fresh(), stage.targets[REPO]).request is None


def test_a_base_that_changes_the_same_lines_is_a_conflict() -> None:
    before = b"a\nb\nc\nd\ne\n"
    assert overlap(before, b"a\nB\nc\nd\ne\n", b"a\nB2\nc\nd\ne\n")
    assert overlap(before, b"a\nb\nX\nc\nd\ne\n", b"a\nb\nY\nc\nd\ne\n")
    assert overlap(b"", b"ours\n", b"theirs\n")
    assert not overlap(before, b"a\nb\nc\nd\nE\n", b"A\nb\nc\nd\ne\n")
    assert not overlap(before, before, b"")


def test_what_the_host_does_not_have_is_reported(stage: Stage, fake: Forge) -> None:
    probes = {probe.name: probe for probe in stage.port.probe_repository(stage.targets[REPO])}
    assert probes["labels"].ok
    assert "a comment that contains only its name" in probes["labels"].details
    refusal = Fault(name="scope", answers=lambda _: json_answer({"type": "error", "error": {"message": "no"}}, 403))
    fake.fail("GET */members", refusal)
    probes = {probe.name: probe for probe in stage.port.probe_repository(stage.targets[REPO])}
    assert (probes["labels"].ok, probes["labels"].hint) == (
        False,
        "add the scope read:workspace:bitbucket to the token",
    )
    with pytest.raises(CodexError, match="reviews are not supported"):
        stage.port.review_host()
    with pytest.raises(CodexError, match="forks are not supported"):
        stage.port.use_forks(Forks(when=Forking.WHEN_NEEDED))


def test_a_token_that_may_not_read_its_account_fails_the_probe(stage: Stage, fake: Forge) -> None:
    refusal = Fault(name="scope", answers=lambda _: json_answer({"type": "error", "error": {"message": "no"}}, 403))
    fake.fail("GET */user", refusal)
    probes = {probe.name: probe for probe in stage.fresh().probe()}
    assert not probes["token"].ok
    assert "create an account API token" in probes["token"].hint


def test_every_request_fits_the_description_of_the_host(stage: Stage, fake: Forge, tmp_path: Path) -> None:
    fake.user("ada")
    sync(stage, policy=Policy(source="eng", draft=True))
    stage.label(REPO, 1, "codex-takeover", "theirs")
    stage.commit(REPO, {"src/b.py": "x = 1\n"}, BRANCH)
    sync(stage, codex=NEWER)
    stage.close(REPO, 1)
    stage.label(REPO, 1, "codex-retry")
    sync(stage)
    list(stage.port.probe_repository(stage.targets[REPO]))
    request = head(stage.port, stage.targets[REPO]).request
    assert request is not None
    stage.port.update_request(stage.targets[REPO], request, RequestText(title="T", body="B", reviewers=("ada",)))
    stage.port.repository_settings(stage.targets[REPO])
    stage.port.ci_fails(stage.targets[REPO], stage.tip(REPO) or "")
    stage.port.close_request(stage.targets[REPO], request)
    assert fake.unknown == []
    assert fake.check_contract(tmp_path) == []
    assert {entry.request.method for entry in fake.log if entry.template} == {"GET", "POST", "PUT"}


def test_a_request_that_does_not_fit_the_description_is_found(stage: Stage, fake: Forge, tmp_path: Path) -> None:
    with client_of(fake, stage.clock) as client:
        client.send("POST", f"2.0/repositories/{REPO}/pullrequests/1/comments", {"text": "x"}, ok_statuses=(404,))
        begun(stage, head(stage.port, stage.targets[REPO]).target)
        stage.port.open_request(head(stage.port, stage.targets[REPO]).target, BRANCH, REQUEST_TEXT, draft=False)
        client.send("POST", f"2.0/repositories/{REPO}/pullrequests/1/comments", {"text": "x"})
    assert [fault.rpartition("/")[2] for fault in fake.check_contract(tmp_path)] == ["text: not described"]


def test_the_settings_of_a_repository_have_the_usual_names(stage: Stage, fake: Forge) -> None:
    repository = fake.repository(REPO)
    repository.required_approvals, repository.protected = 2, frozenset({"main"})
    found = stage.port.repository_settings(stage.targets[REPO])
    branch = {"name": "main", "protected": True, "required_approvals": 2, "force_push": False}
    assert (found.requests, found.nested()) == (2, {"visibility": "private", "default_branch": branch})
    fake.fail("GET */branch-restrictions", Fault(name="no", answers=lambda _: json_answer({"type": "error"}, 403)))
    assert stage.port.repository_settings(stage.targets[REPO]).nested() == {
        "visibility": "private",
        "default_branch": {"name": "main"},
    }


@pytest.mark.parametrize(
    ("token", "api", "login"),
    [
        ("secret", "Bearer secret", "x-token-auth:secret"),
        ("a@b.example:secret", "Basic YUBiLmV4YW1wbGU6c2VjcmV0", "x-bitbucket-api-token-auth:secret"),
    ],
)
def test_an_api_token_is_sent_with_its_email_address_and_others_as_bearer(token: str, api: str, login: str) -> None:
    credential = Token(source=lambda: token, kind="bitbucket")
    assert credential.headers() == {"Authorization": api}
    git = Basic(token=credential)
    encoded = git.headers()["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(encoded).decode() == login
    for text in ("secret", encoded, api.rpartition(" ")[2]):
        assert git.redact(f"got {text}") == "got ***"


def test_a_sync_with_an_api_token(stage: Stage, fake: Forge) -> None:
    token = Token(source=lambda: f"bot@codex.example:{fake.token}", kind="bitbucket")
    with Client(fake.url, credential=token) as client:
        assert outcome_of(sync(stage, port=BitbucketForge(client))) == (Outcome.OPENED, 15)


def test_the_api_of_the_public_host_is_on_another_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITBUCKET_TOKEN", "secret")
    settings, hosts = ForgeSettings(kind="bitbucket"), Hosts(root=tmp_path)
    client, git = api_and_git(hosts, BITBUCKET, host_section(settings))
    assert (client.base, git.base) == ("https://api.bitbucket.org/2.0/", "https://bitbucket.org/")
    assert client.credential.headers() == {"Authorization": "Bearer secret"}
    assert isinstance(make_forge(settings, hosts), BitbucketForge)


def test_commits_name_the_account_of_the_token(stage: Stage) -> None:
    target, _, commit = begun(stage, head(stage.port, stage.targets[REPO]).target)
    tip = head(stage.port, target).tip
    assert tip is not None
    assert (tip.commit, tip.message.strip()) == (commit, OURS.strip())


def test_people_are_told_to_comment_where_there_are_no_labels(stage: Stage) -> None:
    sync(stage)
    assert "To postpone, add the `codex-hold` comment." in stage.requests(REPO)[0].body
    stage.commit(REPO, {"src/b.py": "x = 1\n"}, BRANCH)
    reason = sync(stage, codex=NEWER)[REPO].decision.reason
    assert (
        reason
        == "the branch has commits by others; merge or close the merge request, or add the comment `codex-takeover`"
    )
    (note,) = stage.requests(REPO)[0].notes
    assert "add the `codex-takeover` comment. codexc then replies to the comment, and keeps later commits." in note
    stage.drop_branch(REPO)
    stage.close(REPO, 1)
    assert "add the comment `codex-retry` to the closed one" in sync(stage)[REPO].decision.reason


def test_texts_that_take_long_to_compare_count_as_changed_on_both_sides() -> None:
    before = b"a\nb\n" * 500_000
    assert overlap(before, b"x\n" + before, before + b"y\n")


@pytest.mark.parametrize(
    ("pattern", "branch", "matches"),
    [
        ("main", "main", True),
        ("release/*", "release/1/a", True),
        ("*", "main", True),
        ("ma?n", "main", False),
        ("[m]ain", "main", False),
        ("[m]ain", "[m]ain", True),
        ("*a" * 60 + "z", "a" * 60, False),
    ],
)
def test_a_restriction_names_branches_by_stars_alone(pattern: str, branch: str, matches: bool) -> None:
    assert _names({"branch_match_kind": "glob", "pattern": pattern}, branch) is matches
