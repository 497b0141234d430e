"""Whatever goes wrong on a forge can be ordered: what the client sees, and whether the work was done."""

import http.client
import json
import subprocess
import threading
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import NoReturn, get_args

import pytest

from tests.forges.conftest import Start
from tests.support.data import shared
from tests.support.forges import Forge, faults
from tests.support.forges.asking import Reply, ask, ask_graphql, clone, commit, git
from tests.support.forges.faults import Fault, Kind

REQUESTS = "/projects/acme%2Fshop/merge_requests"
NEW = {"source_branch": "codex/sync", "target_branch": "main", "title": "Sync"}


@pytest.fixture
def shop(gitlab: Forge) -> Forge:
    """A project with a branch to merge."""
    gitlab.add_repository("acme/shop")
    gitlab.human_commit("acme/shop", "codex/sync", {"AGENTS.md": "new\n"})
    return gitlab


def create(forge: Forge) -> Reply:
    return ask(forge, "POST", REQUESTS, NEW)


def test_a_fault_happens_as_often_as_set_and_only_where_it_matches(shop: Forge) -> None:
    shop.fail("POST */merge_requests", faults.server_error(503), times=2)
    assert ask(shop, "GET", REQUESTS).status == 200
    assert [create(shop).status for _ in range(3)] == [503, 503, 201]
    shop.fail(lambda request: "scope=all" in request.query, faults.server_error())
    assert [ask(shop, "GET", f"{REQUESTS}{query}").status for query in ("", "?scope=all")] == [200, 502]


def test_a_fault_can_be_set_for_each_branch(shop: Forge) -> None:
    shop.human_commit("acme/shop", "other", {"x": "x"})
    shop.fail("POST */merge_requests", faults.late_branch(), times=1, per_path=True)
    assert [create(shop).status, create(shop).status] == [400, 201]
    other = {**NEW, "source_branch": "other"}
    assert [ask(shop, "POST", REQUESTS, other).status for _ in range(2)] == [400, 201]


@pytest.mark.parametrize(
    ("fault", "status", "headers"),
    [
        (faults.too_many(), 429, {"Retry-After": "1", "RateLimit-Remaining": "0"}),
        (faults.too_many(remaining=17), 429, {"Retry-After": "1", "RateLimit-Remaining": "17"}),
        (
            faults.too_many(retry_after=None, limit_headers=False),
            429,
            {"Retry-After": None, "RateLimit-Remaining": None},
        ),
        (
            faults.too_many(retry_after="Wed, 21 Oct 2099 07:28:00 GMT"),
            429,
            {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"},
        ),
        (faults.expired_token(), 401, {}),
        (faults.locked(), 409, {"Content-Type": "application/json"}),
        (faults.server_error(504), 504, {"Content-Type": "text/html"}),
    ],
)
def test_a_refusal_looks_like_the_hosts_and_changes_nothing(
    shop: Forge, fault: Fault, status: int, headers: dict[str, str | None]
) -> None:
    shop.fail("POST *", fault)
    reply = create(shop)
    assert (reply.status, {name: reply.headers[name] for name in headers}) == (status, headers)
    assert shop.requests("acme/shop") == ()
    assert (shop.log[-1].status, shop.log[-1].fault) == (status, fault.name)


def test_githubs_second_limit_is_403_with_requests_left_and_no_hint(github: Forge) -> None:
    github.fail("*", faults.secondary_limit(), times=1)
    github.fail("*", faults.secondary_limit(retry_after=7, status=429))
    first, second = ask(github, "GET", "/user"), ask(github, "GET", "/user")
    assert (first.status, first.headers["Retry-After"], first.headers["X-RateLimit-Remaining"]) == (403, None, "4711")
    assert (second.status, second.headers["Retry-After"]) == (429, "7")
    assert "secondary rate limit" in first.json["message"]


def test_graphql_goes_wrong_by_root_field_inside_a_200(github: Forge) -> None:
    github.fail("POST /graphql createPullRequest", faults.submitted_too_quickly())
    assert ask_graphql(github, "{ viewer { login } }").json["data"]["viewer"] == {"login": "codex-bot"}
    query = "mutation { createPullRequest(input: {repositoryId: 1}) { clientMutationId } }"
    reply = ask_graphql(github, query)
    assert (reply.status, reply.json["errors"][0]["message"]) == (200, "was submitted too quickly")
    github.fail("POST /graphql createCommitOnBranch", faults.stale_data())
    reply = ask_graphql(github, "mutation { createCommitOnBranch(input: {}) { clientMutationId } }")
    assert reply.json["errors"][0]["type"] == "STALE_DATA"
    github.fail("POST /graphql", faults.too_complex())
    assert "errors" in ask_graphql(github, "{ viewer { login } }").json


def test_an_error_after_the_work_hides_that_it_was_done(shop: Forge) -> None:
    shop.fail("POST *", faults.server_error(502, after=True))
    assert create(shop).status == 502
    assert [request.number for request in shop.requests("acme/shop")] == [1]
    assert create(shop).status == 409


@pytest.mark.parametrize(
    ("fault", "done"),
    [(faults.reset_connection(), 1), (faults.dropped(after=True), 1), (faults.dropped(), 0)],
)
def test_a_broken_connection_hides_whether_the_work_was_done(shop: Forge, fault: Fault, done: int) -> None:
    shop.fail("POST *", fault)
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        create(shop)
    assert len(shop.requests("acme/shop")) == done
    assert not shop.log[-1].delivered
    assert create(shop).status == (409 if done else 201)


def test_a_stale_list_does_not_show_what_came_since(shop: Forge) -> None:
    shop.fail("GET *merge_requests", faults.stale_list(), times=2)
    create(shop)
    assert [len(ask(shop, "GET", REQUESTS).json) for _ in range(3)] == [0, 0, 1]
    shop.fail("GET *merge_requests", faults.stale_list())
    shop.close_request("acme/shop", 1)
    assert [ask(shop, "GET", REQUESTS).json[0]["state"] for _ in range(2)] == ["opened", "closed"]


def test_pages_can_be_shorter_than_asked(shop: Forge) -> None:
    for number in range(4):
        shop.add_repository(f"acme/r{number}", empty=True)
    shop.fail("GET */projects", faults.page_cap(2))
    reply = ask(shop, "GET", "/groups/acme/projects?per_page=100")
    assert (len(reply.json), reply.headers["X-Per-Page"], reply.headers["X-Next-Page"]) == (2, "2", "2")


def test_the_clock_of_a_forge_can_be_off(shop: Forge) -> None:
    shop.fail("GET *", faults.clock_skew(-3600))
    for skew in (-3600, 0):
        before = int(time.time())
        date = parsedate_to_datetime(ask(shop, "GET", "/version").headers["Date"]).timestamp()
        assert before + skew <= date <= time.time() + skew


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_branch_can_be_late_on_every_forge(start: Start, kind: Kind) -> None:
    forge = start(kind)
    forge.fail("POST *", faults.late_branch())
    paths = {"gitlab": "/projects/1/merge_requests", "bitbucket": "/repositories/acme/shop/pullrequests"}
    path = paths.get(kind, "/repos/acme/shop/pulls")
    status = {"gitlab": 400, "github": 422, "bitbucket": 400}.get(kind, 404)
    assert ask(forge, "POST", path, {}).status == status


def test_after_the_last_request_every_connection_is_dropped_until_healed(shop: Forge, tmp_path: Path) -> None:
    shop.kill_after(2)
    assert [ask(shop, "GET", "/version").status for _ in range(2)] == [200, 200]
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        create(shop)
    assert git("clone", shop.clone_url("acme/shop"), tmp_path / "work").code != 0
    assert shop.requests("acme/shop") == ()
    shop.heal()
    assert create(shop).status == 201


def test_a_person_can_push_first(shop: Forge, tmp_path: Path) -> None:
    work = clone(shop, "acme/shop", tmp_path / "work")
    old = shop.bare("acme/shop").tip("codex/sync")
    commit(work, "new.md", "new\n")
    theirs = faults.interposed(lambda: shop.human_commit("acme/shop", "codex/sync", {"theirs.md": "theirs\n"}))
    shop.fail("POST *git-receive-pack", theirs)
    run = git("push", f"--force-with-lease=codex/sync:{old}", "origin", "HEAD:codex/sync", cwd=work)
    assert run.code != 0 and "rejected" in run.err
    assert "theirs.md" in shop.files("acme/shop", "codex/sync")


def test_a_limit_can_be_counted_by_the_forges_own_clock(github: Forge) -> None:
    now = [1000.0]
    github.world.clock = lambda: now[0]
    github.throttle("GET /user", faults.secondary_limit(), allowed=2, seconds=60)
    assert [ask(github, "GET", "/user").status for _ in range(3)] == [200, 200, 403]
    now[0] += 61
    assert ask(github, "GET", "/user").status == 200


def test_a_head_request_has_no_body(shop: Forge) -> None:
    reply = ask(shop, "HEAD", "/projects/acme%2Fshop/repository/files/README.md?ref=main")
    assert (reply.status, reply.body) == (200, b"")


def test_faults_reach_git_too(shop: Forge, tmp_path: Path) -> None:
    work = clone(shop, "acme/shop", tmp_path / "work")
    tip = commit(work, "new.md", "new\n")
    shop.fail("POST *git-receive-pack", faults.server_error(502, after=True))
    assert git("push", "origin", "HEAD:lost", cwd=work).code != 0
    assert shop.bare("acme/shop").tip("lost") == tip, "it arrived, although git got no response"


def test_the_log_has_requests_sizes_and_writes(shop: Forge) -> None:
    ask(shop, "GET", "/version")
    create(shop)
    ask_graphql(shop, "query { currentUser { username } }")
    rows = [(entry.method, entry.path, entry.status, entry.writes, entry.is_git) for entry in shop.log]
    assert rows == [
        ("GET", "/api/v4/version", 200, False, False),
        ("POST", f"/api/v4{REQUESTS}", 201, True, False),
        ("POST", "/api/graphql", 200, False, False),
    ]
    assert shop.log[1].received == len(json.dumps(NEW)) and shop.log[1].sent > 1000
    assert [str(entry) for entry in shop.write_log] == [f"POST /api/v4{REQUESTS} -> 201"]
    shop.forget()
    assert shop.log == []


def test_many_clients_at_once_open_one_request(shop: Forge) -> None:
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(create(shop).status)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, *[409] * 11]


def test_a_connection_is_kept(shop: Forge) -> None:
    connection = http.client.HTTPConnection(shop.url.removeprefix("http://"), timeout=10)
    ports = set[int]()
    for _ in range(3):
        connection.request("GET", "/api/v4/version", headers={"PRIVATE-TOKEN": shop.token})
        connection.getresponse().read()
        ports.add(connection.sock.getsockname()[1])
    connection.close()
    assert len(ports) == 1


def _no_process(*arguments: object, **_: object) -> NoReturn:
    raise AssertionError(f"a process was started: {arguments}")


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (
            "gitlab",
            (
                "query($p: [String!]) { projects(fullPaths: $p) { nodes { fullPath repository { rootRef blobs(paths:"
                ' ["AGENTS.md", "README.md"]) { nodes { path oid } } } mergeRequests(sourceBranches: ["codex/sync"],'
                " state: opened) { nodes { iid diffHeadSha } } } } }"
            ),
        ),
        ("github", ""),
    ],
)
def test_two_hundred_repositories_are_made_and_read_without_a_process_each(
    start: Start, kind: Kind, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = start(kind)
    files = {"README.md": "# One\n", "AGENTS.md": "two\n", "src/three.py": "3\n"}
    paths = [f"acme/r{number}" for number in range(200)]
    monkeypatch.setattr(subprocess, "Popen", _no_process)
    for path in paths:
        forge.add_repository(path, files=files)
    fields = (
        'a: object(expression: "HEAD:AGENTS.md") { oid } b: object(expression: "HEAD:README.md") { oid }'
        ' defaultBranchRef { target { oid } } pullRequests(headRefName: "codex/sync", states: [OPEN], first: 1)'
        " { nodes { number headRefOid } }"
    )
    aliases = (f'r{number}: repository(owner: "acme", name: "r{number}") {{ ...f }}' for number in range(100))
    query = query or f"{{ {' '.join(aliases)} }} fragment f on Repository {{ {fields} }}"
    data = ask_graphql(forge, query, p=paths[:100]).json["data"]
    assert len(data["projects"]["nodes"] if kind == "gitlab" else data) == 100


def test_the_published_descriptions_find_what_is_wrong(shop: Forge) -> None:
    """That the check itself checks: an answer of another form is noticed, and its log is not kept."""
    folder = shared("openapi")
    ask(shop, "GET", "/projects/acme%2Fshop")
    assert shop.check_contract(folder) == []
    shop.repository("acme/shop").default_branch = 5  # type: ignore[assignment]
    ask(shop, "GET", "/projects/acme%2Fshop")
    (problem,) = shop.check_contract(folder)
    assert problem.startswith("GET /api/v4/projects/{id} 200: default_branch: 5 is not")
    shop.forget()
