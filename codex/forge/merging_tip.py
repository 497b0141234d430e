"""A branch that is compared with the default branch, for hosts that do not say whether it can be merged.

It compares changed lines, as git does; renames, and what a host merges by other rules, are not considered.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Final, Protocol

from codex.forge.lazy import History, LazyTip
from codex.sync.repository import Repository

_MOST_LINES: Final = 1500


class FileHistory(History, Protocol):
    """Reads commits of a repository, and their files."""

    def read_files(self, target: Repository, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Read files of a commit; absent ones are left out."""


class MergingTip(LazyTip):
    """The last commit of our branch, with whether merging it conflicts."""

    __slots__ = ("_conflicts", "_files")
    _conflicts: bool | None
    _files: FileHistory

    def __init__(self, history: FileHistory, target: Repository, commit: str, base: str) -> None:
        super().__init__(history, target, commit, base)
        object.__setattr__(self, "_files", history)
        object.__setattr__(self, "_conflicts", None)

    @property
    def conflicts(self) -> bool:
        """Whether the default branch has changed the same lines since the parent."""
        if self._conflicts is None:
            object.__setattr__(self, "_conflicts", self._read_conflicts())
        return bool(self._conflicts)

    def _read_conflicts(self) -> bool:
        parent = self.parent
        if parent is None or parent == self._base:
            return False
        theirs = self._history.changes(self._target, parent, self._base)
        ours = self.changed
        both = [path for path, entry in ours.items() if path in theirs and theirs[path] != entry]
        if any(theirs[path] is None or ours[path] is None for path in both):
            return True
        before, mine, other = (
            self._files.read_files(self._target, commit, both) if both else {}
            for commit in (parent, self.commit, self._base)
        )
        return any(overlap(before.get(path, b""), mine.get(path, b""), other.get(path, b"")) for path in both)


def overlap(before: bytes, first: bytes, second: bytes) -> bool:
    """Return whether two changes of a text touch the same lines, or lines next to each other.

    Texts of more than `_MOST_LINES` count as touched, because comparing them takes quadratic time.

    >>> overlap(b"a\\nb\\nc\\n", b"A\\nb\\nc\\n", b"a\\nb\\nC\\n")
    False
    >>> overlap(b"a\\nb\\nc\\n", b"A\\nb\\nc\\n", b"a\\nB\\nc\\n")
    True
    """
    if any(text.count(b"\n") > _MOST_LINES for text in (before, first, second)):
        return True
    changes = list(_changed_lines(before, first))
    return any(
        start <= other_end and other_start <= end
        for other_start, other_end in _changed_lines(before, second)
        for start, end in changes
    )


def _changed_lines(before: bytes, after: bytes) -> Iterator[tuple[int, int]]:
    matcher = SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    return ((start, end) for tag, start, end, _, _ in matcher.get_opcodes() if tag != "equal")
