"""What every forge must do, in the same words for all of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from codex.forge.base import FileWrite, GoneError, RacedError, RepositoryHead
from codex.forge.base import Forge as Port
from codex.profile.model import LINK
from codex.shell.isolation import EndingError
from codex.sync.lock import blob_id
from codex.sync.observed import Target, TreeEntry
from codex.sync.request_text import RequestText
from codex.sync.seal import Trailers
from skills_build.errors import CodexError
from tests.support.contract import BRANCH, ROWS, Row, Stage, head, update_branch
from tests.support.fleet import git
from tests.support.forges import faults
from tests.support.forges.wire import json_answer

REPO = "shop/payments"
REQUEST_TEXT = RequestText(title="Codex 1", body="The body.\n", labels=("codex",), reviewers=())
OURS = "Codex 1\n\n" + Trailers(source="eng", version="1.0.0", base="b", digest="d", seal="s").text()
OURS_CHANGED = {
    "AGENTS.md": TreeEntry(blob=blob_id(b"# A\n")),
    "run.sh": TreeEntry(blob=blob_id(b"#!/bin/sh\n"), mode="100755"),
}
FILES = (FileWrite(path="AGENTS.md", data=b"# A\n"), FileWrite(path="run.sh", data=b"#!/bin/sh\n", mode=0o755))


@pytest.fixture(params=ROWS, ids=[row.name for row in ROWS])
def row(request: pytest.FixtureRequest) -> Row:
    param: Row = request.param
    return param


@pytest.fixture
def stage(row: Row, tmp_path: Path) -> Iterator[Stage]:
    with row.begin(tmp_path) as stage:
        yield stage


@pytest.fixture
def target(stage: Stage) -> Target:
    return stage.add(REPO)


def begun(stage: Stage, target: Target) -> tuple[Target, str, str]:
    """A branch with our commit; the target as the forge names it, the base and the commit."""
    repository_head = head(stage.port, target)
    assert repository_head.base is not None
    commit = stage.port.commit(repository_head.target, BRANCH, repository_head.base, FILES, OURS, expected=None)
    return repository_head.target, repository_head.base, commit


# What there is.


def test_heads_of_many_come_in_order_with_errors_in_their_place(stage: Stage) -> None:
    targets = [stage.add(f"shop/r{number}") for number in range(5)]
    targets.insert(2, Target(id="gone", path="shop/gone"))
    targets.append(stage.add("shop/empty", {}))
    heads = list(stage.port.heads(targets, BRANCH))
    assert [
        (repository.target if isinstance(repository, RepositoryHead) else repository[0]).path for repository in heads
    ] == [target.path for target in targets]
    assert isinstance(heads[2], tuple)
    assert isinstance(heads[2][1], GoneError)
    last = heads[-1]
    assert isinstance(last, RepositoryHead)
    assert (last.base, last.tip, last.request, last.past) == (None, None, None, None)
    first = heads[0]
    assert isinstance(first, RepositoryHead)
    assert (first.base, first.target.default_branch) == (stage.tip("shop/r0", "main"), "main")


def test_another_default_branch_that_the_catalog_names(stage: Stage, target: Target) -> None:
    theirs = stage.commit(REPO, {"old.txt": "1\n"}, "release")
    other = Target(id=target.id, path=REPO, default_branch="release")
    repository_head = head(stage.port, other)
    assert (repository_head.base, repository_head.target.default_branch) == (theirs, "release")


def test_listing_and_read(stage: Stage) -> None:
    target = stage.add(REPO, {"a b/ü.txt": "ü\r\n", "deep/er/x.py": "", "c.txt": "c\n"})
    base = stage.tip(REPO, "main") or ""
    listing = stage.port.listing(target, base)
    assert {path: entry.blob for path, entry in listing.items()} == {
        "a b/ü.txt": blob_id("ü\r\n".encode()),
        "deep/er/x.py": blob_id(b""),
        "c.txt": blob_id(b"c\n"),
    }
    assert {entry.mode for entry in listing.values()} == {0o100644}
    contents = stage.fresh().read(target, base, ["a b/ü.txt", "deep/er/x.py", "no.txt", "deep", "c.txt"])
    assert contents == {"a b/ü.txt": "ü\r\n".encode(), "deep/er/x.py": b"", "c.txt": b"c\n"}
    assert stage.port.read(target, base, []) == {}


def test_bytes_links_and_long_listings(stage: Stage, target: Target) -> None:
    bare = stage.git(REPO)
    data = b"\0\xff\xfe bytes"
    (bare / "blob").write_bytes(data)
    blob = git(bare, "hash-object", "-w", "blob")
    (bare / "blob").write_bytes(b"caf\xe9\n")
    latin = git(bare, "hash-object", "-w", "blob")
    (bare / "blob").write_bytes(b"src/a.py")
    link = git(bare, "hash-object", "-w", "blob")
    index = {"GIT_INDEX_FILE": str(bare / "index.new")}
    rows = [f"100644 {blob}\tbin", f"100644 {latin}\tlatin", f"120000 {link}\tlink", f"100755 {latin}\trun"]
    rows += [f"100644 {latin}\tmany/f{number:03}" for number in range(230)]
    rows += [f"160000 {'1' * 40}\tmodule"]
    commit = _tree(bare, rows, index)
    listing = stage.port.listing(target, commit)
    assert len(listing) == 235
    assert (listing["link"].mode, listing["run"].mode, listing["module"].mode) == (LINK, 0o100755, 0o160000)
    for port in (stage.port, stage.fresh()):
        contents = port.read(
            target, commit, ["bin", "latin", "link", "module", *(f"many/f{number:03}" for number in range(120))]
        )
        assert (contents["bin"], contents["latin"], contents["link"]) == (data, b"caf\xe9\n", b"src/a.py")
        assert "module" not in contents
        assert len(contents) == 123


def _tree(bare: Path, rows: list[str], environment: dict[str, str]) -> str:
    """A commit of these rows on `main`."""
    import os
    import subprocess

    env = {**os.environ, **environment}
    text = "\n".join(rows).encode() + b"\n"
    subprocess.run(["git", "update-index", "--index-info"], cwd=bare, input=text, env=env, check=True)
    tree = subprocess.run(["git", "write-tree", "--missing-ok"], cwd=bare, env=env, check=True, capture_output=True)
    who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    commit = git(bare, *who, "commit-tree", tree.stdout.decode().strip(), "-p", "main", "-m", "Many")
    git(bare, "update-ref", "refs/heads/main", commit)
    return commit


# Commits.


def test_a_new_branch(stage: Stage, target: Target) -> None:
    target, base, commit = begun(stage, target)
    assert stage.tip(REPO) == commit
    assert stage.show(REPO, "AGENTS.md", BRANCH) == b"# A\n"
    assert git(stage.git(REPO), "ls-tree", BRANCH, "run.sh").split()[0] == "100755"
    assert git(stage.git(REPO), "log", "-1", "--format=%B", BRANCH).strip() == OURS.strip()
    tip = head(stage.fresh(), target).tip
    assert tip is not None
    assert (tip.commit, tip.parent, tip.on_base, tip.message.strip()) == (commit, base, True, OURS.strip())
    assert tip.changed == OURS_CHANGED


def test_files_are_created_changed_and_deleted(stage: Stage, target: Target) -> None:
    repository_head = head(stage.port, target)
    assert repository_head.base is not None
    files = [
        FileWrite(path="README.md", data=b"\xff\0new"),
        FileWrite(path="src/a.py"),
        FileWrite(path="docs/deep/b.md", data="ä\r\n".encode()),
    ]
    stage.port.commit(repository_head.target, BRANCH, repository_head.base, files, OURS, expected=None)
    names = git(stage.git(REPO), "ls-tree", "-r", "--name-only", BRANCH).split()
    assert names == ["README.md", "docs/deep/b.md"]
    assert stage.show(REPO, "docs/deep/b.md", BRANCH) == "ä\r\n".encode()
    tip = head(stage.port, target).tip
    assert tip is not None
    assert tip.changed == {
        "README.md": TreeEntry(blob=blob_id(b"\xff\0new")),
        "src/a.py": None,
        "docs/deep/b.md": TreeEntry(blob=blob_id("ä\r\n".encode())),
    }


def test_creating_an_existing_branch_is_refused(stage: Stage, target: Target) -> None:
    theirs = stage.commit(REPO, {"b.txt": "b\n"}, BRANCH)
    base = stage.tip(REPO, "main") or ""
    with pytest.raises(RacedError):
        stage.port.commit(target, BRANCH, base, FILES, OURS, expected=None)
    assert stage.tip(REPO) == theirs


def test_a_rewrite_replaces_our_commit_with_another_on_top_of_a_newer_base(stage: Stage, target: Target) -> None:
    target, _, commit = begun(stage, target)
    base = stage.commit(REPO, {"src/a.py": "x = 2\n"})
    files = [FileWrite(path="AGENTS.md", data=b"# B\n"), FileWrite(path="src/a.py")]
    again = stage.port.commit(target, BRANCH, base, files, OURS, expected=commit)
    assert stage.tip(REPO) == again != commit
    assert git(stage.git(REPO), "rev-list", "--count", f"main..{BRANCH}") == "1"
    tip = head(stage.port, target).tip
    assert tip is not None
    assert (tip.parent, tip.on_base) == (base, True)
    assert tip.changed == {"AGENTS.md": TreeEntry(blob=blob_id(b"# B\n")), "src/a.py": None}


def test_a_rewrite_loses_to_a_person_who_pushed_first(stage: Stage, target: Target) -> None:
    target, base, commit = begun(stage, target)
    theirs = stage.commit(REPO, {"b.txt": "b\n"}, BRANCH)
    with pytest.raises(RacedError):
        stage.port.commit(target, BRANCH, base, [FileWrite(path="AGENTS.md", data=b"# B\n")], OURS, expected=commit)
    assert stage.tip(REPO) == theirs


def test_a_rewrite_of_a_deleted_branch_is_refused(stage: Stage, target: Target) -> None:
    target, base, commit = begun(stage, target)
    git(stage.git(REPO), "update-ref", "-d", f"refs/heads/{BRANCH}")
    with pytest.raises(RacedError):
        stage.port.commit(target, BRANCH, base, FILES[1:], OURS, expected=commit)
    assert stage.tip(REPO) is None


def test_a_branch_is_deleted_only_where_it_is_expected(stage: Stage, target: Target) -> None:
    target, _, commit = begun(stage, target)
    theirs = stage.commit(REPO, {"b.txt": "b\n"}, BRANCH)
    with pytest.raises(RacedError):
        stage.port.delete_branch(target, BRANCH, expected=commit)
    assert stage.tip(REPO) == theirs
    stage.port.delete_branch(target, BRANCH, expected=theirs)
    assert stage.tip(REPO) is None


def test_a_manual_commit_on_ours_is_not_on_the_base(stage: Stage, target: Target) -> None:
    begun(stage, target)
    theirs = stage.commit(REPO, {"b.txt": "b\n"}, BRANCH)
    tip = head(stage.port, target).tip
    assert tip is not None
    assert (tip.commit, tip.on_base) == (theirs, False)


def test_an_older_base_is_on_the_base(stage: Stage, target: Target) -> None:
    _, base, _ = begun(stage, target)
    stage.commit(REPO, {"b.txt": "b\n"})
    tip = head(stage.port, target).tip
    assert tip is not None
    assert (tip.parent, tip.on_base) == (base, True)


def test_a_merge_by_the_button_counts_as_our_commit(stage: Stage, target: Target) -> None:
    begun(stage, target)
    newer = stage.commit(REPO, {"b.txt": "b\n"})
    update_branch(stage, REPO)
    tip = head(stage.port, target).tip
    assert tip is not None
    assert (tip.commit, tip.parent, tip.on_base) == (stage.tip(REPO), newer, True)
    assert tip.message.strip() == OURS.strip()
    assert tip.changed == OURS_CHANGED


# Requests.


def test_a_request_is_opened_once(stage: Stage, target: Target) -> None:
    target, _, _ = begun(stage, target)
    first = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    second = stage.fresh().open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    assert (first.number, first.url) == (second.number, second.url)
    (shown,) = stage.requests(REPO)
    assert (shown.title, shown.body.strip(), shown.labels, shown.draft) == ("Codex 1", "The body.", ("codex",), False)
    seen = head(stage.port, target).request
    assert seen is not None
    assert (seen.number, seen.url, seen.title, seen.labels) == (first.number, first.url, "Codex 1", ("codex",))
    assert seen.body.strip() == "The body."
    assert seen.mergeable is not False


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in ("gitea", "forgejo")], ids=lambda row: row.name)
def test_of_two_simultaneous_requests_the_first_stays_open(stage: Stage, target: Target, row: Row) -> None:
    assert stage.fake is not None
    target, _, _ = begun(stage, target)
    first = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    stage.fake.world.hasty = True
    second = stage.fresh().open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    assert (first.number, second.number) == (1, 1)
    assert [request.state for request in stage.requests(REPO)] == ["open", "closed"]


def test_a_draft_keeps_the_title_that_we_gave_it(stage: Stage, target: Target) -> None:
    target, _, _ = begun(stage, target)
    stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=True)
    assert stage.requests(REPO)[0].draft
    seen = head(stage.port, target).request
    assert seen is not None
    assert seen.title == "Codex 1"
    stage.port.update_request(target, seen, RequestText(title="Codex 2", body="2\n"))
    assert (stage.requests(REPO)[0].title, stage.requests(REPO)[0].draft) == ("Codex 2", True)


def test_known_reviewers_are_requested(stage: Stage, target: Target) -> None:
    if stage.fake is not None:
        stage.fake.user("ada")
    target, _, _ = begun(stage, target)
    request_text = RequestText(title="T", body="B", reviewers=("ada", "nobody-knows"))
    stage.port.open_request(target, BRANCH, request_text, draft=False)
    assert "ada" in stage.requests(REPO)[0].reviewers


def test_assignees_and_the_creation_date(stage: Stage, target: Target) -> None:
    named, _, _ = begun(stage, target)
    stage.port.open_request(named, BRANCH, replace(REQUEST_TEXT, assignees=("codex-bot",)), draft=False)
    assert stage.requests(REPO)[0].assignees == ("codex-bot",)
    request = head(stage.port, target).request
    assert request is not None
    assert date.fromisoformat(request.created)


def test_auto_merge_is_set_only_if_the_branch_has_our_commit(stage: Stage, target: Target) -> None:
    named, _, commit = begun(stage, target)
    request = stage.port.open_request(named, BRANCH, REQUEST_TEXT, draft=False)
    assert stage.port.auto_merge(named, request, expected="0" * 40) != ""
    assert not stage.requests(REPO)[0].auto_merge
    assert stage.port.auto_merge(named, request, expected=commit) == ""
    assert stage.requests(REPO)[0].auto_merge


def test_required_approvals(stage: Stage, target: Target) -> None:
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


def test_an_update_adds_and_removes_nothing(stage: Stage, target: Target) -> None:
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
    assert set(shown.labels) == {"codex", "theirs", "more"}
    assert set(shown.reviewers) == {"ada", "bob"}


def test_there_is_one_comment_and_it_is_edited_in_place(stage: Stage, target: Target) -> None:
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


def test_closed_and_merged_requests_are_the_past(stage: Stage, target: Target) -> None:
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
    assert set(repository_head.past.labels) == {"codex", "codex-retry"}
    second = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    stage.merge(REPO, second.number)
    repository_head = head(stage.port, target)
    assert repository_head.past is not None
    assert (repository_head.past.number, repository_head.past.merged) == (second.number, True)


def test_account_and_usage(stage: Stage, target: Target) -> None:
    assert stage.port.whoami()
    begun(stage, target)
    used = stage.port.usage()
    assert used.keys() >= {"requests", "writes", "bytes", "git"}
    assert used["writes"] >= 1


# What goes wrong, where there is a network.

networked = pytest.mark.parametrize("row", [row for row in ROWS if row.at], ids=lambda row: row.name, indirect=True)


def _act(stage: Stage, port: Port, name: str, target: Target) -> None:
    """Do one thing, after all that must come before it was done without faults."""
    base = stage.tip(REPO, "main") or ""
    tip = stage.tip(REPO)
    if name == "commit":
        port.commit(target, BRANCH, base, FILES, OURS, expected=None)
    elif name == "rewrite":
        port.commit(target, BRANCH, base, [FileWrite(path="AGENTS.md", data=b"# B\n")], OURS, expected=tip)
    elif name == "delete":
        port.delete_branch(target, BRANCH, expected=tip or "")
    elif name == "propose":
        port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    else:
        request = head(stage.fresh(), target).request
        assert request is not None
        if name == "revise":
            port.update_request(target, request, RequestText(title="T 2", body="B 2"))
        elif name == "annotate":
            port.comment(target, request, "a note")
        else:
            port.close_request(target, request)


def _ready(stage: Stage, target: Target, name: str) -> Target:
    target = head(stage.port, target).target
    if name != "commit":
        begun(stage, target)
    if name in ("revise", "annotate", "withdraw"):
        stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    return target


def _done(stage: Stage, name: str) -> bool:
    """Whether a write was carried out, just once."""
    requests = stage.requests(REPO)
    if name in ("commit", "rewrite"):
        text = b"# A\n" if name == "commit" else b"# B\n"
        count = git(stage.git(REPO), "rev-list", "--count", f"main..{BRANCH}")
        return count == "1" and stage.show(REPO, "AGENTS.md", BRANCH) == text
    if name == "delete":
        return stage.tip(REPO) is None
    if len(requests) != 1:
        return False
    (request,) = requests
    return {
        "propose": request.state == "open",
        "revise": request.title == "T 2" and request.body.strip() == "B 2",
        "annotate": len(request.notes) == 1,
        "withdraw": request.state == "closed",
    }[name]


WRITES = ("commit", "rewrite", "delete", "propose", "revise", "annotate", "withdraw")
FAULTS = {
    "lost after": faults.dropped(after=True),
    "lost before": faults.dropped(),
    "cut": faults.reset_connection(),
    "502": faults.server_error(502),
    "502 after": faults.server_error(502, after=True),
    "429": faults.too_many(retry_after=3, limit_headers=False),
    "429 silent": faults.too_many(retry_after=None, limit_headers=False),
}


@networked
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", WRITES)
def test_a_fault_at_a_write_ends_in_one_write(stage: Stage, target: Target, row: Row, name: str, fault: str) -> None:
    assert stage.fake is not None
    target = _ready(stage, target, name)
    stage.fake.fail(row.at[name], FAULTS[fault])
    _act(stage, stage.port, name, target)
    assert any(entry.fault for entry in stage.fake.log)
    assert _done(stage, name)


@networked
@pytest.mark.parametrize("name", ["commit", "rewrite", "delete"])
@pytest.mark.parametrize("fault", [faults.dropped(), faults.dropped(after=True)], ids=["before", "after"])
def test_a_person_who_pushes_after_a_lost_response_wins(
    stage: Stage, target: Target, row: Row, name: str, fault: faults.Fault
) -> None:
    assert stage.fake is not None
    target = _ready(stage, target, name)
    pushed: list[str] = []

    def push() -> None:
        pushed.append(stage.commit(REPO, {"theirs.txt": "1\n"}, BRANCH))

    stage.fake.fail(row.at[name], faults.interposed(push))
    with pytest.raises(RacedError):
        _act(stage, stage.port, name, target)
    assert stage.tip(REPO) == pushed[0]


@networked
def test_another_runner_was_first_and_lists_are_stale(stage: Stage, target: Target) -> None:
    assert stage.fake is not None
    target = _ready(stage, target, "propose")
    for match in ("GET */merge_requests", "GET */pulls", "GET */pulls/*", "POST */graphql"):
        stage.fake.fail(match, faults.stale_list(), times=1)
    theirs = stage.fresh().open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    ours = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    assert ours.number == theirs.number
    assert [request.state for request in stage.requests(REPO)] == ["open"]


@networked
def test_short_pages_give_the_same_as_long_pages(stage: Stage, target: Target) -> None:
    assert stage.fake is not None
    target = _ready(stage, target, "propose")
    opened = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    stage.label(REPO, opened.number, "one", "two", "three")
    stage.fake.comment(REPO, opened.number, "a word of a person")
    for text in ("first", "second"):
        port = stage.fresh()
        stage.fake.fail("GET *", faults.page_cap(1), times=1000)
        request = head(port, target).request
        assert request is not None
        port.comment(target, request, text)
        port.update_request(target, request, RequestText(title="T", body=text, labels=("codex", "more")))
    (seen,) = stage.requests(REPO)
    assert {"codex", "more", "one", "two", "three"} <= set(seen.labels)
    assert len(seen.notes) == 2


@networked
@pytest.mark.parametrize("skew", [-86_400.0, 86_400.0])
def test_a_wrong_clock_of_the_host_causes_no_wait(stage: Stage, target: Target, skew: float) -> None:
    assert stage.fake is not None
    stage.fake.fail("* *", faults.clock_skew(skew), times=1000)
    target = _ready(stage, target, "propose")
    for name in ("propose", "revise", "annotate", "withdraw"):
        _act(stage, stage.port, name, target)
    assert [request.state for request in stage.requests(REPO)] == ["closed"]
    assert stage.clock.slept == []


@networked
def test_a_limit_without_headers_is_waited_for(stage: Stage, target: Target, row: Row) -> None:
    """GitHub's second limit is a 403 that looks like a refusal; the others have a 429."""
    assert stage.fake is not None
    target = _ready(stage, target, "propose")
    limit = faults.secondary_limit() if row.name == "github" else faults.too_many(retry_after=None)
    stage.fake.fail(row.at["propose"], limit)
    _act(stage, stage.port, "propose", target)
    assert _done(stage, "propose")
    assert sum(stage.clock.slept) >= 60


@networked
def test_a_deleted_branch_does_not_prevent_reading_the_base(stage: Stage, target: Target) -> None:
    """Both are fetched together, as far as both are there."""
    target, base, _ = begun(stage, target)
    stage.port.heads([target], BRANCH)
    git(stage.git(REPO), "update-ref", "-d", f"refs/heads/{BRANCH}")
    git(stage.git(REPO), "reflog", "expire", "--expire=now", "--all")
    git(stage.git(REPO), "gc", "--quiet", "--prune=now")
    assert stage.port.listing(target, base).keys() == {"README.md", "src/a.py"}


@networked
def test_a_branch_that_the_forge_does_not_see_yet_is_waited_for(stage: Stage, target: Target, row: Row) -> None:
    assert stage.fake is not None
    target = _ready(stage, target, "propose")
    stage.fake.fail(row.at["propose"], faults.late_branch(), times=4)
    _act(stage, stage.port, "propose", target)
    assert _done(stage, "propose")
    assert sum(stage.clock.slept) >= 1 + 2 / 2


@networked
def test_reads_are_repeated_after_faults(stage: Stage, target: Target) -> None:
    assert stage.fake is not None
    stage.fake.fail("* *", faults.server_error(503), times=1)
    stage.fake.fail("* *", faults.dropped(), times=1)
    stage.fake.fail("* *", faults.too_many(limit_headers=False), times=1)
    repository_head = head(stage.port, target)
    assert repository_head.base == stage.tip(REPO, "main")
    stage.fake.fail("* *", faults.reset_connection(), times=1)
    assert stage.port.listing(target, repository_head.base or "").keys() == {"README.md", "src/a.py"}


@networked
def test_a_refusal_gives_the_reason_and_never_the_token(stage: Stage, target: Target) -> None:
    assert stage.fake is not None
    target, base, commit = begun(stage, target)
    stage.fake.archive(REPO)
    errors: list[CodexError] = []
    acts: list[Callable[[], object]] = [
        lambda: stage.port.commit(target, BRANCH, base, FILES[:1], OURS, expected=commit),
        lambda: stage.port.commit(target, "codex/other", base, FILES, OURS, expected=None),
        lambda: stage.port.delete_branch(target, BRANCH, expected=commit),
        lambda: stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False),
    ]
    for act in acts:
        with pytest.raises(CodexError) as caught:
            act()
        errors.append(caught.value)
    stage.fake.fail("* *", faults.expired_token(), times=1000)
    for act in (*acts, lambda: stage.fresh().whoami()):
        with pytest.raises(CodexError) as caught:
            act()
        errors.append(caught.value)
    with pytest.raises(EndingError) as ending:
        list(stage.fresh().heads([target], BRANCH))
    errors.append(ending.value)
    text = " ".join(f"{error!r} {error.message} {error.hint} {vars(error)}" for error in errors)
    assert stage.fake.token not in text
    assert stage.fake.token not in repr(stage.port)
    assert all(error.message for error in errors)


def test_probes(stage: Stage, target: Target) -> None:
    probes = {probe.name: probe for probe in stage.port.probe()}
    assert {"host", "token"} <= probes.keys()
    assert all(repository.ok for repository in probes.values()), probes
