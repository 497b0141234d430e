"""The fake GitLab answers as GitLab does: statuses, messages, headers and background work."""

import base64

import pytest

from tests.support.forges import Forge
from tests.support.forges.asking import ask, ask_graphql

SHOP = "/projects/acme%2Fshop"
REQUESTS = f"{SHOP}/merge_requests"
NEW = {"source_branch": "codex/sync", "target_branch": "main", "title": "Sync"}


@pytest.fixture
def shop(gitlab: Forge) -> Forge:
    """A project with a branch to merge."""
    gitlab.add_repository("acme/shop", files={"README.md": "# Shop\n", "docs/a.md": "A\n"})
    gitlab.human_commit("acme/shop", "codex/sync", {"AGENTS.md": "new\n"})
    return gitlab


def test_an_unknown_token_is_unauthorised(shop: Forge) -> None:
    reply = ask(shop, "GET", "/user", headers={"PRIVATE-TOKEN": "wrong"})
    assert (reply.status, reply.json) == (401, {"message": "401 Unauthorized"})


def test_a_private_or_absent_project_is_404_and_never_403(shop: Forge) -> None:
    shop.add_repository("acme/secret", access="none")
    for path in ("/projects/acme%2Fsecret", "/projects/acme%2Fgone", "/projects/99999"):
        reply = ask(shop, "GET", path)
        assert (reply.status, reply.json) == (404, {"message": "404 Project Not Found"})


def test_an_endpoint_that_is_not_there_is_404_and_listed(shop: Forge) -> None:
    assert ask(shop, "GET", f"{SHOP}/pipelines").status == 404
    assert shop.unknown == ["GET /api/v4/projects/acme%2Fshop/pipelines"]


def test_an_empty_project_has_no_default_branch_and_no_tree(gitlab: Forge) -> None:
    gitlab.add_repository("acme/empty", empty=True)
    body = ask(gitlab, "GET", "/projects/acme%2Fempty").json
    assert (body["default_branch"], body["empty_repo"]) == (None, True)
    reply = ask(gitlab, "GET", "/projects/acme%2Fempty/repository/tree")
    assert (reply.status, reply.json) == (404, {"message": "404 Tree Not Found"})


def test_a_tree_lists_folders_first_and_goes_into_them_when_asked(shop: Forge) -> None:
    rows = ask(shop, "GET", f"{SHOP}/repository/tree").json
    assert [(row["type"], row["path"]) for row in rows] == [("tree", "docs"), ("blob", "README.md")]
    rows = ask(shop, "GET", f"{SHOP}/repository/tree?recursive=true&ref=codex/sync").json
    assert [row["path"] for row in rows] == ["docs", "docs/a.md", "AGENTS.md", "README.md"]
    assert [row["path"] for row in ask(shop, "GET", f"{SHOP}/repository/tree?path=docs").json] == ["docs/a.md"]


def test_a_file_is_read_encoded_or_raw(shop: Forge) -> None:
    file = ask(shop, "GET", f"{SHOP}/repository/files/docs%2Fa.md?ref=main").json
    assert base64.b64decode(file["content"]) == b"A\n"
    assert file["blob_id"] == shop.bare("acme/shop").files(shop.bare("acme/shop").tip("main"))["docs/a.md"].oid
    assert ask(shop, "GET", f"{SHOP}/repository/files/docs%2Fa.md/raw?ref=main").body == b"A\n"
    assert ask(shop, "GET", f"{SHOP}/repository/files/gone.md?ref=main").json == {"message": "404 File Not Found"}


def test_a_new_request_is_prepared_and_checked_before_it_can_be_merged(shop: Forge) -> None:
    created = ask(shop, "POST", REQUESTS, NEW)
    assert (created.status, created.json["iid"], created.json["detailed_merge_status"]) == (201, 1, "preparing")
    assert ask(shop, "PUT", f"{REQUESTS}/1/merge", {}).status == 405
    seen = [ask(shop, "GET", f"{REQUESTS}/1").json["detailed_merge_status"] for _ in range(2)]
    assert seen == ["checking", "mergeable"]
    merged = ask(shop, "PUT", f"{REQUESTS}/1/merge", {})
    assert (merged.status, merged.json["state"]) == (200, "merged")
    assert shop.files("acme/shop")["AGENTS.md"] == "new\n"


def test_a_second_request_of_a_branch_is_a_conflict_that_names_the_first(shop: Forge) -> None:
    ask(shop, "POST", REQUESTS, NEW)
    reply = ask(shop, "POST", REQUESTS, NEW)
    text = "Another open merge request already exists for this source branch: !1"
    assert (reply.status, reply.json) == (409, {"message": [text]})


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"source_branch": "gone"}, 400, {"message": {"source_branch": ["does not exist"]}}),
        ({"source_branch": "main"}, 409, {"message": ["You can't use same project/branch for source and target"]}),
        ({"title": ""}, 400, {"error": "title is missing"}),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    shop: Forge, change: dict[str, str], status: int, message: object
) -> None:
    reply = ask(shop, "POST", REQUESTS, {**NEW, **change})
    assert (reply.status, reply.json) == (status, message)
    assert shop.requests("acme/shop") == ()


def test_an_archived_project_is_read_only(shop: Forge) -> None:
    shop.archive("acme/shop")
    assert ask(shop, "POST", REQUESTS, NEW).status == 403
    assert ask(shop, "POST", f"{SHOP}/repository/commits", {"branch": "x", "commit_message": "y"}).status == 403
    assert ask(shop, "GET", SHOP).json["archived"] is True


def test_labels_are_made_added_and_removed_and_a_humans_label_stays(shop: Forge) -> None:
    ask(shop, "POST", REQUESTS, {**NEW, "labels": "codex,sync"})
    shop.label("acme/shop", 1, "keep")
    ask(shop, "PUT", f"{REQUESTS}/1", {"add_labels": "extra", "remove_labels": "sync"})
    assert ask(shop, "GET", f"{REQUESTS}/1").json["labels"] == ["codex", "extra", "keep"]
    names = [label["name"] for label in ask(shop, "GET", f"{SHOP}/labels").json]
    assert names == ["codex", "extra", "keep", "sync"]


def test_people_are_named_by_id(shop: Forge) -> None:
    ada = ask(shop, "GET", "/users?username=ada").json[0]["id"]
    created = ask(shop, "POST", REQUESTS, {**NEW, "reviewer_ids": [ada, 424242], "assignee_ids": [ada]}).json
    assert [[user["username"] for user in created[key]] for key in ("reviewers", "assignees")] == [["ada"], ["ada"]]


def test_a_closed_request_is_reopened_unless_another_is_open(shop: Forge) -> None:
    ask(shop, "POST", REQUESTS, NEW)
    assert ask(shop, "PUT", f"{REQUESTS}/1", {"state_event": "close"}).json["state"] == "closed"
    ask(shop, "POST", REQUESTS, NEW)
    assert ask(shop, "PUT", f"{REQUESTS}/1", {"state_event": "reopen"}).status == 409
    shop.close_request("acme/shop", 2)
    assert ask(shop, "PUT", f"{REQUESTS}/1", {"state_event": "reopen"}).json["state"] == "opened"


def test_notes_are_written_edited_and_listed_newest_first(shop: Forge) -> None:
    ask(shop, "POST", REQUESTS, NEW)
    first = ask(shop, "POST", f"{REQUESTS}/1/notes", {"body": "one"}).json
    shop.comment("acme/shop", 1, "two")
    ask(shop, "PUT", f"{REQUESTS}/1/notes/{first['id']}", {"body": "one, edited"})
    notes = ask(shop, "GET", f"{REQUESTS}/1/notes").json
    assert [(note["author"]["username"], note["body"]) for note in notes] == [
        ("ada", "two"),
        ("codex-bot", "one, edited"),
    ]
    assert ask(shop, "PUT", f"{REQUESTS}/1/notes/{notes[0]['id']}", {"body": "mine"}).status == 403


def test_a_commit_of_many_files_starts_a_branch(shop: Forge) -> None:
    actions = [
        {"action": "create", "file_path": "new.md", "content": "new\n"},
        {
            "action": "update",
            "file_path": "docs/a.md",
            "content": base64.b64encode(b"B\n").decode(),
            "encoding": "base64",
        },
        {"action": "delete", "file_path": "README.md"},
    ]
    body = {
        "branch": "work",
        "start_branch": "main",
        "commit_message": "Work\n\nCodex-Version: 1\n",
        "actions": actions,
    }
    reply = ask(shop, "POST", f"{SHOP}/repository/commits", body)
    assert (reply.status, reply.json["id"]) == (201, shop.bare("acme/shop").tip("work"))
    assert reply.json["trailers"] == {"Codex-Version": "1"}
    assert shop.files("acme/shop", "work") == {"docs/a.md": "B\n", "new.md": "new\n"}


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ({"action": "create", "file_path": "README.md", "content": "x"}, "A file with this name already exists"),
        ({"action": "update", "file_path": "gone", "content": "x"}, "A file with this name doesn't exist"),
        (
            {"action": "update", "file_path": "README.md", "content": "x", "last_commit_id": "0" * 40},
            "The file has changed since you started editing it: README.md",
        ),
    ],
)
def test_an_action_that_does_not_fit_refuses_the_commit(shop: Forge, action: dict[str, str], text: str) -> None:
    body = {"branch": "work", "start_branch": "main", "commit_message": "Work", "actions": [action]}
    reply = ask(shop, "POST", f"{SHOP}/repository/commits", body)
    assert (reply.status, reply.json) == (400, {"message": text})
    assert shop.bare("acme/shop").tip("work") is None


def test_odd_input_is_refused(shop: Forge) -> None:
    action = {"action": "create", "file_path": "x", "content": "x"}
    body = {"branch": "a..b", "start_branch": "main", "commit_message": "Work", "actions": [action]}
    assert ask(shop, "POST", f"{SHOP}/repository/commits", body).status == 400
    assert ask(shop, "GET", f"{REQUESTS}/%C2%B2").status == 404
    assert ask(shop, "GET", f"{REQUESTS}?per_page=many&page=--1").status == 200


def test_a_start_is_refused_on_a_branch_that_exists_unless_forced(shop: Forge) -> None:
    action = {"action": "create", "file_path": "x", "content": "x"}
    body = {"branch": "codex/sync", "start_branch": "main", "commit_message": "Again", "actions": [action]}
    reply = ask(shop, "POST", f"{SHOP}/repository/commits", body)
    text = "A branch called 'codex/sync' already exists. Switch to that branch in order to make changes"
    assert (reply.status, reply.json) == (400, {"message": text})
    assert ask(shop, "POST", f"{SHOP}/repository/commits", {**body, "force": True}).status == 201
    assert sorted(shop.files("acme/shop", "codex/sync")) == ["README.md", "docs/a.md", "x"]


def test_a_commit_to_a_protected_branch_is_forbidden(gitlab: Forge) -> None:
    gitlab.add_repository("acme/safe", protected=["main"])
    action = {"action": "create", "file_path": "x", "content": "x"}
    body = {"branch": "main", "commit_message": "No", "actions": [action]}
    assert ask(gitlab, "POST", "/projects/acme%2Fsafe/repository/commits", body).status == 403


def test_a_moved_branch_moves_its_request_and_restarts_its_checks(shop: Forge) -> None:
    ask(shop, "POST", REQUESTS, NEW)
    for _ in range(2):
        ask(shop, "GET", f"{REQUESTS}/1")
    tip = shop.human_commit("acme/shop", "codex/sync", {"more.md": "more\n"})
    body = ask(shop, "GET", f"{REQUESTS}/1").json
    assert (body["sha"], body["detailed_merge_status"]) == (tip, "checking")
    assert shop.bare("acme/shop").ref("refs/merge-requests/1/head") == tip


def test_a_request_with_conflicts(shop: Forge) -> None:
    ask(shop, "POST", REQUESTS, NEW)
    shop.human_commit("acme/shop", "main", {"AGENTS.md": "theirs\n"})
    body = [ask(shop, "GET", f"{REQUESTS}/1").json for _ in range(2)][-1]
    assert (body["detailed_merge_status"], body["has_conflicts"]) == ("conflict", True)
    assert ask(shop, "PUT", f"{REQUESTS}/1/merge", {}).status == 422


def test_deleting_a_branch_leaves_its_request_open(shop: Forge) -> None:
    ask(shop, "POST", REQUESTS, NEW)
    assert ask(shop, "DELETE", f"{SHOP}/repository/branches/codex%2Fsync").status == 204
    assert ask(shop, "GET", f"{SHOP}/repository/branches/codex%2Fsync").json == {"message": "404 Branch Not Found"}
    assert shop.merge_request("acme/shop", 1).state == "opened"


def test_requests_of_a_group_are_narrowed_by_branch_state_and_author(gitlab: Forge) -> None:
    for number in range(3):
        path = f"acme/team/r{number}"
        gitlab.add_repository(path)
        gitlab.human_commit(path, "codex/sync", {"x": "x"})
        author = gitlab.human if number == 2 else None
        ask(gitlab, "POST", f"/projects/acme%2Fteam%2Fr{number}/merge_requests", NEW, user=author)
    gitlab.close_request("acme/team/r0", 1)

    def found(query: str) -> list[str]:
        rows = ask(gitlab, "GET", f"/groups/acme/merge_requests?{query}").json
        return [row["references"]["full"] for row in rows]

    mine = "source_branch=codex%2Fsync&scope=created_by_me"
    assert found(mine) == ["acme/team/r1!1", "acme/team/r0!1"]
    assert found(f"{mine}&state=opened") == ["acme/team/r1!1"]
    assert found("state=opened") == ["acme/team/r2!1", "acme/team/r1!1"]
    assert found("source_branch=other") == []


def test_projects_come_in_pages_by_offset_with_totals(gitlab: Forge) -> None:
    for number in range(5):
        gitlab.add_repository(f"acme/r{number}")
    gitlab.add_repository("acme/deep/r5")
    reply = ask(gitlab, "GET", "/groups/acme/projects?per_page=2&page=2")
    assert [row["path"] for row in reply.json] == ["r2", "r1"]
    heads = {name: reply.headers[name] for name in ("X-Total", "X-Total-Pages", "X-Next-Page", "X-Prev-Page")}
    assert heads == {"X-Total": "5", "X-Total-Pages": "3", "X-Next-Page": "3", "X-Prev-Page": "1"}
    assert ask(gitlab, "GET", "/groups/acme/projects?include_subgroups=true").headers["X-Total"] == "6"


def test_a_long_list_has_no_total_and_far_pages_are_refused(gitlab: Forge) -> None:
    gitlab.world.counted_up_to, gitlab.world.offset_up_to = 3, 3
    for number in range(5):
        gitlab.add_repository(f"acme/r{number}")
    reply = ask(gitlab, "GET", "/groups/acme/projects?per_page=2&page=2")
    assert reply.status == 200 and reply.headers["X-Total"] is None and 'rel="last"' not in reply.headers["Link"]
    assert ask(gitlab, "GET", "/groups/acme/projects?per_page=2&page=3").status == 405


def test_keyset_pages_are_followed_by_link_alone(gitlab: Forge) -> None:
    for number in range(5):
        gitlab.add_repository(f"acme/r{number}")
    path, paths = "/groups/acme/projects?pagination=keyset&order_by=id&sort=asc&per_page=2", list[str]()
    while path:
        reply = ask(gitlab, "GET", path)
        assert reply.headers["X-Total"] is None
        paths += [row["path"] for row in reply.json]
        link = reply.headers["Link"] or ""
        path = link[link.find("/api/") : link.find(">")] if link else ""
    assert paths == [f"r{number}" for number in range(5)]


def test_graphql_reads_many_projects_at_once(shop: Forge) -> None:
    shop.add_repository("acme/empty", empty=True)
    ask(shop, "POST", REQUESTS, {**NEW, "labels": "codex"})
    query = """
      query($paths: [String!]) { projects(fullPaths: $paths) { nodes { fullPath
        repository { rootRef tree { lastCommit { sha } }
          blobs(paths: ["README.md", "gone.md"]) { nodes { path oid rawTextBlob size } } }
        mergeRequests(sourceBranches: ["codex/sync"], state: opened) {
          nodes { iid state title labels { nodes { title } } webUrl diffHeadSha } } } } }
    """
    nodes = ask_graphql(shop, query, paths=["acme/shop", "acme/empty", "acme/gone"]).json["data"]["projects"]["nodes"]
    empty, project = nodes
    assert (empty["fullPath"], empty["repository"]["rootRef"]) == ("acme/empty", None)
    assert (empty["repository"]["blobs"]["nodes"], empty["mergeRequests"]["nodes"]) == ([], [])
    bare = shop.bare("acme/shop")
    blob = bare.files(bare.tip("main"))["README.md"].oid
    assert project["repository"] == {
        "rootRef": "main",
        "tree": {"lastCommit": {"sha": bare.tip("main")}},
        "blobs": {"nodes": [{"path": "README.md", "oid": blob, "rawTextBlob": "# Shop\n", "size": 7}]},
    }
    assert project["mergeRequests"]["nodes"] == [
        {
            "iid": "1",
            "state": "opened",
            "title": "Sync",
            "labels": {"nodes": [{"title": "codex"}]},
            "webUrl": f"{shop.url}/acme/shop/-/merge_requests/1",
            "diffHeadSha": bare.tip("codex/sync"),
        }
    ]


def test_graphql_refuses_a_field_that_gitlab_does_not_have(shop: Forge) -> None:
    reply = ask_graphql(shop, '{ project(fullPath: "acme/shop") { fullName } }')
    assert reply.status == 200 and "Cannot query field 'fullName'" in reply.json["errors"][0]["message"]


def test_an_unchanged_response_is_304(shop: Forge) -> None:
    tag = ask(shop, "GET", SHOP).headers["ETag"]
    reply = ask(shop, "GET", SHOP, headers={"If-None-Match": tag})
    assert (reply.status, reply.body) == (304, b"")
