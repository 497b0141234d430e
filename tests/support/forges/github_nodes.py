"""What GitHub's GraphQL finds: repositories, objects of git, pull requests, each as one class.

Source: https://docs.github.com/graphql/reference; limits of a page from
https://docs.github.com/graphql/guides/introduction-to-graphql#node-limit
"""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from dulwich.objects import Commit

from tests.support.forges.bare import Entry
from tests.support.forges.forking import source_of
from tests.support.forges.github_views import is_signed, mergeable, ref_id
from tests.support.forges.gitlab_views import person
from tests.support.forges.graphql_door import Connection, problem
from tests.support.forges.state import Label, MergeRequest, Note, Repository, User
from tests.support.forges.wire import Call, moment


class Pages(TypedDict, total=False):
    """How every connection is narrowed."""

    first: int | None
    last: int | None
    after: str | None


def connection(call: Call, name: str, rows: Sequence[object], pages: Pages) -> Connection:
    """A page; GitHub refuses one without a size, and one of more than a hundred."""
    first, last = pages.get("first"), pages.get("last")
    size = first if first is not None else last
    if size is None:
        text = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise problem(text, "MISSING_PAGINATION_BOUNDARIES")
    if size > 100:
        text = f"Requesting {size} records on the `{name}` connection exceeds the `first` limit of 100 records."
        raise problem(text, "EXCESSIVE_PAGINATION")
    limit = call.request.page_cap or 100
    if first is None:
        return Connection(list(rows)[-size:] if size else [], size, None, limit)
    return Connection(rows, first, pages.get("after"), limit)


class UserNode:
    __typename = "User"

    def __init__(self, user: User) -> None:
        self.user = user
        self.id, self.database_id = f"U_{user.id}", user.id
        self.login, self.name, self.email = user.name, user.name.title(), user.author.email

    def url(self, call: Call) -> str:
        return f"{call.url}/{self.login}"


class OrganizationNode:
    __typename = "Organization"

    def __init__(self, login: str, number: int) -> None:
        self.login, self.id = login, f"O_{number}"

    def url(self, call: Call) -> str:
        return f"{call.url}/{self.login}"

    def repositories(
        self,
        call: Call,
        *,
        is_archived: bool | None = None,
        is_fork: bool | None = None,
        order_by: dict[str, str] | None = None,
        **pages: Unpack[Pages],
    ) -> Connection:
        repositories = call.world.under(self.login, call.user, deep=False)
        rows = [
            RepositoryNode(repository)
            for repository in repositories
            if is_archived in (None, repository.archived) and is_fork in (None, repository.parent is not None)
        ]
        if order_by is not None:
            by_name = order_by["field"] == "NAME"
            rows.sort(key=lambda node: node.name if by_name else "", reverse=False)
            rows = rows[::-1] if order_by["direction"] == "DESC" else rows
        return connection(call, "repositories", rows, pages)


class RepositoryNode:
    __typename = "Repository"

    def __init__(self, repository: Repository) -> None:
        self.repository, self._bare = repository, repository.bare
        self.id, self.database_id = f"R_{repository.id}", repository.id
        self.name, self.name_with_owner = repository.name, repository.path
        self.created_at = moment(repository.created)
        self.is_archived, self.is_mirror = repository.archived, repository.mirror
        self.is_locked = False
        self.is_disabled, self.is_fork = repository.disabled, repository.parent is not None
        self.is_private = True

    def is_empty(self, call: Call) -> bool:
        return self.repository.is_empty

    def owner(self, call: Call) -> OrganizationNode:
        return OrganizationNode(self.repository.owner, call.world.groups.get(self.repository.owner, 1))

    def url(self, call: Call) -> str:
        return f"{call.url}/{self.repository.path}"

    def viewer_permission(self, call: Call) -> str:
        return "WRITE" if call.world.may_write(self.repository, call.user) else "READ"

    def default_branch_ref(self, call: Call) -> "RefNode | None":
        return ref_node(self.repository, f"refs/heads/{self.repository.default_branch}")

    def ref(self, call: Call, *, qualified_name: str) -> "RefNode | None":
        full = qualified_name if qualified_name.startswith("refs/") else f"refs/heads/{qualified_name}"
        return ref_node(self.repository, full)

    def object(self, call: Call, *, expression: str | None = None, oid: str | None = None) -> object:
        """`branch:path`, `branch:` for its tree, or a revision."""
        if oid is not None:
            return git_node(self.repository, oid)
        revision, colon, path = (expression or "").partition(":")
        start = self._bare.resolve(revision)
        if start is None or not colon:
            return git_node(self.repository, start) if start else None
        entry = self._bare.entry(start, path.strip("/"))
        return git_node(self.repository, entry.oid) if entry else None

    def label(self, call: Call, *, name: str) -> "LabelNode | None":
        labels = self.repository.labels.get(name)
        return LabelNode(labels) if labels else None

    def labels(self, call: Call, *, query: str | None = None, **pages: Unpack[Pages]) -> Connection:
        labels = [LabelNode(label) for label in self.repository.labels.values() if (query or "") in label.name]
        return connection(call, "labels", labels, pages)

    def pull_request(self, call: Call, *, number: int) -> "PullNode":
        request = self.repository.request(number)
        if request is None:
            raise problem(f"Could not resolve to a PullRequest with the number of {number}.", "NOT_FOUND")
        return PullNode(request, self.repository)

    def pull_requests(
        self,
        call: Call,
        *,
        head_ref_name: str | None = None,
        base_ref_name: str | None = None,
        labels: list[str] | None = None,
        states: list[str] | None = None,
        order_by: dict[str, str] | None = None,
        **pages: Unpack[Pages],
    ) -> Connection:
        """Oldest first, unless another order is asked."""
        rows = [
            PullNode(merge_request, self.repository)
            for merge_request in reversed(call.listed(self.repository))
            if head_ref_name in (None, merge_request.source)
            and base_ref_name in (None, merge_request.target)
            and (states is None or STATES[merge_request.state] in states)
            and (labels is None or set(labels) & set(merge_request.labels))
        ]
        if order_by is not None:
            by_update = order_by["field"] == "UPDATED_AT"
            rows.sort(key=lambda node: node.request.updated if by_update else node.number)
            rows = rows[::-1] if order_by["direction"] == "DESC" else rows
        return connection(call, "pullRequests", rows, pages)


STATES = {"opened": "OPEN", "closed": "CLOSED", "merged": "MERGED"}


class RefNode:
    __typename = "Ref"

    def __init__(self, repository: Repository, full: str, oid: str) -> None:
        self._repository, self._oid = repository, oid
        self.id = ref_id(repository, full)
        self.prefix = "/".join(full.split("/")[:2]) + "/"
        self.name = full.removeprefix(self.prefix)

    def target(self, call: Call) -> object:
        return git_node(self._repository, self._oid)


def ref_node(repository: Repository, full: str) -> RefNode | None:
    oid = repository.bare.ref(full)
    return RefNode(repository, full, oid) if oid else None


class ObjectNode:
    """What every object of git has."""

    def __init__(self, repository: Repository, oid: str) -> None:
        self._repository, self._bare = repository, repository.bare
        self.id, self.oid, self.abbreviated_oid = f"G_{repository.id}_{oid}", oid, oid[:7]

    def repository(self, call: Call) -> RepositoryNode:
        return RepositoryNode(self._repository)


class CommitNode(ObjectNode):
    __typename = "Commit"

    def __init__(self, repository: Repository, commit: Commit) -> None:
        super().__init__(repository, commit.id.decode())
        self._commit = commit
        self.message = commit.message.decode(errors="replace").rstrip("\n")
        self.message_headline, _, body = self.message.partition("\n")
        self.message_body = body.strip("\n")
        self.authored_date, self.committed_date = moment(commit.author_time), moment(commit.commit_time)
        self.author = dict(zip(("name", "email"), person(commit.author), strict=True))
        self.committer = dict(zip(("name", "email"), person(commit.committer), strict=True))
        self.signature = {"is_valid": True} if is_signed(commit) else None

    def url(self, call: Call) -> str:
        return f"{call.url}/{self._repository.path}/commit/{self.oid}"

    def tree(self, call: Call) -> object:
        return git_node(self._repository, self._commit.tree.decode())

    def parents(self, call: Call, **pages: Unpack[Pages]) -> Connection:
        rows = [git_node(self._repository, parent.decode()) for parent in self._commit.parents]
        return connection(call, "parents", rows, pages)

    def history(self, call: Call, **pages: Unpack[Pages]) -> Connection:
        rows = [git_node(self._repository, oid) for oid in self._bare.commits_between(None, self.oid)]
        return connection(call, "history", rows, pages)

    def file(self, call: Call, *, path: str) -> "EntryNode | None":
        entry = self._bare.entry(self.oid, path)
        return EntryNode(self._repository, path, entry) if entry else None


class TreeNode(ObjectNode):
    __typename = "Tree"

    def entries(self, call: Call) -> "list[EntryNode]":
        inside = self._bare.folder_of(self.oid, "") or {}
        return [EntryNode(self._repository, name, entry) for name, entry in inside.items()]


class BlobNode(ObjectNode):
    __typename = "Blob"
    is_truncated = False

    def byte_size(self, call: Call) -> int:
        return len(self._bare.read(self.oid))

    def is_binary(self, call: Call) -> bool:
        return b"\0" in self._bare.read(self.oid)

    def text(self, call: Call) -> str | None:
        """Null for what is binary."""
        data = self._bare.read(self.oid)
        return None if b"\0" in data else data.decode(errors="replace")


class EntryNode:
    __typename = "TreeEntry"

    def __init__(self, repository: Repository, path: str, entry: Entry) -> None:
        self._repository = repository
        self.path, self.name = path, path.rpartition("/")[2]
        self.mode, self.oid, self.type = entry.mode, entry.oid, entry.kind

    def object(self, call: Call) -> ObjectNode | None:
        return git_node(self._repository, self.oid) if self.type != "commit" else None

    def size(self, call: Call) -> int:
        return len(self._repository.bare.read(self.oid)) if self.type == "blob" else 0


def git_node(repository: Repository, oid: str) -> ObjectNode | None:
    git_object = repository.bare.object(oid)
    if git_object is None:
        return None
    if isinstance(git_object, Commit):
        return CommitNode(repository, git_object)
    return (TreeNode if git_object.type_name == b"tree" else BlobNode)(repository, oid)


class LabelNode:
    __typename = "Label"

    def __init__(self, label: Label) -> None:
        self.id, self.name = f"LA_{label.id}", label.name
        self.color, self.description = label.color.removeprefix("#"), label.description or None


class CommentNode:
    __typename = "IssueComment"

    def __init__(self, note: Note, request: MergeRequest, repository: Repository) -> None:
        self._note = note
        self._place = f"{repository.path}/pull/{request.number}#issuecomment-{note.id}"
        self.id, self.database_id, self.body = f"IC_{note.id}", note.id, note.body
        self.author = UserNode(note.author)
        self.created_at, self.updated_at = moment(note.created), moment(note.updated)

    def url(self, call: Call) -> str:
        return f"{call.url}/{self._place}"

    def viewer_did_author(self, call: Call) -> bool:
        return self._note.author == call.user


class PullNode:
    __typename = "PullRequest"

    def __init__(self, request: MergeRequest, repository: Repository) -> None:
        self.request, self._repository = request, repository
        self.id, self.database_id, self.number = f"PR_{request.id}", request.id, request.number
        self.title, self.body = request.title, request.description
        self.state, self.is_draft = STATES[request.state], request.draft
        self.is_cross_repository = request.fork is not None
        self.closed, self.merged = request.state != "opened", request.state == "merged"
        self.author = UserNode(request.author)
        self.base_ref_name, self.head_ref_name = request.target, request.source
        self.base_ref_oid = repository.bare.tip(request.target) or request.base
        self.head_ref_oid = request.head
        self.created_at, self.updated_at = moment(request.created), moment(request.updated)
        self.closed_at = moment(request.closed)
        self.merged_at = self.closed_at if self.merged else None

    def url(self, call: Call) -> str:
        return f"{call.url}/{self._repository.path}/pull/{self.number}"

    def repository(self, call: Call) -> RepositoryNode:
        return RepositoryNode(self._repository)

    def head_repository(self, call: Call) -> RepositoryNode | None:
        source = source_of(call.world, self._repository, self.request)
        return RepositoryNode(source) if source else None

    def head_ref(self, call: Call) -> RefNode | None:
        source = source_of(call.world, self._repository, self.request)
        return ref_node(source, f"refs/heads/{self.request.source}") if source else None

    def mergeable(self, call: Call) -> str:
        """Reading starts the job that computes it."""
        mergeability, _ = mergeable(call.world, self._repository, self.request)
        call.world.look(self.request)
        return "UNKNOWN" if mergeability is None else ("MERGEABLE" if mergeability else "CONFLICTING")

    def merge_state_status(self, call: Call) -> str:
        return mergeable(call.world, self._repository, self.request)[1].upper()

    def merge_commit(self, call: Call) -> object:
        return git_node(self._repository, self.request.merge_commit) if self.request.merge_commit else None

    def assignees(self, call: Call, **pages: Unpack[Pages]) -> Connection:
        return connection(call, "assignees", [UserNode(user) for user in self.request.assignees], pages)

    def comments(self, call: Call, **pages: Unpack[Pages]) -> Connection:
        rows = [CommentNode(note, self.request, self._repository) for note in self.request.notes]
        return connection(call, "comments", rows, pages)

    def labels(self, call: Call, **pages: Unpack[Pages]) -> Connection:
        rows = [LabelNode(self._repository.labels[name]) for name in self.request.labels]
        return connection(call, "labels", rows, pages)

    def review_requests(self, call: Call, **pages: Unpack[Pages]) -> Connection:
        rows = [{"requested_reviewer": UserNode(user)} for user in self.request.reviewers]
        return connection(call, "reviewRequests", rows, pages)
