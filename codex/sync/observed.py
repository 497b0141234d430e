"""The observed state of a repository on its forge: its branches and merge requests."""

from collections.abc import Mapping
from dataclasses import field

from codex.sync.changeset import ObservedFile
from codex.sync.lock import Lock
from codex.sync.repository import Repository
from codex.sync.settings import Settings
from skills_build.frozen import dataclass


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
    deleted). `on_base` is true if the parent is on the default branch, `merged` if the commit itself is. `conflicts` is
    true if merging it conflicts, where the merge request does not say so.

    A merge commit by which the forge updated the branch counts as the sync commit on top of the newer base.
    """

    commit: str
    parent: str | None
    message: str
    changed: Mapping[str, TreeEntry | None]
    on_base: bool
    merged: bool = False
    conflicts: bool = False


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
    draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedRequest:
    """The last merge request from the sync branch that is no longer open."""

    number: int
    url: str
    body: str
    merged: bool
    labels: tuple[str, ...] = ()
    head: str = ""
    """The last commit of its branch when it was closed; empty if the forge does not record that."""

    def as_request(self) -> MergeRequest:
        """Return the same as a merge request, to comment on it or to change its labels."""
        return MergeRequest(number=self.number, url=self.url, title="", body=self.body, labels=self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Everything that a decision is based on, read at one moment. Without a `base` the repository is empty."""

    target: Repository
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
