"""GitLab's REST API, as far as a bot with merge requests needs it, with GitLab's refusals.

Source: https://docs.gitlab.com/api/rest/ (statuses and words from recorded answers and issue threads).
"""

import base64
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from tests.support.forges import githttp
from tests.support.forges.bare import FILE_MODE, Author, Entry
from tests.support.forges.flavour import Flavour, bearer, links, named, no_gate, page_of
from tests.support.forges.gitlab_graphql import graphql
from tests.support.forges.gitlab_views import (
    View,
    branch_view,
    commit_view,
    label_view,
    moment,
    note_view,
    project_view,
    request_view,
    user_view,
)
from tests.support.forges.state import MergeRequest, Repository
from tests.support.forges.wire import Answer, Call, Fields, Headers, RefusedError, Request, Route, json_answer

API = "/api/v4"


def refused(status: int, message: object) -> RefusedError:
    return RefusedError(json_answer({"message": message}, status))


def invalid(text: str) -> RefusedError:
    """GitLab's answer where a parameter is wrong before anything is tried."""
    return RefusedError(json_answer({"error": text}, 400))


def not_found(what: str) -> RefusedError:
    return refused(404, f"404 {what} Not Found")


def token_of(request: Request) -> str | None:
    return request.headers.get("private-token") or bearer(request, "bearer")


# Finding what a call is about.


def project_of(call: Call) -> Repository:
    repository = call.world.find(call.parts["id"], call.user)
    if repository is None:
        raise not_found("Project")
    return repository


def writable(call: Call) -> Repository:
    """The project, if this user may change it."""
    repository = project_of(call)
    if repository.archived or not call.world.may_write(repository, call.user):
        raise refused(403, "403 Forbidden")
    return repository


def request_of(call: Call, repository: Repository) -> MergeRequest:
    request = repository.request(int(call.parts["iid"])) if call.parts["iid"].isdecimal() else None
    if request is None or not repository.requests_enabled:
        raise not_found("Merge Request") if repository.requests_enabled else refused(403, "403 Forbidden")
    return request


def pushable(repository: Repository, branch: str) -> None:
    if branch in repository.protected:
        raise refused(403, "403 Forbidden - You are not allowed to push into this branch")


# Lists.


def listing(call: Call, rows: Sequence[View], *, offset_limit: int | None = None) -> Answer:
    """One page of a list, with GitLab's headers; the total is left out where it is large.

    Source: https://docs.gitlab.com/api/rest/#pagination
    """
    page, size = page_of(call)
    if offset_limit is not None and (page - 1) * size > offset_limit:
        text = f"Offset pagination has a maximum allowed offset of {offset_limit} for requests that return objects"
        raise RefusedError(json_answer({"error": f"{text} of type Project."}, 405))
    shown = rows[(page - 1) * size : page * size]
    last = max(1, -(-len(rows) // size))
    counted = len(rows) <= call.world.counted_up_to
    pages = {"prev": page - 1} if page > 1 else {}
    pages |= {"next": page + 1} if page < last else {}
    pages |= {"first": 1}
    pages |= {"last": last} if counted else {}
    headers: Headers = (
        ("Link", links(call, pages, size=size)),
        ("X-Page", str(page)),
        ("X-Per-Page", str(size)),
        ("X-Next-Page", str(page + 1) if page < last else ""),
        ("X-Prev-Page", str(page - 1) if page > 1 else ""),
    )
    if counted:
        headers += (("X-Total", str(len(rows))), ("X-Total-Pages", str(last)))
    return json_answer(shown, headers=headers)


def keyset(call: Call, repositories: Iterable[Repository]) -> Answer:
    """One page by `id_after` or `id_before`; the next is known by `Link` alone."""
    if call.asked.text("order_by", "id") != "id":
        raise RefusedError(
            json_answer({"error": "Keyset pagination is not yet available for this type of request"}, 405)
        )
    downwards = call.asked.text("sort", "desc") == "desc"
    after, before = call.asked.number("id_after"), call.asked.number("id_before")
    rows = [
        repository for repository in repositories if repository.id > after and (not before or repository.id < before)
    ]
    rows.sort(key=lambda row: -row.id if downwards else row.id)
    _, size = page_of(call)
    shown = rows[:size]
    headers: Headers = ()
    if len(rows) > size:
        name = "id_before" if downwards else "id_after"
        query = {**call.asked.values, name: str(shown[-1].id)}
        headers = (("Link", f'<{call.url}{call.request.path}?{urlencode(query, doseq=True)}>; rel="next"'),)
    return json_answer([project_view(repository, call) for repository in shown], headers=headers)


# Users, groups and projects.


def version(call: Call) -> Answer:
    return json_answer({"version": "18.6.0-ee", "revision": "0123456789a"})


def current_user(call: Call) -> Answer:
    view = user_view(call.user, call.url)
    extra: View = {"email": call.user.author.email, "bot": True, "external": False, "is_admin": False}
    return json_answer({**view, "created_at": moment(0), "two_factor_enabled": False, **extra})


def users(call: Call) -> Answer:
    name = call.asked.text("username").lower()
    users = [user for user in call.world.users.values() if user.name.lower() == name or not name]
    return listing(call, [user_view(user, call.url) for user in users])


def repositories_of(call: Call, *, deep: bool) -> list[Repository]:
    return call.world.under(group_of(call), call.user, deep=deep)


def group_of(call: Call) -> str:
    repositories = call.world.group(call.parts["id"])
    if repositories is None or not call.world.under(repositories, call.user, deep=True):
        raise not_found("Group")
    return repositories


def group(call: Call) -> Answer:
    path = group_of(call)
    number = call.world.groups[path]
    name = path.rpartition("/")[2]
    web = f"{call.url}/groups/{path}"
    return json_answer(
        {
            "id": number,
            "full_path": path,
            "name": name,
            "path": name,
            "web_url": web,
            "full_name": path,
            "parent_id": None,
        }
    )


def group_projects(call: Call) -> Answer:
    return project_list(call, repositories_of(call, deep=call.asked.flag("include_subgroups")))


def projects(call: Call) -> Answer:
    return project_list(
        call,
        [repository for repository in call.world.repositories.values() if call.world.find(repository.path, call.user)],
    )


def project_list(call: Call, repositories: list[Repository]) -> Answer:
    if "archived" in call.asked:
        repositories = [repository for repository in repositories if repository.archived == call.asked.flag("archived")]
    if call.asked.text("pagination") == "keyset":
        return keyset(call, repositories)
    downwards = call.asked.text("sort", "desc") == "desc"
    repositories = sorted(repositories, key=lambda repository: -repository.id if downwards else repository.id)
    page, size = page_of(call)
    views = [
        project_view(repository, call) if near(number, page, size) else {}
        for number, repository in enumerate(repositories)
    ]
    return listing(call, views, offset_limit=call.world.offset_up_to)


def near(number: int, page: int, size: int) -> bool:
    """Whether a row is on the page; others need no view."""
    return (page - 1) * size <= number < page * size


def project(call: Call) -> Answer:
    return json_answer(project_view(project_of(call), call))


# Repository.


def commit_at(call: Call, repository: Repository, missing: str) -> str:
    ref = call.asked.text("ref") or call.asked.text("ref_name") or repository.default_branch
    commit = repository.bare.resolve(ref)
    if commit is None:
        raise not_found(missing)
    return commit


def tree(call: Call) -> Answer:
    repository = project_of(call)
    commit = commit_at(call, repository, "Tree")
    path = call.asked.text("path").strip("/")
    inside = repository.bare.folder_of(commit, path)
    if inside is None:
        raise not_found("invalid revision or path")
    rows = tree_rows(repository, commit, path, inside, deep=call.asked.flag("recursive"))
    return listing(call, rows)


def tree_rows(repository: Repository, commit: str, path: str, inside: dict[str, Entry], *, deep: bool) -> list[View]:
    """Folders first, then what is in them: as GitLab lists them."""
    rows: list[View] = []
    start = f"{path}/" if path else ""
    for name, entry in sorted(inside.items(), key=lambda item: (item[1].kind != "tree", item[0])):
        place = start + name
        rows.append({"id": entry.oid, "name": name, "type": entry.kind, "path": place, "mode": entry.octal})
        if deep and entry.kind == "tree":
            below = repository.bare.folder_of(commit, place) or {}
            rows += tree_rows(repository, commit, place, below, deep=True)
    return rows


def file_at(call: Call) -> tuple[Repository, str, Entry]:
    repository = project_of(call)
    commit = commit_at(call, repository, "Commit")
    entry = repository.bare.files(commit).get(call.parts["path"])
    if entry is None or entry.kind != "blob":
        raise not_found("File")
    return repository, commit, entry


def file(call: Call) -> Answer:
    repository, commit, entry = file_at(call)
    path, data = call.parts["path"], repository.bare.read(entry.oid)
    return json_answer(
        {
            "file_name": path.rpartition("/")[2],
            "file_path": path,
            "size": len(data),
            "encoding": "base64",
            "content_sha256": "",
            "ref": call.asked.text("ref") or "HEAD",
            "blob_id": entry.oid,
            "commit_id": commit,
            "last_commit_id": repository.bare.last_commit(commit, path),
            "execute_filemode": entry.mode == 0o100755,
            "content": base64.b64encode(data).decode(),
        }
    )


def raw_file(call: Call) -> Answer:
    repository, _, entry = file_at(call)
    return Answer(
        body=repository.bare.read(entry.oid),
        headers=(("Content-Type", "application/octet-stream"), ("X-Gitlab-Blob-Id", entry.oid)),
    )


def branches(call: Call) -> Answer:
    repository = project_of(call)
    search = call.asked.text("search")
    heads = {name: tip for name, tip in repository.bare.heads().items() if search in name}
    return listing(call, [branch_view(name, tip, repository, call) for name, tip in heads.items()])


def branch(call: Call) -> Answer:
    repository = project_of(call)
    tip = repository.bare.tip(call.parts["branch"])
    if tip is None:
        raise not_found("Branch")
    return json_answer(branch_view(call.parts["branch"], tip, repository, call))


def create_branch(call: Call) -> Answer:
    repository = writable(call)
    name, ref = call.sent.text("branch") or call.asked.text("branch"), call.sent.text("ref") or call.asked.text("ref")
    commit = repository.bare.resolve(ref)
    if commit is None:
        raise refused(400, f"Invalid reference name: {ref}")
    if not repository.bare.create_ref(f"refs/heads/{name}", commit):
        raise refused(400, "Branch already exists")
    return json_answer(branch_view(name, commit, repository, call), 201)


def delete_branch(call: Call) -> Answer:
    repository = writable(call)
    name = call.parts["branch"]
    if repository.bare.tip(name) is None:
        raise not_found("Branch")
    if name in repository.protected or name == repository.default_branch:
        raise refused(
            403, "403 Forbidden - Cannot remove HEAD branch" if name not in repository.protected else "403 Forbidden"
        )
    repository.bare.set_ref(f"refs/heads/{name}", None)
    call.world.refresh(repository)
    return Answer(status=204)


def commits(call: Call) -> Answer:
    repository = project_of(call)
    commit = commit_at(call, repository, "Repository")
    commits = repository.bare.commits_between(None, commit)
    return listing(call, [commit_view(repository.bare.commit_object(oid), repository, call.url) for oid in commits])


def commit(call: Call) -> Answer:
    repository = project_of(call)
    commit = repository.bare.resolve(call.parts["sha"])
    if commit is None:
        raise not_found("Commit")
    return json_answer(commit_view(repository.bare.commit_object(commit), repository, call.url))


def compare(call: Call) -> Answer:
    """What differs between two commits, or since they parted (without `straight`); renames are not looked for.

    Source: https://docs.gitlab.com/api/repositories/#compare-branches-tags-or-commits
    """
    repository = project_of(call)
    bare = repository.bare
    start, end = bare.resolve(call.asked.text("from")), bare.resolve(call.asked.text("to"))
    if start is None or end is None:
        raise not_found("Ref")
    if not call.asked.flag("straight"):
        start = bare.merge_base(start, end) or start
    old, new = bare.files(start), bare.files(end)
    between = bare.commits_between(start, end)
    views = [commit_view(bare.commit_object(oid), repository, call.url) for oid in reversed(between)]
    diffs = [
        {
            "old_path": path,
            "new_path": path,
            "a_mode": old[path].octal if path in old else "0",
            "b_mode": new[path].octal if path in new else "0",
            "new_file": path not in old,
            "renamed_file": False,
            "deleted_file": path not in new,
            "generated_file": False,
            "collapsed": False,
            "too_large": False,
            "diff": "",
        }
        for path in sorted(bare.paths_between(start, end))
    ]
    web = f"{call.url}/{repository.path}/-/compare/{start}...{end}"
    last = views[-1] if views else None
    same = {"compare_timeout": False, "compare_same_ref": start == end, "web_url": web}
    return json_answer({"commit": last, "commits": views, "diffs": diffs, **same})


def merge_base(call: Call) -> Answer:
    """The commit where others parted. Source: https://docs.gitlab.com/api/repositories/#get-merge-base"""
    repository = project_of(call)
    refs = call.asked.texts("refs") or ()
    commit = [repository.bare.resolve(ref) for ref in refs]
    if len(commit) < 2 or None in commit:
        raise refused(400, f"Could not find ref: {', '.join(refs)}")
    base = repository.bare.merge_base(commit[0] or "", commit[1] or "")
    if base is None:
        raise not_found("Merge Base")
    return json_answer(commit_view(repository.bare.commit_object(base), repository, call.url))


def create_commit(call: Call) -> Answer:
    """Many files in one commit, on a branch that may be new.

    Source: https://docs.gitlab.com/api/commits/#create-a-commit-with-multiple-files-and-actions
    """
    repository, sent = writable(call), call.sent
    name, message = sent.text("branch"), sent.text("commit_message")
    lacking = [field for field in ("branch", "commit_message") if not sent.text(field)]
    if lacking:
        raise invalid(", ".join(f"{field} is missing" for field in lacking))
    pushable(repository, name)
    bare, tip = repository.bare, repository.bare.tip(name)
    base = start_of(repository, sent, name, tip)
    files = applied(repository, base, sent.records("actions"))
    author = Author(sent.text("author_name") or call.user.name, sent.text("author_email") or call.user.author.email)
    commit = bare.add_commit(bare.add_tree(files), (base,) if base else (), message, author)
    full = f"refs/heads/{name}"
    if not (bare.set_ref(full, commit, tip) if tip else bare.create_ref(full, commit)):
        raise refused(400, f"Could not update {name}. Please refresh and try again.")
    call.world.refresh(repository)
    view = commit_view(bare.commit_object(commit), repository, call.url)
    stats = {"additions": len(files), "deletions": 0, "total": len(files)}
    return json_answer({**view, "stats": stats, "status": None, "project_id": repository.id}, 201)


def start_of(repository: Repository, sent: Fields, name: str, tip: str | None) -> str | None:
    """The commit to build on."""
    start, sha = sent.text("start_branch"), sent.text("start_sha")
    if start and sha:
        raise invalid("start_branch, start_sha are mutually exclusive")
    if (sha or (start and start != name)) and tip is not None and not sent.flag("force"):
        text = "already exists. Switch to that branch in order to make changes"
        raise refused(400, f"A branch called '{name}' {text}")
    if sha or start:
        commit = repository.bare.resolve(sha) if sha else repository.bare.tip(start)
        if commit is None:
            raise refused(
                400,
                f"Cannot find start_sha '{sha}'"
                if sha
                else "You can only create or edit files when you are on a branch",
            )
        return commit
    if tip is None and not repository.is_empty:
        raise refused(400, "You can only create or edit files when you are on a branch")
    return tip


def applied(repository: Repository, base: str | None, actions: tuple[Fields, ...]) -> dict[str, Entry]:
    """The files after all actions; the first that does not fit refuses the whole."""
    files = dict(repository.bare.files(base))
    for action in actions:
        kind, path = action.text("action"), action.text("file_path")
        if kind not in ("create", "update", "delete", "move", "chmod"):
            raise invalid("actions[0][action] does not have a valid value")
        place = action.text("previous_path") if kind == "move" else path
        if kind == "create" and path in files:
            raise refused(400, "A file with this name already exists")
        if kind != "create" and place not in files:
            raise refused(400, "A file with this name doesn't exist")
        last = action.text("last_commit_id")
        if last and base and repository.bare.last_commit(base, place) != last:
            raise refused(400, f"The file has changed since you started editing it: {place}")
        before = files.pop(place, None)
        if kind != "delete":
            files[path] = written(repository, action, before)
    return files


def written(repository: Repository, action: Fields, before: Entry | None) -> Entry:
    mode = before.mode if before else FILE_MODE
    if "execute_filemode" in action:
        mode = 0o100755 if action.flag("execute_filemode") else FILE_MODE
    if before is not None and "content" not in action:
        return Entry(mode, before.oid)
    content = action.text("content")
    if action.text("encoding") != "base64":
        return Entry(mode, repository.bare.add_blob(content.encode()))
    try:
        return Entry(mode, repository.bare.add_blob(base64.b64decode(content)))
    except ValueError as error:
        raise refused(400, "Invalid base64 encoding for file contents") from error


# Merge requests.


def project_requests(call: Call) -> Answer:
    repository = project_of(call)
    if not repository.requests_enabled:
        raise refused(403, "403 Forbidden")
    return request_list(call, [repository])


def group_requests(call: Call) -> Answer:
    repositories = repositories_of(call, deep=True)
    return request_list(
        call, [repository for repository in repositories if not repository.archived and repository.requests_enabled]
    )


def all_requests(call: Call) -> Answer:
    heads = [
        repository for repository in call.world.repositories.values() if call.world.find(repository.path, call.user)
    ]
    return request_list(call, heads, scope="created_by_me")


def request_list(call: Call, repositories: Iterable[Repository], scope: str = "all") -> Answer:
    rows = [
        (repository, request)
        for repository in repositories
        for request in call.listed(repository)
        if wanted(call, request, scope)
    ]
    upwards, by = call.asked.text("sort", "desc") == "asc", call.asked.text("order_by", "created_at")
    rows.sort(
        key=lambda row: (row[1].updated if by == "updated_at" else row[1].created, row[1].id), reverse=not upwards
    )
    page, size = page_of(call)
    views = [
        request_view(request, row, call) if near(number, page, size) else {}
        for number, (row, request) in enumerate(rows)
    ]
    return listing(call, views)


def wanted(call: Call, request: MergeRequest, scope: str) -> bool:
    query = call.asked
    state, labels = query.text("state", "all"), query.texts("labels") or ()
    numbers = query.numbers("iids")
    return (
        state in ("all", request.state)
        and query.text("source_branch", request.source) == request.source
        and query.text("target_branch", request.target) == request.target
        and (query.text("scope", scope).replace("-", "_") != "created_by_me" or request.author == call.user)
        and query.text("author_username", request.author.name) == request.author.name
        and all(label in request.labels for label in labels)
        and (numbers is None or request.number in numbers)
    )


def create_request(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    if not repository.requests_enabled:
        raise refused(403, "403 Forbidden")
    lacking = [name for name in ("title", "source_branch", "target_branch") if not sent.text(name)]
    if lacking:
        raise invalid(", ".join(f"{name} is missing" for name in lacking))
    source, target = sent.text("source_branch"), sent.text("target_branch")
    if source == target:
        raise refused(409, ["You can't use same project/branch for source and target"])
    for field, name in (("source_branch", source), ("target_branch", target)):
        if repository.bare.tip(name) is None:
            raise refused(400, {field: ["does not exist"]})
    unrivalled(repository, source, target)
    opened = call.world.open_request(
        repository,
        call.user,
        source=source,
        target=target,
        title=sent.text("title"),
        description=sent.text("description"),
    )
    change(call, repository, opened)
    return json_answer(request_view(opened, repository, call, full=True), 201)


def unrivalled(repository: Repository, source: str, target: str) -> None:
    other = repository.open_from(source, target)
    if other is not None:
        text = "Another open merge request already exists for this source branch"
        raise refused(409, [f"{text}: !{other.number}"])


def change(call: Call, repository: Repository, request: MergeRequest) -> None:
    """Set labels and people; unknown labels are made, unknown ids passed over."""
    sent, everybody = call.sent, tuple(call.world.users.values())
    labels = sent.texts("labels")
    if labels is not None:
        request.labels = list(dict.fromkeys(labels))
    request.labels += [name for name in sent.texts("add_labels") or () if name not in request.labels]
    removed = sent.texts("remove_labels") or ()
    request.labels = [name for name in request.labels if name not in removed]
    for name in request.labels:
        if name not in repository.labels:
            call.world.add_label(repository, name)
    reviewers, assignees = sent.numbers("reviewer_ids"), sent.numbers("assignee_ids")
    if reviewers is not None:
        request.reviewers = (
            named(everybody, reviewers)[:1] if call.world.single_reviewer else named(everybody, reviewers)
        )
    if assignees is None and "assignee_id" in sent:
        assignees = (sent.number("assignee_id"),)
    if assignees is not None:
        request.assignees = named(everybody, assignees)


def show_request(call: Call) -> Answer:
    repository = project_of(call)
    request = request_of(call, repository)
    call.world.look(request)
    return json_answer(request_view(request, repository, call, full=True))


EDITABLE = (
    *("title", "description", "state_event", "labels", "add_labels", "remove_labels", "reviewer_ids"),
    *("assignee_ids", "assignee_id", "target_branch", "remove_source_branch", "squash", "milestone_id"),
)


def edit_request(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    request = request_of(call, repository)
    if not any(name in sent for name in EDITABLE):
        raise invalid(f"{', '.join(EDITABLE)} are missing, at least one parameter must be provided")
    if "title" in sent and not sent.text("title"):
        raise invalid("title is empty")
    target = sent.text("target_branch", request.target)
    if target != request.target:
        unrivalled(repository, request.source, target)
        request.target, request.reads = target, 0
    step(call, repository, request)
    request.title = sent.text("title", request.title)
    request.description = sent.text("description", request.description)
    change(call, repository, request)
    request.updated = call.world.clock()
    return json_answer(request_view(request, repository, call, full=True))


def step(call: Call, repository: Repository, request: MergeRequest) -> None:
    """Close or reopen."""
    event = call.sent.text("state_event")
    if event == "close" and request.state == "opened":
        call.world.set_state(request, "closed", call.user)
    if event == "reopen" and request.state == "closed":
        unrivalled(repository, request.source, request.target)
        call.world.set_state(request, "opened", call.user)
        call.world.refresh(repository)
    if event not in ("", "close", "reopen"):
        raise invalid("state_event does not have a valid value")


def merge_request(call: Call) -> Answer:
    """Merge. Too early, or closed, is 405; another tip than the one named is 409."""
    repository = writable(call)
    request = request_of(call, repository)
    sha = call.sent.text("sha")
    if sha and sha != request.head:
        raise refused(409, f"SHA does not match HEAD of source branch: {request.head}")
    if request.state != "opened" or call.world.mergeability(repository, request) in ("unchecked", "checking"):
        raise refused(405, "405 Method Not Allowed")
    if call.sent.flag("auto_merge") or call.sent.flag("merge_when_pipeline_succeeds"):
        request.auto_merge = True
        return json_answer(request_view(request, repository, call, full=True))
    if call.world.merge(repository, request, call.user) is None:
        raise refused(422, "Branch cannot be merged")
    return json_answer(request_view(request, repository, call, full=True))


def approvals(call: Call) -> Answer:
    """Who approved a request, and how many have to; the free tier has no such rules and leaves the counts out.

    Source: https://docs.gitlab.com/api/merge_request_approvals/#retrieve-approval-state-for-a-merge-request
    """
    repository = project_of(call)
    request_of(call, repository)
    needed = repository.required_approvals
    approvals = {"user_has_approved": False, "user_can_approve": False, "approved": not needed, "approved_by": []}
    return json_answer(approvals | ({"approvals_required": needed, "approvals_left": needed} if needed else {}))


# Notes and labels.


def notes(call: Call) -> Answer:
    repository = project_of(call)
    request = request_of(call, repository)
    rows = [note_view(note, request, repository, call.url) for note in request.notes]
    return listing(call, rows if call.asked.text("sort") == "asc" else rows[::-1])


def create_note(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    if not call.sent.text("body"):
        raise invalid("body is missing")
    note = call.world.add_note(request, call.user, call.sent.text("body"))
    return json_answer(note_view(note, request, repository, call.url), 201)


def edit_note(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    note = next((note for note in request.notes if str(note.id) == call.parts["note"]), None)
    if note is None:
        raise not_found("Note")
    if note.author != call.user:
        raise refused(403, "403 Forbidden")
    note.body, note.updated = call.sent.text("body", note.body), call.world.clock()
    return json_answer(note_view(note, request, repository, call.url))


def labels(call: Call) -> Answer:
    labels = sorted(project_of(call).labels.values(), key=lambda label: label.name)
    return listing(call, [label_view(label) for label in labels])


def create_label(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    lacking = [name for name in ("name", "color") if not sent.text(name)]
    if lacking:
        raise invalid(", ".join(f"{name} is missing" for name in lacking))
    if sent.text("name") in repository.labels:
        raise refused(409, "Label already exists")
    label = call.world.add_label(repository, sent.text("name"), sent.text("color"), sent.text("description"))
    return json_answer(label_view(label), 201)


# Git.


def pushed(push: githttp.Push) -> tuple[str, ...]:
    """Open or edit merge requests by push options; tell where to open one.

    Source: https://docs.gitlab.com/topics/git/commit/#push-options
    """
    lines: list[str] = []
    for name, tip in push.moved.items():
        if tip is None or name == push.repository.default_branch:
            continue
        request = push.repository.open_from(name)
        if request is None and "merge_request.create" in push.options and push.repository.requests_enabled:
            request = opened_by_push(push, name, tip)
        web = f"{push.url}/{push.repository.path}/-/merge_requests"
        if request is None:
            query = quote(name, safe="")
            link = f"{web}/new?merge_request%5Bsource_branch%5D={query}"
            lines += [f"To create a merge request for {name}, visit:", f"  {link}"]
            continue
        edited_by_push(push, request)
        lines += [f"View merge request for {name}:", f"  {web}/{request.number}"]
    return tuple(lines)


def option(push: githttp.Push, name: str) -> str | None:
    values = [option.partition("=")[2] for option in push.options if option.startswith(f"merge_request.{name}=")]
    return values[-1].replace("\\n", "\n") if values else None


def opened_by_push(push: githttp.Push, name: str, tip: str) -> MergeRequest:
    title = push.repository.bare.commit_object(tip).message.decode().partition("\n")[0]
    return push.world.open_request(
        push.repository,
        push.user,
        source=name,
        target=option(push, "target") or push.repository.default_branch,
        title=title,
        description="",
    )


def edited_by_push(push: githttp.Push, request: MergeRequest) -> None:
    request.title = option(push, "title") or request.title
    request.description = option(push, "description") or request.description
    labels = [option.partition("=")[2] for option in push.options if option.startswith("merge_request.label=")]
    for name in labels:
        if name not in push.repository.labels:
            push.world.add_label(push.repository, name)
    request.labels += [name for name in labels if name not in request.labels]
    unlabelled = [option.partition("=")[2] for option in push.options if option.startswith("merge_request.unlabel=")]
    request.labels = [name for name in request.labels if name not in unlabelled]


PROJECT = f"{API}/projects/{{id}}"
REQUEST = f"{PROJECT}/merge_requests/{{iid}}"

ROUTES = (
    Route("POST", "/api/graphql", graphql),
    Route("GET", f"{API}/version", version),
    Route("GET", f"{API}/user", current_user),
    Route("GET", f"{API}/users", users),
    Route("GET", f"{API}/groups/{{id}}", group),
    Route("GET", f"{API}/groups/{{id}}/projects", group_projects),
    Route("GET", f"{API}/groups/{{id}}/merge_requests", group_requests),
    Route("GET", f"{API}/merge_requests", all_requests),
    Route("GET", f"{API}/projects", projects),
    Route("GET", PROJECT, project),
    Route("GET", f"{PROJECT}/repository/tree", tree),
    Route("GET", f"{PROJECT}/repository/files/{{path}}", file),
    Route("GET", f"{PROJECT}/repository/files/{{path}}/raw", raw_file),
    Route("GET", f"{PROJECT}/repository/branches", branches),
    Route("POST", f"{PROJECT}/repository/branches", create_branch),
    Route("GET", f"{PROJECT}/repository/branches/{{branch}}", branch),
    Route("DELETE", f"{PROJECT}/repository/branches/{{branch}}", delete_branch),
    Route("GET", f"{PROJECT}/repository/commits", commits),
    Route("POST", f"{PROJECT}/repository/commits", create_commit),
    Route("GET", f"{PROJECT}/repository/commits/{{sha}}", commit),
    Route("GET", f"{PROJECT}/repository/compare", compare),
    Route("GET", f"{PROJECT}/repository/merge_base", merge_base),
    Route("GET", f"{PROJECT}/merge_requests", project_requests),
    Route("POST", f"{PROJECT}/merge_requests", create_request),
    Route("GET", REQUEST, show_request),
    Route("PUT", REQUEST, edit_request),
    Route("PUT", f"{REQUEST}/merge", merge_request),
    Route("GET", f"{REQUEST}/approvals", approvals),
    Route("GET", f"{REQUEST}/notes", notes),
    Route("POST", f"{REQUEST}/notes", create_note),
    Route("PUT", f"{REQUEST}/notes/{{note}}", edit_note),
    Route("GET", f"{PROJECT}/labels", labels),
    Route("POST", f"{PROJECT}/labels", create_label),
)


def limits(count: int) -> Headers:
    """The rate-limit headers of gitlab.com, in every response."""
    left = max(0, 2000 - count)
    return (("RateLimit-Limit", "2000"), ("RateLimit-Observed", str(count + 1)), ("RateLimit-Remaining", str(left)))


ABSENT = "The project you were looking for could not be found or you don't have permission to view it.\n"

FLAVOUR = Flavour(
    kind="gitlab",
    api=API,
    prefixes=(),
    routes=ROUTES,
    git=githttp.GitWords(
        realm="GitLab",
        absent=ABSENT,
        archived="You can't push code to a read-only project.\n",
        read_only="You are not allowed to push code to this project.\n",
        protected="GitLab: You are not allowed to push code to protected branches on this project.",
        pushed=pushed,
    ),
    token_of=token_of,
    unauthorised=json_answer({"message": "401 Unauthorized"}, 401),
    unknown=json_answer({"error": "404 Not Found"}, 404),
    request_ref="refs/merge-requests/{number}/head",
    settles_after=2,
    closes_with_branch=False,
    tagged=True,
    headers=limits,
    bad_name=json_answer({"message": "Invalid reference name"}, 400),
    gate=no_gate,
)
