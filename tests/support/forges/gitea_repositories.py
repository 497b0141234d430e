"""Repositories, branches, files and commits of the fake Gitea and Forgejo."""

import base64
from collections.abc import Mapping

from tests.support.forges.bare import FILE_MODE, Author, Entry
from tests.support.forges.forking import fork_of, make_fork
from tests.support.forges.gitea_common import PAGE_LIMIT, Dialect, absent, listing, refused, repository_of, writable
from tests.support.forges.gitea_views import (
    View,
    branch_view,
    content_view,
    file_commit_view,
    repository_view,
    unsigned,
    user_view,
)
from tests.support.forges.state import Repository
from tests.support.forges.wire import Answer, Call, Fields, json_answer

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


def create_fork(call: Call) -> Answer:
    """409 where the owner has a fork, or something else of that name.

    Source: `CreateFork` in Gitea's routers/api/v1/repo/fork.go
    """
    repository, sent = repository_of(call), call.sent
    owner = sent.text("organization") or call.user.name
    if owner != call.user.name and call.world.group(owner) is None:
        raise absent()
    if not repository.forkable:
        raise refused(403, "forks are not allowed")
    name = sent.text("name") or repository.name
    if fork_of(call.world, repository, owner) or call.world.repositories.get(f"{owner}/{name}".lower()):
        raise refused(409, f"The repository with the same name already exists [uname: {owner}, name: {name}]")
    return json_answer(repository_view(make_fork(call.world, repository, owner, name), call), 202)


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
