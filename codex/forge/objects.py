"""Git's objects: what the commits of a store hold, and what a new commit adds. Speaks to no host or disk."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeVar

from dulwich.diff_tree import tree_changes
from dulwich.object_store import BaseObjectStore, iter_tree_contents
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree

from codex.forge.port import GoneError, Write
from codex.profile.model import Entry
from codex.sync.fleet import TreeEntry

_FOLDER: Final = 0o040000
_GROUP_WRITABLE: Final = 0o100664
_SHARED: Final = 64 * 1024
"""Bytes of the largest file that is remembered for the next repository."""

Row = tuple[bytes, int, ObjectID]
"""What a tree says of one thing in it: name, mode, id."""


def commit_in(store: BaseObjectStore, commit: str) -> Commit:
    """A commit of a store. Raises `GoneError` where it is not there."""
    try:
        found = store[ObjectID(commit.encode())]
    except KeyError as error:
        raise GoneError(f"there is no commit {commit}") from error
    if not isinstance(found, Commit):
        raise GoneError(f"{commit} is no commit")
    return found


def listing_of(store: BaseObjectStore, commit: str) -> dict[str, Entry]:
    """The files of a commit of a store, without sizes."""
    return {
        path: Entry(mode=one.mode, blob=one.sha.decode())
        for one in iter_tree_contents(store, commit_in(store, commit).tree)
        if one.path is not None
        and one.mode is not None
        and one.sha is not None
        and (path := _text(one.path)).isprintable()
    }


def changes_in(store: BaseObjectStore, before: str, after: str) -> dict[str, TreeEntry | None]:
    """The paths in which two commits of a store differ, with what the later one has there (None: deleted)."""
    changed: dict[str, TreeEntry | None] = {}
    for one in tree_changes(store, commit_in(store, before).tree, commit_in(store, after).tree):
        if one.old is not None and one.old.path is not None:
            changed.setdefault(_text(one.old.path), None)
        if one.new is not None and one.new.path is not None and one.new.sha is not None:
            changed[_text(one.new.path)] = TreeEntry(blob=one.new.sha.decode(), mode=_mode(one.new.mode or 0))
    return changed


def _mode(mode: int) -> str:
    """A mode as git writes it today; old commits have files that a group may write."""
    return "100644" if mode == _GROUP_WRITABLE else f"{mode:06o}"


def committed(
    store: BaseObjectStore, parent: str, files: Sequence[Write], message: str, *, author: str, when: int
) -> list[ShaFile]:
    """The objects that a store lacks for a commit on top of one that it has; the commit comes last.

    `when` is in seconds since the epoch. The store stays as it is.
    """
    above = commit_in(store, parent)
    grown = _Grown(store)
    commit = Commit()
    commit.tree = grown.tree(above.tree, [(one.path.encode("utf-8", "surrogateescape"), one) for one in files])
    commit.parents = [ObjectID(parent.encode())]
    commit.author = commit.committer = author.encode()
    commit.author_time = commit.commit_time = when
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = message.encode()
    return [*grown.new.values(), commit]


class _Grown:
    """Trees of a store with changes in them; `new` are the objects that this makes, by their ids."""

    def __init__(self, store: BaseObjectStore) -> None:
        self._store = store
        self.new: dict[ObjectID, ShaFile] = {}

    def tree(self, before: ObjectID | None, changes: Iterable[tuple[bytes, Write]]) -> ObjectID:
        """The id of a tree after changes to paths below it; `before` is None for a folder that is not there yet."""
        found = self._rows(before)
        inside: dict[bytes, list[tuple[bytes, Write]]] = {}
        for path, one in changes:
            name, _, rest = path.partition(b"/")
            if rest:
                inside.setdefault(name, []).append((rest, one))
            elif one.data is None:
                found.pop(name, None)
            else:
                mode = 0o100755 if one.mode & 0o111 else 0o100644
                found[name] = (mode, self._keep(_blob(one.data)))
        for name, several in inside.items():
            self._folder(found, name, several)
        return self._keep(_tree(tuple((name, mode, one) for name, (mode, one) in sorted(found.items()))))

    def _folder(
        self, found: dict[bytes, tuple[int, ObjectID]], name: bytes, changes: Iterable[tuple[bytes, Write]]
    ) -> None:
        """Change a folder of a tree; one that is empty then is no part of it any more."""
        mode, old = found.get(name, (0, None))
        made = self.tree(old if mode == _FOLDER else None, changes)
        if made == _tree(()).id:
            found.pop(name, None)
        else:
            found[name] = (_FOLDER, made)

    def _rows(self, tree: ObjectID | None) -> dict[bytes, tuple[int, ObjectID]]:
        if tree is None:
            return {}
        found = self._store[tree]
        assert isinstance(found, Tree)
        return {one.path: (one.mode, one.sha) for one in found.iteritems() if one.path and one.mode and one.sha}

    def _keep(self, one: ShaFile) -> ObjectID:
        found = ObjectID(one.id)
        self.new[found] = one
        return found


def _blob(data: bytes) -> Blob:
    return _shared_blob(data) if len(data) <= _SHARED else Blob.from_string(data)


@lru_cache(maxsize=1024)
def _shared_blob(data: bytes) -> Blob:
    """A file that is likely to go into the next repository too."""
    return _finished(Blob.from_string(data))


@lru_cache(maxsize=1024)
def _tree(rows: tuple[Row, ...]) -> Tree:
    """A tree; those of our own folders are the same in most repositories of a fleet."""
    made = Tree()
    for name, mode, one in rows:
        made.add(name, mode, one)
    return _finished(made)


Object = TypeVar("Object", Blob, Tree)


def _finished(one: Object) -> Object:
    """An object that has its bytes and id already: several threads may have it then."""
    one.as_raw_string()
    assert one.id
    return one


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
