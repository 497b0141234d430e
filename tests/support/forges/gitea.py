"""Gitea's API, and Forgejo's where it differs, as far as a bot with pull requests needs it, with their refusals.

Source: https://docs.gitea.com/api/, https://forgejo.org/docs/latest/user/api-usage/ and their published descriptions.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tests.support.forges import githttp
from tests.support.forges.bare import FILE_MODE, Author, Entry
from tests.support.forges.faults import Kind
from tests.support.forges.flavour import Flavour, bearer, links, no_gate, no_headers, page_of
from tests.support.forges.gitea_views import (
    View,
    branch_view,
    comment_view,
    content_view,
    file_commit_view,
    label_view,
    pull_view,
    repository_view,
    unsigned,
    user_view,
)
from tests.support.forges.github_views import moment
from tests.support.forges.state import Label, MergeRequest, Repository, User
from tests.support.forges.wire import Answer, Call, Fields, Headers, RefusedError, Request, Route, json_answer

DOCS = "/api/swagger"
MISSING = {"message": "The target couldn't be found.", "url": DOCS, "errors": []}
PAGE_LIMIT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Where the two differ."""

    version: str
    operations: frozenset[str]
    force: str
    """The field that lets `new_branch` overwrite a branch."""
    merge: str
    """The field with the merge method."""
    reviewers: bool
    """Whether a new pull request may name its reviewers."""


GITEA_DIALECT = Dialect(
    version="1.27.1",
    operations=frozenset({"create", "update", "upload", "rename", "delete"}),
    force="force_push",
    merge="do",
    reviewers=True,
)
FORGEJO_DIALECT = Dialect(
    version="16.0.1+gitea-1.22.0",
    operations=frozenset({"create", "update", "delete"}),
    force="force_overwrite_new_branch",
    merge="Do",
    reviewers=False,
)


def refused(status: int, message: str) -> RefusedError:
    return RefusedError(json_answer({"message": message, "url": DOCS}, status))


def absent() -> RefusedError:
    return RefusedError(json_answer(MISSING, 404))


def token_of(request: Request) -> str | None:
    return bearer(request, "token", "bearer") or githttp.token_of(request) or request.asked.text("token") or None


# Finding what a call is about.


def repository_of(call: Call) -> Repository:
    repository = call.world.find(f"{call.parts['owner']}/{call.parts['repo']}", call.user)
    if repository is None:
        raise absent()
    return repository


def writable(call: Call) -> Repository:
    """The repository, if this user may change it; an archived one is locked."""
    repository = repository_of(call)
    if repository.archived:
        raise refused(423, f"{repository.path} is archived")
    if not call.world.may_write(repository, call.user):
        raise refused(403, "user should have a permission to write to a repo")
    return repository


def request_of(call: Call, repository: Repository) -> MergeRequest:
    number = call.parts["index"]
    request = repository.request(int(number)) if number.isdecimal() else None
    if request is None:
        raise absent()
    return request


def listing(call: Call, rows: Sequence[object]) -> Answer:
    """One page of a list: of fifty at most, whatever was asked."""
    page, size = page_of(call, size_name="limit", default=30, limit=PAGE_LIMIT)
    last = max(1, -(-len(rows) // size))
    pages = {"next": page + 1, "last": last} if page < last else {}
    pages |= {"first": 1, "prev": page - 1} if page > 1 else {}
    headers: Headers = (("X-Total-Count", str(len(rows))),)
    headers += (("Link", links(call, pages, "limit", size)),) if pages else ()
    return json_answer(rows[(page - 1) * size : page * size], headers=headers)


# Users and repositories.


def version(call: Call, *, dialect: Dialect) -> Answer:
    return json_answer({"version": dialect.version})


def settings(call: Call) -> Answer:
    sizes = {"default_git_trees_per_page": 1000, "default_max_blob_size": 10485760}
    return json_answer({"max_response_items": PAGE_LIMIT, "default_paging_num": 30, **sizes})


def current_user(call: Call) -> Answer:
    return json_answer(user_view(call.user, call.url))


def organisation_repositories(call: Call) -> Answer:
    """405 where the name is a user's."""
    name = call.parts["org"]
    if call.world.group(name) is None:
        raise refused(405, f"{name} is not an organization") if name in call.world.users else absent()
    repositories = call.world.under(name, call.user, deep=False)
    return listing(call, [repository_view(repository, call) for repository in repositories])


def repository(call: Call) -> Answer:
    return json_answer(repository_view(repository_of(call), call))


# Branches, trees and files.


def branches(call: Call) -> Answer:
    repository = repository_of(call)
    return listing(call, [branch_view(name, tip, repository, call) for name, tip in repository.bare.heads().items()])


def branch(call: Call) -> Answer:
    repository, name = repository_of(call), call.parts["branch"]
    tip = repository.bare.tip(name)
    if tip is None:
        raise absent()
    return json_answer(branch_view(name, tip, repository, call))


def create_branch(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    name = sent.text("new_branch_name")
    start = sent.text("old_ref_name") or sent.text("old_branch_name") or repository.default_branch
    commit = repository.bare.resolve(start)
    if commit is None:
        raise refused(404, "The old branch does not exist")
    if not repository.bare.create_ref(f"refs/heads/{name}", commit):
        raise refused(409, "The branch already exists.")
    return json_answer(branch_view(name, commit, repository, call), 201)


def delete_branch(call: Call) -> Answer:
    repository, name = writable(call), call.parts["branch"]
    if repository.bare.tip(name) is None:
        raise absent()
    if name == repository.default_branch:
        raise refused(403, "can not delete default or pull request target branch")
    if name in repository.protected:
        raise refused(403, "branch protected")
    repository.bare.set_ref(f"refs/heads/{name}", None)
    call.world.refresh(repository)
    return Answer(status=204)


def references(call: Call) -> Answer:
    """All references that begin so."""
    repository, start = repository_of(call), f"refs/{call.parts['ref']}"
    names = {f"refs/heads/{name}": tip for name, tip in repository.bare.heads().items()}
    rows = [
        {
            "ref": name,
            "url": f"{call.url}/api/v1/repos/{repository.path}/git/{name}",
            "object": {"type": "commit", "sha": tip},
        }
        for name, tip in names.items()
        if name == start or name.startswith(f"{start}/")
    ]
    if not rows:
        raise absent()
    return json_answer(rows)


def tree(call: Call) -> Answer:
    repository = repository_of(call)
    name = call.parts["sha"]
    start = repository.bare.resolve(name) or name
    inside = repository.bare.folder_of(start, "") if repository.bare.object(start) else None
    if inside is None:
        raise absent()
    rows = tree_rows(repository, start, "", inside, deep=call.asked.flag("recursive"))
    size = min(call.asked.number("per_page", 1000) or 1000, 1000, call.request.page_cap or 1000)
    page = max(1, call.asked.number("page", 1))
    shown = rows[(page - 1) * size : page * size]
    api = f"{call.url}/api/v1/repos/{repository.path}/git"
    oid = repository.bare.tree_of(start)
    return json_answer(
        {
            "sha": oid,
            "url": f"{api}/trees/{oid}",
            "tree": [{**row, "url": f"{api}/{row['type']}s/{row['sha']}"} for row in shown],
            "truncated": page * size < len(rows),
            "page": page,
            "total_count": len(rows),
        }
    )


def tree_rows(repository: Repository, start: str, path: str, inside: dict[str, Entry], *, deep: bool) -> list[View]:
    """A folder's entries, each folder's own directly behind it."""
    rows: list[View] = []
    for name, entry in inside.items():
        place = f"{path}/{name}" if path else name
        size = len(repository.bare.read(entry.oid)) if entry.kind == "blob" else 0
        rows.append({"path": place, "mode": entry.octal, "type": entry.kind, "size": size, "sha": entry.oid})
        if deep and entry.kind == "tree":
            rows += tree_rows(repository, start, place, repository.bare.folder_of(start, place) or {}, deep=True)
    return rows


def content_at(call: Call) -> tuple[Repository, str, str, Entry]:
    repository, path = repository_of(call), call.parts.get("path", "").strip("/")
    start = repository.bare.resolve(call.asked.text("ref") or repository.default_branch)
    entry = repository.bare.entry(start, path) if start else None
    if start is None or entry is None:
        raise absent()
    return repository, path, start, entry


def contents(call: Call) -> Answer:
    repository, path, start, entry = content_at(call)
    if entry.kind != "tree":
        return json_answer(content_view(path, entry, start, repository, call.url, full=True))
    inside = repository.bare.folder_of(start, path) or {}
    places = {f"{path}/{name}" if path else name: entry for name, entry in inside.items()}
    return json_answer(
        [content_view(place, item, start, repository, call.url, full=False) for place, item in places.items()]
    )


def raw(call: Call) -> Answer:
    repository, _, _, entry = content_at(call)
    if entry.kind != "blob":
        raise absent()
    return Answer(body=repository.bare.read(entry.oid), headers=(("Content-Type", "application/octet-stream"),))


def change_files(call: Call, *, dialect: Dialect) -> Answer:
    """Many files in one commit, on a branch that may be new.

    Source: https://docs.gitea.com/api/#tag/repository/operation/repoChangeFiles
    """
    repository, sent = writable(call), call.sent
    name = sent.text("branch") or repository.default_branch
    base = repository.bare.tip(name)
    if base is None and not repository.is_empty:
        raise refused(404, f"branch does not exist [repo_id: {repository.id} name: {name}]")
    new = sent.text("new_branch") or name
    before = repository.bare.tip(new)
    if new != name and before is not None and not sent.flag(dialect.force):
        raise refused(422, f"branch already exists [name: {new}]")
    if new in repository.protected:
        raise refused(403, "branch is protected from force push")
    files, touched = applied(repository, base, sent.records("files"), dialect)
    commit = commit_of(call, repository, base, files)
    full = f"refs/heads/{new}"
    if not (repository.bare.set_ref(full, commit, before) if before else repository.bare.create_ref(full, commit)):
        raise refused(409, "push rejected: the branch has moved")
    call.world.refresh(repository)
    shown = [
        content_view(path, files[path], commit, repository, call.url, full=True) if path in files else None
        for path in touched
    ]
    view = file_commit_view(repository.bare.commit_object(commit), repository, call.url)
    return json_answer({"files": shown, "commit": view, "verification": unsigned()}, 201)


def commit_of(call: Call, repository: Repository, base: str | None, files: Mapping[str, Entry]) -> str:
    author = call.sent.inner("author")
    who = Author(author.text("name") or call.user.name, author.text("email") or call.user.author.email)
    message = call.sent.text("message") or "Change files"
    return repository.bare.add_commit(repository.bare.add_tree(files), (base,) if base else (), message, who)


def applied(
    repository: Repository, base: str | None, changes: tuple[Fields, ...], dialect: Dialect
) -> tuple[dict[str, Entry], list[str]]:
    """The files after all changes, and the paths that they name; the first that does not fit refuses the whole."""
    files, touched = dict(repository.bare.files(base)), list[str]()
    for change in changes:
        kind, path = change.text("operation"), change.text("path")
        if kind not in dialect.operations:
            raise refused(422, f"[Operation]: Value must be one of {sorted(dialect.operations)}")
        if kind == "create" and path in files:
            raise refused(422, f"repository file already exists [path: {path}]")
        fitting(files, change, kind, path)
        touched.append(path)
        if kind == "delete":
            del files[path]
            continue
        before = files.pop(change.text("from_path") or path, None)
        files[path] = written(repository, change, before)
    return files, touched


def fitting(files: Mapping[str, Entry], change: Fields, kind: str, path: str) -> None:
    """Refuse what names a file that is not there, or another state of it than the present."""
    place = change.text("from_path") or path
    if kind in ("update", "delete", "rename") and place not in files:
        raise refused(404, f"repository file does not exist [path: {place}]")
    if kind in ("update", "delete", "rename") and not change.text("sha"):
        raise refused(422, "a SHA or commit ID must be provided when updating a file")
    if change.text("sha") and place in files and files[place].oid != change.text("sha"):
        expected, current = change.text("sha"), files[place].oid
        raise refused(422, f"sha does not match [given: {expected}, expected: {current}]")


def written(repository: Repository, change: Fields, before: Entry | None) -> Entry:
    mode = before.mode if before else FILE_MODE
    if before is not None and "content" not in change:
        return Entry(mode, before.oid)
    try:
        return Entry(mode, repository.bare.add_blob(base64.b64decode(change.text("content"))))
    except ValueError as error:
        raise refused(422, f"illegal base64 data: {error}") from error


# Pull requests.


def pulls(call: Call) -> Answer:
    """There is no narrowing by branch."""
    repository, state = repository_of(call), call.asked.text("state", "open")
    rows = [
        merge_request
        for merge_request in call.listed(repository)
        if state == "all" or (state == "open") == (merge_request.state == "opened")
    ]
    return listing(call, [pull_view(row, repository, call) for row in rows])


def create_pull(call: Call, *, dialect: Dialect) -> Answer:
    repository, sent = writable(call), call.sent
    if not repository.requests_enabled:
        raise absent()
    source, target = sent.text("head").removeprefix(f"{repository.owner}:"), sent.text("base")
    head, base = repository.bare.tip(source), repository.bare.tip(target)
    if source == target:
        raise refused(422, "Invalid PullRequest: There are no changes between the head and the base")
    if head is None or base is None:
        raise absent()
    if not call.world.hasty:
        unrivalled(repository, source, target)
    if not repository.bare.count_between(base, head):
        raise refused(409, f"there are no commits between {target} and {source}")
    opened = call.world.open_request(
        repository, call.user, source=source, target=target, title=sent.text("title"), description=sent.text("body")
    )
    opened.labels = [label.name for label in labels_by(repository, sent.several("labels") or ())]
    opened.assignees = people(call, "assignees")
    opened.reviewers = people(call, "reviewers") if dialect.reviewers else []
    return json_answer(pull_view(opened, repository, call), 201)


def unrivalled(repository: Repository, source: str, target: str) -> None:
    """409 where one is open; its ids stand in the text."""
    other = repository.open_from(source, target)
    if other is not None:
        ids = f"id: {other.id}, issue_id: {other.id}, head_repo_id: {repository.id}, base_repo_id: {repository.id}"
        text = f"pull request already exists for these targets [{ids}, head_branch: {source}, base_branch: {target}]"
        raise refused(409, text)


def people(call: Call, field: str) -> list[User]:
    names = call.sent.texts(field) or ()
    unknown = [name for name in names if name not in call.world.users]
    if unknown:
        raise refused(422, f"Assignee does not exist: [name: {unknown[0]}]")
    return [call.world.users[name] for name in names]


def show_pull(call: Call) -> Answer:
    repository = repository_of(call)
    request = request_of(call, repository)
    view = pull_view(request, repository, call)
    call.world.look(request)
    return json_answer(view)


def pull_by_branches(call: Call) -> Answer:
    """The first one from a branch to another, be it open or not: the query asks for no state and no order.

    Source: `GetPullRequestByBaseHeadInfo` in Gitea's models/issues/pull.go
    """
    repository = repository_of(call)
    ends = call.parts["head"].removeprefix(f"{repository.owner}:"), call.parts["base"]
    request = next((request for request in repository.requests if (request.source, request.target) == ends), None)
    if request is None:
        raise absent()
    return json_answer(pull_view(request, repository, call))


def edit_pull(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    request = request_of(call, repository)
    target = sent.text("base") or request.target
    if repository.bare.tip(target) is None:
        raise absent()
    if target != request.target:
        unrivalled(repository, request.source, target)
    step(call, repository, request)
    request.target = target
    request.title = sent.text("title") or request.title
    request.description = sent.text("body", request.description)
    if "labels" in sent:
        request.labels = [label.name for label in labels_by(repository, sent.several("labels") or ())]
    if "assignees" in sent:
        request.assignees = people(call, "assignees")
    request.updated = call.world.clock()
    return json_answer(pull_view(request, repository, call), 201)


def step(call: Call, repository: Repository, request: MergeRequest) -> None:
    """Close or reopen."""
    state = call.sent.text("state")
    if state == "closed" and request.state == "opened":
        call.world.set_state(request, "closed", call.user)
    if state == "open" and request.state == "closed":
        unrivalled(repository, request.source, request.target)
        if repository.bare.tip(request.source) is None:
            raise absent()
        call.world.set_state(request, "opened", call.user)
        call.world.refresh(repository)
    if state and request.state == "merged":
        raise refused(412, "cannot change state of this pull request, it was already merged")


def merge_pull(call: Call, *, dialect: Dialect) -> Answer:
    """405 while it is being checked, and where it cannot be merged."""
    repository = writable(call)
    request = request_of(call, repository)
    if not call.sent.text(dialect.merge):
        raise refused(422, f"[{dialect.merge}]: Required")
    head = call.sent.text("head_commit_id")
    if head and head != request.head:
        raise refused(409, "head out of date")
    state = call.world.mergeability(repository, request)
    if request.state != "opened" or state in ("unchecked", "checking"):
        raise refused(405, "Please try again later")
    if call.sent.flag("merge_when_checks_succeed"):
        if request.auto_merge:
            raise refused(409, "already scheduled to auto merge")
        request.auto_merge = True
        return Answer(status=201)
    if call.world.merge(repository, request, call.user) is None:
        raise refused(409, "conflict in merging")
    return Answer(status=200)


def ask_reviewers(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    reviewers = people(call, "reviewers")
    request.reviewers += [user for user in reviewers if user not in request.reviewers]
    web = f"{call.url}/{repository.path}/pulls/{request.number}"
    rows = [
        {
            "id": user.id,
            "user": user_view(user, call.url),
            "team": None,
            "state": "REQUEST_REVIEW",
            "body": "",
            "commit_id": "",
            "stale": False,
            "official": False,
            "dismissed": False,
            "comments_count": 0,
            "submitted_at": moment(call.world.clock()),
            "updated_at": moment(call.world.clock()),
            "html_url": web,
            "pull_request_url": web,
        }
        for user in reviewers
    ]
    return json_answer(rows, 201)


# Labels and comments.


def labels_by(repository: Repository, named: Sequence[object]) -> list[Label]:
    """Labels by id or name; unknown ones are passed over."""
    labels: dict[object, Label] = {label.id: label for label in repository.labels.values()}
    labels.update({label.name: label for label in repository.labels.values()})
    return [labels[key] for key in named if isinstance(key, int | str) and key in labels]


def labels(call: Call) -> Answer:
    repository = repository_of(call)
    return listing(call, [label_view(label, repository, call.url) for label in repository.labels.values()])


def create_label(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    if not sent.text("name") or not sent.text("color"):
        raise refused(422, "[Name]: Required" if not sent.text("name") else "[Color]: Required")
    label = call.world.add_label(repository, sent.text("name"), sent.text("color"), sent.text("description"))
    return json_answer(label_view(label, repository, call.url), 201)


def shown_labels(call: Call, repository: Repository, request: MergeRequest) -> Answer:
    return json_answer([label_view(repository.labels[name], repository, call.url) for name in request.labels])


def issue_labels(call: Call) -> Answer:
    repository = repository_of(call)
    return shown_labels(call, repository, request_of(call, repository))


def add_issue_labels(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    names = [label.name for label in labels_by(repository, call.sent.several("labels") or ())]
    request.labels += [name for name in names if name not in request.labels]
    return shown_labels(call, repository, request)


def set_issue_labels(call: Call) -> Answer:
    repository = writable(call)
    request_of(call, repository).labels = []
    return add_issue_labels(call)


def remove_issue_label(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    number = call.parts["label"]
    removed = labels_by(repository, [int(number) if number.isdecimal() else number])
    if not removed:
        raise absent()
    request.labels = [name for name in request.labels if name != removed[0].name]
    return Answer(status=204)


def comments(call: Call) -> Answer:
    repository = repository_of(call)
    request = request_of(call, repository)
    return json_answer([comment_view(note, request, repository, call.url) for note in request.notes])


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
        raise absent()
    request, note = rows[0]
    if note.author != call.user:
        raise refused(403, "user should be the author of the comment")
    note.body, note.updated = call.sent.text("body", note.body), call.world.clock()
    return json_answer(comment_view(note, request, repository, call.url))


# Git.


def pushed(push: githttp.Push) -> tuple[str, ...]:
    """Tell where the pull request is, or where to open one."""
    lines: list[str] = []
    web = f"{push.url}/{push.repository.path}"
    for name, tip in push.moved.items():
        if tip is None or name == push.repository.default_branch:
            continue
        request = push.repository.open_from(name)
        if request is None:
            target = push.repository.default_branch
            lines += [f"Create a new pull request for '{name}':", f"  {web}/compare/{target}...{name}"]
        else:
            lines += ["Visit the existing pull request:", f"  {web}/pulls/{request.number}"]
    return tuple(lines)


REPO = "/repos/{owner}/{repo}"
PULL = f"{REPO}/pulls/{{index}}"
ISSUE = f"{REPO}/issues/{{index}}"


def routes(dialect: Dialect) -> tuple[Route, ...]:
    """All endpoints of one of the two."""
    own: Mapping[str, Callable[[Call], Answer]] = {
        "version": partial(version, dialect=dialect),
        "change": partial(change_files, dialect=dialect),
        "create": partial(create_pull, dialect=dialect),
        "merge": partial(merge_pull, dialect=dialect),
    }
    return (
        Route("GET", "/version", own["version"]),
        Route("GET", "/settings/api", settings),
        Route("GET", "/user", current_user),
        Route("GET", "/orgs/{org}/repos", organisation_repositories),
        Route("GET", REPO, repository),
        Route("GET", f"{REPO}/branches", branches),
        Route("POST", f"{REPO}/branches", create_branch),
        Route("GET", f"{REPO}/branches/{{branch...}}", branch),
        Route("DELETE", f"{REPO}/branches/{{branch...}}", delete_branch),
        Route("GET", f"{REPO}/git/refs/{{ref...}}", references),
        Route("GET", f"{REPO}/git/trees/{{sha}}", tree),
        Route("GET", f"{REPO}/contents", contents),
        Route("POST", f"{REPO}/contents", own["change"]),
        Route("GET", f"{REPO}/contents/{{path...}}", contents),
        Route("GET", f"{REPO}/raw/{{path...}}", raw),
        Route("GET", f"{REPO}/pulls", pulls),
        Route("POST", f"{REPO}/pulls", own["create"]),
        Route("GET", PULL, show_pull),
        Route("PATCH", PULL, edit_pull),
        Route("POST", f"{PULL}/merge", own["merge"]),
        Route("POST", f"{PULL}/requested_reviewers", ask_reviewers),
        Route("GET", f"{REPO}/pulls/{{base}}/{{head...}}", pull_by_branches),
        Route("GET", f"{REPO}/labels", labels),
        Route("POST", f"{REPO}/labels", create_label),
        Route("PATCH", f"{REPO}/issues/comments/{{comment}}", edit_comment),
        Route("GET", f"{ISSUE}/labels", issue_labels),
        Route("POST", f"{ISSUE}/labels", add_issue_labels),
        Route("PUT", f"{ISSUE}/labels", set_issue_labels),
        Route("DELETE", f"{ISSUE}/labels/{{label}}", remove_issue_label),
        Route("GET", f"{ISSUE}/comments", comments),
        Route("POST", f"{ISSUE}/comments", create_comment),
    )


def flavour(kind: Kind, realm: str, dialect: Dialect) -> Flavour:
    archived = "This repo is archived. You can view files and clone it, but cannot push or open issues/pull-requests.\n"
    return Flavour(
        kind=kind,
        api="/api/v1",
        prefixes=("/api/v1",),
        routes=routes(dialect),
        git=githttp.GitWords(
            realm=realm,
            absent="Repository not found\n",
            archived=archived,
            read_only="User permission denied for writing.\n",
            protected=f"{realm}: Not allowed to push to protected branch",
            pushed=pushed,
        ),
        token_of=token_of,
        unauthorised=json_answer({"message": "token is required", "url": DOCS}, 401),
        unknown=json_answer(MISSING, 404),
        request_ref="refs/pull/{number}/head",
        settles_after=1,
        closes_with_branch=True,
        tagged=False,
        headers=no_headers,
        bad_name=json_answer({"message": "the branch's name is not valid", "url": DOCS}, 422),
        gate=no_gate,
    )


GITEA = flavour("gitea", "Gitea", GITEA_DIALECT)
FORGEJO = flavour("forgejo", "Forgejo", FORGEJO_DIALECT)
