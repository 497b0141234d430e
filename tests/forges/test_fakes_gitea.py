"""The fake Gitea and the fake Forgejo say what these say, and differ where these differ."""

import base64

import pytest

from tests.forges.conftest import Start
from tests.support.forges import Forge
from tests.support.forges.asking import Reply, ask

SHOP = "/repos/acme/shop"
NEW = {"head": "codex/sync", "base": "main", "title": "Sync", "body": "Text"}
FORCE = {"gitea": "force_push", "forgejo": "force_overwrite_new_branch"}


@pytest.fixture(params=["gitea", "forgejo"])
def shop(request: pytest.FixtureRequest, start: Start) -> Forge:
    """Each in turn: a repository with a branch to merge."""
    forge = start(request.param)
    forge.add_repository("acme/shop", files={"README.md": "# Shop\n", "docs/a.md": "A\n"}, labels=["codex"])
    forge.human_commit("acme/shop", "codex/sync", {"AGENTS.md": "new\n"})
    return forge


def change(operation: str, path: str, text: str = "", sha: str | None = None) -> dict[str, str]:
    change = {"operation": operation, "path": path}
    change |= {"content": base64.b64encode(text.encode()).decode()} if operation != "delete" else {}
    return change | ({"sha": sha} if sha else {})


def oid(forge: Forge, path: str) -> str:
    bare = forge.bare("acme/shop")
    return bare.files(bare.tip("main"))[path].oid


def write(forge: Forge, *changes: dict[str, str], **more: object) -> Reply:
    """Change files from the default branch onto `work`."""
    body = {"branch": "main", "new_branch": "work", "message": "Work", "files": list(changes), **more}
    return ask(forge, "POST", f"{SHOP}/contents", body)


def test_the_fake_gitea_has_a_version_and_an_account(shop: Forge) -> None:
    assert ask(shop, "GET", "/version").json["version"].startswith({"gitea": "1.", "forgejo": "16."}[shop.kind])
    assert ask(shop, "GET", "/user").json["login"] == "codex-bot"
    assert ask(shop, "GET", "/settings/api").json["max_response_items"] == 50
    assert ask(shop, "GET", "/user", headers={"Authorization": "token wrong"}).status == 401
    assert ask(shop, "GET", "/repos/acme/gone").json["message"] == "The target couldn't be found."


def test_pages_are_of_fifty_at_most_whatever_was_asked(start: Start) -> None:
    forge = start("gitea")
    for number in range(53):
        forge.add_repository(f"acme/r{number}", empty=True)
    first = ask(forge, "GET", "/orgs/acme/repos?limit=100")
    assert (len(first.json), first.headers["X-Total-Count"]) == (50, "53")
    assert 'rel="next"' in first.headers["Link"]
    assert [row["name"] for row in ask(forge, "GET", "/orgs/acme/repos?limit=100&page=2").json] == ["r50", "r51", "r52"]
    assert ask(forge, "GET", f"/orgs/{forge.user('ada').name}/repos").status == 405
    assert ask(forge, "GET", "/orgs/nobody/repos").status == 404


def test_branches_trees_and_files_are_read(shop: Forge) -> None:
    body = ask(shop, "GET", f"{SHOP}/branches/codex/sync").json
    assert body["commit"]["id"] == shop.bare("acme/shop").tip("codex/sync")
    assert ask(shop, "GET", f"{SHOP}/branches/codex%2Fsync").json["name"] == "codex/sync"
    tree = ask(shop, "GET", f"{SHOP}/git/trees/codex%2Fsync?recursive=true&per_page=2").json
    assert ([row["path"] for row in tree["tree"]], tree["truncated"]) == (["AGENTS.md", "README.md"], True)
    file = ask(shop, "GET", f"{SHOP}/contents/docs/a.md").json
    assert (file["sha"], base64.b64decode(file["content"])) == (oid(shop, "docs/a.md"), b"A\n")
    rows = ask(shop, "GET", f"{SHOP}/contents/docs").json
    assert [(row["name"], row["content"]) for row in rows] == [("a.md", None)]
    assert ask(shop, "GET", f"{SHOP}/raw/docs/a.md?ref=main").body == b"A\n"
    assert ask(shop, "GET", f"{SHOP}/contents/gone").status == 404


def test_many_files_are_changed_in_one_commit_on_a_new_branch(shop: Forge) -> None:
    changes = (
        change("create", "new.md", "new\n"),
        change("update", "docs/a.md", "B\n", oid(shop, "docs/a.md")),
        change("delete", "README.md", sha=oid(shop, "README.md")),
    )
    reply = write(shop, *changes)
    assert (reply.status, reply.json["commit"]["sha"]) == (201, shop.bare("acme/shop").tip("work"))
    assert [file and file["path"] for file in reply.json["files"]] == ["new.md", "docs/a.md", None]
    assert shop.files("acme/shop", "work") == {"docs/a.md": "B\n", "new.md": "new\n"}


def test_only_gitea_uploads_without_knowing_what_is_there(start: Start) -> None:
    for kind, status in (("gitea", 201), ("forgejo", 422)):
        forge = start("gitea" if kind == "gitea" else "forgejo")
        forge.add_repository("acme/shop", files={"README.md": "# Shop\n"})
        assert write(forge, change("upload", "README.md", "x"), change("upload", "new", "y")).status == status


@pytest.mark.parametrize(
    ("operation", "path", "sha", "status"),
    [
        ("create", "README.md", None, 422),
        ("update", "gone.md", "0" * 40, 404),
        ("update", "README.md", None, 422),
        ("update", "README.md", "0" * 40, 422),
        ("delete", "gone.md", "0" * 40, 404),
    ],
)
def test_a_change_that_does_not_fit_refuses_the_commit(
    shop: Forge, operation: str, path: str, sha: str | None, status: int
) -> None:
    assert write(shop, change("create", "good.md", "x"), change(operation, path, "x", sha)).status == status
    assert shop.bare("acme/shop").tip("work") is None


def test_odd_input_is_refused_or_ignored(shop: Forge) -> None:
    assert write(shop, change("create", "x", "x"), new_branch="a..b").status == 422
    assert ask(shop, "POST", f"{SHOP}/branches", {"new_branch_name": ""}).status == 422
    ask(shop, "POST", f"{SHOP}/pulls", NEW)
    assert ask(shop, "POST", f"{SHOP}/issues/1/labels", {"labels": [["x"], {}]}).json == []


def test_a_branch_is_overwritten_only_by_the_hosts_own_field(shop: Forge) -> None:
    created = change("create", "x", "x")
    assert write(shop, created, new_branch="codex/sync").status == 422
    other = "forgejo" if shop.kind == "gitea" else "gitea"
    assert write(shop, created, new_branch="codex/sync", **{FORCE[other]: True}).status == 422
    assert write(shop, created, new_branch="codex/sync", **{FORCE[shop.kind]: True}).status == 201
    assert sorted(shop.files("acme/shop", "codex/sync")) == ["README.md", "docs/a.md", "x"]


def test_a_second_pull_request_is_409_with_ids_in_the_text(shop: Forge) -> None:
    created = ask(shop, "POST", f"{SHOP}/pulls", NEW)
    assert (created.status, created.json["number"]) == (201, 1)
    reply = ask(shop, "POST", f"{SHOP}/pulls", NEW)
    assert reply.status == 409
    ids = f"id: {created.json['id']}, issue_id: {created.json['id']}"
    assert reply.json["message"].startswith(f"pull request already exists for these targets [{ids}, head_repo_id:")
    assert ask(shop, "GET", f"{SHOP}/pulls/main/codex/sync").json["number"] == 1


def test_a_pull_request_without_commits_or_branch_is_refused(shop: Forge) -> None:
    bare = shop.bare("acme/shop")
    bare.create_ref("refs/heads/same", bare.tip("main") or "")
    assert ask(shop, "POST", f"{SHOP}/pulls", {**NEW, "head": "same"}).status == 409
    assert ask(shop, "POST", f"{SHOP}/pulls", {**NEW, "head": "gone"}).status == 404
    assert ask(shop, "POST", f"{SHOP}/pulls", {**NEW, "head": "main"}).status == 422
    assert shop.requests("acme/shop") == ()


def test_what_is_not_there_is_null(shop: Forge) -> None:
    created = ask(shop, "POST", f"{SHOP}/pulls", NEW).json
    names = ("assignee", "assignees", "milestone", "requested_reviewers", "merged_at", "closed_at", "due_date")
    assert [created[name] for name in names] == [None] * len(names)


def test_a_pull_request_is_edited_closed_reopened_and_merged(shop: Forge) -> None:
    label = ask(shop, "GET", f"{SHOP}/labels").json[0]["id"]
    created = ask(shop, "POST", f"{SHOP}/pulls", {**NEW, "labels": [label], "reviewers": ["ada"]}).json
    assert [label["name"] for label in created["labels"]] == ["codex"]
    assert bool(created["requested_reviewers"]) == (shop.kind == "gitea")
    assert ask(shop, "POST", f"{SHOP}/pulls/1/requested_reviewers", {"reviewers": ["ada"]}).status == 201
    assert shop.merge_request("acme/shop", 1).reviewers == [shop.human]
    edited = ask(shop, "PATCH", f"{SHOP}/pulls/1", {"title": "Other", "state": "closed"})
    assert (edited.status, edited.json["title"], edited.json["state"]) == (201, "Other", "closed")
    assert ask(shop, "GET", f"{SHOP}/pulls").json == []
    assert [row["number"] for row in ask(shop, "GET", f"{SHOP}/pulls?state=all").json] == [1]
    assert ask(shop, "PATCH", f"{SHOP}/pulls/1", {"state": "open"}).json["state"] == "open"
    how = {"do" if shop.kind == "gitea" else "Do": "merge"}
    assert ask(shop, "POST", f"{SHOP}/pulls/1/merge", how).status == 405
    assert [ask(shop, "GET", f"{SHOP}/pulls/1").json["mergeable"] for _ in range(2)] == [False, True]
    assert ask(shop, "POST", f"{SHOP}/pulls/1/merge", how).status == 200
    assert shop.files("acme/shop")["AGENTS.md"] == "new\n"


def test_labels_and_comments_are_those_of_an_issue(shop: Forge) -> None:
    ask(shop, "POST", f"{SHOP}/pulls", NEW)
    created = ask(shop, "POST", f"{SHOP}/labels", {"name": "more", "color": "#00aabb"}).json
    labels = ask(shop, "POST", f"{SHOP}/issues/1/labels", {"labels": [created["id"], "codex", "unknown"]}).json
    assert [label["name"] for label in labels] == ["more", "codex"]
    assert ask(shop, "DELETE", f"{SHOP}/issues/1/labels/{created['id']}").status == 204
    assert [label["name"] for label in ask(shop, "GET", f"{SHOP}/issues/1/labels").json] == ["codex"]
    comment = ask(shop, "POST", f"{SHOP}/issues/1/comments", {"body": "one"}).json
    ask(shop, "PATCH", f"{SHOP}/issues/comments/{comment['id']}", {"body": "two"})
    assert [note["body"] for note in ask(shop, "GET", f"{SHOP}/issues/1/comments").json] == ["two"]


def test_an_archived_repository_is_locked_and_a_read_only_one_forbidden(shop: Forge) -> None:
    shop.add_repository("acme/read", access="read")
    body = {"branch": "main", "new_branch": "x", "message": "m", "files": [change("create", "x", "x")]}
    assert ask(shop, "POST", "/repos/acme/read/contents", body).status == 403
    shop.archive("acme/shop")
    assert [ask(shop, "POST", f"{SHOP}/{part}", NEW).status for part in ("pulls", "contents")] == [423, 423]


def test_deleting_a_branch_closes_its_pull_request(shop: Forge) -> None:
    ask(shop, "POST", f"{SHOP}/pulls", NEW)
    assert ask(shop, "DELETE", f"{SHOP}/branches/codex/sync").status == 204
    assert ask(shop, "GET", f"{SHOP}/pulls/1").json["state"] == "closed"
    assert ask(shop, "DELETE", f"{SHOP}/branches/main").status == 403
