"""What a forge tells only when it is asked for: most repositories are left alone for what is known without it.

Nothing here speaks to a host; a forge that reads late says how. An error of that reading comes out where a value is
used.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from codex.forge.base import RepositoryHead
from codex.sync.observed import BranchTip, ClosedRequest, MergeRequest, Target, TreeEntry
from codex.sync.seal import trailers


class History(Protocol):
    """What is read of the commits of a repository."""

    def commit_of(self, target: Target, commit: str) -> tuple[str, list[str]]:
        """The message and the parents of a commit."""

    def is_on(self, target: Target, commit: str, base: str) -> bool:
        """Whether a commit is the base, or below it."""

    def changes(self, target: Target, before: str, after: str) -> dict[str, TreeEntry | None]:
        """The paths in which two commits differ, with what the later one has there."""


class LazyHead(RepositoryHead):
    """A head whose last request is looked for when it is asked for: `look` finds it."""

    __slots__ = ("_look",)
    _look: Callable[[], ClosedRequest | None] | ClosedRequest | None

    def __init__(
        self,
        *,
        target: Target,
        base: str | None,
        tip: BranchTip | None = None,
        request: MergeRequest | None = None,
        past: Callable[[], ClosedRequest | None] | ClosedRequest | None = None,
    ) -> None:
        for name, value in (("target", target), ("base", base), ("tip", tip), ("request", request), ("_look", past)):
            object.__setattr__(self, name, value)

    @property
    def past(self) -> ClosedRequest | None:
        """The last request from our branch that is not open any more."""
        look = self._look
        found = look() if callable(look) else look
        object.__setattr__(self, "_look", found)
        return found


class LazyTip(BranchTip):
    """A tip of which only the commit's id is known so far; the rest is read when it is asked for."""

    __slots__ = ("_base", "_changed", "_history", "_meta", "_on", "_target")
    _history: History
    _target: Target
    _base: str
    _meta: tuple[str, str | None] | None
    _on: tuple[str, bool] | None
    _changed: Mapping[str, TreeEntry | None] | None

    def __init__(self, history: History, target: Target, commit: str, base: str) -> None:
        put = object.__setattr__
        put(self, "commit", commit)
        put(self, "_history", history)
        put(self, "_target", target)
        put(self, "_base", base)
        for name in ("_meta", "_on", "_changed"):
            put(self, name, None)

    @property
    def parent(self) -> str | None:
        """The commit below, where there is just one."""
        return self._known()[1]

    @property
    def message(self) -> str:
        """What our commit says of itself."""
        return self._known()[0]

    @property
    def on_base(self) -> bool:
        """Whether the parent is on the default branch."""
        parent = self.parent
        return parent is not None and self._below(parent)

    @property
    def changed(self) -> Mapping[str, TreeEntry | None]:
        """The paths in which it differs from its parent."""
        found = self._changed
        if found is None:
            parent = self.parent
            found = self._history.changes(self._target, parent, self.commit) if parent is not None else {}
            object.__setattr__(self, "_changed", found)
        return found

    def _known(self) -> tuple[str, str | None]:
        """Message and parent; a merge of the base into our commit counts as our commit on top of that base.

        Our commit is the only one that such a merge adds to the base: what is below it is on the default branch.
        """
        if self._meta is not None:
            return self._meta
        message, parents = self._history.commit_of(self._target, self.commit)
        if len(parents) == 2 and self._below(parents[1]):
            first, below = self._history.commit_of(self._target, parents[0])
            if trailers(first) is not None and len(below) == 1 and self._is_on(below[0]):
                message, parents = first, parents[1:]
        found = message, parents[0] if len(parents) == 1 else None
        object.__setattr__(self, "_meta", found)
        return found

    def _below(self, commit: str) -> bool:
        if self._on is not None and self._on[0] == commit:
            return self._on[1]
        found = self._is_on(commit)
        object.__setattr__(self, "_on", (commit, found))
        return found

    def _is_on(self, commit: str) -> bool:
        return self._history.is_on(self._target, commit, self._base)
