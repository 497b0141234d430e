"""Forges that are tested against one contract: on each stage our adapter works, and people do.

A forge joins by a row in `ROWS`: `served` makes one from a fake and a function from its client to the adapter.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from codex.forge.base import FileWrite, RepositoryHead
from codex.forge.base import Forge as Port
from codex.forge.bitbucket import BitbucketForge
from codex.forge.gitea import GiteaForge
from codex.forge.gitea_heads import FORGEJO
from codex.forge.github import GitHubForge
from codex.forge.gitlab import GitLabForge
from codex.forge.local import LocalForge
from codex.http.client import Client
from codex.http.credentials import Token
from codex.http.rate_limit import RateLimiter
from codex.sync.lock import blob_id
from codex.sync.observed import TreeEntry
from codex.sync.repository import Repository
from codex.sync.request_text import RequestText
from codex.sync.seal import Trailers
from tests.support.fleet import People, git
from tests.support.forges import Forge as Fake
from tests.support.forges import bitbucket, running
from tests.support.forges.faults import Kind
from tests.support.forges.state import Label, MergeRequest

BRANCH = "codex/sync"
REPO = "shop/payments"
REQUEST_TEXT = RequestText(title="Codex 1", body="The body.\n", labels=("codex",), reviewers=())
OURS = "Codex 1\n\n" + Trailers(source="eng", version="1.0.0", base="b", digest="d", seal="s").text()
OURS_CHANGED = {
    "AGENTS.md": TreeEntry(blob=blob_id(b"# A\n")),
    "run.sh": TreeEntry(blob=blob_id(b"#!/bin/sh\n"), mode="100755"),
}
FILES = (FileWrite(path="AGENTS.md", data=b"# A\n"), FileWrite(path="run.sh", data=b"#!/bin/sh\n", mode=0o755))
REAL_GITEA = os.environ.get("CODEX_GITEA") or shutil.which("gitea") or shutil.which("forgejo")
"""A real Gitea or Forgejo, where there is one; the tests hold it against the same contract."""
README: Mapping[str, str | bytes] = {"README.md": "# Here\n", "src/a.py": "x = 1\n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A merge request as people see it."""

    number: int
    state: str
    title: str
    body: str
    labels: tuple[str, ...]
    reviewers: tuple[str, ...]
    notes: tuple[str, ...]
    draft: bool
    assignees: tuple[str, ...] = ()
    auto_merge: bool = False


class FakeClock:
    """A clock that sleeps in no time."""

    def __init__(self) -> None:
        self.time = 1_790_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Pass them."""
        self.slept.append(seconds)
        self.time += seconds


class Stage(Protocol):
    """A forge with people in it, and our adapter to it. `fake` is None where there is no network between."""

    port: Port
    fake: Fake | None
    clock: FakeClock

    @property
    def targets(self) -> dict[str, Repository]:
        """The repositories."""

    def add(self, path: str, files: Mapping[str, str | bytes] = README, **fields: Any) -> Repository:
        """Make a repository."""

    def fresh(self) -> Port:
        """Another adapter, with empty caches."""

    def commit(self, path: str, files: Mapping[str, str | bytes | None], branch: str = "main") -> str:
        """A person commits."""

    def tip(self, path: str, branch: str = BRANCH) -> str | None:
        """The commit of a branch."""

    def show(self, path: str, file: str, branch: str = "main") -> bytes:
        """A file."""

    def git(self, path: str) -> Path:
        """The bare repository."""

    def requests(self, path: str) -> list[Shown]:
        """The merge requests of a repository."""

    def close(self, path: str, number: int) -> None:
        """A person closes a merge request."""

    def merge(self, path: str, number: int) -> None:
        """A person merges a merge request."""

    def label(self, path: str, number: int, *names: str) -> None:
        """A person adds labels to a merge request."""

    def entitle(self, path: str, number: int, title: str) -> None:
        """A person changes the title of a merge request."""

    def describe(self, path: str, number: int, body: str) -> None:
        """A person changes the body of a merge request."""

    def redraft(self, path: str, number: int, *, draft: bool) -> None:
        """A person makes a merge request a draft, or ready."""

    def drop_branch(self, path: str, branch: str = BRANCH) -> None:
        """A person deletes a branch."""

    def require_approvals(self, path: str, count: int) -> None:
        """A person makes the host require approvals on the default branch."""

    def share_label(self, path: str, name: str) -> None:
        """A person creates a label for all repositories of an organisation."""

    def labels(self, path: str) -> list[str]:
        """The labels of a repository itself."""

    def restrict(
        self, path: str, *, read_only: bool = False, requests_off: bool = False, archived: bool = False
    ) -> None:
        """A person takes rights away from us, or merge requests from a repository, or archives it."""


def head(port: Port, target: Repository, branch: str = BRANCH) -> RepositoryHead:
    """The head of a repository."""
    (repository_head,) = port.heads([target], branch)
    assert isinstance(repository_head, RepositoryHead), repository_head
    return repository_head


def lacks(stage: Stage, what: str) -> bool:
    """Whether a forge does not have `labels`, `assignees` and so on."""
    return stage.fake is not None and what in stage.fake.flavour.lacks


def kept(stage: Stage, *labels: str) -> tuple[str, ...]:
    """The labels of codexc on a merge request, where a forge has labels."""
    return () if lacks(stage, "labels") else labels


def begun(stage: Stage, target: Repository) -> tuple[Repository, str, str]:
    """A branch with our commit; the target as the forge names it, the base and the commit."""
    repository_head = head(stage.port, target)
    assert repository_head.base is not None
    commit = stage.port.commit(repository_head.target, BRANCH, repository_head.base, FILES, OURS, expected=None)
    return repository_head.target, repository_head.base, commit


def update_branch(stage: Stage, path: str) -> None:
    """Merge `main` into our branch, as the forge's button does."""
    bare = stage.git(path)
    tree = git(bare, "merge-tree", "--write-tree", BRANCH, "main").split()[0]
    who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    commit = git(bare, *who, "commit-tree", tree, "-p", BRANCH, "-p", "main", "-m", "Merge branch 'main'")
    git(bare, "update-ref", f"refs/heads/{BRANCH}", commit)


@dataclass(slots=True)
class OnDisk:
    """Bare repositories in a folder."""

    people: People
    port: Port
    clock: FakeClock = field(default_factory=FakeClock)
    fake: Fake | None = None

    @property
    def targets(self) -> dict[str, Repository]:
        return self.people.targets

    def fresh(self) -> Port:
        return LocalForge(self.people.root)

    def add(self, path: str, files: Mapping[str, str | bytes] = README, **fields: Any) -> Repository:
        self.people.add(path, {}, **fields)
        if files:
            self.commit(path, files)
        return self.people.targets[path]

    def commit(self, path: str, files: Mapping[str, str | bytes | None], branch: str = "main") -> str:
        texts = {
            name: content.decode("utf-8") if isinstance(content, bytes) else content for name, content in files.items()
        }
        if self.tip(path, branch) is None and self.tip(path, "main") is not None:
            git(self.git(path), "update-ref", f"refs/heads/{branch}", "main")
        return self.people.commit(path, texts, branch)

    def tip(self, path: str, branch: str = BRANCH) -> str | None:
        return self.people.tip(path, branch)

    def show(self, path: str, file: str, branch: str = "main") -> bytes:
        return self.people.show(path, file, branch).encode()

    def git(self, path: str) -> Path:
        return self.people.root / f"{path}.git"

    def requests(self, path: str) -> list[Shown]:
        return [
            Shown(
                number=request["number"],
                state=request["state"],
                title=request["title"],
                body=request["body"],
                labels=tuple(request["labels"]),
                reviewers=tuple(request["reviewers"]),
                notes=tuple(request["notes"]),
                draft=request["draft"],
                assignees=tuple(request["assignees"]),
                auto_merge=request.get("auto_merge", False),
            )
            for request in self.people.requests(path)
        ]

    def close(self, path: str, number: int) -> None:
        self.people.change(path, number, state="closed")

    def merge(self, path: str, number: int) -> None:
        self.people.merge(path, number)

    def label(self, path: str, number: int, *names: str) -> None:
        self.people.change(path, number, labels=[*self.people.requests(path)[number - 1]["labels"], *names])

    def entitle(self, path: str, number: int, title: str) -> None:
        self.people.change(path, number, title=title)

    def describe(self, path: str, number: int, body: str) -> None:
        self.people.change(path, number, body=body)

    def redraft(self, path: str, number: int, *, draft: bool) -> None:
        self.people.change(path, number, draft=draft)

    def drop_branch(self, path: str, branch: str = BRANCH) -> None:
        git(self.git(path), "update-ref", "-d", f"refs/heads/{branch}")

    def require_approvals(self, path: str, count: int) -> None:
        """A person merges in any case."""

    def share_label(self, path: str, name: str) -> None:
        raise NotImplementedError  # a folder has no organisations

    def labels(self, path: str) -> list[str]:
        raise NotImplementedError

    def restrict(
        self, path: str, *, read_only: bool = False, requests_off: bool = False, archived: bool = False
    ) -> None:
        raise NotImplementedError  # a folder has no rights


@dataclass(slots=True)
class Served:
    """A fake forge on loopback."""

    fake: Fake | None
    make: Callable[[Client], Port]
    port: Port
    clock: FakeClock
    clients: list[Client]
    targets: dict[str, Repository] = field(default_factory=dict)

    @property
    def _fake(self) -> Fake:
        assert self.fake is not None
        return self.fake

    def fresh(self) -> Port:
        self.clients.append(client_of(self._fake, self.clock))
        return self.make(self.clients[-1])

    def add(self, path: str, files: Mapping[str, str | bytes] = README, **fields: Any) -> Repository:
        repository = self._fake.add_repository(path, files=files or None, empty=not files)
        self.targets[path] = Repository(id=str(repository.id), path=path, **fields)
        return self.targets[path]

    def commit(self, path: str, files: Mapping[str, str | bytes | None], branch: str = "main") -> str:
        return self._fake.human_commit(path, branch, files)

    def tip(self, path: str, branch: str = BRANCH) -> str | None:
        return self._fake.bare(path).tip(branch)

    def show(self, path: str, file: str, branch: str = "main") -> bytes:
        bare = self._fake.bare(path)
        return bare.read(bare.files(bare.tip(branch))[file].oid)

    def git(self, path: str) -> Path:
        return self._fake.bare(path).folder

    def requests(self, path: str) -> list[Shown]:
        return [
            Shown(
                number=request.number,
                state="open" if request.state == "opened" else request.state,
                title=request.title.removeprefix("Draft: ").removeprefix("WIP: "),
                body=request.description,
                labels=self._labels(request),
                reviewers=tuple(user.name for user in request.reviewers),
                notes=self._notes(request),
                draft=request.draft or request.title.startswith(("Draft: ", "WIP: ")),
                assignees=tuple(user.name for user in request.assignees),
                auto_merge=request.auto_merge,
            )
            for request in self._fake.requests(path)
        ]

    def _labels(self, request: MergeRequest) -> tuple[str, ...]:
        lacking = "labels" in self._fake.flavour.lacks
        return tuple(bitbucket.labels_of(request, self._fake.world.bot) if lacking else request.labels)

    def _notes(self, request: MergeRequest) -> tuple[str, ...]:
        if "labels" in self._fake.flavour.lacks:
            return tuple(bitbucket.notes_of(request, self._fake.world.bot))
        return tuple(note.body for note in request.notes)

    def close(self, path: str, number: int) -> None:
        self._fake.close_request(path, number)

    def merge(self, path: str, number: int) -> None:
        self._fake.merge(path, number)

    def label(self, path: str, number: int, *names: str) -> None:
        self._fake.label(path, number, *names)

    def entitle(self, path: str, number: int, title: str) -> None:
        self._fake.edit(path, number, title=title)

    def describe(self, path: str, number: int, body: str) -> None:
        self._fake.edit(path, number, description=body)

    def redraft(self, path: str, number: int, *, draft: bool) -> None:
        request = self._fake.merge_request(path, number)
        mark = {"gitlab": "Draft: ", "github": "", "bitbucket": ""}.get(self._fake.kind, "WIP: ")
        title = request.title.removeprefix(mark)
        self._fake.edit(path, number, title=f"{mark}{title}" if draft else title)
        request.draft = draft and not mark

    def drop_branch(self, path: str, branch: str = BRANCH) -> None:
        self._fake.delete_branch(path, branch)

    def require_approvals(self, path: str, count: int) -> None:
        self._fake.repository(path).required_approvals = count

    def share_label(self, path: str, name: str) -> None:
        label = Label(self._fake.world.next_id(), name)
        for repository in self._fake.world.repositories.values():
            if repository.owner == path.partition("/")[0]:
                repository.inherited[name] = label

    def labels(self, path: str) -> list[str]:
        return list(self._fake.repository(path).labels)

    def restrict(
        self, path: str, *, read_only: bool = False, requests_off: bool = False, archived: bool = False
    ) -> None:
        repository = self._fake.repository(path)
        repository.archived = archived
        repository.access = "read" if read_only else "write"
        repository.requests_enabled = not requests_off


def client_of(fake: Fake, clock: FakeClock, *, header: str = "bearer") -> Client:
    """A client that never really waits."""
    rate_limiter = RateLimiter("fake", clock=clock)
    return Client(fake.url, credential=Token(source=lambda: fake.token, kind=header), rate_limiter=rate_limiter)


Begin = Callable[[Path], AbstractContextManager[Stage]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A forge under the contract. `at` maps a write to the request of the fake that does it."""

    name: str
    begin: Begin
    at: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def local(folder: Path) -> Iterator[Stage]:
    """The forge of folders."""
    root = folder / "repositories"
    root.mkdir()
    yield OnDisk(People(root), LocalForge(root))


def served(kind: Kind, make: Callable[[Client], Port]) -> Begin:
    """A fake, and an adapter to it."""

    @contextmanager
    def begin(folder: Path) -> Iterator[Stage]:
        with running(kind, folder) as fake:
            clock = FakeClock()
            clients = [client_of(fake, clock)]
            try:
                yield Served(fake, make, make(clients[0]), clock, clients)
            finally:
                for client in clients:
                    client.close()

    return begin


@contextmanager
def real(folder: Path) -> Iterator[Stage]:
    """A real Gitea, started on first use."""
    from tests.support.real_gitea import begin

    with begin(folder) as stage:
        yield stage


_GITEA: Mapping[str, str] = {
    "commit": "POST */git-receive-pack",
    "rewrite": "POST */git-receive-pack",
    "delete": "POST */git-receive-pack",
    "propose": "POST */pulls",
    "revise": "PATCH */pulls/*",
    "withdraw": "PATCH */pulls/*",
    "annotate": "POST */comments",
}
ROWS = [
    Row(name="local", begin=local),
    Row(
        name="gitlab",
        begin=served("gitlab", GitLabForge),
        at={
            "commit": "POST */repository/commits",
            "rewrite": "POST */git-receive-pack",
            "delete": "POST */git-receive-pack",
            "propose": "POST */merge_requests",
            "revise": "PUT */merge_requests/*",
            "withdraw": "PUT */merge_requests/*",
            "annotate": "POST */notes",
        },
    ),
    Row(
        name="github",
        begin=served("github", GitHubForge),
        at={
            "commit": "POST */git-receive-pack",
            "rewrite": "POST */git-receive-pack",
            "delete": "POST */git-receive-pack",
            "propose": "POST */pulls",
            "revise": "PATCH */pulls/*",
            "withdraw": "PATCH */pulls/*",
            "annotate": "POST */comments",
        },
    ),
    Row(name="gitea", begin=served("gitea", GiteaForge), at=_GITEA),
    Row(name="forgejo", begin=served("forgejo", partial(GiteaForge, variant=FORGEJO)), at=_GITEA),
    Row(
        name="bitbucket",
        begin=served("bitbucket", BitbucketForge),
        at={
            "commit": "POST */git-receive-pack",
            "rewrite": "POST */git-receive-pack",
            "delete": "POST */git-receive-pack",
            "propose": "POST */pullrequests",
            "revise": "PUT */pullrequests/*",
            "withdraw": "POST */decline",
            "annotate": "POST */comments",
        },
    ),
    *([Row(name="real-gitea", begin=real)] if REAL_GITEA else []),
]
