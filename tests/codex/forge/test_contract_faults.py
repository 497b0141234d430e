"""What every forge must do when its host or the network fails, tested the same way for all."""

from collections.abc import Callable

import pytest

from codex.forge.base import FileWrite, RacedError
from codex.forge.base import Forge as Port
from codex.shell.isolation import EndingError
from codex.sync.repository import Repository
from codex.sync.request_text import RequestText
from skills_build.errors import CodexError
from tests.support.contract import BRANCH, FILES, OURS, REPO, REQUEST_TEXT, ROWS, Row, Stage, begun, head, kept
from tests.support.fleet import git
from tests.support.forges import faults

networked = pytest.mark.parametrize("row", [row for row in ROWS if row.at], ids=lambda row: row.name, indirect=True)


def _act(stage: Stage, port: Port, name: str, target: Repository) -> None:
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


def _ready(stage: Stage, target: Repository, name: str) -> Repository:
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


@pytest.mark.any_host
@networked
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", WRITES)
def test_a_fault_at_a_write_ends_in_one_write(
    stage: Stage, target: Repository, row: Row, name: str, fault: str
) -> None:
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
    stage: Stage, target: Repository, row: Row, name: str, fault: faults.Fault
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
def test_another_runner_was_first_and_lists_are_stale(stage: Stage, target: Repository) -> None:
    assert stage.fake is not None
    target = _ready(stage, target, "propose")
    for match in ("GET */merge_requests", "GET */pulls", "GET */pulls/*", "GET */pullrequests", "POST */graphql"):
        stage.fake.fail(match, faults.stale_list(), times=1)
    theirs = stage.fresh().open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    ours = stage.port.open_request(target, BRANCH, REQUEST_TEXT, draft=False)
    assert ours.number == theirs.number
    assert [request.state for request in stage.requests(REPO)] == ["open"]


@networked
def test_short_pages_give_the_same_as_long_pages(stage: Stage, target: Repository) -> None:
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
    assert {*kept(stage, "codex", "more"), "one", "two", "three"} <= set(seen.labels)
    assert len(seen.notes) == 2


@networked
@pytest.mark.parametrize("skew", [-86_400.0, 86_400.0])
def test_a_wrong_clock_of_the_host_causes_no_wait(stage: Stage, target: Repository, skew: float) -> None:
    assert stage.fake is not None
    stage.fake.fail("* *", faults.clock_skew(skew), times=1000)
    target = _ready(stage, target, "propose")
    for name in ("propose", "revise", "annotate", "withdraw"):
        _act(stage, stage.port, name, target)
    assert [request.state for request in stage.requests(REPO)] == ["closed"]
    assert stage.clock.slept == []


@networked
def test_a_limit_without_headers_is_waited_for(stage: Stage, target: Repository, row: Row) -> None:
    """GitHub's second limit is a 403 that looks like a refusal; the others have a 429."""
    assert stage.fake is not None
    target = _ready(stage, target, "propose")
    limit = faults.secondary_limit() if row.name == "github" else faults.too_many(retry_after=None)
    stage.fake.fail(row.at["propose"], limit)
    _act(stage, stage.port, "propose", target)
    assert _done(stage, "propose")
    assert sum(stage.clock.slept) >= 60


@networked
def test_a_deleted_branch_does_not_prevent_reading_the_base(stage: Stage, target: Repository) -> None:
    """Both are fetched together, as far as both are there."""
    target, base, _ = begun(stage, target)
    stage.port.heads([target], BRANCH)
    git(stage.git(REPO), "update-ref", "-d", f"refs/heads/{BRANCH}")
    git(stage.git(REPO), "reflog", "expire", "--expire=now", "--all")
    git(stage.git(REPO), "gc", "--quiet", "--prune=now")
    assert stage.port.list_files(target, base).keys() == {"README.md", "src/a.py"}


@networked
def test_a_branch_that_the_forge_does_not_see_yet_is_waited_for(stage: Stage, target: Repository, row: Row) -> None:
    assert stage.fake is not None
    target = _ready(stage, target, "propose")
    stage.fake.fail(row.at["propose"], faults.late_branch(), times=4)
    _act(stage, stage.port, "propose", target)
    assert _done(stage, "propose")
    assert sum(stage.clock.slept) >= 1 + 2 / 2


@networked
def test_reads_are_repeated_after_faults(stage: Stage, target: Repository) -> None:
    assert stage.fake is not None
    stage.fake.fail("* *", faults.server_error(503), times=1)
    stage.fake.fail("* *", faults.dropped(), times=1)
    stage.fake.fail("* *", faults.too_many(limit_headers=False), times=1)
    repository_head = head(stage.port, target)
    assert repository_head.base == stage.tip(REPO, "main")
    stage.fake.fail("* *", faults.reset_connection(), times=1)
    assert stage.port.list_files(target, repository_head.base or "").keys() == {"README.md", "src/a.py"}


@networked
def test_a_refusal_gives_the_reason_and_never_the_token(stage: Stage, target: Repository) -> None:
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


def test_probes_of_a_sound_host_are_all_good(stage: Stage, target: Repository) -> None:
    probes = {probe.name: probe for probe in stage.port.probe()}
    assert {"host", "token"} <= probes.keys()
    assert all(repository.ok for repository in probes.values()), probes
