"""GitLab's GraphQL for reading in bulk. Source: https://docs.gitlab.com/api/graphql/reference/

The schema is checked as far as graphql-core checks it; how GitLab counts a query's complexity is not imitated.
"""

from collections.abc import Iterable
from typing import TypedDict, Unpack

from tests.support.forges.bare import Bare, Entry
from tests.support.forges.forking import source_of
from tests.support.forges.gitlab_views import is_draft, merge_status, moment
from tests.support.forges.graphql_door import Connection, run
from tests.support.forges.state import Label, MergeRequest, Note, Repository, User
from tests.support.forges.wire import Answer, Call


def graphql(call: Call) -> Answer:
    return run("gitlab", call, Root())


def gid(kind: str, number: int) -> str:
    return f"gid://gitlab/{kind}/{number}"


def limit(call: Call) -> int:
    return min(100, call.request.page_cap or 100)


def user_node(user: User) -> dict[str, object]:
    return {"id": gid("User", user.id), "username": user.name, "name": user.name.title()}


class Asked(TypedDict, total=False):
    """What a list of requests is narrowed by."""

    iids: list[str]
    source_branches: list[str]
    target_branches: list[str]
    state: str
    author_username: str
    first: int
    after: str


class Root:
    """The query."""

    def metadata(self, call: Call) -> dict[str, object]:
        return {"version": "18.6.0-ee", "revision": "0123456789a"}

    def current_user(self, call: Call) -> dict[str, object]:
        return user_node(call.user)

    def project(self, call: Call, full_path: str) -> "ProjectNode | None":
        repository = call.world.find(full_path, call.user)
        return ProjectNode(repository) if repository else None

    def projects(
        self,
        call: Call,
        *,
        full_paths: list[str] | None = None,
        ids: list[str] | None = None,
        membership: bool = False,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection:
        paths: Iterable[str] = call.world.repositories
        if full_paths is not None:
            paths = full_paths
        elif ids is not None:
            paths = (identifier.rpartition("/")[2] for identifier in ids)
        repositories = [repository for path in paths if (repository := call.world.find(path, call.user))]
        repositories.sort(key=lambda repository: -repository.id)
        return Connection([ProjectNode(repository) for repository in repositories], first, after, limit(call))

    def group(self, call: Call, full_path: str) -> "GroupNode | None":
        return GroupNode(full_path) if call.world.under(full_path, call.user, deep=True) else None


class GroupNode:
    def __init__(self, path: str) -> None:
        self.id, self.full_path = gid("Group", 1), path

    def projects(
        self, call: Call, *, include_subgroups: bool, first: int | None = None, after: str | None = None
    ) -> Connection:
        repositories = call.world.under(self.full_path, call.user, deep=include_subgroups)
        return Connection([ProjectNode(repository) for repository in repositories], first, after, limit(call))

    def merge_requests(self, call: Call, *, include_subgroups: bool, **query: Unpack[Asked]) -> Connection:
        repositories = call.world.under(self.full_path, call.user, deep=include_subgroups)
        return request_nodes(call, [repository for repository in repositories if not repository.archived], query)


def request_nodes(call: Call, repositories: Iterable[Repository], query: Asked) -> Connection:
    """The requests that fit, newest first."""
    rows = [
        (request.created, request.id, RequestNode(request, repository))
        for repository in repositories
        for request in call.listed(repository)
        if query.get("state", "all") in ("all", request.state)
        and request.source in query.get("source_branches", [request.source])
        and request.target in query.get("target_branches", [request.target])
        and str(request.number) in query.get("iids", [str(request.number)])
        and request.author.name == query.get("author_username", request.author.name)
    ]
    rows.sort(key=lambda row: (-row[0], -row[1]))
    return Connection([row[2] for row in rows], query.get("first"), query.get("after"), limit(call))


class ProjectNode:
    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self.id = gid("Project", repository.id)
        self.full_path = repository.path
        self.name = repository.name
        self.archived = repository.archived
        self.merge_requests_enabled = repository.requests_enabled
        self.repository = RepositoryNode(repository)

    def user_permissions(self, call: Call) -> dict[str, bool]:
        """An archived project cannot be pushed to."""
        may = call.world.may_write(self._repository, call.user) and not self._repository.archived
        return {"push_code": may, "create_merge_request_in": may}

    def web_url(self, call: Call) -> str:
        return f"{call.url}/{self._repository.path}"

    def http_url_to_repo(self, call: Call) -> str:
        return f"{call.url}/{self._repository.path}.git"

    def merge_request(self, call: Call, *, iid: str) -> "RequestNode | None":
        request = self._repository.request(int(iid)) if iid.isdecimal() else None
        return RequestNode(request, self._repository) if request else None

    def merge_requests(self, call: Call, **query: Unpack[Asked]) -> Connection | None:
        return request_nodes(call, [self._repository], query) if self._repository.requests_enabled else None


class RepositoryNode:
    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._bare: Bare = repository.bare
        self.exists = True

    def empty(self, call: Call) -> bool:
        return self._repository.is_empty

    def root_ref(self, call: Call) -> str | None:
        return None if self._repository.is_empty else self._repository.default_branch

    def branch_names(self, call: Call, *, limit: int, offset: int, search_pattern: str) -> list[str]:
        names = [name for name in self._bare.heads() if search_pattern.strip("*") in name]
        return names[offset : offset + limit]

    def _commit(self, ref: str | None) -> str | None:
        return self._bare.resolve(ref or self._repository.default_branch)

    def commit(self, call: Call, *, ref: str) -> dict[str, object] | None:
        """Source: https://gitlab.com/gitlab-org/gitlab/-/merge_requests/179542"""
        commit = self._bare.resolve(ref)
        return commit_node(self._bare, commit) if commit else None

    def blobs(
        self,
        call: Call,
        *,
        paths: list[str],
        ref: str | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection:
        commit = self._commit(ref)
        files = self._bare.files(commit)
        heads = [
            BlobNode(self._repository, path, files[path])
            for path in paths
            if path in files and files[path].kind == "blob"
        ]
        return Connection(heads, first, after, limit(call))

    def tree(self, call: Call, *, path: str, recursive: bool, ref: str | None = None) -> "TreeNode | None":
        commit = self._commit(ref)
        return TreeNode(self._repository, commit, path.strip("/"), deep=recursive) if commit else None


class BlobNode:
    def __init__(self, repository: Repository, path: str, entry: Entry) -> None:
        self._bare = repository.bare
        self.id = gid("Gitlab::Git::Blob", 0) + entry.oid
        self.path, self.oid, self.mode = path, entry.oid, entry.octal
        self.name = path.rpartition("/")[2]
        self.web_path = f"/{repository.path}/-/blob/HEAD/{path}"

    def raw_size(self, call: Call) -> int:
        return len(self._bare.read(self.oid))

    size = raw_size

    def raw_blob(self, call: Call) -> str:
        return self._bare.read(self.oid).decode(errors="replace")

    def raw_text_blob(self, call: Call) -> str | None:
        """Null for what is not text."""
        data = self._bare.read(self.oid)
        return None if b"\0" in data else data.decode(errors="replace")


class TreeNode:
    def __init__(self, repository: Repository, commit: str, path: str, *, deep: bool) -> None:
        self._bare, self._commit, self._path, self._deep = repository.bare, commit, path, deep

    def _rows(self, kind: str) -> list[dict[str, object]]:
        start = f"{self._path}/" if self._path else ""
        if self._deep and kind == "blob":
            entries = {path: entry for path, entry in self._bare.files(self._commit).items() if path.startswith(start)}
        else:
            inside = self._bare.folder_of(self._commit, self._path) or {}
            entries = {start + name: entry for name, entry in inside.items()}
        return [
            {
                "name": path.rpartition("/")[2],
                "path": path,
                "flat_path": path,
                "sha": entry.oid,
                "mode": entry.octal,
            }
            for path, entry in sorted(entries.items())
            if entry.kind == kind
        ]

    def blobs(self, call: Call, *, first: int | None = None, after: str | None = None) -> Connection:
        return Connection(self._rows("blob"), first, after, limit(call))

    def trees(self, call: Call, *, first: int | None = None, after: str | None = None) -> Connection:
        return Connection(self._rows("tree"), first, after, limit(call))

    def last_commit(self, call: Call) -> dict[str, object]:
        return commit_node(self._bare, self._commit)


def commit_node(bare: Bare, oid: str) -> dict[str, object]:
    commit = bare.commit_object(oid)
    message = commit.message.decode(errors="replace")
    return {
        "id": f"gid://gitlab/Commit/{oid}",
        "sha": oid,
        "title": message.partition("\n")[0],
        "message": message,
        "authored_date": moment(commit.author_time),
    }


class RequestNode:
    def __init__(self, request: MergeRequest, repository: Repository) -> None:
        self._request, self._repository = request, repository
        self.id, self.iid = gid("MergeRequest", request.id), str(request.number)
        self.project = ProjectNode(repository)
        self.state, self.title, self.description = request.state, request.title, request.description
        self.source_branch, self.target_branch = request.source, request.target
        self.diff_head_sha = request.head or None
        self.draft = is_draft(request)
        self.auto_merge_enabled = request.auto_merge
        self.merge_commit_sha = request.merge_commit
        self.user_notes_count = len(request.notes)
        self.author = user_node(request.author)
        self.created_at, self.updated_at = moment(request.created), moment(request.updated)
        self.merged_at = moment(request.closed) if request.state == "merged" else None
        self.closed_at = moment(request.closed) if request.state == "closed" else None

    def source_project(self, call: Call) -> ProjectNode | None:
        source = source_of(call.world, self._repository, self._request)
        return ProjectNode(source) if source else None

    def source_project_id(self, call: Call) -> int | None:
        source = source_of(call.world, self._repository, self._request)
        return source.id if source else None

    def web_url(self, call: Call) -> str:
        return f"{call.url}/{self._repository.path}/-/merge_requests/{self.iid}"

    def detailed_merge_status(self, call: Call) -> str:
        return merge_status(call.world, self._repository, self._request)[1].upper()

    def conflicts(self, call: Call) -> bool:
        return merge_status(call.world, self._repository, self._request)[1] == "conflict"

    def assignees(self, call: Call, *, first: int | None = None) -> Connection:
        return Connection([user_node(user) for user in self._request.assignees], first)

    def reviewers(self, call: Call, *, first: int | None = None) -> Connection:
        return Connection([user_node(user) for user in self._request.reviewers], first)

    def labels(self, call: Call, *, first: int | None = None, after: str | None = None) -> Connection:
        labels = self._repository.labels
        nodes = [label_node(labels.get(name) or Label(0, name)) for name in sorted(self._request.labels)]
        return Connection(nodes, first, after)

    def notes(self, call: Call, *, first: int | None = None, after: str | None = None) -> Connection:
        return Connection([note_node(note) for note in self._request.notes], first, after)


def label_node(label: Label) -> dict[str, object]:
    node = {"title": label.name, "color": label.color, "description": label.description or None}
    return {"id": gid("ProjectLabel", label.id), **node}


def note_node(note: Note) -> dict[str, object]:
    return {
        "id": gid("Note", note.id),
        "body": note.body,
        "author": user_node(note.author),
        "system": False,
        "created_at": moment(note.created),
        "updated_at": moment(note.updated),
    }
