"""Reads repositories of a host by git: listings, files, and what commits changed, each kind in one exchange.

Keeps what was read of the last repositories, so that successive reads of one sync are not fetched twice.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, Generic, TypeVar

from dulwich.objects import ObjectID

from codex.forge.git.objects import author_of_change, changes_in, commit_in, listing_of
from codex.forge.git.protocol_v2 import ProtocolV2Client, Trees, blobs_in, has_commit
from codex.http.errors import HttpError
from codex.profile.evidence import evidence_paths
from codex.profile.model import SUBMODULE, Listing, ListingEntry
from codex.shell.listing import ListedRepository
from codex.sync.lock import LOCK
from codex.sync.observed import TreeEntry
from codex.sync.repository import Repository
from codex.sync.settings import SETTINGS
from skills_build.emit.registry import HOSTS

ALWAYS_READ: Final = (SETTINGS, LOCK, "AGENTS.md", *sorted(HOSTS))
"""Files that a sync reads in nearly every repository; they are fetched with the listing."""
_COMMITS_KEPT: Final = 64
_TIPS_KEPT: Final = 256
_STORES_KEPT: Final = 16
_AUTHOR_DEPTH: Final = 100
"""Number of commits that are searched for the author of a change."""
_DEPTH: Final = 3
"""Number of commits to fetch; enough to recognise a merge of the base into our commit."""
Key = TypeVar("Key")
Value = TypeVar("Value")


class RecentValues(Generic[Key, Value]):
    """The values that were stored last. Safe to use from several threads."""

    def __init__(self, size: int, lock: threading.Lock) -> None:
        self._size = size
        self._lock = lock
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value of a key, if it is kept."""
        with self._lock:
            return self._values.get(key)

    def pop(self, key: Key) -> Value | None:
        """Remove a key and return its value, if it is kept."""
        with self._lock:
            return self._values.pop(key, None)

    def put(self, key: Key, value: Value) -> None:
        """Store a value; the one that was stored first is dropped where there are too many."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def items(self) -> list[tuple[Key, Value]]:
        """Keys and values, the oldest first."""
        with self._lock:
            return list(self._values.items())


class GitCache:
    """The repositories of one host. Safe to use from several threads."""

    def __init__(self, git: ProtocolV2Client) -> None:
        self._git = git
        lock = threading.Lock()
        self._stores: RecentValues[tuple[str, str], Trees] = RecentValues(_STORES_KEPT, lock)
        self._files: RecentValues[tuple[str, str], dict[str, bytes]] = RecentValues(_COMMITS_KEPT, lock)
        self._tips: RecentValues[str, str] = RecentValues(_TIPS_KEPT, lock)
        self._commits: RecentValues[tuple[str, str], tuple[str, list[str]]] = RecentValues(_TIPS_KEPT, lock)

    def expect(self, target: Repository, tip: str, commit: tuple[str, list[str]] | None = None) -> None:
        """Remember where our branch is, so that it is fetched with the base; `commit` is its message and parents."""
        self._tips.put(target.source.path, tip)
        if commit is not None:
            self._commits.put((target.source.path, tip), commit)

    def commit_of(self, target: Repository, commit: str) -> tuple[str, list[str]]:
        """The message and the parents of a commit of our branch."""
        target = target.source
        kept = self._commits.get((target.path, commit))
        if kept is not None:
            return kept
        read = commit_in(self.trees(target, commit), commit)
        return read.message.decode("utf-8", "replace"), [parent.decode() for parent in read.parents]

    def is_on(self, target: Repository, commit: str, base: str) -> bool:
        """Whether a commit is the base, or an ancestor of it."""
        if commit == base:
            return True
        store = self._kept_store(target, base)
        return (store is not None and commit in _ancestors(store, base)) or self._git.is_behind(target, commit, base)

    def changes(self, target: Repository, before: str, after: str) -> dict[str, TreeEntry | None]:
        """The paths in which two commits of our branch differ, with the entry of the later one (None: deleted)."""
        target = target.source
        store = self.trees(target, after)
        return changes_in(store if has_commit(store, before) else self._fetch(target, (after, before)), before, after)

    def list_files(self, target: Repository, commit: str, prefetch: Iterable[str] = ()) -> Listing:
        """List the files of a commit; the files that a sync reads next are fetched too.

        That is the same exchange if the ids of their blobs are in `prefetch`.
        """
        listing = listing_of(self.trees(target, commit, prefetch), commit)
        if self._files.get((target.path, commit)) is None:
            self._read(target, commit, listing, (*ALWAYS_READ, *evidence_paths(listing)))
        return listing

    def read_files(self, target: Repository, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Read files of a commit, all of them in one exchange; absent ones are left out."""
        distinct = list(dict.fromkeys(paths))
        if not distinct:
            return {}
        files = self._read(target, commit, self.list_files(target, commit), distinct)
        return {path: files[path] for path in distinct if path in files}

    def fetch(self, target: Repository, commit: str, *, most: int) -> ListedRepository:
        """List a commit and fetch its files of at most `most` bytes, in one exchange. The cache does not keep them."""
        store = self._git.files(target, commit, most=most)
        listing = {
            path: entry if not is_blob(entry) or _has(store, entry) else replace(entry, size=most + 1)
            for path, entry in listing_of(store, commit).items()
        }

        def read(paths: Iterable[str]) -> Mapping[str, bytes]:
            ids = {path: listing[path].blob or "" for path in paths if path in listing}
            contents = blobs_in(store, ids.values())
            return {path: contents[blob] for path, blob in ids.items() if blob in contents}

        return ListedRepository(listing=listing, read=read)

    def last_author(self, target: Repository, commit: str, path: str) -> str:
        """Who changed a file last, from the trees of the last commits; empty if they do not say."""
        return author_of_change(self._git.trees(target, commit, depth=_AUTHOR_DEPTH), commit, path)

    def trees(self, target: Repository, commit: str, prefetch: Iterable[str] = ()) -> Trees:
        """A store with a commit, its trees, and the blobs of `prefetch`. Raises `GoneError` without a repository."""
        kept = self._kept_store(target, commit)
        if kept is not None:
            return kept
        tip = self._tips.pop(target.path) or commit
        others = () if tip == commit else (tip,)
        if not others and not prefetch:
            return self._fetch(target, (commit,))
        try:
            return self._fetch(target, (commit, *others), prefetch)
        except HttpError:  # our branch, or a blob, may have been deleted since
            return self._fetch(target, (commit,))

    def _kept_store(self, target: Repository, commit: str) -> Trees | None:
        stores = (store for (path, _), store in self._stores.items() if path == target.path)
        return next((store for store in stores if has_commit(store, commit)), None)

    def _fetch(self, target: Repository, commits: tuple[str, ...], prefetch: Iterable[str] = ()) -> Trees:
        store = self._git.trees(target, *commits, depth=_DEPTH if len(commits) > 1 else 1, blobs=prefetch)
        self._stores.put((target.path, commits[0]), store)
        return store

    def _read(self, target: Repository, commit: str, listing: Listing, paths: Iterable[str]) -> dict[str, bytes]:
        """All files of a commit that were read so far, with those at `paths`."""
        key = target.path, commit
        files = dict(self._files.get(key) or {})
        ids = {path: listing[path].blob or "" for path in paths if path not in files and is_blob(listing.get(path))}
        contents = blobs_in(self._kept_store(target, commit), ids.values())
        missing = {blob for blob in ids.values() if blob not in contents}
        if missing:
            contents |= self._git.blobs(target, missing)
        lost = next((path for path, blob in ids.items() if blob not in contents), None)
        if lost is not None:
            raise HttpError(f"{target.path}: Git did not send `{lost}`")
        files |= {path: contents[blob] for path, blob in ids.items()}
        self._files.put(key, files)
        return files


def is_blob(entry: ListingEntry | None) -> bool:
    """Whether an entry of a listing has bytes: a file or link, and not a submodule."""
    return entry is not None and entry.mode != SUBMODULE


def _has(store: Trees, entry: ListingEntry) -> bool:
    return ObjectID((entry.blob or "").encode()) in store


def _ancestors(store: Trees, commit: str) -> frozenset[str]:
    """The ancestors of a commit, as far as a store holds them."""
    return frozenset(_walk(lambda current: _parents(store, current), commit))


def _walk(parents: Callable[[str], Iterable[str]], commit: str) -> Iterator[str]:
    """Yield the ancestors of a commit, each once, in no particular order."""
    waiting, seen = [commit], {commit}
    while waiting:
        for parent in parents(waiting.pop()):
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
                yield parent


def _parents(store: Trees, commit: str) -> list[str]:
    held = commit_in(store, commit).parents if has_commit(store, commit) else []
    return [parent.decode() for parent in held]
