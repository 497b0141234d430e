"""Reads the folders of a commit (git's trees) within limits, which count before anything is parsed.

A few trees that refer to each other have paths without end, so entries, depth and the length of paths are limited.
"""

from collections.abc import Iterator
from typing import Final

from dulwich.errors import ObjectFormatException
from dulwich.object_store import BaseObjectStore
from dulwich.objects import ObjectID, parse_tree

from codex.forge.git.inflate import TREE, DamagedError
from codex.limits import BYTES_PER_PATH, ENTRIES_PER_TREE, TREE_DEPTH
from codex.shell.isolation import LimitError, check_time, spend

FOLDER: Final = 0o040000
KIND: Final = 0o170000
"""The bits of a mode that tell folders, files, links and submodules apart."""
_ID_BYTES: Final = 20
_SMALLEST_ENTRY: Final = len(b"1 a\0") + _ID_BYTES
_NOT_NAMES: Final = frozenset({b"", b".", b".."})

Entry = tuple[int, ObjectID]
"""Mode and id of what a folder has under a name."""
TreeRow = tuple[bytes, int, ObjectID]
"""An entry of a tree: name or path, mode, id."""
Change = tuple[bytes, int, ObjectID | None]
"""A path that two trees have differently, with the mode and the id in the later one (None: deleted)."""


def folder_in(store: BaseObjectStore, tree: ObjectID, *, most: int = ENTRIES_PER_TREE) -> dict[bytes, Entry]:
    """Return mode and id of the entries of a folder by their names.

    Raises `LimitError` for more than `most` entries, and `DamagedError` where it is missing or malformed.
    """
    try:
        kind, data = store.get_raw(tree)
        if kind != TREE:
            raise DamagedError(f"{tree.decode()} is not a folder")
        _check_count(data, most)
        entries = list(parse_tree(data, _ID_BYTES))
    except (KeyError, ValueError, ObjectFormatException) as error:
        raise DamagedError(f"folder {tree.decode()} is missing") from error
    folder = {name: (mode, ObjectID(oid)) for name, mode, oid in entries}
    _require_well_formed(tree, folder, len(entries))
    return folder


def _check_count(data: bytes, most: int) -> None:
    """Raise `LimitError` for a tree with too many entries: parsed, each takes thirty times its bytes."""
    if len(data) <= most * _SMALLEST_ENTRY:
        return
    count, zero = 0, data.find(b"\0")
    while zero >= 0:
        count, zero = count + 1, data.find(b"\0", zero + 1 + _ID_BYTES)
        if count > most:
            raise LimitError(f"the commit has more than {ENTRIES_PER_TREE:,} files and folders")


def _require_well_formed(tree: ObjectID, folder: dict[bytes, Entry], count: int) -> None:
    """Raise `DamagedError` for a folder with two entries of one name, or with a name that is not one.

    dulwich keeps the last of two entries and git checks out both: whoever pushes such a folder could hide a file from
    a comparison. git-fsck calls it `duplicateEntries` (git-scm.com/docs/git-fsck); hosts need not run it on a push.
    """
    if len(folder) < count:
        raise DamagedError(f"folder {tree.decode()} has two entries with the same name")
    if any(name in _NOT_NAMES or b"/" in name for name in folder):
        raise DamagedError(f"folder {tree.decode()} has an entry whose name is not valid")


class Folders:
    """The folders of one commit, or of those that are compared. What they contain is counted as they are read."""

    def __init__(self, store: BaseObjectStore, *, commits: int = 1) -> None:
        self._store = store
        self._left = commits * ENTRIES_PER_TREE

    def files(self, root: ObjectID) -> Iterator[TreeRow]:
        """Yield the files below a tree, depth first, in the order of names."""
        stack = [iter(sorted(self._read(root, b"").items()))]
        prefixes = [b""]
        while stack:
            entry = next(stack[-1], None)
            if entry is None:
                stack.pop()
                prefixes.pop()
                continue
            name, (mode, oid) = entry
            path = prefixes[-1] + name
            if mode & KIND != FOLDER:
                yield path, mode, oid
                continue
            prefixes.append(path + b"/")
            stack.append(iter(sorted(self._read(oid, prefixes[-1]).items())))

    def changes(self, before: ObjectID | None, after: ObjectID | None, prefix: bytes = b"") -> Iterator[Change]:
        """Yield the paths in which two trees differ; a tree may be None for one that is absent."""
        old, new = ({} if tree is None else self._read(tree, prefix) for tree in (before, after))
        for name in sorted({*old, *new}):
            was, now = old.get(name), new.get(name)
            if was == now:
                continue
            if _is_folder(was) or _is_folder(now):
                yield from self.changes(_tree_of(was), _tree_of(now), prefix + name + b"/")
            if now and not _is_folder(now):
                yield prefix + name, *now
            elif was and not _is_folder(was):
                yield prefix + name, 0, None

    def _read(self, tree: ObjectID, prefix: bytes) -> dict[bytes, Entry]:
        """Return the entries of a folder at a path that ends in a slash, and count them."""
        check_time()
        if prefix.count(b"/") > TREE_DEPTH:
            raise LimitError(f"the commit has more than {TREE_DEPTH} nested folders")
        entries = folder_in(self._store, tree, most=self._left)
        self._left -= len(entries)
        longest = len(prefix) + max(map(len, entries), default=0)
        if longest > BYTES_PER_PATH:
            raise LimitError(f"the commit has a path of {longest:,} bytes, more than the limit of {BYTES_PER_PATH:,}")
        spend(len(prefix) * len(entries))
        return entries


def _is_folder(entry: Entry | None) -> bool:
    return entry is not None and entry[0] & KIND == FOLDER


def _tree_of(entry: Entry | None) -> ObjectID | None:
    return entry[1] if entry is not None and _is_folder(entry) else None
