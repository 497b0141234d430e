"""What is GitLab's own: what a fleet costs, batches, drafts, forks, and how codex.yaml names all of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codex.forge.base import FileWrite, GoneError, RepositoryHead
from codex.forge.gitlab import GitLabForge
from codex.forge.registry import make_forge as forge_of
from codex.http.credentials import token_of
from codex.http.hosts import Hosts
from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from codex.sync.repository import Repository
from codex.sync.request_text import RequestText
from skills_build.model.fleet import ForgeSettings
from skills_build.schema import convert
from tests.codex.forge.test_scenarios import NEWER, sync
from tests.support.contract import BRANCH, ROWS, Stage, head
from tests.support.data import shared
from tests.support.fleet import PYTHON
from tests.support.forges import Forge, faults

ROW = next(row for row in ROWS if row.name == "gitlab")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with ROW.begin(tmp_path) as stage:
        yield stage


@pytest.fixture
def fake(stage: Stage) -> Forge:
    assert stage.fake is not None
    return stage.fake


# What it costs.


@pytest.mark.slow
def test_what_a_fleet_costs(stage: Stage, fake: Forge, tmp_path: Path) -> None:
    """Opened 100, then nothing, then a release for 10. GitLab checks new merge requests by itself, so `settles` is set."""
    fake.world.settles_after = 0
    count = 100
    for number in range(count):
        stage.add(f"shop/r{number}", dict(PYTHON))
    journal = Journal(tmp_path / "journal.jsonl")
    first = sync(stage, journal)
    assert {result.decision.outcome for result in first.values()} == {Outcome.OPENED}
    writes = [entry for entry in fake.log if entry.writes and not entry.is_git]
    assert len(writes) == 2 * count
    fake.forget()
    again = sync(stage, journal)
    assert {result.decision.outcome for result in again.values()} == {Outcome.OPEN}
    assert len(fake.log) <= 0.03 * count
    assert fake.write_log == ()
    for path in list(stage.targets)[10:]:
        del stage.targets[path]
    fake.forget()
    newer = sync(stage, journal, codex=NEWER)
    assert {result.decision.outcome for result in newer.values()} == {Outcome.UPDATED}
    api = [entry for entry in fake.log if not entry.is_git]
    assert len([entry for entry in api if entry.writes]) == 10
    assert len(api) <= 10 + 3
    journal.close()


def test_a_batch_too_complex_is_halved_and_then_read_one_by_one(stage: Stage, fake: Forge) -> None:
    targets = [stage.add(f"shop/r{number}") for number in range(9)]
    fake.fail("POST */graphql", faults.too_complex(), times=2)
    heads = list(stage.port.heads(targets, BRANCH))
    assert all(
        isinstance(repository, RepositoryHead) and repository.base == stage.tip(repository.target.path, "main")
        for repository in heads
    )
    sizes = [len(entry.request.sent.inner("variables").values["paths"]) for entry in fake.log]  # type: ignore[arg-type]
    assert sizes == [9, 4, 2, 2, 2, 2, 1]
    fake.fail("POST */graphql", faults.too_complex(), times=100)
    (result,) = stage.port.heads(targets[:1], BRANCH)
    assert isinstance(result, RepositoryHead)
    assert result.base == stage.tip("shop/r0", "main")


def test_one_project_that_is_too_large_makes_no_later_batch_small(stage: Stage, fake: Forge) -> None:
    targets = [stage.add(f"shop/r{number}") for number in range(9)]
    fake.fail(lambda request: b"shop/r1" in request.body, faults.too_many_values(), times=9)
    heads = list(stage.port.heads(targets, BRANCH))
    assert all(isinstance(one, RepositoryHead) for one in heads)
    asked = [entry.request.sent.inner("variables").values for entry in fake.log if entry.path.endswith("graphql")]
    assert [len(one["paths"]) for one in asked] == [9, 4, 2, 1, 1, 1, 6]  # type: ignore[arg-type]


def test_without_graphql_everything_is_read_by_rest(stage: Stage, fake: Forge) -> None:
    stage.add("shop/a", dict(PYTHON))
    by_rest = stage.fresh()
    by_rest._graphql = False  # type: ignore[attr-defined]
    sync(stage)
    rest, other = head(by_rest, stage.targets["shop/a"]), head(stage.port, stage.targets["shop/a"])
    assert (rest.base, rest.request, rest.past, rest.target) == (other.base, other.request, other.past, other.target)
    assert rest.tip is not None
    assert other.tip is not None
    assert (rest.tip.commit, rest.tip.changed) == (other.tip.commit, other.tip.changed)


@pytest.mark.parametrize("graphql", [True, False])
def test_the_read_reports_what_is_read_only(stage: Stage, fake: Forge, graphql: bool) -> None:
    fake.add_repository("shop/old", archived=True)
    fake.add_repository("shop/off", requests_enabled=False)
    fake.add_repository("shop/read", access="read")
    port = stage.fresh()
    port._graphql = graphql  # type: ignore[attr-defined]
    targets = [Repository(id=name, path=f"shop/{name}") for name in ("old", "off", "read")]
    heads = [head.target for head in port.heads(targets, BRANCH) if isinstance(head, RepositoryHead)]
    assert [(repository.archived, repository.requests_off) for repository in heads] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert not graphql or [repository.writable for repository in heads] == [False, True, False]


def test_a_lock_is_waited_for(stage: Stage, fake: Forge) -> None:
    target = stage.add("shop/a")
    fake.fail("POST */commits", faults.locked(), times=2)
    commit = stage.port.commit(
        target, BRANCH, stage.tip("shop/a", "main") or "", [FileWrite(path="x", data=b"")], "M", expected=None
    )
    assert stage.tip("shop/a") == commit


def test_the_token_is_in_headers_only(stage: Stage, fake: Forge) -> None:
    stage.add("shop/a", dict(PYTHON))
    sync(stage)
    sync(stage, codex=NEWER)
    assert any(entry.is_git for entry in fake.log)
    for entry in fake.log:
        assert fake.token not in f"{entry.request.path}?{entry.request.query}"
        assert fake.token.encode() not in entry.request.body
        assert entry.status != 401


def test_an_executable_link_or_module_that_is_replaced_goes_by_git(stage: Stage, fake: Forge) -> None:
    target = stage.add("shop/a")
    bare = fake.bare("shop/a")
    from tests.support.forges.bare import Entry

    files = {**bare.files(bare.tip("main")), "link": Entry(0o120000, bare.add_blob(b"README.md"))}
    base = bare.add_commit(bare.add_tree(files), (bare.tip("main") or "",), "Link", fake.human.author)
    bare.set_ref("refs/heads/main", base)
    stage.port.commit(target, BRANCH, base, [FileWrite(path="link", data=b"file\n")], "M", expected=None)
    assert bare.files(stage.tip("shop/a"))["link"].octal == "100644"
    assert "POST /api/v4/projects/shop%2Fa/repository/commits" not in {
        f"{entry.method} {entry.path}" for entry in fake.log
    }


def test_requests_agree_with_the_published_description(stage: Stage, fake: Forge) -> None:
    descriptions = shared("openapi")
    fake.user("ada")
    stage.add("shop/a", dict(PYTHON), owner="@ada")
    stage.add("shop/b", dict(PYTHON))
    sync(stage)
    stage.commit("shop/b", {"b.txt": "1\n"}, BRANCH)
    stage.commit("shop/a", {"b.txt": "1\n"})
    sync(stage, codex=NEWER)
    stage.merge("shop/a", 1)
    sync(stage, codex=NEWER)
    assert fake.unknown == []
    # The description leaves merge_base out; https://docs.gitlab.com/api/repositories/ has it.
    faults = [fault for fault in fake.check_contract(descriptions) if not fault.endswith("/repository/merge_base")]
    assert not faults, "\n".join(sorted(set(faults)))


# codex.yaml.


def test_sections_of_codex_yaml(fake: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(f"{fake.token}\nmore\n")
    monkeypatch.setenv("THEIRS", fake.token)
    monkeypatch.setenv("GITLAB_TOKEN", fake.token)
    tokens: list[dict[str, Any]] = [
        {"token": {"env": "THEIRS"}},
        {"token": {"file": "token"}},
        {"token": {"command": f"cat {tmp_path / 'token'}"}},
        {},
    ]
    for token in tokens:
        section = {"kind": "gitlab", "url": fake.url, **token}
        forge = forge_of(convert(section, ForgeSettings), Hosts(root=tmp_path))
        assert isinstance(forge, GitLabForge)
        assert forge.whoami() == "codex-bot"
        forge._client.close()
    assert fake.token not in repr(token_of({"env": "THEIRS"}, tmp_path, kind="bearer"))


def test_the_branch_of_a_fork_with_the_same_name_is_ignored(stage: Stage, fake: Forge) -> None:
    target = stage.add("shop/a")
    forge = stage.port
    assert isinstance(forge, GitLabForge)
    row = {
        "id": "gid://gitlab/Project/1",
        "fullPath": "shop/a",
        "repository": {"rootRef": "main", "base": {"sha": "a" * 40}, "tip": None},
        "mergeRequests": {
            "nodes": [
                {
                    "iid": "7",
                    "sourceProjectId": 2,
                    "state": "opened",
                    "webUrl": "u",
                    "title": "T",
                    "targetBranch": "main",
                }
            ]
        },
    }
    assert forge._head_of(target, BRANCH, row).request is None


def test_a_request_of_a_fork_is_not_mistaken_for_our_open_one(stage: Stage, fake: Forge) -> None:
    target = stage.add("shop/a")
    stage.commit("shop/a", {"a.txt": "1\n"}, BRANCH)
    request_text = RequestText(title="Update", body="What changes.")
    first = stage.port.open_request(target, BRANCH, request_text, draft=False)
    newer = fake.open_request("shop/a", BRANCH, "main", title="Theirs", description="")
    fake.requests("shop/a")[newer - 1].fork = 4711
    again = stage.fresh().open_request(target, BRANCH, request_text, draft=False)
    assert (again.number, again.title) == (first.number, "Update")
    assert len(fake.requests("shop/a")) == 2


def test_a_repository_that_the_token_cannot_see_is_gone(stage: Stage, fake: Forge) -> None:
    fake.add_repository("shop/hidden", access="none")
    target = Repository(id="1", path="shop/hidden")
    with pytest.raises(GoneError):
        stage.port.list_files(target, "a" * 40)
    with pytest.raises(GoneError):
        stage.port.read_files(target, "a" * 40, ["x"])
    with pytest.raises(GoneError):
        stage.port.delete_branch(target, BRANCH, expected="a" * 40)


def test_auto_merge_waits_for_a_pipeline(stage: Stage, fake: Forge) -> None:
    target = stage.add("shop/a")
    tip = stage.commit("shop/a", {"a.txt": "1\n"}, BRANCH)
    request = stage.port.open_request(target, BRANCH, RequestText(title="Update", body="What changes."), draft=False)
    fake.repository("shop/a").pipelines = False
    assert stage.port.auto_merge(target, request, expected=tip).startswith("no pipeline was started")
    assert not [entry for entry in fake.write_log if entry.request.path.endswith("/merge")]
    fake.repository("shop/a").pipelines = True
    assert stage.port.auto_merge(target, request, expected=tip) == ""
    assert fake.requests("shop/a")[0].auto_merge


def test_auto_merge_joins_the_merge_train_of_a_project(stage: Stage, fake: Forge) -> None:
    target = stage.add("shop/a")
    tip = stage.commit("shop/a", {"a.txt": "1\n"}, BRANCH)
    request = stage.port.open_request(target, BRANCH, RequestText(title="Update", body="What changes."), draft=False)
    for trains in (False, True):
        fake.repository("shop/a").trains = trains
        assert stage.port.auto_merge(target, request, expected=tip) == ""
        assert fake.requests("shop/a")[0].on_train == trains
    assert stage.port.auto_merge(target, request, expected="a" * 40) == "the branch has changed"
    fake.repository("shop/a").pipelines = False
    written = len(fake.write_log)
    assert stage.port.auto_merge(target, request, expected=tip).startswith("no pipeline was started")
    assert len(fake.write_log) == written
