"""Repositories, branches, files and commits of the fake GitLab."""

import base64
from collections.abc import Iterable
from urllib.parse import urlencode

from tests.support.forges.bare import FILE_MODE, Author, Entry
from tests.support.forges.flavour import page_of
from tests.support.forges.forking import make_fork
from tests.support.forges.gitlab_common import invalid, listing, not_found, project_of, pushable, refused, writable
from tests.support.forges.gitlab_views import (
    View,
    branch_view,
    commit_view,
    moment,
    project_view,
    user_view,
)
from tests.support.forges.state import Repository
from tests.support.forges.wire import Answer, Call, Fields, Headers, RefusedError, json_answer


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


def create_fork(call: Call) -> Answer:
    """409 where the name is taken. Source: https://docs.gitlab.com/api/project_forks/#fork-a-project"""
    repository, sent = project_of(call), call.sent
    owner, name = sent.text("namespace_path") or call.user.name, sent.text("path") or repository.name
    if owner != call.user.name and call.world.group(owner) is None:
        raise not_found("Target Namespace")
    if not repository.forkable:
        raise refused(403, "403 Forbidden")
    if f"{owner}/{name}".lower() in call.world.repositories:
        taken = ["has already been taken"]
        raise refused(409, {"project_namespace.name": taken, "name": taken, "path": taken})
    return json_answer(
        project_view(make_fork(call.world, repository, owner, name, only=sent.text("branches")), call), 201
    )


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
