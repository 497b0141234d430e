"""Git objects: reads the commits of a store, and makes the objects of a new commit. Uses no network or disk."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import lru_cache
from typing import Final, TypeAlias, TypeVar

from dulwich.errors import ObjectFormatException
from dulwich.object_store import BaseObjectStore
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree

from codex.forge.base import FileWrite, GoneError
from codex.forge.git.folders import FOLDER, Entry, Folders, TreeRow, folder_in
from codex.forge.git.inflate import BLOB, COMMIT, DamagedError
from codex.profile.model import ListingEntry
from codex.shell.isolation import check_time
from codex.sync.observed import TreeEntry

Sign: TypeAlias = Callable[[bytes], bytes]
"""Returns the signature of a commit, armored."""

_GROUP_WRITABLE: Final = 0o100664
_SHARED: Final = 64 * 1024
"""Maximum size of a file that is kept for the next repository, in bytes."""


def commit_in(store: BaseObjectStore, commit: str) -> Commit:
    """Return a commit of a store. Raises `GoneError` where there is none."""
    try:
        kind, data = store.get_raw(ObjectID(commit.encode()))
        if kind != COMMIT:
            raise GoneError(f"{commit} is not a commit")
        return Commit.from_string(data)
    except KeyError as error:
        raise GoneError(f"commit {commit} does not exist") from error
    except (ValueError, ObjectFormatException) as error:
        raise DamagedError(f"commit {commit} cannot be read") from error


def listing_of(store: BaseObjectStore, commit: str) -> dict[str, ListingEntry]:
    """List the files of a commit of a store, without sizes; paths that are not printable are left out.

    Raises `LimitError` for a tree with more entries, or deeper, than limits allow.
    """
    return {
        path: ListingEntry(mode=mode, blob=name.decode())
        for raw, mode, name in Folders(store).files(commit_in(store, commit).tree)
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
        entries = _folder_at(store, current) if current is not None else {}
        current = entries[name][1] if name in entries else None
    return current


def _folder_at(store: BaseObjectStore, oid: ObjectID) -> Mapping[bytes, Entry]:
    """Return the entries of a folder; none for something that a store without files does not have."""
    return folder_in(store, oid) if oid in store else {}


def file_in(store: BaseObjectStore, blob: ObjectID) -> bytes:
    """Return the bytes of a file. Raises `DamagedError` where it is missing, or cannot be read."""
    try:
        kind, data = store.get_raw(blob)
    except (KeyError, ValueError) as error:
        raise DamagedError(f"file {blob.decode()} is missing") from error
    if kind != BLOB:
        raise DamagedError(f"{blob.decode()} is not a file")
    return data


def is_ancestor(store: BaseObjectStore, commit: str, base: str, shallow: Set[ObjectID] = frozenset()) -> bool:
    """Return whether a commit is the base or an ancestor of it. Commits older than it have none that is.

    The parents of a `shallow` commit are not in the store.
    """
    goal = ObjectID(commit.encode())
    if commit != base and shallow and goal not in store:
        return False
    oldest = commit_in(store, commit).commit_time
    waiting, seen = deque([ObjectID(base.encode())]), {ObjectID(base.encode())}
    while waiting and goal not in seen:
        check_time()
        current = commit_in(store, waiting.popleft().decode())
        if current.commit_time < oldest or current.id in shallow:
            continue
        new = [parent for parent in current.parents if parent not in seen]
        seen.update(new)
        waiting.extend(dict.fromkeys(new))
    return goal in seen


def changes_in(store: BaseObjectStore, before: str, after: str) -> dict[str, TreeEntry | None]:
    """Return the paths in which two commits differ, with the entry of the later one (None: deleted)."""
    old, new = (commit_in(store, commit).tree for commit in (before, after))
    return {
        _text(path): None if oid is None else TreeEntry(blob=oid.decode(), mode=_mode(mode))
        for path, mode, oid in Folders(store, commits=2).changes(old, new)
    }


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


class _TreeBuilder:
    """Applies changes to trees of a store; `new` are the objects that this adds, by id."""

    def __init__(self, store: BaseObjectStore) -> None:
        self._store = store
        self.new: dict[ObjectID, ShaFile] = {}

    def tree(self, before: ObjectID | None, changes: Iterable[tuple[bytes, FileWrite]]) -> ObjectID:
        """The id of a tree after changes to paths in it; `before` is None for a new folder."""
        entries = {} if before is None else folder_in(self._store, before)
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
        new = self.tree(old if mode == FOLDER else None, changes)
        if new == _tree(()).id:
            entries.pop(name, None)
        else:
            entries[name] = (FOLDER, new)

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
