"""The observed state of a repository: from the catalog, from the forge, and from its branches."""

from collections.abc import Mapping
from dataclasses import field

from codex.sync.changeset import ObservedFile
from codex.sync.lock import Lock
from codex.sync.settings import Settings
from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryPart:
    """A component that the catalog lists, in a folder of the repository (`""`: the whole repository)."""

    name: str
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One repository of the fleet. `id` never changes; `path` is its name on the forge (`group/name`)."""

    id: str
    path: str
    url: str = ""
    default_branch: str | None = None
    archived: bool = False
    mirror: bool = False
    requests_off: bool = False
    writable: bool = True
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    owner: str | None = None
    lifecycle: str | None = None
    system: str | None = None
    depends_on: tuple[str, ...] = ()
    components: tuple[RepositoryPart, ...] = ()

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """An entry of a commit's tree: git's id and mode.

    `100644` and `100755` are files, `120000` is a symbolic link, `160000` a submodule.
    """

    blob: str
    mode: str = "100644"


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchTip:
    """The last commit of the sync branch. `changed` maps each path that differs from the parent to its entry (None:
    deleted). `on_base` is true if the parent is on the default branch.

    A merge commit by which the forge updated the branch counts as the sync commit on top of the newer base.
    """

    commit: str
    parent: str | None
    message: str
    changed: Mapping[str, TreeEntry | None]
    on_base: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRequest:
    """An open merge request from the sync branch."""

    number: int
    url: str
    title: str
    body: str
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    mergeable: bool | None = None
    created: str = ""
    """The day on which it was opened (`YYYY-MM-DD`); empty if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedRequest:
    """The last merge request from the sync branch that is no longer open."""

    number: int
    url: str
    body: str
    merged: bool
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Everything that a decision is based on, read at one moment. Without a `base` the repository is empty."""

    target: Target
    base: str | None = None
    seen: Mapping[str, ObservedFile] = field(default_factory=dict)
    sibling_paths: frozenset[str] = frozenset()
    lock: Lock | None = None
    settings: Settings = field(default_factory=Settings)
    owners: tuple[str, ...] = ()
    """The owners of AGENTS.md according to CODEOWNERS."""
    tip: BranchTip | None = None
    request: MergeRequest | None = None
    closed_request: ClosedRequest | None = None
