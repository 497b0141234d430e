"""Git's objects: what the commits of a store hold, and what a new commit adds. Speaks to no host or disk."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeVar

from dulwich.diff_tree import tree_changes
from dulwich.errors import ChecksumMismatch, ObjectFormatException
from dulwich.object_store import BaseObjectStore
from dulwich.objects import Blob, Commit, ObjectID, RawObjectID, ShaFile, Tree

from codex.forge.base import FileWrite, GoneError
from codex.forge.git.inflate import DamagedError
from codex.limits import ENTRIES_PER_TREE, TREE_DEPTH
from codex.profile.model import ListingEntry
from codex.shell.isolation import LimitError, check_time
from codex.sync.observed import TreeEntry

_FOLDER: Final = 0o040000
_GROUP_WRITABLE: Final = 0o100664
_KIND: Final = 0o170000
_SHARED: Final = 64 * 1024
"""Bytes of the largest file that is remembered for the next repository."""

TreeRow = tuple[bytes, int, ObjectID]
"""What a tree says of one thing in it: name, mode, id."""


def commit_in(store: BaseObjectStore, commit: str) -> Commit:
    """A commit of a store. Raises `GoneError` where it is not there."""
    try:
        found = store[ObjectID(commit.encode())]
    except KeyError as error:
        raise GoneError(f"there is no commit {commit}") from error
    except (ValueError, ObjectFormatException, ChecksumMismatch) as error:
        raise DamagedError(f"commit {commit} cannot be read") from error
    if not isinstance(found, Commit):
        raise GoneError(f"{commit} is no commit")
    return found


def listing_of(store: BaseObjectStore, commit: str) -> dict[str, ListingEntry]:
    """The files of a commit of a store, without sizes; paths that cannot be shown are left out.

    Raises `LimitError` for a tree with more entries, or deeper, than limits allow.
    """
    return {
        path: ListingEntry(mode=mode, blob=name.decode())
        for raw, mode, name in _walk(store, commit_in(store, commit).tree)
        if (path := _text(raw)).isprintable()
    }


def _walk(store: BaseObjectStore, root: ObjectID) -> Iterator[TreeRow]:
    """Yield the files below a tree, depth first, in git's order."""
    count = 0
    left = [iter(_entries(store, root, b""))]
    while left:
        row = next(left[-1], None)
        if row is None:
            left.pop()
            continue
        count += 1
        if count > ENTRIES_PER_TREE:
            raise LimitError(f"the commit has more than {ENTRIES_PER_TREE:,} files and folders")
        path, mode, name = row
        if mode & _KIND != _FOLDER:
            yield row
            continue
        if len(left) > TREE_DEPTH:
            raise LimitError(f"the commit has more than {TREE_DEPTH} folders inside each other")
        check_time()
        left.append(iter(_entries(store, name, path + b"/")))


def _entries(store: BaseObjectStore, tree: ObjectID, above: bytes) -> Iterator[TreeRow]:
    """Yield what is in a folder, with whole paths."""
    for entry in folder_in(store, tree).iteritems(name_order=True):
        if entry.path is None or entry.mode is None or entry.sha is None:
            continue
        yield above + entry.path, entry.mode, entry.sha


def file_in(store: BaseObjectStore, blob: ObjectID) -> bytes:
    """The bytes of a file. Raises `DamagedError` where it is not there, or cannot be read."""
    try:
        found = store[blob]
    except (KeyError, ValueError, ObjectFormatException, ChecksumMismatch) as error:
        raise DamagedError(f"there is no file {blob.decode()}") from error
    if not isinstance(found, Blob):
        raise DamagedError(f"{blob.decode()} is no file")
    return found.data


def folder_in(store: BaseObjectStore, tree: ObjectID) -> Tree:
    """A folder of a store. Raises `DamagedError` where there is none, or one that cannot be read."""
    try:
        found = store[tree]
        if isinstance(found, Tree):
            found.items()
            return found
    except (KeyError, ValueError, ObjectFormatException, ChecksumMismatch) as error:
        raise DamagedError(f"there is no folder {tree.decode()}") from error
    raise DamagedError(f"{tree.decode()} is no folder")


def changes_in(store: BaseObjectStore, before: str, after: str) -> dict[str, TreeEntry | None]:
    """The paths in which two commits of a store differ, with what the later one has there (None: deleted)."""
    changed: dict[str, TreeEntry | None] = {}
    for change in tree_changes(_Counted(store), commit_in(store, before).tree, commit_in(store, after).tree):
        if change.old is not None and change.old.path is not None:
            changed.setdefault(_text(change.old.path), None)
        if change.new is not None and change.new.path is not None and change.new.sha is not None:
            changed[_text(change.new.path)] = TreeEntry(blob=change.new.sha.decode(), mode=_mode(change.new.mode or 0))
    return changed


def _mode(mode: int) -> str:
    """A mode as git writes it today; old commits have files that a group may write."""
    return "100644" if mode == _GROUP_WRITABLE else f"{mode:06o}"


def commit_objects(
    store: BaseObjectStore, parent: str, files: Sequence[FileWrite], message: str, *, author: str, when: int
) -> list[ShaFile]:
    """The objects that a store lacks for a commit on top of one that it has; the commit comes last.

    `when` is in seconds since the epoch. The store stays as it is.
    """
    above = commit_in(store, parent)
    grown = _Grown(store)
    commit = Commit()
    commit.tree = grown.tree(above.tree, [(file.path.encode("utf-8", "surrogateescape"), file) for file in files])
    commit.parents = [ObjectID(parent.encode())]
    commit.author = commit.committer = author.encode()
    commit.author_time = commit.commit_time = when
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = message.encode()
    return [*grown.new.values(), commit]


class _Counted(BaseObjectStore):
    """A store that gives only so many folders: two trees of folders in folders may be walked for ever."""

    def __init__(self, store: BaseObjectStore) -> None:
        super().__init__()
        self._store, self._count = store, 0

    def __getitem__(self, sha1: ObjectID | RawObjectID) -> ShaFile:
        self._count += 1
        if self._count > ENTRIES_PER_TREE:
            raise LimitError(f"two commits differ in more than {ENTRIES_PER_TREE:,} folders")
        check_time()
        return folder_in(self._store, ObjectID(sha1))


class _Grown:
    """Trees of a store with changes in them; `new` are the objects that this makes, by their ids."""

    def __init__(self, store: BaseObjectStore) -> None:
        self._store = store
        self.new: dict[ObjectID, ShaFile] = {}

    def tree(self, before: ObjectID | None, changes: Iterable[tuple[bytes, FileWrite]]) -> ObjectID:
        """The id of a tree after changes to paths below it; `before` is None for a folder that is not there yet."""
        found = self._rows(before)
        inside: dict[bytes, list[tuple[bytes, FileWrite]]] = {}
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
        self, found: dict[bytes, tuple[int, ObjectID]], name: bytes, changes: Iterable[tuple[bytes, FileWrite]]
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
        found = folder_in(self._store, tree)
        return {
            entry.path: (entry.mode, entry.sha)
            for entry in found.iteritems()
            if entry.path and entry.mode and entry.sha
        }

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
def _tree(rows: tuple[TreeRow, ...]) -> Tree:
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
