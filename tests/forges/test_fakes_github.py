"""The fake GitHub answers as GitHub does, by REST and by GraphQL."""

import base64
from typing import Any

import pytest

from tests.support.forges import Forge
from tests.support.forges.asking import ask, ask_graphql

SHOP = "/repos/acme/shop"
NEW = {"head": "codex/sync", "base": "main", "title": "Sync"}


@pytest.fixture
def shop(github: Forge) -> Forge:
    """A repository with a branch to merge."""
    github.add_repository("acme/shop", files={"README.md": "# Shop\n", "docs/a.md": "A\n"}, labels=["codex"])
    github.human_commit("acme/shop", "codex/sync", {"AGENTS.md": "new\n"})
    return github


def run(forge: Forge, query: str, **variables: object) -> Any:
    """The data of a document that succeeds."""
    response = ask_graphql(forge, query, **variables).json
    assert "errors" not in response, response["errors"]
    return response["data"]


def refusal(forge: Forge, query: str, **variables: object) -> tuple[str | None, str]:
    """The first error of a document; its status is 200 all the same."""
    reply = ask_graphql(forge, query, **variables)
    assert reply.status == 200
    error = reply.json["errors"][0]
    return error.get("type"), error["message"]


def test_a_client_needs_a_token_and_a_user_agent(shop: Forge) -> None:
    assert ask(shop, "GET", "/user", headers={"Authorization": "Bearer wrong"}).status == 401
    assert ask(shop, "GET", "/user", headers={"User-Agent": ""}).status == 403
    reply = ask(shop, "GET", "/user")
    assert (reply.json["login"], reply.headers["X-RateLimit-Limit"]) == ("codex-bot", "5000")
    assert ask(shop, "GET", "/rate_limit").json["resources"]["graphql"]["limit"] == 5000


def test_repositories_of_an_organisation_come_in_pages(github: Forge) -> None:
    for number in range(5):
        github.add_repository(f"acme/r{number}", archived=number == 1)
    first = ask(github, "GET", "/orgs/acme/repos?per_page=2&sort=full_name")
    assert [row["name"] for row in first.json] == ["r0", "r1"]
    assert first.json[1]["archived"] is True
    assert "page=2&per_page=2" in first.headers["Link"].replace("per_page=2&sort=full_name&page=2", "page=2&per_page=2")
    assert [row["name"] for row in ask(github, "GET", "/orgs/acme/repos?per_page=2&page=3&sort=full_name").json] == [
        "r4"
    ]
    assert ask(github, "GET", "/orgs/nobody/repos").status == 404


def test_a_private_or_absent_repository_is_not_found(shop: Forge) -> None:
    shop.add_repository("acme/secret", access="none")
    for path in ("/repos/acme/secret", "/repos/acme/gone"):
        assert ask(shop, "GET", path).json["message"] == "Not Found"


def test_an_empty_repository_is_409_in_the_git_database_and_404_in_contents(github: Forge) -> None:
    github.add_repository("acme/empty", empty=True)
    for path in ("git/ref/heads/main", "git/trees/main", "commits"):
        reply = ask(github, "GET", f"/repos/acme/empty/{path}")
        assert (reply.status, reply.json["message"]) == (409, "Git Repository is empty.")
    assert ask(github, "GET", "/repos/acme/empty/contents/README.md").status == 404


def test_trees_blobs_and_contents_are_read(shop: Forge) -> None:
    tree = ask(shop, "GET", f"{SHOP}/git/trees/codex/sync?recursive=1").json
    assert [row["path"] for row in tree["tree"]] == ["AGENTS.md", "README.md", "docs", "docs/a.md"]
    oid = tree["tree"][0]["sha"]
    assert base64.b64decode(ask(shop, "GET", f"{SHOP}/git/blobs/{oid}").json["content"]) == b"new\n"
    file = ask(shop, "GET", f"{SHOP}/contents/docs/a.md").json
    assert (file["type"], base64.b64decode(file["content"])) == ("file", b"A\n")
    assert [row["name"] for row in ask(shop, "GET", f"{SHOP}/contents/docs").json] == ["a.md"]
    accept = {"Accept": "application/vnd.github.raw+json"}
    assert ask(shop, "GET", f"{SHOP}/contents/docs/a.md", headers=accept).body == b"A\n"
    assert ask(shop, "GET", f"{SHOP}/contents/gone.md").status == 404


def test_a_commit_is_made_of_blob_tree_commit_and_reference(shop: Forge) -> None:
    head = ask(shop, "GET", f"{SHOP}/git/ref/heads/main").json["object"]["sha"]
    blob = ask(shop, "POST", f"{SHOP}/git/blobs", {"content": "bmV3Cg==", "encoding": "base64"}).json["sha"]
    rows = [
        {"path": "new.md", "mode": "100644", "type": "blob", "sha": blob},
        {"path": "docs/b.md", "mode": "100644", "type": "blob", "content": "B\n"},
        {"path": "README.md", "mode": "100644", "type": "blob", "sha": None},
    ]
    tree = ask(shop, "POST", f"{SHOP}/git/trees", {"base_tree": head, "tree": rows}).json["sha"]
    body = {"message": "Work", "tree": tree, "parents": [head]}
    commit = ask(shop, "POST", f"{SHOP}/git/commits", body).json["sha"]
    ref = {"ref": "refs/heads/work", "sha": commit}
    assert ask(shop, "POST", f"{SHOP}/git/refs", ref).status == 201
    assert shop.files("acme/shop", "work") == {"docs/a.md": "A\n", "docs/b.md": "B\n", "new.md": "new\n"}
    again = ask(shop, "POST", f"{SHOP}/git/refs", ref)
    assert (again.status, again.json["message"]) == (422, "Reference already exists")


def test_odd_input_is_refused(shop: Forge) -> None:
    """Found by schemathesis, which is worth running again when endpoints are added."""
    tip = shop.bare("acme/shop").tip("main")
    rows = [{"path": "x", "mode": "octal", "type": "blob", "content": "x"}]
    assert ask(shop, "POST", f"{SHOP}/git/trees", {"tree": rows}).status == 422
    assert ask(shop, "PUT", f"{SHOP}/contents/x", {"message": "x", "content": "\u00fc"}).status == 422
    assert ask(shop, "POST", f"{SHOP}/git/refs", {"ref": "refs/heads/a..b", "sha": tip}).status == 422
    assert ask(shop, "GET", "/user", headers={"Authorization": "Basic a"}).status == 401


def test_a_reference_moves_backwards_only_by_force(shop: Forge) -> None:
    old = shop.bare("acme/shop").tip("main")
    assert ask(shop, "PATCH", f"{SHOP}/git/refs/heads/codex/sync", {"sha": old}).status == 422
    assert ask(shop, "PATCH", f"{SHOP}/git/refs/heads/codex/sync", {"sha": old, "force": True}).status == 200
    assert shop.bare("acme/shop").tip("codex/sync") == old
    assert ask(shop, "DELETE", f"{SHOP}/git/refs/heads/codex/sync").status == 204
    assert ask(shop, "GET", f"{SHOP}/git/ref/heads/codex/sync").status == 404


def test_one_file_is_written_if_its_blob_is_named(shop: Forge) -> None:
    path, text = f"{SHOP}/contents/docs/a.md", base64.b64encode(b"B\n").decode()
    body = {"message": "Edit", "content": text, "branch": "codex/sync"}
    assert ask(shop, "PUT", path, body).status == 422
    assert ask(shop, "PUT", path, {**body, "sha": "0" * 40}).status == 409
    sha = ask(shop, "GET", f"{path}?ref=codex/sync").json["sha"]
    assert ask(shop, "PUT", path, {**body, "sha": sha}).status == 200
    assert ask(shop, "PUT", f"{SHOP}/contents/new.md", {**body, "branch": "main"}).status == 201
    assert shop.files("acme/shop", "codex/sync")["docs/a.md"] == "B\n"


def test_whether_a_pull_request_can_be_merged_is_unknown_at_first(shop: Forge) -> None:
    created = ask(shop, "POST", f"{SHOP}/pulls", NEW)
    assert (created.status, created.json["number"], created.json["mergeable"]) == (201, 1, None)
    assert [ask(shop, "GET", f"{SHOP}/pulls/1").json["mergeable"] for _ in range(2)] == [None, True]
    merged = ask(shop, "PUT", f"{SHOP}/pulls/1/merge", {})
    assert (merged.status, merged.json["merged"]) == (200, True)
    assert shop.files("acme/shop")["AGENTS.md"] == "new\n"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({}, {"code": "custom", "message": "A pull request already exists for acme:codex/sync."}),
        ({"head": "gone"}, {"field": "head", "code": "invalid"}),
        ({"base": "gone"}, {"field": "base", "code": "invalid"}),
        ({"head": "same"}, {"code": "custom", "message": "No commits between main and same"}),
    ],
)
def test_a_pull_request_that_makes_no_sense_is_422(shop: Forge, change: dict[str, str], error: object) -> None:
    ask(shop, "POST", f"{SHOP}/pulls", NEW)
    shop.bare("acme/shop").create_ref("refs/heads/same", shop.bare("acme/shop").tip("main") or "")
    reply = ask(shop, "POST", f"{SHOP}/pulls", {**NEW, **change})
    assert (reply.status, reply.json["message"]) == (422, "Validation Failed")
    assert reply.json["errors"] == [{"resource": "PullRequest", **(error if isinstance(error, dict) else {})}]


def test_pull_requests_are_found_by_owner_and_branch(shop: Forge) -> None:
    ask(shop, "POST", f"{SHOP}/pulls", NEW)

    def found(query: str) -> list[int]:
        return [row["number"] for row in ask(shop, "GET", f"{SHOP}/pulls?{query}").json]

    assert found("head=acme:codex/sync") == [1]
    assert found("head=acme:other") == []
    assert found("head=other") == [1], "without an owner it narrows nothing"
    shop.close_request("acme/shop", 1)
    assert (found("head=acme:codex/sync"), found("state=all"), found("state=closed")) == ([], [1], [1])


def test_labels_reviewers_and_comments_have_requests_of_their_own(shop: Forge) -> None:
    ask(shop, "POST", f"{SHOP}/pulls", NEW)
    labels = ask(shop, "POST", f"{SHOP}/issues/1/labels", {"labels": ["codex", "new"]}).json
    assert [label["name"] for label in labels] == ["codex", "new"]
    assert ask(shop, "DELETE", f"{SHOP}/issues/1/labels/new").status == 200
    ask(shop, "PUT", f"{SHOP}/issues/1/labels", {"labels": ["other"]})
    assert [label["name"] for label in ask(shop, "GET", f"{SHOP}/issues/1/labels").json] == ["other"]
    response = ask(shop, "POST", f"{SHOP}/pulls/1/requested_reviewers", {"reviewers": [shop.human.name]})
    assert (response.status, response.json["requested_reviewers"][0]["login"]) == (201, "ada")
    assert ask(shop, "POST", f"{SHOP}/pulls/1/requested_reviewers", {"reviewers": ["nobody"]}).status == 422
    comment = ask(shop, "POST", f"{SHOP}/issues/1/comments", {"body": "one"}).json
    ask(shop, "PATCH", f"{SHOP}/issues/comments/{comment['id']}", {"body": "two"})
    assert [note["body"] for note in ask(shop, "GET", f"{SHOP}/issues/1/comments").json] == ["two"]


def test_an_archived_or_read_only_repository_is_403(shop: Forge) -> None:
    shop.add_repository("acme/read", access="read")
    assert ask(shop, "POST", "/repos/acme/read/issues/1/labels", {"labels": ["x"]}).status == 403
    shop.archive("acme/shop")
    reply = ask(shop, "POST", f"{SHOP}/pulls", NEW)
    assert (reply.status, reply.json["message"]) == (403, "Repository was archived so is read-only.")


def test_deleting_a_branch_closes_its_pull_request(shop: Forge) -> None:
    ask(shop, "POST", f"{SHOP}/pulls", NEW)
    ask(shop, "DELETE", f"{SHOP}/git/refs/heads/codex/sync")
    assert ask(shop, "GET", f"{SHOP}/pulls/1").json["state"] == "closed"
    assert ask(shop, "PATCH", f"{SHOP}/pulls/1", {"state": "open"}).status == 422


BULK = """
  query {
    r0: repository(owner: "acme", name: "shop") { ...all }
    r1: repository(owner: "acme", name: "empty") { ...all }
    r2: repository(owner: "acme", name: "gone") { ...all }
  }
  fragment all on Repository {
    nameWithOwner isArchived isEmpty defaultBranchRef { name target { oid } }
    agents: object(expression: "HEAD:README.md") { oid ... on Blob { text isBinary byteSize } }
    docs: object(expression: "HEAD:docs") { ... on Tree { entries { name type oid } } }
    sync: ref(qualifiedName: "refs/heads/codex/sync") { target { oid ... on Commit { message parents(first: 2) { nodes { oid } } } } }
    pullRequests(headRefName: "codex/sync", states: [OPEN], first: 5) {
      nodes { id number title headRefOid labels(first: 20) { nodes { name } } }
    }
  }
"""


def test_graphql_reads_many_repositories_by_aliases(shop: Forge) -> None:
    shop.add_repository("acme/empty", empty=True)
    ask(shop, "POST", f"{SHOP}/pulls", NEW)
    shop.label("acme/shop", 1, "codex")
    response = ask_graphql(shop, BULK).json
    assert response["errors"][0]["type"] == "NOT_FOUND" and response["errors"][0]["path"] == ["r2"]
    bare = shop.bare("acme/shop")
    main, tip = bare.tip("main"), bare.tip("codex/sync")
    files = bare.files(main)
    number = shop.merge_request("acme/shop", 1).id
    assert response["data"] == {
        "r0": {
            "nameWithOwner": "acme/shop",
            "isArchived": False,
            "isEmpty": False,
            "defaultBranchRef": {"name": "main", "target": {"oid": main}},
            "agents": {"oid": files["README.md"].oid, "text": "# Shop\n", "isBinary": False, "byteSize": 7},
            "docs": {"entries": [{"name": "a.md", "type": "blob", "oid": files["docs/a.md"].oid}]},
            "sync": {"target": {"oid": tip, "message": "Change by hand", "parents": {"nodes": [{"oid": main}]}}},
            "pullRequests": {
                "nodes": [
                    {
                        "id": f"PR_{number}",
                        "number": 1,
                        "title": "Sync",
                        "headRefOid": tip,
                        "labels": {"nodes": [{"name": "codex"}]},
                    }
                ]
            },
        },
        "r1": {
            "nameWithOwner": "acme/empty",
            "isArchived": False,
            "isEmpty": True,
            "defaultBranchRef": None,
            "agents": None,
            "docs": None,
            "sync": None,
            "pullRequests": {"nodes": []},
        },
        "r2": None,
    }


def test_graphql_refuses_unknown_fields_and_pages_without_a_size(shop: Forge) -> None:
    _, text = refusal(shop, '{ repository(owner: "acme", name: "shop") { fullName } }')
    assert "Cannot query field 'fullName'" in text
    kind, _ = refusal(shop, '{ repository(owner: "acme", name: "shop") { pullRequests { totalCount } } }')
    assert kind == "MISSING_PAGINATION_BOUNDARIES"
    kind, _ = refusal(shop, '{ repository(owner: "acme", name: "shop") { labels(first: 101) { totalCount } } }')
    assert kind == "EXCESSIVE_PAGINATION"


COMMIT = """
  mutation($input: CreateCommitOnBranchInput!) {
    createCommitOnBranch(input: $input) { commit { oid signature { isValid } } ref { name } }
  }
"""


def commit_input(oid: str | None, **files: str) -> dict[str, object]:
    additions = [{"path": path, "contents": base64.b64encode(text.encode()).decode()} for path, text in files.items()]
    return {
        "branch": {"repositoryNameWithOwner": "acme/shop", "branchName": "codex/sync"},
        "expectedHeadOid": oid,
        "message": {"headline": "Sync", "body": "Codex-Version: 1"},
        "fileChanges": {"additions": additions, "deletions": [{"path": "README.md"}]},
    }


def test_a_commit_on_a_branch_is_made_and_signed_by_github(shop: Forge) -> None:
    tip = shop.bare("acme/shop").tip("codex/sync")
    data = run(shop, COMMIT, input=commit_input(tip, new="new\n"))["createCommitOnBranch"]
    assert data["commit"] == {"oid": shop.bare("acme/shop").tip("codex/sync"), "signature": {"isValid": True}}
    assert shop.files("acme/shop", "codex/sync") == {"AGENTS.md": "new\n", "docs/a.md": "A\n", "new": "new\n"}
    commit = shop.bare("acme/shop").commit_object(data["commit"]["oid"])
    assert (commit.message, commit.committer) == (b"Sync\n\nCodex-Version: 1", b"GitHub <noreply@github.com>")
    assert [parent.decode() for parent in commit.parents] == [tip]


def test_a_commit_on_a_branch_that_moved_is_stale_data_in_a_200(shop: Forge) -> None:
    before = shop.bare("acme/shop").tip("main")
    kind, text = refusal(shop, COMMIT, input=commit_input(before, new="new\n"))
    assert (kind, text) == (
        "STALE_DATA",
        f'Expected branch to point to "{before}" but it did not.  Pull and try again.',
    )


def test_references_are_moved_by_compare_and_swap_all_or_none(shop: Forge) -> None:
    bare = shop.bare("acme/shop")
    main, tip = bare.tip("main"), bare.tip("codex/sync")
    query = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }"
    identifier = run(shop, '{ repository(owner: "acme", name: "shop") { id } }')["repository"]["id"]

    def update(name: str, before: str | None, after: str | None) -> dict[str, object]:
        return {"name": f"refs/heads/{name}", "beforeOid": before, "afterOid": after, "force": True}

    updates = [update("codex/sync", tip, main), update("other", "0" * 40, main)]
    stale = [*updates[:1], update("main", tip, tip)]
    refusal(shop, query, input={"repositoryId": identifier, "refUpdates": stale})
    assert bare.heads() == {"codex/sync": tip, "main": main}
    run(shop, query, input={"repositoryId": identifier, "refUpdates": updates})
    assert bare.heads() == {"codex/sync": main, "main": main, "other": main}
    run(shop, query, input={"repositoryId": identifier, "refUpdates": [update("other", main, "0" * 40)]})
    assert "other" not in bare.heads()


def test_one_document_opens_labels_asks_and_comments(shop: Forge) -> None:
    ids = run(
        shop,
        """{ repository(owner: "acme", name: "shop") { id label(name: "codex") { id } defaultBranchRef { target { oid } } } }""",
    )["repository"]
    ref = "mutation($input: CreateRefInput!) { createRef(input: $input) { ref { id name } } }"
    oid = ids["defaultBranchRef"]["target"]["oid"]
    new = {"repositoryId": ids["id"], "name": "refs/heads/second", "oid": oid}
    assert run(shop, ref, input=new)["createRef"]["ref"]["name"] == "second"
    assert refusal(shop, ref, input=new)[0] == "UNPROCESSABLE"
    opening = """mutation($input: CreatePullRequestInput!) { createPullRequest(input: $input) {
      pullRequest { id number mergeable author { login } } } }"""
    pull = {"repositoryId": ids["id"], "baseRefName": "main", "headRefName": "codex/sync", "title": "Sync"}
    pull_request = run(shop, opening, input=pull)["createPullRequest"]["pullRequest"]
    assert (pull_request["number"], pull_request["mergeable"], pull_request["author"]) == (
        1,
        "UNKNOWN",
        {"login": "codex-bot"},
    )
    assert refusal(shop, opening, input=pull)[1] == "A pull request already exists for acme:codex/sync."
    assert refusal(shop, opening, input={**pull, "headRefName": "second"})[1] == "No commits between main and second"
    both = """
      mutation($pull: ID!, $labels: [ID!]!, $users: [ID!]!) {
        addLabelsToLabelable(input: {labelableId: $pull, labelIds: $labels}) { clientMutationId }
        requestReviews(input: {pullRequestId: $pull, userIds: $users}) { pullRequest { number } }
        addComment(input: {subjectId: $pull, body: "hello"}) { commentEdge { node { id body } } }
        updatePullRequest(input: {pullRequestId: $pull, title: "Sync 2"}) { pullRequest { title } }
        closePullRequest(input: {pullRequestId: $pull}) { pullRequest { state } }
      }
    """
    users = [f"U_{shop.human.id}"]
    data = run(shop, both, pull=pull_request["id"], labels=[ids["label"]["id"]], users=users)
    assert data["closePullRequest"]["pullRequest"]["state"] == "CLOSED"
    request = shop.merge_request("acme/shop", 1)
    assert (request.title, request.labels, request.reviewers) == ("Sync 2", ["codex"], [shop.human])
    assert [note.body for note in request.notes] == ["hello"]
    edit = 'mutation($id: ID!) { updateIssueComment(input: {id: $id, body: "again"}) { issueComment { body } } }'
    run(shop, edit, id=data["addComment"]["commentEdge"]["node"]["id"])
    assert [note.body for note in request.notes] == ["again"]


def test_a_mutation_counts_as_a_write_and_a_query_does_not(shop: Forge) -> None:
    run(shop, "{ viewer { login } }")
    refusal(shop, COMMIT, input=commit_input("0" * 40))
    assert [(entry.request.root_fields, entry.writes) for entry in shop.log] == [
        ((), False),
        (("createCommitOnBranch",), True),
    ]
