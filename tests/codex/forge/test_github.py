"""What is GitHub's own: what a fleet costs, batches, partial answers, drafts, forks, Apps, and codex.yaml's section."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codex.forge.base import FileWrite, GoneError, RepositoryHead
from codex.forge.github import GitHubForge
from codex.forge.registry import make_forge as forge_of
from codex.http.errors import HttpError
from codex.http.hosts import GITHUB, Hosts, api_and_git, host_section
from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from codex.sync.repository import Repository
from codex.sync.request_text import RequestText
from skills_build.model.config import TokenSource
from skills_build.model.fleet import ForgeApp, ForgeSettings
from skills_build.schema import convert
from tests.codex.forge.test_scenarios import NEWER, sync
from tests.support.contract import BRANCH, ROWS, Stage, head
from tests.support.data import shared
from tests.support.fleet import PYTHON
from tests.support.forges import Forge, faults
from tests.support.forges.faults import too_many_values
from tests.support.forges.wire import json_answer

ROW = next(row for row in ROWS if row.name == "github")
REQUEST_TEXT = RequestText(title="Codex 1", body="The body.\n", labels=("codex",))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with ROW.begin(tmp_path) as stage:
        yield stage


@pytest.fixture
def fake(stage: Stage) -> Forge:
    assert stage.fake is not None
    return stage.fake


@pytest.mark.slow
def test_what_a_fleet_costs(stage: Stage, fake: Forge, tmp_path: Path) -> None:
    """Opened 100, then nothing, then a release for 10. API requests are counted; git is not."""
    count = 100
    for number in range(count):
        stage.add(f"shop/r{number}", dict(PYTHON))
    journal = Journal(tmp_path / "journal.jsonl")
    first = sync(stage, journal)
    assert {result.decision.outcome for result in first.values()} == {Outcome.OPENED}
    api = [entry for entry in fake.log if not entry.is_git]
    assert len([entry for entry in api if entry.writes and "graphql" not in entry.path]) == 2 * count
    looks, viewer = 4, 1
    assert len(api) == 3 * count + looks + viewer
    fake.forget()
    again = sync(stage, journal)
    assert {result.decision.outcome for result in again.values()} == {Outcome.OPEN}
    assert len(fake.log) <= 0.03 * count
    for path in list(stage.targets)[10:]:
        del stage.targets[path]
    fake.forget()
    newer = sync(stage, journal, codex=NEWER)
    assert {result.decision.outcome for result in newer.values()} == {Outcome.UPDATED}
    api = [entry for entry in fake.log if not entry.is_git]
    assert len(api) <= 2 * 10 + 2
    journal.close()


def test_a_batch_too_large_is_halved(stage: Stage, fake: Forge) -> None:
    targets = [stage.add(f"shop/r{number}") for number in range(9)]
    fake.fail("POST */graphql", faults.too_complex(), times=2)
    heads = list(stage.port.heads(targets, BRANCH))
    assert [repository.base for repository in heads if isinstance(repository, RepositoryHead)] == [
        stage.tip(target.path, "main") for target in targets
    ]
    sizes = [str(entry.request.body).count(": repository(") for entry in fake.log]
    assert sizes == [9, 4, 2, 2, 2, 2, 1]


def test_a_response_with_too_many_values_is_requested_in_parts(stage: Stage, fake: Forge) -> None:
    targets = [stage.add(f"shop/r{number}") for number in range(5)]
    fake.fail("POST */graphql", too_many_values(), times=1)
    heads = list(stage.port.heads(targets, BRANCH))
    assert all(isinstance(one, RepositoryHead) for one in heads)
    assert [str(entry.request.body).count(": repository(") for entry in fake.log] == [5, 2, 2, 1]


def test_one_repository_that_is_too_large_makes_no_later_batch_small(stage: Stage, fake: Forge) -> None:
    targets = [stage.add(f"shop/r{number}") for number in range(9)]
    fake.fail(lambda request: b'"r1"' in request.body, too_many_values(), times=9)
    heads = list(stage.port.heads(targets, BRANCH))
    assert [isinstance(one, RepositoryHead) for one in heads] == [True, False, *[True] * 7]
    assert [str(entry.request.body).count(": repository(") for entry in fake.log] == [9, 4, 2, 1, 1, 1, 6]


def test_an_error_about_one_repository_fails_no_other(stage: Stage, fake: Forge) -> None:
    targets = [stage.add(f"shop/r{number}") for number in range(4)]
    error = {"type": "INTERNAL", "message": "it is broken", "path": ["r0"]}
    broken = faults.Fault(name="broken", answers=lambda _: json_answer({"data": {"r0": None}, "errors": [error]}))
    fake.fail(lambda request: b'"r2"' in request.body, broken, times=9)
    heads = list(stage.port.heads(targets, BRANCH))
    assert [isinstance(one, RepositoryHead) for one in heads] == [True, True, False, True]
    assert isinstance(heads[2], tuple)
    assert "it is broken" in heads[2][1].message


def test_a_repository_too_large_alone_is_its_own_error(stage: Stage, fake: Forge) -> None:
    target = stage.add("shop/a")
    fake.fail("POST */graphql", faults.too_complex(), times=9)
    (result,) = stage.port.heads([target], BRANCH)
    assert isinstance(result, tuple)
    assert isinstance(result[1], HttpError)


def test_an_error_that_is_not_about_one_repository_fails_the_batch(stage: Stage, fake: Forge) -> None:
    target = stage.add("shop/a")
    refusal = faults.Fault(
        name="no",
        answers=lambda _: json_answer({"data": None, "errors": [{"type": "INSUFFICIENT_SCOPES", "message": "no"}]}),
    )
    fake.fail("POST */graphql", refusal)
    (result,) = stage.port.heads([target], BRANCH)
    assert isinstance(result, tuple)
    assert "GitHub rejected the query: no" in str(result[1])


def test_the_batch_reports_what_is_read_only(stage: Stage, fake: Forge) -> None:
    fake.add_repository("shop/old", archived=True)
    fake.add_repository("shop/read", access="read")
    fake.add_repository("shop/copy", mirror=True)
    heads = [
        head
        for head in stage.port.heads(
            [Repository(id=name, path=f"shop/{name}") for name in ("old", "read", "copy")], BRANCH
        )
        if isinstance(head, RepositoryHead)
    ]
    assert [
        (repository.target.archived, repository.target.writable, repository.target.mirror) for repository in heads
    ] == [
        (True, True, False),
        (False, False, False),
        (False, True, True),
    ]


def test_requests_of_forks_are_not_ours(stage: Stage) -> None:
    target = stage.add("shop/a")
    forge = stage.port
    assert isinstance(forge, GitHubForge)
    row: dict[str, Any] = {
        "defaultBranchRef": {"name": "main", "target": {"oid": "a" * 40}},
        "opened": {"nodes": [{"number": 7, "baseRefName": "main", "isCrossRepository": True}]},
        "ended": {"nodes": [{"number": 6, "baseRefName": "main", "isCrossRepository": True}]},
        "viewerPermission": "WRITE",
    }
    repository_head = forge._head(target, "codex/sync", row)
    assert (repository_head.request, repository_head.past, repository_head.base) == (None, None, "a" * 40)


def test_a_repository_without_drafts_gets_an_open_request(stage: Stage, fake: Forge) -> None:
    target = stage.add("shop/a")
    repository_head = head(stage.port, target)
    stage.port.commit(
        repository_head.target,
        BRANCH,
        repository_head.base or "",
        [FileWrite(path="x", data=b"1\n")],
        "M",
        expected=None,
    )
    text = {"message": "Draft pull requests are not supported in this repository."}
    fake.fail("POST */pulls", faults.Fault(name="no-drafts", answers=lambda _: json_answer(text, 422)))
    stage.port.open_request(repository_head.target, BRANCH, REQUEST_TEXT, draft=True)
    assert [request.draft for request in stage.requests("shop/a")] == [False]


def test_reviewers_who_cannot_be_requested_are_skipped(stage: Stage, fake: Forge) -> None:
    fake.user("ada")
    stage.add("shop/a", {**PYTHON, "CODEOWNERS": "* @nobody @ada\n"})
    sync(stage)
    assert stage.requests("shop/a")[0].reviewers == ("ada",)
    sent = [
        entry.request.sent.texts("team_reviewers") for entry in fake.log if entry.path.endswith("/requested_reviewers")
    ]
    assert sent
    forge = stage.port
    assert isinstance(forge, GitHubForge)
    request = head(forge, stage.targets["shop/a"]).request
    assert request is not None
    fake.forget()
    forge._add_reviewers(stage.targets["shop/a"], request, ["acme/payments", "ada"])
    (entry,) = fake.log
    assert (entry.request.sent.texts("team_reviewers"), entry.request.sent.texts("reviewers")) == (("payments",), ())


@pytest.mark.parametrize(
    ("words", "left", "merged"),
    [
        ("Pull request Pull request is in clean status", "", True),
        ("Pull request Auto merge is not allowed for this repository", "Pull request Auto merge", False),
    ],
)
def test_a_request_that_can_be_merged_now_is_merged(
    stage: Stage, fake: Forge, words: str, left: str, merged: bool
) -> None:
    target = stage.add("shop/a", dict(PYTHON))
    answer = {"data": {"enablePullRequestAutoMerge": None}, "errors": [{"type": "UNPROCESSABLE", "message": words}]}
    fault = faults.Fault(name="clean", answers=lambda _: json_answer(answer))
    repository_head = head(stage.port, target)
    commit = stage.port.commit(
        repository_head.target, BRANCH, repository_head.base or "", [FileWrite(path="x", data=b"")], "M", expected=None
    )
    request = stage.port.open_request(repository_head.target, BRANCH, REQUEST_TEXT, draft=False)
    fake.fail("POST */graphql", fault)
    assert stage.port.auto_merge(repository_head.target, request, expected=commit).startswith(left)
    assert (stage.requests("shop/a")[0].state == "merged") is merged


def test_the_token_is_in_headers_only(stage: Stage, fake: Forge) -> None:
    stage.add("shop/a", dict(PYTHON))
    sync(stage, policy=Policy(source="eng", auto_merge=True, assignee="codex-bot"))
    sync(stage, codex=NEWER)
    assert any(entry.is_git for entry in fake.log)
    for entry in fake.log:
        assert fake.token not in f"{entry.request.path}?{entry.request.query}"
        assert fake.token.encode() not in entry.request.body


def test_requests_agree_with_the_published_description(stage: Stage, fake: Forge) -> None:
    descriptions = shared("openapi")
    fake.user("ada")
    stage.add("shop/a", dict(PYTHON), owner="@ada")
    stage.add("shop/b", dict(PYTHON))
    sync(stage, policy=Policy(source="eng", assignee="codex-bot"))
    stage.commit("shop/b", {"b.txt": "1\n"}, BRANCH)
    stage.commit("shop/a", {"b.txt": "1\n"})
    sync(stage, codex=NEWER)
    stage.merge("shop/a", 1)
    sync(stage, codex=NEWER)
    list(stage.port.probe())
    assert fake.unknown == []
    faults = fake.check_contract(descriptions)
    assert not faults, "\n".join(sorted(set(faults)))


def test_sections_of_codex_yaml(fake: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.add_repository("shop/a", files=dict(PYTHON))
    (tmp_path / "token").write_text(f"{fake.token}\nmore\n")
    monkeypatch.setenv("THEIRS", fake.token)
    monkeypatch.setenv("GITHUB_TOKEN", fake.token)
    tokens: list[dict[str, Any]] = [{"token": {"env": "THEIRS"}}, {"token": {"file": "token"}}, {}]
    for token in tokens:
        forge = forge_of(convert({"kind": "github", "url": fake.url, **token}, ForgeSettings), Hosts(root=tmp_path))
        assert isinstance(forge, GitHubForge)
        assert forge.whoami() == "codex-bot"
        target = Repository(id="1", path="shop/a")
        base = head(forge, target).base or ""
        assert forge.read_files(target, base, ["src/a.py"]) == {"src/a.py": b"def f() -> None: ...\n"}
        forge.close()


def test_an_address_belongs_to_the_host_of_its_base(tmp_path: Path) -> None:
    hosts = Hosts(root=tmp_path)
    for url, expected in (
        (None, ("https://api.github.com/", "https://github.com/")),
        ("https://github.com/", ("https://api.github.com/", "https://github.com/")),
        ("https://ghe.example.com", ("https://ghe.example.com/api/v3/", "https://ghe.example.com/")),
    ):
        client, git = api_and_git(hosts, GITHUB, host_section(ForgeSettings(kind="github", url=url)))
        assert (client.base, git.base) == expected
        assert client.rate_limiter is git.rate_limiter
        client.close()
        git.close()


def test_an_app_signs_in_with_its_key(tmp_path: Path) -> None:
    """That its tokens are made, kept and renewed is tested where they are made."""
    from codex.http.github_app import GitHubApp

    (tmp_path / "key.pem").write_text("-----BEGIN\nkey\n-----END\n")
    app = ForgeApp(id="Iv1.app", installation=42, key=TokenSource(file="key.pem"))
    client, git = api_and_git(Hosts(root=tmp_path), GITHUB, host_section(ForgeSettings(kind="github", app=app)))
    assert isinstance(client.credential, GitHubApp)
    assert git.credential is client.credential
    assert client.credential.key() == "-----BEGIN\nkey\n-----END\n"
    assert (client.credential.base, client.credential.app) == ("https://api.github.com/", "Iv1.app")
    client.close()
    git.close()


def test_a_repository_that_the_token_cannot_see_is_gone(stage: Stage, fake: Forge) -> None:
    fake.add_repository("shop/hidden", access="none")
    target = Repository(id="1", path="shop/hidden")
    with pytest.raises(GoneError):
        stage.port.list_files(target, "a" * 40)
    with pytest.raises(GoneError):
        stage.port.read_files(target, "a" * 40, ["x"])
    (result,) = stage.port.heads([target], BRANCH)
    assert isinstance(result, tuple)
    assert isinstance(result[1], GoneError)
