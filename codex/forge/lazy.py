"""Values of a forge that are read when they are first used: most repositories are up to date without them.

Nothing here talks to a host; a forge passes in how to read. An error of that reading is raised where the value is used.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Final, Generic, Protocol, TypeVar

from codex.forge.base import RepositoryHead
from codex.sync.observed import BranchTip, ClosedRequest, MergeRequest, TreeEntry
from codex.sync.repository import Repository
from codex.sync.seal import sealed, trailers

Value = TypeVar("Value")
_MOST_OF_CHAIN: Final = 100
"""Maximum number of codexc commits on a branch that are examined."""


class Memo(Generic[Value]):
    """A value that is read once, however many threads use it; a read that fails is repeated by the next caller."""

    def __init__(self, read: Callable[[], Value]) -> None:
        self._read = read
        self._values: list[Value] = []
        self._lock = threading.Lock()

    def __call__(self) -> Value:
        """The value."""
        with self._lock:
            if not self._values:
                self._values.append(self._read())
            return self._values[0]


class History(Protocol):
    """Reads commits of a repository."""

    def commit_of(self, target: Repository, commit: str) -> tuple[str, list[str]]:
        """The message and the parents of a commit."""

    def is_on(self, target: Repository, commit: str, base: str) -> bool:
        """Whether a commit is the base, or an ancestor of it."""

    def changes(self, target: Repository, before: str, after: str) -> dict[str, TreeEntry | None]:
        """The paths in which two commits differ, with the entry of the later one (None: deleted)."""


class LazyHead(RepositoryHead):
    """A head whose branch and last closed merge request are read when they are used: `tip` and `past` may be the
    functions that read them."""

    __slots__ = ("_past", "_tip")
    _past: Callable[[], ClosedRequest | None] | ClosedRequest | None
    _tip: Callable[[], BranchTip | None] | BranchTip | None

    def __init__(
        self,
        *,
        target: Repository,
        base: str | None,
        tip: Callable[[], BranchTip | None] | BranchTip | None = None,
        request: MergeRequest | None = None,
        past: Callable[[], ClosedRequest | None] | ClosedRequest | None = None,
    ) -> None:
        for name, value in (("target", target), ("base", base), ("_tip", tip), ("request", request), ("_past", past)):
            object.__setattr__(self, name, value)

    @property
    def tip(self) -> BranchTip | None:
        """The last commit of our branch."""
        tip = self._tip
        if callable(tip):
            tip = tip()
            object.__setattr__(self, "_tip", tip)
        return tip

    @property
    def past(self) -> ClosedRequest | None:
        """The last merge request from our branch that is closed or merged."""
        past = self._past
        if callable(past):
            past = past()
            object.__setattr__(self, "_past", past)
        return past


class LazyTip(BranchTip):
    """A tip of which only the commit's id is read so far; the rest is read when it is used."""

    __slots__ = ("_ancestor", "_base", "_changed", "_history", "_meta", "_target")
    _history: History
    _target: Repository
    _base: str
    _meta: tuple[str, str | None] | None
    _ancestor: tuple[str, bool] | None
    _changed: Mapping[str, TreeEntry | None] | None

    def __init__(self, history: History, target: Repository, commit: str, base: str) -> None:
        set_field = object.__setattr__
        set_field(self, "commit", commit)
        set_field(self, "_history", history)
        set_field(self, "_target", target)
        set_field(self, "_base", base)
        for name in ("_meta", "_ancestor", "_changed"):
            set_field(self, name, None)

    @property
    def parent(self) -> str | None:
        """The parent, where there is exactly one."""
        return self._message_and_parent()[1]

    @property
    def message(self) -> str:
        """The message of our commit."""
        return self._message_and_parent()[0]

    @property
    def on_base(self) -> bool:
        """Whether the parent is on the default branch."""
        parent = self.parent
        return parent is not None and self._is_ancestor(parent)

    @property
    def merged(self) -> bool:
        """Whether the commit is on the default branch."""
        return self._read_is_ancestor(self.commit)

    @property
    def conflicts(self) -> bool:
        """False: the merge request says whether it can be merged."""
        return False

    @property
    def changed(self) -> Mapping[str, TreeEntry | None]:
        """The paths in which it differs from its parent."""
        changed = self._changed
        if changed is None:
            parent = self.parent
            changed = self._history.changes(self._target, parent, self.commit) if parent is not None else {}
            object.__setattr__(self, "_changed", changed)
        return changed

    def _message_and_parent(self) -> tuple[str, str | None]:
        """A merge of the base into our commit, by the host or by us, counts as our commit on top of that base.

        All commits that such a merge adds to the base are ours.
        """
        if self._meta is not None:
            return self._meta
        message, parents = self._history.commit_of(self._target, self.commit)
        own = trailers(message)
        if len(parents) == 2 and self._is_ancestor(parents[1]) and (own is None or own.base == parents[1]):
            own_message = self._message_of_ours(parents[0], by_host=own is None)
            if own_message:
                message, parents = message if own else own_message, parents[1:]
        meta = message, parents[0] if len(parents) == 1 else None
        object.__setattr__(self, "_meta", meta)
        return meta

    def _message_of_ours(self, commit: str, *, by_host: bool) -> str:
        """The message of a commit, if it is ours, as are all below it until the default branch; otherwise "".

        Below it, there may be one commit for each time that a host did not allow the branch to be rewritten. A single
        one below a merge by the host is not compared with its seal here: the changes of that merge are.
        """
        result = ""
        for depth in range(_MOST_OF_CHAIN):
            message, parents = self._history.commit_of(self._target, commit)
            result = result or message
            if trailers(message) is None or not parents or not self._read_is_ancestor(parents[-1]):
                return ""
            is_first, is_compared_later = len(parents) == 1, by_host and depth == 0
            if not (is_first and is_compared_later) and not self._is_sealed(commit, message, parents[-1]):
                return ""
            if is_first:
                return result
            commit = parents[0]
        return ""

    def _is_sealed(self, commit: str, message: str, base: str) -> bool:
        """Whether a commit changes exactly what its trailers state, relative to its base."""
        claimed = trailers(message)
        changed = self._history.changes(self._target, base, commit)
        tip = BranchTip(commit=commit, parent=base, message=message, changed=changed, on_base=True)
        return claimed is not None and claimed.base == base and sealed(tip)

    def _is_ancestor(self, commit: str) -> bool:
        """Whether a commit is on the default branch; the last result is kept."""
        if self._ancestor is not None and self._ancestor[0] == commit:
            return self._ancestor[1]
        result = self._read_is_ancestor(commit)
        object.__setattr__(self, "_ancestor", (commit, result))
        return result

    def _read_is_ancestor(self, commit: str) -> bool:
        return self._history.is_on(self._target, commit, self._base)
