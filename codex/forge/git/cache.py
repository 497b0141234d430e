"""Reads repositories of a host by git: listings, files and what commits changed, in one exchange for each kind.

Keeps what was read of the last repositories, so that what a sync asks one after another is not fetched twice.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeVar

from dulwich.objects import Commit, ObjectID

from codex.forge.git.objects import changes_in, commit_in, listing_of
from codex.forge.git.protocol_v2 import ProtocolV2Client, Trees, blobs_in, has_commit
from codex.http.client import HttpError
from codex.profile.evidence import evidence_paths as evidence
from codex.profile.model import SUBMODULE, Listing, ListingEntry
from codex.sync.lock import LOCK
from codex.sync.observed import Target, TreeEntry
from codex.sync.settings import SETTINGS

_USUAL: Final = (SETTINGS, LOCK, "AGENTS.md", "CLAUDE.md")
"""What a sync reads of nearly every repository; it comes along with the listing."""
_KEPT: Final = 64
_STORES: Final = 16
_DEPTH: Final = 3
"""As far back as a merge of the base into our commit needs."""
Found = TypeVar("Found")
Key = TypeVar("Key")


class GitCache:
    """The repositories of one host. Safe to use from several threads."""

    def __init__(self, git: ProtocolV2Client) -> None:
        self._git = git
        self._lock = threading.Lock()
        self._stores: OrderedDict[tuple[str, str], Trees] = OrderedDict()
        self._texts: OrderedDict[tuple[str, str], dict[str, bytes]] = OrderedDict()
        self._tips: OrderedDict[str, str] = OrderedDict()
        self._commits: OrderedDict[tuple[str, str], tuple[str, list[str]]] = OrderedDict()

    def expect(self, target: Target, tip: str, said: tuple[str, list[str]] | None = None) -> None:
        """Know where our branch is, so that it is fetched along with the base; `said` are its message and parents."""
        self._keep(self._tips, target.path, tip, 4 * _KEPT)
        if said is not None:
            self._keep(self._commits, (target.path, tip), said, 4 * _KEPT)

    def commit_of(self, target: Target, commit: str) -> tuple[str, list[str]]:
        """The message and the parents of a commit."""
        with self._lock:
            known = self._commits.get((target.path, commit))
        if known is not None:
            return known
        found = commit_in(self.trees(target, commit), commit)
        return found.message.decode("utf-8", "replace"), [parent.decode() for parent in found.parents]

    def is_on(self, target: Target, commit: str, base: str) -> bool:
        """Whether a commit is the base, or below it."""
        if commit == base:
            return True
        store = self._held(target, base)
        return (store is not None and commit in _above(store, base)) or self._git.is_behind(target, commit, base)

    def changes(self, target: Target, before: str, after: str) -> dict[str, TreeEntry | None]:
        """The paths in which two commits differ, with what the later one has there."""
        store = self.trees(target, after)
        return changes_in(store if has_commit(store, before) else self._fetched(target, (after, before)), before, after)

    def listing(self, target: Target, commit: str, along: Iterable[str] = ()) -> Listing:
        """The files of a commit; what a sync reads next comes along, in the same exchange if its ids are `along`."""
        found = listing_of(self.trees(target, commit, along), commit)
        with self._lock:
            fresh = (target.path, commit) not in self._texts
        if fresh:
            self._read(target, commit, found, (*_USUAL, *evidence(found)))
        return found

    def read(self, target: Target, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of some files of a commit, all of them in one exchange."""
        wanted = list(dict.fromkeys(paths))
        if not wanted:
            return {}
        texts = self._read(target, commit, self.listing(target, commit), wanted)
        return {path: texts[path] for path in wanted if path in texts}

    def trees(self, target: Target, commit: str, along: Iterable[str] = ()) -> Trees:
        """A store with a commit, its trees, and the blobs `along`. Raises `GoneError` where there is no repository."""
        held = self._held(target, commit)
        if held is not None:
            return held
        with self._lock:
            tip = self._tips.pop(target.path, commit)
        more = () if tip == commit else (tip,)
        if not more and not along:
            return self._fetched(target, (commit,))
        try:
            return self._fetched(target, (commit, *more), along)
        except HttpError:  # our branch, or a blob, may be gone since
            return self._fetched(target, (commit,))

    def _held(self, target: Target, commit: str) -> Trees | None:
        with self._lock:
            mine = [store for (path, _), store in self._stores.items() if path == target.path]
        return next((store for store in mine if has_commit(store, commit)), None)

    def _fetched(self, target: Target, commits: tuple[str, ...], along: Iterable[str] = ()) -> Trees:
        found = self._git.trees(target, *commits, depth=_DEPTH if len(commits) > 1 else 1, along=along)
        self._keep(self._stores, (target.path, commits[0]), found, _STORES)
        return found

    def _read(self, target: Target, commit: str, known: Listing, paths: Iterable[str]) -> dict[str, bytes]:
        key = target.path, commit
        with self._lock:
            texts = dict(self._texts.get(key, ()))
        asked = {path: known[path].blob or "" for path in paths if path not in texts and _is_blob(known.get(path))}
        here = blobs_in(self._held(target, commit), asked.values())
        missing = {blob for blob in asked.values() if blob not in here}
        if missing:
            here |= self._git.blobs(target, missing)
        lost = next((path for path, blob in asked.items() if blob not in here), None)
        if lost is not None:
            raise HttpError(f"{target.path}: git did not send `{lost}`")
        texts |= {path: here[blob] for path, blob in asked.items()}
        self._keep(self._texts, key, texts)
        return texts

    def _keep(self, where: OrderedDict[Key, Found], key: Key, value: Found, most: int = _KEPT) -> None:
        with self._lock:
            where[key] = value
            where.move_to_end(key)
            while len(where) > most:
                where.popitem(last=False)


def _above(store: Trees, commit: str) -> frozenset[str]:
    """The commits before one, as far as a store holds them."""
    return frozenset(_walk(lambda one: _parents(store, one), commit))


def _walk(parents: Callable[[str], Iterable[str]], commit: str) -> Iterator[str]:
    left, seen = [commit], {commit}
    while left:
        for parent in parents(left.pop()):
            if parent not in seen:
                seen.add(parent)
                left.append(parent)
                yield parent


def _parents(store: Trees, commit: str) -> list[str]:
    found = store[ObjectID(commit.encode())] if has_commit(store, commit) else None
    return [parent.decode() for parent in found.parents] if isinstance(found, Commit) else []


def _is_blob(entry: ListingEntry | None) -> bool:
    return entry is not None and entry.mode != SUBMODULE
