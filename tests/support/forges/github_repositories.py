"""Repositories, branches, files and commits of the fake GitHub."""

import base64
from collections.abc import Iterable

from tests.support.forges.bare import Author, Entry
from tests.support.forges.forking import fork_of, make_fork
from tests.support.forges.github_common import MODES, RESET, filled, listing, refused, repository_of, writable
from tests.support.forges.github_views import (
    View,
    branch_view,
    commit_view,
    content_view,
    entry_view,
    full_user_view,
    git_commit_view,
    ref_view,
    repository_view,
)
from tests.support.forges.state import Repository
from tests.support.forges.wire import Answer, Call, Fields, json_answer

# Users and repositories.


def current_user(call: Call) -> Answer:
    return json_answer(full_user_view(call.user, call.url), headers=(("X-OAuth-Scopes", "repo"),))


def rate_limit(call: Call) -> Answer:
    limit = {"limit": 5000, "remaining": 4999, "reset": RESET, "used": 1}
    names = ("core", "search", "graphql", "integration_manifest", "code_search")
    return json_answer({"resources": {name: {**limit, "resource": name} for name in names}, "rate": limit})


def organisation_repositories(call: Call) -> Answer:
    repositories = call.world.under(call.parts["org"], call.user, deep=False)
    if call.world.group(call.parts["org"]) is None:
        raise refused(404, "Not Found")
    return repository_list(call, repositories)


def own_repositories(call: Call) -> Answer:
    return repository_list(
        call, [repository for repository in call.world.repositories.values() if repository.access != "none"]
    )


def repository_list(call: Call, repositories: Iterable[Repository]) -> Answer:
    upwards = call.asked.text("direction", "desc") == "asc" or call.asked.text("sort") == "full_name"
    rows = sorted(
        repositories,
        key=lambda repository: repository.path if call.asked.text("sort") == "full_name" else repository.id,
    )
    return listing(call, [repository_view(row, call) for row in (rows if upwards else rows[::-1])])


def repository(call: Call) -> Answer:
    return json_answer(repository_view(repository_of(call), call))


def create_fork(call: Call) -> Answer:
    """The fork that the owner has already, or a new one; another name is found if that is taken.

    Source: https://docs.github.com/rest/repos/forks#create-a-fork
    """
    repository, sent = repository_of(call), call.sent
    owner = sent.text("organization") or call.user.name
    if owner != call.user.name and call.world.group(owner) is None:
        raise refused(404, "Not Found")
    if not repository.forkable:
        raise refused(403, "The repository exists, but forking is disabled.")
    existing = fork_of(call.world, repository, owner)
    if existing is None:
        name = sent.text("name") or repository.name
        names = (name, *(f"{name}-{number}" for number in range(1, 9)))
        free = next(one for one in names if f"{owner}/{one}".lower() not in call.world.repositories)
        only = repository.default_branch if sent.flag("default_branch_only") else None
        existing = make_fork(call.world, repository, owner, free, only=only)
    return json_answer(repository_view(existing, call), 202)


def branches(call: Call) -> Answer:
    repository = repository_of(call)
    api = f"{call.url}/repos/{repository.path}/commits"
    rows = [
        {"name": name, "commit": {"sha": tip, "url": f"{api}/{tip}"}, "protected": name in repository.protected}
        for name, tip in repository.bare.heads().items()
    ]
    return listing(call, rows)


def branch(call: Call) -> Answer:
    repository, name = repository_of(call), call.parts["branch"]
    tip = repository.bare.tip(name)
    if tip is None:
        raise refused(404, "Branch not found")
    return json_answer(branch_view(name, tip, repository, call.url))


def branch_rules(call: Call) -> Answer:
    """The rules of all rulesets that apply to a branch, which need not exist.

    Source: https://docs.github.com/rest/repos/rules#get-rules-for-a-branch
    """
    repository = repository_of(call)
    needed = (
        repository.required_approvals
        if call.parts["branch"] == repository.default_branch and not repository.classic
        else 0
    )
    source = {"ruleset_source_type": "Repository", "ruleset_source": repository.path, "ruleset_id": 42}
    parameters = {
        "required_approving_review_count": needed,
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }
    rows = [{"type": "pull_request", **source, "parameters": parameters}] if needed else []
    return json_answer([{"type": "deletion", **source}, *rows])


def branch_protection(call: Call) -> Answer:
    """The protection of a branch; 404 where it has none.

    Source: https://docs.github.com/rest/branches/branch-protection#get-branch-protection
    """
    repository, name = repository_of(call), call.parts["branch"]
    if name != repository.default_branch or not (repository.classic and repository.required_approvals):
        raise refused(404, "Branch not protected")
    url = f"{call.url}/repos/{repository.path}/branches/{name}/protection"
    reviews = {
        "url": f"{url}/required_pull_request_reviews",
        "dismiss_stale_reviews": True,
        "require_code_owner_reviews": False,
        "require_last_push_approval": False,
        "required_approving_review_count": repository.required_approvals,
    }
    return json_answer({"url": url, "required_pull_request_reviews": reviews, "enforce_admins": {"enabled": True}})


def commits(call: Call) -> Answer:
    repository = filled(repository_of(call))
    start = repository.bare.resolve(call.asked.text("sha") or repository.default_branch)
    if start is None:
        raise refused(404, "Not Found")
    rows = repository.bare.commits_between(None, start)
    return listing(call, [commit_view(repository.bare.commit_object(oid), repository, call.url) for oid in rows])


# The Git database.


def show_ref(call: Call) -> Answer:
    repository = filled(repository_of(call))
    name = f"refs/{call.parts['ref']}"
    oid = repository.bare.ref(name)
    if oid is None:
        raise refused(404, "Not Found")
    return json_answer(ref_view(name, oid, repository, call.url))


def create_ref(call: Call) -> Answer:
    repository = filled(writable(call))
    name, oid = call.sent.text("ref"), call.sent.text("sha")
    if not name.startswith("refs/") or name.count("/") < 2:
        raise refused(422, "Reference name must start with 'refs/' and contain at least one '/'.")
    if repository.bare.object(oid) is None:
        raise refused(422, "Object does not exist")
    if not repository.bare.create_ref(name, oid):
        raise refused(422, "Reference already exists")
    call.world.refresh(repository)
    return json_answer(ref_view(name, oid, repository, call.url), 201)


def update_ref(call: Call) -> Answer:
    repository = filled(writable(call))
    name, oid = f"refs/{call.parts['ref']}", call.sent.text("sha")
    old = repository.bare.ref(name)
    if old is None:
        raise refused(422, "Reference does not exist")
    if repository.bare.object(oid) is None:
        raise refused(422, "Object does not exist")
    if name.removeprefix("refs/heads/") in repository.protected:
        raise refused(422, "Cannot update this protected ref.")
    if not call.sent.flag("force") and repository.bare.merge_base(old, oid) != old:
        raise refused(422, "Update is not a fast forward")
    if not repository.bare.set_ref(name, oid, old):
        raise refused(409, "Reference cannot be updated")
    call.world.refresh(repository)
    return json_answer(ref_view(name, oid, repository, call.url))


def delete_ref(call: Call) -> Answer:
    repository = filled(writable(call))
    name = f"refs/{call.parts['ref']}"
    if repository.bare.ref(name) is None:
        raise refused(422, "Reference does not exist")
    if name.removeprefix("refs/heads/") in {repository.default_branch, *repository.protected}:
        raise refused(422, "Cannot delete this protected ref.")
    repository.bare.set_ref(name, None)
    call.world.refresh(repository)
    return Answer(status=204)


def show_tree(call: Call) -> Answer:
    repository = filled(repository_of(call))
    name = call.parts["sha"]
    start = repository.bare.resolve(name) or name
    inside = repository.bare.folder_of(start, "") if repository.bare.object(start) else None
    if inside is None:
        raise refused(404, "Not Found")
    rows = tree_rows(repository, call.url, start, "", inside, deep="recursive" in call.asked)
    tree = repository.bare.tree_of(start)
    return json_answer(tree_view(repository, call.url, tree, rows))


def tree_view(repository: Repository, url: str, tree: str, rows: list[View]) -> View:
    return {"sha": tree, "url": f"{url}/repos/{repository.path}/git/trees/{tree}", "tree": rows, "truncated": False}


def tree_rows(
    repository: Repository, url: str, start: str, path: str, inside: dict[str, Entry], *, deep: bool
) -> list[View]:
    """A folder's entries in git's order, each folder's own directly behind it."""
    rows: list[View] = []
    for name, entry in inside.items():
        place = f"{path}/{name}" if path else name
        rows.append(entry_view(place, entry, repository, url))
        if deep and entry.kind == "tree":
            rows += tree_rows(repository, url, start, place, repository.bare.folder_of(start, place) or {}, deep=True)
    return rows


def create_tree(call: Call) -> Answer:
    repository, sent = filled(writable(call)), call.sent
    base = sent.text("base_tree")
    if base and repository.bare.object(base) is None:
        raise refused(404, "Not Found")
    files = dict(repository.bare.files(base)) if base else {}
    for row in sent.records("tree"):
        path, oid = row.text("path"), row.text("sha")
        if row.text("mode", "100644") not in MODES:
            raise refused(422, f"tree.mode must be one of {', '.join(MODES)}")
        if "content" in row:
            oid = repository.bare.add_blob(row.text("content").encode())
        elif row.values.get("sha") is None:
            files.pop(path, None)
            continue
        if repository.bare.object(oid) is None:
            raise refused(422, f"tree.sha {oid} is not a valid blob")
        files[path] = Entry(int(row.text("mode", "100644"), 8), oid)
    tree = repository.bare.add_tree(files)
    inside = repository.bare.folder_of(tree, "") or {}
    return json_answer(
        tree_view(repository, call.url, tree, tree_rows(repository, call.url, tree, "", inside, deep=False)), 201
    )


def show_blob(call: Call) -> Answer:
    repository, oid = filled(repository_of(call)), call.parts["sha"]
    if repository.bare.object(oid) is None:
        raise refused(404, "Not Found")
    data = repository.bare.read(oid)
    return json_answer(
        {
            "sha": oid,
            "node_id": f"B_{oid}",
            "size": len(data),
            "url": f"{call.url}/repos/{repository.path}/git/blobs/{oid}",
            "content": base64.encodebytes(data).decode(),
            "encoding": "base64",
        }
    )


def create_blob(call: Call) -> Answer:
    repository = filled(writable(call))
    oid = repository.bare.add_blob(content_of(call.sent, call.sent.text("encoding", "utf-8")))
    return json_answer({"sha": oid, "url": f"{call.url}/repos/{repository.path}/git/blobs/{oid}"}, 201)


def content_of(sent: Fields, encoding: str) -> bytes:
    if encoding != "base64":
        return sent.text("content").encode()
    try:
        return base64.b64decode(sent.text("content"))
    except ValueError as error:
        raise refused(422, "content is not valid Base64") from error


def show_git_commit(call: Call) -> Answer:
    repository = filled(repository_of(call))
    oid = repository.bare.resolve(call.parts["sha"])
    if oid is None:
        raise refused(404, "Not Found")
    return json_answer(git_commit_view(repository.bare.commit_object(oid), repository, call.url))


def create_git_commit(call: Call) -> Answer:
    repository, sent = filled(writable(call)), call.sent
    tree, parents = sent.text("tree"), sent.texts("parents") or ()
    if repository.bare.object(tree) is None:
        raise refused(422, "Tree SHA does not exist")
    if any(repository.bare.object(parent) is None for parent in parents):
        raise refused(422, "Parent SHA does not exist or is not a commit object")
    author = sent.inner("author")
    who = Author(author.text("name") or call.user.name, author.text("email") or call.user.author.email)
    oid = repository.bare.add_commit(tree, parents, sent.text("message"), who)
    return json_answer(git_commit_view(repository.bare.commit_object(oid), repository, call.url), 201)


# Contents.


def contents(call: Call) -> Answer:
    repository = repository_of(call)
    if repository.is_empty:
        raise refused(404, "This repository is empty.")
    start = repository.bare.resolve(call.asked.text("ref") or repository.default_branch)
    if start is None:
        raise refused(404, f"No commit found for the ref {call.asked.text('ref')}")
    path = call.parts.get("path", "").strip("/")
    entry = repository.bare.entry(start, path)
    if entry is None:
        raise refused(404, "Not Found")
    if entry.kind == "tree":
        inside = repository.bare.folder_of(start, path) or {}
        places = {f"{path}/{name}" if path else name: entry for name, entry in inside.items()}
        return json_answer([content_view(place, item, repository, call.url) for place, item in places.items()])
    data = repository.bare.read(entry.oid)
    if "raw" in call.request.headers.get("accept", ""):
        return Answer(body=data, headers=(("Content-Type", "application/vnd.github.raw+json"),))
    view = content_view(path, entry, repository, call.url)
    return json_answer({**view, "content": base64.encodebytes(data).decode(), "encoding": "base64"})


def put_content(call: Call) -> Answer:
    """Write one file; the blob that it replaces is named."""
    repository, sent, path = writable(call), call.sent, call.parts["path"]
    name = sent.text("branch") or repository.default_branch
    before = repository.bare.files(repository.bare.tip(name)).get(path)
    matches(sent, before, path, needed=before is not None)
    oid = put(call, repository, name, path, content_of(sent, "base64"))
    entry = repository.bare.files(oid)[path]
    body = {
        "content": content_view(path, entry, repository, call.url),
        "commit": git_commit_view(repository.bare.commit_object(oid), repository, call.url),
    }
    return json_answer(body, 201 if before is None else 200)


def delete_content(call: Call) -> Answer:
    repository, sent, path = writable(call), call.sent, call.parts["path"]
    name = sent.text("branch") or repository.default_branch
    before = repository.bare.files(repository.bare.tip(name)).get(path)
    if before is None:
        raise refused(404, "Not Found")
    matches(sent, before, path, needed=True)
    oid = put(call, repository, name, path, None)
    return json_answer(
        {"content": None, "commit": git_commit_view(repository.bare.commit_object(oid), repository, call.url)}
    )


def matches(sent: Fields, before: Entry | None, path: str, *, needed: bool) -> None:
    named = sent.text("sha")
    if needed and not named:
        raise refused(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if named and (before is None or before.oid != named):
        raise refused(409, f"{path} does not match {named}")


def put(call: Call, repository: Repository, name: str, path: str, data: bytes | None) -> str:
    if name in repository.protected:
        raise refused(409, "Could not update file: Changes must be made through a pull request.")
    tip = repository.bare.tip(name)
    if tip is None and not repository.is_empty:
        raise refused(404, f"Branch {name} not found")
    oid = repository.bare.changed(tip, {path: data}, call.sent.text("message"), call.user.author)
    full = f"refs/heads/{name}"
    if not (repository.bare.set_ref(full, oid, tip) if tip else repository.bare.create_ref(full, oid)):
        raise refused(409, f"is at another commit but expected {tip}")
    call.world.refresh(repository)
    return oid
