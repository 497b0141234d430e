"""GitHub's REST API, as far as a bot with pull requests needs it, with GitHub's refusals.

Source: https://docs.github.com/rest (words from recorded answers and issue threads).
"""

import base64
from collections.abc import Iterable, Sequence

from tests.support.forges import githttp
from tests.support.forges.bare import Author, Entry
from tests.support.forges.flavour import Flavour, bearer, links, page_of
from tests.support.forges.github_graphql import graphql, pull_refusal
from tests.support.forges.github_views import (
    View,
    branch_view,
    comment_view,
    commit_view,
    content_view,
    entry_view,
    full_user_view,
    git_commit_view,
    issue_view,
    label_view,
    mergeable,
    pull_view,
    ref_view,
    repository_view,
    user_view,
)
from tests.support.forges.state import Label, MergeRequest, Repository
from tests.support.forges.wire import Answer, Call, Fields, Headers, RefusedError, Request, Route, json_answer

DOCS = "https://docs.github.com/rest"
MODES = ("100644", "100755", "040000", "160000", "120000")
RESET = 4_000_000_000


def refused(status: int, message: str, *errors: object) -> RefusedError:
    body: View = {"message": message, "documentation_url": DOCS, "status": str(status)}
    return RefusedError(json_answer({**body, "errors": list(errors)} if errors else body, status))


def invalid(resource: str, **error: str) -> RefusedError:
    """422 with one error."""
    return refused(422, "Validation Failed", {"resource": resource, **error})


def token_of(request: Request) -> str | None:
    return bearer(request, "bearer", "token") or githttp.token_of(request)


def needs_agent(call: Call) -> None:
    """GitHub refuses requests without a user agent.

    Source: https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent
    """
    if not call.request.headers.get("user-agent"):
        raise refused(
            403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
        )


# Finding what a call is about.


def repository_of(call: Call) -> Repository:
    repository = call.world.find(f"{call.parts['owner']}/{call.parts['repo']}", call.user)
    if repository is None:
        raise refused(404, "Not Found")
    return repository


def writable(call: Call) -> Repository:
    """The repository, if this user may change it."""
    repository = repository_of(call)
    if repository.archived:
        raise refused(403, "Repository was archived so is read-only.")
    if not call.world.may_write(repository, call.user):
        raise refused(403, "Resource not accessible by personal access token")
    return repository


def filled(repository: Repository) -> Repository:
    """A repository that holds something, as the Git database demands."""
    if repository.is_empty:
        raise refused(409, "Git Repository is empty.")
    return repository


def request_of(call: Call, repository: Repository) -> MergeRequest:
    number = call.parts["number"]
    request = repository.request(int(number)) if number.isdecimal() else None
    if request is None:
        raise refused(404, "Not Found")
    return request


def listing(call: Call, rows: Sequence[object]) -> Answer:
    """One page of a list; others are found by `Link`."""
    page, size = page_of(call, default=30)
    last = max(1, -(-len(rows) // size))
    pages = {"prev": page - 1, "first": 1} if page > 1 else {}
    pages |= {"next": page + 1, "last": last} if page < last else {}
    headers: Headers = (("Link", links(call, pages, size=size)),) if pages else ()
    return json_answer(rows[(page - 1) * size : page * size], headers=headers)


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


# Pull requests.


def pulls(call: Call) -> Answer:
    """`head` without an owner before its colon narrows nothing, as on GitHub."""
    repository, query = repository_of(call), call.asked
    state, head = query.text("state", "open"), query.text("head")
    owner, colon, source = head.partition(":")
    rows = [
        merge_request
        for merge_request in call.listed(repository)
        if (state == "all" or (state == "open") == (merge_request.state == "opened"))
        and (not colon or (owner.lower() == repository.owner.lower() and merge_request.source == source))
        and query.text("base", merge_request.target) == merge_request.target
    ]
    if query.text("sort") == "updated":
        rows.sort(key=lambda row: -row.updated)
    if query.text("direction", "desc") == "asc":
        rows.reverse()
    return listing(call, [pull_view(row, repository, call) for row in rows])


def create_pull(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    source = sent.text("head").removeprefix(f"{repository.owner}:")
    target = sent.text("base")
    problem = pull_problem(repository, source, target)
    if problem is not None:
        raise invalid("PullRequest", **problem)
    if not sent.text("title"):
        raise invalid("PullRequest", code="missing_field", field="title")
    opened = call.world.open_request(
        repository, call.user, source=source, target=target, title=sent.text("title"), description=sent.text("body")
    )
    opened.draft = sent.flag("draft")
    return json_answer(pull_view(opened, repository, call, full=True), 201)


def pull_problem(repository: Repository, source: str, target: str) -> dict[str, str] | None:
    """Why a pull request cannot be opened."""
    for field, name in (("head", source), ("base", target)):
        if repository.bare.tip(name) is None:
            return {"field": field, "code": "invalid"}
    text = pull_refusal(repository, source, target)
    return {"code": "custom", "message": text} if text else None


def show_pull(call: Call) -> Answer:
    """Reading starts the job that computes whether it can be merged."""
    repository = repository_of(call)
    request = request_of(call, repository)
    view = pull_view(request, repository, call, full=True)
    call.world.look(request)
    return json_answer(view)


def edit_pull(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    request = request_of(call, repository)
    state = sent.text("state")
    if state == "open" and request.state == "closed":
        problem = pull_problem(repository, request.source, request.target)
        if problem is not None:
            raise invalid("PullRequest", **{"code": "custom", "field": "state", **problem})
        call.world.set_state(request, "opened", call.user)
    if state == "closed" and request.state == "opened":
        call.world.set_state(request, "closed", call.user)
    target = sent.text("base", request.target)
    if repository.bare.tip(target) is None:
        raise invalid("PullRequest", field="base", code="invalid")
    request.target = target
    request.title = sent.text("title", request.title)
    request.description = sent.text("body", request.description)
    request.updated = call.world.clock()
    return json_answer(pull_view(request, repository, call, full=True))


def merge_pull(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    sha = call.sent.text("sha")
    if sha and sha != request.head:
        raise refused(409, "Head branch was modified. Review and try the merge again.")
    if request.state != "opened" or mergeable(call.world, repository, request)[0] is False or request.draft:
        raise refused(405, "Pull Request is not mergeable")
    commit = call.world.merge(repository, request, call.user)
    if commit is None:
        raise refused(405, "Pull Request is not mergeable")
    return json_answer({"sha": commit, "merged": True, "message": "Pull Request successfully merged"})


def reviewers(call: Call) -> Answer:
    request = request_of(call, repository_of(call))
    return json_answer({"users": [user_view(user, call.url) for user in request.reviewers], "teams": []})


def ask_reviewers(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    for name in call.sent.texts("reviewers") or ():
        user = call.world.users.get(name)
        if user is None:
            raise refused(
                422,
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator",
            )
        if user == request.author:
            raise refused(422, "Review cannot be requested from pull request author.")
        if user not in request.reviewers:
            request.reviewers.append(user)
    return json_answer(pull_view(request, repository, call), 201)


# Labels and comments: of a pull request as an issue.


def labels(call: Call) -> Answer:
    repository = repository_of(call)
    return listing(call, [label_view(label, repository, call.url) for label in repository.labels.values()])


def create_label(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    if sent.text("name") in repository.labels:
        raise invalid("Label", code="already_exists", field="name")
    label = call.world.add_label(repository, sent.text("name"), sent.text("color", "ededed"), sent.text("description"))
    return json_answer(label_view(label, repository, call.url), 201)


def known_labels(call: Call, repository: Repository) -> list[Label]:
    """The labels that a body names; those that are not there yet are made."""
    sent = call.sent.several("labels") or call.sent.several("") or ()
    names = [Fields(value).text("name") if isinstance(value, dict) else str(value) for value in sent]
    return [repository.labels.get(name) or call.world.add_label(repository, name, "ededed") for name in names]


def issue_labels(call: Call) -> Answer:
    repository = repository_of(call)
    request = request_of(call, repository)
    return listing(call, [label_view(repository.labels[name], repository, call.url) for name in request.labels])


def add_issue_labels(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    request.labels += [label.name for label in known_labels(call, repository) if label.name not in request.labels]
    return json_answer([label_view(repository.labels[name], repository, call.url) for name in request.labels])


def add_assignees(call: Call) -> Answer:
    """Users who cannot be assigned are ignored.

    Source: https://docs.github.com/rest/issues/assignees#add-assignees-to-an-issue
    """
    repository = writable(call)
    request = request_of(call, repository)
    users = [call.world.users.get(name) for name in call.sent.texts("assignees") or ()]
    request.assignees += [user for user in users if user and user not in request.assignees]
    return json_answer(issue_view(request, repository, call), 201)


def set_issue_labels(call: Call) -> Answer:
    repository = writable(call)
    request_of(call, repository).labels = []
    return add_issue_labels(call)


def remove_issue_label(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    if call.parts["name"] not in request.labels:
        raise refused(404, "Label does not exist")
    request.labels.remove(call.parts["name"])
    return json_answer([label_view(repository.labels[name], repository, call.url) for name in request.labels])


def comments(call: Call) -> Answer:
    repository = repository_of(call)
    request = request_of(call, repository)
    return listing(call, [comment_view(note, request, repository, call.url) for note in request.notes])


def create_comment(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    note = call.world.add_note(request, call.user, call.sent.text("body"))
    return json_answer(comment_view(note, request, repository, call.url), 201)


def edit_comment(call: Call) -> Answer:
    repository = writable(call)
    rows = [
        (request, note)
        for request in repository.requests
        for note in request.notes
        if str(note.id) == call.parts["comment"]
    ]
    if not rows:
        raise refused(404, "Not Found")
    request, note = rows[0]
    note.body, note.updated = call.sent.text("body", note.body), call.world.clock()
    return json_answer(comment_view(note, request, repository, call.url))


# Git.


def pushed(push: githttp.Push) -> tuple[str, ...]:
    """Tell where to open a pull request."""
    new = [name for name, tip in push.moved.items() if tip and not push.repository.open_from(name)]
    lines: list[str] = []
    for name in new:
        if name != push.repository.default_branch:
            link = f"{push.url}/{push.repository.path}/pull/new/{name}"
            lines += [f"Create a pull request for '{name}' on GitHub by visiting:", f"     {link}"]
    return tuple(lines)


REPO = "/repos/{owner}/{repo}"
PULL = f"{REPO}/pulls/{{number}}"
ISSUE = f"{REPO}/issues/{{number}}"

ROUTES = (
    Route("POST", "/graphql", graphql),
    Route("GET", "/user", current_user),
    Route("GET", "/user/repos", own_repositories),
    Route("GET", "/rate_limit", rate_limit),
    Route("GET", "/orgs/{org}/repos", organisation_repositories),
    Route("GET", REPO, repository),
    Route("GET", f"{REPO}/branches", branches),
    Route("GET", f"{REPO}/rules/branches/{{branch...}}", branch_rules),
    Route("GET", f"{REPO}/branches/{{branch}}/protection", branch_protection),
    Route("GET", f"{REPO}/branches/{{branch...}}", branch),
    Route("GET", f"{REPO}/commits", commits),
    Route("GET", f"{REPO}/git/ref/{{ref...}}", show_ref),
    Route("POST", f"{REPO}/git/refs", create_ref),
    Route("PATCH", f"{REPO}/git/refs/{{ref...}}", update_ref),
    Route("DELETE", f"{REPO}/git/refs/{{ref...}}", delete_ref),
    Route("POST", f"{REPO}/git/trees", create_tree),
    Route("GET", f"{REPO}/git/trees/{{sha...}}", show_tree),
    Route("POST", f"{REPO}/git/blobs", create_blob),
    Route("GET", f"{REPO}/git/blobs/{{sha}}", show_blob),
    Route("POST", f"{REPO}/git/commits", create_git_commit),
    Route("GET", f"{REPO}/git/commits/{{sha}}", show_git_commit),
    Route("GET", f"{REPO}/contents", contents),
    Route("GET", f"{REPO}/contents/{{path...}}", contents),
    Route("PUT", f"{REPO}/contents/{{path...}}", put_content),
    Route("DELETE", f"{REPO}/contents/{{path...}}", delete_content),
    Route("GET", f"{REPO}/pulls", pulls),
    Route("POST", f"{REPO}/pulls", create_pull),
    Route("GET", PULL, show_pull),
    Route("PATCH", PULL, edit_pull),
    Route("PUT", f"{PULL}/merge", merge_pull),
    Route("GET", f"{PULL}/requested_reviewers", reviewers),
    Route("POST", f"{PULL}/requested_reviewers", ask_reviewers),
    Route("GET", f"{REPO}/labels", labels),
    Route("POST", f"{REPO}/labels", create_label),
    Route("PATCH", f"{REPO}/issues/comments/{{comment}}", edit_comment),
    Route("GET", f"{ISSUE}/labels", issue_labels),
    Route("POST", f"{ISSUE}/labels", add_issue_labels),
    Route("POST", f"{ISSUE}/assignees", add_assignees),
    Route("PUT", f"{ISSUE}/labels", set_issue_labels),
    Route("DELETE", f"{ISSUE}/labels/{{name}}", remove_issue_label),
    Route("GET", f"{ISSUE}/comments", comments),
    Route("POST", f"{ISSUE}/comments", create_comment),
)


def limits(count: int) -> Headers:
    """The headers of the primary rate limit, in every response."""
    left = max(0, 5000 - count)
    return (
        ("X-GitHub-Request-Id", f"FAKE:{count}"),
        ("X-RateLimit-Limit", "5000"),
        ("X-RateLimit-Remaining", str(left)),
        ("X-RateLimit-Used", str(5000 - left)),
        ("X-RateLimit-Reset", str(RESET)),
        ("X-RateLimit-Resource", "core"),
    )


FLAVOUR = Flavour(
    kind="github",
    api="",
    prefixes=("/api/v3", "/api"),
    routes=ROUTES,
    git=githttp.GitWords(
        realm="GitHub",
        absent="Repository not found.\n",
        archived="This repository was archived so it is read-only.\n",
        read_only="Write access to repository not granted.\n",
        protected="error: GH006: Protected branch update failed.",
        pushed=pushed,
    ),
    token_of=token_of,
    unauthorised=json_answer({"message": "Bad credentials", "documentation_url": DOCS, "status": "401"}, 401),
    unknown=json_answer({"message": "Not Found", "documentation_url": DOCS, "status": "404"}, 404),
    request_ref="refs/pull/{number}/head",
    settles_after=1,
    closes_with_branch=True,
    tagged=True,
    headers=limits,
    bad_name=json_answer({"message": "Reference name is not valid", "documentation_url": DOCS, "status": "422"}, 422),
    gate=needs_agent,
)
