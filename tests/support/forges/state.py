"""The state of a forge: users, repositories (bare, real) and merge requests. Branches are read from git each time.

Merge requests, labels and notes are kept in memory; their heads are read from git and written to it as a forge does
(`refs/pull/1/head`). How any of this looks on the wire is the business of `gitlab`, `github` and `gitea`.
"""

import copy
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.support.forges.bare import Author, Bare, make_bare

State = Literal["opened", "closed", "merged"]
Access = Literal["none", "read", "write"]
Mergeability = Literal["unchecked", "checking", "clean", "conflict"]


@dataclass(frozen=True, slots=True)
class User:
    """A user with a token."""

    id: int
    name: str
    token: str

    @property
    def author(self) -> Author:
        return Author(self.name, f"{self.name}@example.invalid")


@dataclass(frozen=True, slots=True)
class Label:
    id: int
    name: str
    color: str = "#428bca"
    description: str = ""


@dataclass(slots=True)
class Note:
    """A comment on a merge request."""

    id: int
    author: User
    body: str
    created: float
    updated: float
    parent: int | None = None
    """The comment that it answers (Bitbucket)."""


@dataclass(slots=True, kw_only=True)
class Thread:
    """A thread on a line of a merge request, with its first note."""

    id: str
    note: Note
    path: str
    line: int
    commit: str
    resolved: bool = False
    replies: list[Note] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Status:
    """The status that a program gave a commit."""

    id: int
    name: str
    state: str
    description: str
    author: User
    created: float


@dataclass(slots=True, kw_only=True)
class MergeRequest:
    """A merge request, or pull request."""

    id: int
    number: int
    source: str
    target: str
    title: str
    description: str
    author: User
    head: str
    """The tip of the source branch when it was last seen."""
    base: str
    """The tip of the target branch when it was opened."""
    created: float
    updated: float
    state: State = "opened"
    labels: list[str] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    reviewers: list[User] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    reads: int = 0
    """How often it was looked at since its head or its target last moved."""
    closed_by: User | None = None
    closed: float | None = None
    merge_commit: str | None = None
    auto_merge: bool = False
    on_train: bool = False
    draft: bool = False
    fork: int | None = None
    """The repository that its source branch is in, where that is another one."""


@dataclass(slots=True, kw_only=True)
class Repository:
    """A repository: its git, and what the forge stores in addition."""

    id: int
    path: str
    bare: Bare
    default_branch: str
    created: float
    archived: bool = False
    mirror: bool = False
    requests_enabled: bool = True
    access: Access = "write"
    """What the bot may do; everybody else may write."""
    protected: frozenset[str] = frozenset()
    """Branches that cannot be pushed to."""
    pipelines: bool = True
    """Whether each push starts a pipeline, which then runs (GitLab)."""
    trains: bool = False
    """Whether merge requests join a merge train (GitLab)."""
    required_approvals: int = 0
    """How many people must approve what is merged into the default branch."""
    classic: bool = False
    """Whether branches are protected by branch protection, not by a ruleset, where a forge has both (GitHub)."""
    labels: dict[str, Label] = field(default_factory=dict)
    inherited: dict[str, Label] = field(default_factory=dict)
    """The labels of its organisation."""
    requests: list[MergeRequest] = field(default_factory=list)
    statuses: dict[str, list[Status]] = field(default_factory=dict)
    """The statuses of each commit, the newest last."""
    maintainers: set[str] = field(default_factory=set)
    """Who may maintain it."""
    tells_roles: bool = True
    """Whether the bot may ask what others may do."""
    parent: int | None = None
    """The repository that it is a fork of."""
    forkable: bool = True
    disabled: bool = False
    pending: Callable[[], object] | None = None
    """What copies it, as long as it is a fork that is not copied yet."""
    looks: int = 0
    """How often it has to be looked at until it is copied."""
    check_runs: dict[str, list[str]] = field(default_factory=dict)
    """The conclusions of the check runs of each commit (GitHub)."""

    @property
    def all_labels(self) -> dict[str, Label]:
        """Its labels, and those of its organisation with other names."""
        return self.inherited | self.labels

    @property
    def owner(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def is_empty(self) -> bool:
        return not self.bare.heads()

    def request(self, number: int) -> MergeRequest | None:
        return next((request for request in self.requests if request.number == number), None)

    def note(self, number: str) -> tuple[MergeRequest, Note] | tuple[None, None]:
        """A comment by its id, with its merge request."""
        notes = ((request, note) for request in self.requests for note in request.notes)
        threads = ((request, thread.note) for request in self.requests for thread in request.threads)
        pairs = (*notes, *threads)
        return next(((request, note) for request, note in pairs if str(note.id) == number), (None, None))

    def open_from(self, source: str, target: str | None = None, fork: int | None = None) -> MergeRequest | None:
        """The open request of a source branch, of this repository or of a fork."""
        return next(
            (
                request
                for request in self.requests
                if request.state == "opened"
                and request.source == source
                and target in (None, request.target)
                and request.fork == fork
            ),
            None,
        )


class World:
    """The state of one forge. Hold `lock` to read or change it."""

    def __init__(self, folder: Path, *, request_ref: str, settles_after: int, closes_with_branch: bool) -> None:
        self.folder = folder
        self.request_ref = request_ref
        self.settles_after = settles_after
        """How often a request is looked at before it is known whether it can be merged."""
        self.closes_with_branch = closes_with_branch
        self.counted_up_to = 10_000
        """Lists longer than this do not tell how long they are."""
        self.offset_up_to = 50_000
        """Pages that begin beyond this are refused."""
        self.hasty = False
        """Whether a second request from a branch is opened, as Gitea does with two at the same moment."""
        self.programs: set[str] = set()
        """Users that are no people, where the forge says so."""
        self.copies_after = 0
        """How often a new fork is looked at before it is copied."""
        self.single_reviewer = False
        """GitLab's free tier keeps the first reviewer only."""
        self.lock = threading.RLock()
        self.repositories: dict[str, Repository] = {}
        self.users: dict[str, User] = {}
        self.numbered: dict[int, Repository] = {}
        self.opened: dict[int, tuple[Repository, MergeRequest]] = {}
        """Every request by its id."""
        self.groups: dict[str, int] = {}
        """Groups and organisations by path: every folder that a repository is in."""
        self.clock: Callable[[], float] = time.time
        self._ids = itertools.count(101)
        self._before: dict[str, list[MergeRequest]] = {}
        self.bot = self.add_user("codex-bot", "fake-token-of-the-bot")

    def close(self) -> None:
        for repository in self.repositories.values():
            repository.bare.close()

    def next_id(self) -> int:
        return next(self._ids)

    def add_user(self, name: str, token: str = "") -> User:
        with self.lock:
            user = User(self.next_id(), name, token or f"fake-token-of-{name}")
            self.users[name] = user
            return user

    def user_of_token(self, token: str) -> User | None:
        return next((user for user in self.users.values() if user.token == token), None)

    def user_of_id(self, number: int) -> User | None:
        return next((user for user in self.users.values() if user.id == number), None)

    def user_named(self, name: str) -> User:
        """The user of this name, created if need be."""
        return self.users.get(name) or self.add_user(name)

    def add_repository(self, path: str, default_branch: str = "main") -> Repository:
        """An empty one."""
        with self.lock:
            number = self.next_id()
            bare = make_bare(self.folder / f"{path}.git", default_branch)
            repository = Repository(
                id=number, path=path, bare=bare, default_branch=default_branch, created=self.clock()
            )
            self.repositories[path.lower()] = self.numbered[number] = repository
            parts = path.split("/")[:-1]
            for depth in range(len(parts)):
                group = "/".join(parts[: depth + 1])
                if group not in self.groups:
                    self.groups[group] = self.next_id()
            return repository

    def find(self, path: str, user: User) -> Repository | None:
        """A repository this user may see."""
        repository = self.repositories.get(path.lower())
        if repository is None and path.isdecimal():
            repository = self.numbered.get(int(path))
        if repository is not None and repository.pending is not None:
            repository.looks -= 1
            if repository.looks < 0:
                repository.pending()
                repository.pending = None
        return repository if repository is not None and (repository.access != "none" or user != self.bot) else None

    def group(self, name: str) -> str | None:
        """The path of a group, which may be named by its id."""
        paths = (path for path, number in self.groups.items() if name.lower() == path.lower() or name == str(number))
        return next(paths, None)

    def under(self, owner: str, user: User, *, deep: bool) -> list[Repository]:
        """The repositories of a group or organisation that this user may see, oldest first."""
        prefix = f"{owner.lower()}/"
        return [
            repository
            for path, repository in self.repositories.items()
            if path.startswith(prefix)
            and (deep or "/" not in path[len(prefix) :])
            and (repository.access != "none" or user != self.bot)
        ]

    def may_write(self, repository: Repository, user: User) -> bool:
        return user != self.bot or repository.access == "write"

    def add_label(self, repository: Repository, name: str, color: str = "#428bca", description: str = "") -> Label:
        label = Label(self.next_id(), name, color, description)
        repository.labels[name] = label
        return label

    def open_request(
        self,
        repository: Repository,
        author: User,
        *,
        source: str,
        target: str,
        title: str,
        description: str,
        fork: Repository | None = None,
    ) -> MergeRequest:
        """Open a merge request; its branches exist, the source branch in `fork` if that is given."""
        now = self.clock()
        request = MergeRequest(
            id=self.next_id(),
            number=len(repository.requests) + 1,
            source=source,
            target=target,
            title=title,
            description=description,
            author=author,
            head=(fork or repository).bare.tip(source) or "",
            fork=fork.id if fork else None,
            base=repository.bare.tip(target) or "",
            created=now,
            updated=now,
        )
        repository.requests.append(request)
        self.opened[request.id] = (repository, request)
        self._point(repository, request)
        return request

    def set_state(self, request: MergeRequest, state: State, by: User) -> None:
        request.state = state
        request.closed, request.closed_by = (None, None) if state == "opened" else (self.clock(), by)
        request.reads = 0
        request.updated = self.clock()

    def add_note(self, request: MergeRequest, author: User, body: str) -> Note:
        now = self.clock()
        note = Note(self.next_id(), author, body, now, now)
        request.notes.append(note)
        request.updated = now
        return note

    def refresh(self, repository: Repository) -> None:
        """Read what git did: a merge request follows its branch, however that was moved."""
        parent = self.numbered.get(repository.parent) if repository.parent is not None else None
        if parent is not None:
            self.refresh(parent)
        heads = repository.bare.heads()
        for request in repository.requests:
            if request.state != "opened":
                continue
            fork = self.numbered.get(request.fork) if request.fork is not None else repository
            if fork is None:
                continue
            head = fork.bare.tip(request.source)
            if head is None:
                if self.closes_with_branch:
                    self.set_state(request, "closed", self.bot)
            elif head != request.head:
                request.head, request.reads, request.updated = head, 0, self.clock()
                self._point(repository, request)
            if request.target not in heads and self.closes_with_branch:
                self.set_state(request, "closed", self.bot)

    def _point(self, repository: Repository, request: MergeRequest) -> None:
        fork = self.numbered.get(request.fork) if request.fork is not None else None
        if fork is not None:
            name = self.request_ref.format(number=request.number)
            repository.bare.fetch(fork.bare, f"refs/heads/{request.source}", name)
            return
        repository.bare.set_ref(self.request_ref.format(number=request.number), request.head)

    def mergeability(self, repository: Repository, request: MergeRequest) -> Mergeability:
        """What is known of it so far; looking is counted by `look`."""
        if request.reads < self.settles_after:
            return "checking" if request.reads else "unchecked"
        target = repository.bare.tip(request.target)
        fork = self.numbered.get(request.fork) if request.fork is not None else repository
        if target is None or fork is None or fork.bare.tip(request.source) is None:
            return "conflict"
        return "clean" if repository.bare.merged_tree(target, request.head) is not None else "conflict"

    def look(self, request: MergeRequest) -> None:
        """A client reads it: the forge continues its checks."""
        request.reads += 1

    def merge(self, repository: Repository, request: MergeRequest, by: User) -> str | None:
        """Merge by a real merge commit; `None` where it conflicts or the target has moved."""
        bare, target = repository.bare, repository.bare.tip(request.target)
        tree = bare.merged_tree(target, request.head) if target else None
        if target is None or tree is None:
            return None
        message = f"Merge branch '{request.source}' into '{request.target}'\n\n{request.title}\n"
        commit = bare.add_commit(tree, (target, request.head), message, by.author)
        if not bare.set_ref(f"refs/heads/{request.target}", commit, target):
            return None
        self.set_state(request, "merged", by)
        request.merge_commit = commit
        return commit

    def commit(
        self,
        repository: Repository,
        branch: str,
        files: Mapping[str, bytes | None],
        *,
        by: User,
        message: str = "Change by hand",
    ) -> str:
        """A commit on the tip of a branch, which is made from the default branch if it does not exist."""
        bare = repository.bare
        while True:
            tip = bare.tip(branch)
            commit = bare.changed(tip or bare.tip(repository.default_branch), files, message, by.author)
            name = f"refs/heads/{branch}"
            if bare.set_ref(name, commit, tip) if tip else bare.create_ref(name, commit):
                self.refresh(repository)
                return commit

    def remember(self) -> None:
        """Keep the lists of requests as they are now, for answers that come from a stale index."""
        with self.lock:
            self._before = {
                path: [copy.copy(request) for request in repository.requests]
                for path, repository in self.repositories.items()
            }

    def listed(self, repository: Repository, *, stale: bool) -> Sequence[MergeRequest]:
        """The requests of a repository, newest first, as a list shows them."""
        requests: Iterable[MergeRequest] = (
            self._before.get(repository.path.lower(), []) if stale else repository.requests
        )
        return sorted(requests, key=lambda request: -request.number)
