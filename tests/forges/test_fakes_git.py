"""Git itself talks to the fakes over HTTP: clone, push, leases, push options, refusals, filters."""

import base64
from pathlib import Path
from typing import get_args

import pytest

from tests.forges.conftest import Start
from tests.support.forges import Forge
from tests.support.forges.asking import ask, clone, commit, git
from tests.support.forges.faults import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, start: Start) -> Forge:
    """Every forge in turn, with a repository."""
    forge = start(request.param)
    forge.add_repository("acme/shop", files={"README.md": "# Shop\n", "docs/a.md": "A\n"})
    return forge


def test_git_finds_no_fault_in_a_repository_of_a_fake_forge(shop: Forge) -> None:
    run = git("--git-dir", shop.bare("acme/shop").folder, "fsck", "--strict", "--full")
    assert (run.code, run.err.strip()) == (0, "")


def test_what_was_cloned_and_pushed_is_seen_by_the_forge(shop: Forge, tmp_path: Path) -> None:
    work = clone(shop, "acme/shop", tmp_path / "work")
    assert (work / "docs/a.md").read_text(encoding="utf-8") == "A\n"
    tip = commit(work, "new.md", "new\n")
    assert git("push", "origin", "HEAD:codex/sync", cwd=work).code == 0
    assert shop.bare("acme/shop").tip("codex/sync") == tip
    assert shop.files("acme/shop", "codex/sync")["new.md"] == "new\n"
    assert [entry.path.rpartition("/")[2] for entry in shop.write_log] == ["git-receive-pack"]


def test_a_token_is_needed_and_a_header_saves_the_first_refusal(shop: Forge) -> None:
    assert git("ls-remote", shop.git_url("acme/shop")).code != 0
    assert {entry.status for entry in shop.log} == {401}
    shop.forget()
    pair = base64.b64encode(f"bot:{shop.token}".encode()).decode()
    header = f"http.extraHeader=Authorization: Basic {pair}"
    run = git("-c", header, "ls-remote", shop.git_url("acme/shop"))
    assert run.out.splitlines()[0] == f"{shop.bare('acme/shop').tip('main')}\tHEAD"
    assert {entry.status for entry in shop.log} == {200}


def test_protocol_2_and_filters_reach_git(shop: Forge, tmp_path: Path) -> None:
    run = git("clone", "--bare", "--filter=blob:none", "--depth=1", shop.clone_url("acme/shop"), tmp_path / "bare")
    assert run.code == 0, run.err
    missing = git("rev-list", "--objects", "--missing=print", "HEAD", cwd=tmp_path / "bare").out
    assert len([line for line in missing.splitlines() if line.startswith("?")]) == (2 if shop.flavour.filters else 0)
    assert {entry.request.headers.get("git-protocol") for entry in shop.log} == {"version=2"}


def test_a_lease_keeps_a_humans_commit(shop: Forge, tmp_path: Path) -> None:
    work = clone(shop, "acme/shop", tmp_path / "work")
    tip = commit(work, "new.md", "new\n")
    git("push", "origin", "HEAD:codex/sync", cwd=work)
    theirs = shop.human_commit("acme/shop", "codex/sync", {"theirs.md": "theirs\n"})
    git("commit", "--amend", "-m", "Again", cwd=work)
    run = git("push", f"--force-with-lease=codex/sync:{tip}", "origin", "HEAD:codex/sync", cwd=work)
    assert run.code != 0 and "stale info" in run.err
    assert shop.bare("acme/shop").tip("codex/sync") == theirs


def test_a_forced_push_moves_the_request_and_keeps_it(shop: Forge, tmp_path: Path) -> None:
    work = clone(shop, "acme/shop", tmp_path / "work")
    old = commit(work, "new.md", "new\n")
    git("push", "origin", "HEAD:codex/sync", cwd=work)
    open_request(shop)
    git("commit", "--amend", "-m", "Again", cwd=work)
    run = git("push", f"--force-with-lease=codex/sync:{old}", "origin", "HEAD:codex/sync", cwd=work)
    assert run.code == 0, run.err
    request = shop.merge_request("acme/shop", 1)
    assert (request.state, request.head) == ("opened", git("rev-parse", "HEAD", cwd=work).out.strip())
    assert request.head != old
    assert shop.bare("acme/shop").ref(shop.flavour.request_ref.format(number=1)) == request.head


def open_request(forge: Forge) -> None:
    """The API's smallest call."""
    if forge.kind == "gitlab":
        body = {"source_branch": "codex/sync", "target_branch": "main", "title": "Sync"}
        assert ask(forge, "POST", "/projects/acme%2Fshop/merge_requests", body).status == 201
        return
    if forge.kind == "bitbucket":
        source = {"title": "Sync", "source": {"branch": {"name": "codex/sync"}}}
        assert ask(forge, "POST", "/repositories/acme/shop/pullrequests", source).status == 201
        return
    body = {"head": "codex/sync", "base": "main", "title": "Sync"}
    assert ask(forge, "POST", "/repos/acme/shop/pulls", body).status == 201


def test_a_protected_branch_is_refused_by_git_itself(shop: Forge, tmp_path: Path) -> None:
    shop.add_repository("acme/safe", protected=["main"])
    work = clone(shop, "acme/safe", tmp_path / "work")
    commit(work, "new.md", "new\n")
    run = git("push", "origin", "HEAD:main", cwd=work)
    assert run.code != 0 and "remote rejected" in run.err and "protected" in run.err.lower()
    assert git("push", "origin", "HEAD:other", cwd=work).code == 0


@pytest.mark.parametrize("why", ["archived", "read", "none"])
def test_a_user_without_write_access_is_refused(shop: Forge, tmp_path: Path, why: str) -> None:
    repository = shop.add_repository("acme/closed")
    work = clone(shop, "acme/closed", tmp_path / "work")
    commit(work, "new.md", "new\n")
    if why == "archived":
        shop.archive("acme/closed")
    else:
        repository.access = "read" if why == "read" else "none"
    run = git("push", "origin", "HEAD:codex/sync", cwd=work)
    assert run.code != 0
    assert shop.log[-1].status == (404 if why == "none" else 403)
    assert shop.bare("acme/closed").tip("codex/sync") is None


def test_a_large_push_in_chunks_arrives(shop: Forge, tmp_path: Path) -> None:
    work = clone(shop, "acme/shop", tmp_path / "work")
    commit(work, "large.txt", "".join(f"{number * 7919 % 10007}\n" for number in range(60_000)))
    run = git("-c", "http.postBuffer=65536", "push", "origin", "HEAD:large", cwd=work)
    assert run.code == 0, run.err
    assert shop.write_log[-1].request.headers["transfer-encoding"] == "chunked"


def test_gitlab_opens_and_edits_a_request_by_push_options(start: Start, tmp_path: Path) -> None:
    forge = start("gitlab")
    forge.add_repository("acme/shop")
    work = clone(forge, "acme/shop", tmp_path / "work")
    tip = commit(work, "new.md", "new\n", "Bring the news")
    first = git("push", "origin", "HEAD:plain", cwd=work)
    assert "To create a merge request for plain, visit" in first.err
    options = ("-o", "merge_request.create", "-o", "merge_request.target=main", "-o", "merge_request.label=codex")
    run = git("push", *options, "-o", "merge_request.description=One\\nTwo", "origin", "HEAD:codex/sync", cwd=work)
    assert run.code == 0 and "/acme/shop/-/merge_requests/1" in run.err
    (request,) = forge.requests("acme/shop")
    assert (request.title, request.description, request.labels, request.head) == (
        "Bring the news",
        "One\nTwo",
        ["codex"],
        tip,
    )
    commit(work, "more.md", "more\n")
    git("push", "-o", "merge_request.create", "-o", "merge_request.title=Other", "origin", "HEAD:codex/sync", cwd=work)
    assert [(request.title, request.number) for request in forge.requests("acme/shop")] == [("Other", 1)]
