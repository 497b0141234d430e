"""Git objects: reads the commits of a store, and makes the objects of a new commit. Uses no network or disk."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias, TypeVar

from dulwich.diff_tree import tree_changes
from dulwich.errors import ChecksumMismatch, ObjectFormatException
from dulwich.object_store import BaseObjectStore
from dulwich.objects import Blob, Commit, ObjectID, RawObjectID, ShaFile, Tree, parse_tree

from codex.forge.base import FileWrite, GoneError
from codex.forge.git.inflate import DamagedError
from codex.limits import ENTRIES_PER_TREE, TREE_DEPTH
from codex.profile.model import ListingEntry
from codex.shell.isolation import LimitError, check_time
from codex.sync.observed import TreeEntry

Sign: TypeAlias = Callable[[bytes], bytes]
"""Returns the signature of a commit, armored."""

_FOLDER: Final = 0o040000
_GROUP_WRITABLE: Final = 0o100664
_KIND: Final = 0o170000
_NOT_NAMES: Final = frozenset({b"", b".", b".."})
_SHARED: Final = 64 * 1024
"""Maximum size of a file that is kept for the next repository, in bytes."""

TreeRow = tuple[bytes, int, ObjectID]
"""An entry of a tree: name, mode, id."""


def commit_in(store: BaseObjectStore, commit: str) -> Commit:
    """Return a commit of a store. Raises `GoneError` where there is none."""
    try:
        read = store[ObjectID(commit.encode())]
    except KeyError as error:
        raise GoneError(f"commit {commit} does not exist") from error
    except (ValueError, ObjectFormatException, ChecksumMismatch) as error:
        raise DamagedError(f"commit {commit} cannot be read") from error
    if not isinstance(read, Commit):
        raise GoneError(f"{commit} is not a commit")
    return read


def listing_of(store: BaseObjectStore, commit: str) -> dict[str, ListingEntry]:
    """List the files of a commit of a store, without sizes; paths that are not printable are left out.

    Raises `LimitError` for a tree with more entries, or deeper, than limits allow.
    """
    return {
        path: ListingEntry(mode=mode, blob=name.decode())
        for raw, mode, name in _walk(store, commit_in(store, commit).tree)
        if (path := _text(raw)).isprintable()
    }


def author_of_change(store: BaseObjectStore, commit: str, path: str) -> str:
    """Return the author of the last commit that changed a file; empty if the commits of a shallow store do not say."""
    current = commit_in(store, commit)
    blob = _blob_at(store, current.tree, path)
    while True:
        check_time()
        parents = [commit_in(store, parent.decode()) for parent in current.parents if parent in store]
        if len(parents) < len(current.parents):
            return ""
        same = next((parent for parent in parents if _blob_at(store, parent.tree, path) == blob), None)
        if same is None:
            return str(current.author.decode("utf-8", "replace"))
        current = same


def _blob_at(store: BaseObjectStore, root: ObjectID, path: str) -> ObjectID | None:
    """Return the id of what is at a path; None if there is nothing."""
    current: ObjectID | None = root
    for name in path.encode("utf-8", "surrogateescape").split(b"/"):
        entries = folder_in(store, current) if current is not None and current in store else None
        if not isinstance(entries, Tree):
            return None
        current = entries[name][1] if name in entries else None
    return current


def _walk(store: BaseObjectStore, root: ObjectID) -> Iterator[TreeRow]:
    """Yield the files below a tree, depth first, in git's order."""
    count = 0
    stack = [iter(_entries(store, root, b""))]
    while stack:
        row = next(stack[-1], None)
        if row is None:
            stack.pop()
            continue
        count += 1
        if count > ENTRIES_PER_TREE:
            raise LimitError(f"the commit has more than {ENTRIES_PER_TREE:,} files and folders")
        path, mode, name = row
        if mode & _KIND != _FOLDER:
            yield row
            continue
        if len(stack) > TREE_DEPTH:
            raise LimitError(f"the commit has more than {TREE_DEPTH} nested folders")
        check_time()
        stack.append(iter(_entries(store, name, path + b"/")))


def _entries(store: BaseObjectStore, tree: ObjectID, prefix: bytes) -> Iterator[TreeRow]:
    """Yield the entries of a folder, with whole paths."""
    for entry in folder_in(store, tree).iteritems(name_order=True):
        if entry.path is None or entry.mode is None or entry.sha is None:
            continue
        yield prefix + entry.path, entry.mode, entry.sha


def file_in(store: BaseObjectStore, blob: ObjectID) -> bytes:
    """Return the bytes of a file. Raises `DamagedError` where it is missing, or cannot be read."""
    try:
        read = store[blob]
    except (KeyError, ValueError, ObjectFormatException, ChecksumMismatch) as error:
        raise DamagedError(f"file {blob.decode()} is missing") from error
    if not isinstance(read, Blob):
        raise DamagedError(f"{blob.decode()} is not a file")
    return read.data


def folder_in(store: BaseObjectStore, tree: ObjectID) -> Tree:
    """Return a folder of a store. Raises `DamagedError` where it is missing, cannot be read, or is malformed."""
    try:
        read = store[tree]
        if isinstance(read, Tree):
            _require_well_formed(read)
            return read
    except (KeyError, ValueError, ObjectFormatException, ChecksumMismatch) as error:
        raise DamagedError(f"folder {tree.decode()} is missing") from error
    raise DamagedError(f"{tree.decode()} is not a folder")


def _require_well_formed(tree: Tree) -> None:
    """Raise `DamagedError` for a folder with two entries of one name, or with a name that is not one.

    dulwich keeps the last of two entries and git checks out both: whoever pushes such a folder could hide a file from
    a comparison. git-fsck calls it `duplicateEntries` (git-scm.com/docs/git-fsck); hosts need not run it on a push.
    """
    names = [name for name, _, _ in parse_tree(tree.as_raw_string(), 20)]
    if len(set(names)) < len(names):
        raise DamagedError(f"folder {tree.id.decode()} has two entries with the same name")
    if any(name in _NOT_NAMES or b"/" in name for name in names):
        raise DamagedError(f"folder {tree.id.decode()} has an entry whose name is not valid")


def changes_in(store: BaseObjectStore, before: str, after: str) -> dict[str, TreeEntry | None]:
    """Return the paths in which two commits differ, with the entry of the later one (None: deleted)."""
    changed: dict[str, TreeEntry | None] = {}
    for change in tree_changes(_BoundedFolders(store), commit_in(store, before).tree, commit_in(store, after).tree):
        if change.old is not None and change.old.path is not None:
            changed.setdefault(_text(change.old.path), None)
        if change.new is not None and change.new.path is not None and change.new.sha is not None:
            changed[_text(change.new.path)] = TreeEntry(blob=change.new.sha.decode(), mode=_mode(change.new.mode or 0))
    return changed


def _mode(mode: int) -> str:
    """A mode as git writes it today; old commits have group-writable files:
    https://git-scm.com/docs/git-fsck#_fsck_messages (`badFilemode`)."""
    return "100644" if mode == _GROUP_WRITABLE else f"{mode:06o}"


def commit_objects(
    store: BaseObjectStore,
    parent: str,
    files: Sequence[FileWrite],
    message: str,
    *,
    author: str,
    when: int,
    sign: Sign | None = None,
    above: str | None = None,
) -> list[ShaFile]:
    """Return the objects that a store lacks for a commit on top of one that it has; the commit comes last.

    `when` is in seconds since the epoch; `sign` signs the commit. With `above`, the commit merges `parent` into that
    one, which the store may lack. The store is not changed.
    """
    base = commit_in(store, parent)
    trees = _TreeBuilder(store)
    commit = Commit()
    commit.tree = trees.tree(base.tree, [(file.path.encode("utf-8", "surrogateescape"), file) for file in files])
    commit.parents = [ObjectID(one.encode()) for one in (above, parent) if one is not None]
    commit.author = commit.committer = author.encode()
    commit.author_time = commit.commit_time = when
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = message.encode()
    if sign is not None:
        commit.gpgsig = sign(commit.as_raw_string()).rstrip()
    return [*trees.new.values(), commit]


class _BoundedFolders(BaseObjectStore):
    """A store with a limit on the folders that are read: a few nested trees can be walked without end."""

    def __init__(self, store: BaseObjectStore) -> None:
        super().__init__()
        self._store, self._count = store, 0

    def __getitem__(self, sha1: ObjectID | RawObjectID) -> ShaFile:
        self._count += 1
        if self._count > ENTRIES_PER_TREE:
            raise LimitError(f"two commits differ in more than {ENTRIES_PER_TREE:,} folders")
        check_time()
        return folder_in(self._store, ObjectID(sha1))


class _TreeBuilder:
    """Applies changes to trees of a store; `new` are the objects that this adds, by id."""

    def __init__(self, store: BaseObjectStore) -> None:
        self._store = store
        self.new: dict[ObjectID, ShaFile] = {}

    def tree(self, before: ObjectID | None, changes: Iterable[tuple[bytes, FileWrite]]) -> ObjectID:
        """The id of a tree after changes to paths in it; `before` is None for a new folder."""
        entries = self._entries(before)
        inside: dict[bytes, list[tuple[bytes, FileWrite]]] = {}
        for path, file in changes:
            name, _, rest = path.partition(b"/")
            if rest:
                inside.setdefault(name, []).append((rest, file))
            elif file.data is None:
                entries.pop(name, None)
            else:
                mode = 0o100755 if file.mode & 0o111 else 0o100644
                entries[name] = (mode, self._add(_blob(file.data)))
        for name, below in inside.items():
            self._change_folder(entries, name, below)
        return self._add(_tree(tuple((name, mode, oid) for name, (mode, oid) in sorted(entries.items()))))

    def _change_folder(
        self, entries: dict[bytes, tuple[int, ObjectID]], name: bytes, changes: Iterable[tuple[bytes, FileWrite]]
    ) -> None:
        """Change a folder of a tree; a folder that becomes empty is removed."""
        mode, old = entries.get(name, (0, None))
        new = self.tree(old if mode == _FOLDER else None, changes)
        if new == _tree(()).id:
            entries.pop(name, None)
        else:
            entries[name] = (_FOLDER, new)

    def _entries(self, tree: ObjectID | None) -> dict[bytes, tuple[int, ObjectID]]:
        """Return mode and id of each entry of a tree by its name."""
        if tree is None:
            return {}
        return {
            entry.path: (entry.mode, entry.sha)
            for entry in folder_in(self._store, tree).iteritems()
            if entry.path and entry.mode and entry.sha
        }

    def _add(self, new: ShaFile) -> ObjectID:
        oid = ObjectID(new.id)
        self.new[oid] = new
        return oid


def _blob(data: bytes) -> Blob:
    return _shared_blob(data) if len(data) <= _SHARED else Blob.from_string(data)


@lru_cache(maxsize=1024)
def _shared_blob(data: bytes) -> Blob:
    """A file that is likely to be written to the next repository too."""
    return _serialized(Blob.from_string(data))


@lru_cache(maxsize=1024)
def _tree(rows: tuple[TreeRow, ...]) -> Tree:
    """A tree; those of our own folders are the same in most repositories of a fleet."""
    tree = Tree()
    for name, mode, oid in rows:
        tree.add(name, mode, oid)
    return _serialized(tree)


Object = TypeVar("Object", Blob, Tree)


def _serialized(unshared: Object) -> Object:
    """Compute the bytes and the id of an object, which dulwich does lazily, so that several threads may use it."""
    unshared.as_raw_string()
    assert unshared.id
    return unshared


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
