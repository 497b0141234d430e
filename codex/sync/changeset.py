"""What has to be written so that a repository holds what it should: file by file, with the reason. Touches nothing."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from codex.sync import block
from codex.sync.allowed_paths import AGENTS
from codex.sync.desired import Desired
from codex.sync.lock import LOCK, Lock, OwnedFile, blob_id, dump_lock, git_mode
from skills_build import inert
from skills_build.model.bundle import Artifact


class EntryType(StrEnum):
    """What stands at a path of a repository."""

    FILE = "file"
    LINK = "link"
    MODULE = "submodule"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedFile:
    """What was found at a path: git's id of its bytes, its mode, and the bytes where they were read.

    Of a symbolic link, the bytes are its target.
    """

    sort: EntryType = EntryType.FILE
    blob: str = ""
    mode: str = "100644"
    data: bytes | None = None

    @classmethod
    def file(cls, data: bytes, mode: int = 0o644) -> "ObservedFile":
        """A regular file."""
        return cls(blob=blob_id(data), mode=git_mode(mode), data=data)


class State(StrEnum):
    """How what is there compares with what should be, and with what we left there."""

    CURRENT = "current"
    ABSENT = "absent"
    MISSING = "missing"
    CLEAN = "clean"
    EDITED = "edited"
    FOREIGN = "foreign"
    STALE = "stale"
    LINKED = "linked"
    UNUSABLE = "unusable"


class Action(StrEnum):
    """What is done about it."""

    NONE = "none"
    ADD = "add"
    UPDATE = "update"
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file. `new` are the bytes to write; None with `DELETE`, and where nothing is written."""

    path: str
    state: State
    action: Action
    new: bytes | None = None
    mode: int = 0o644
    why: str = ""
    markers: bool = False
    """Whether it cannot be written because a block in it is damaged."""

    @property
    def writes(self) -> bool:
        """Whether anything is written or deleted."""
        return self.action in (Action.ADD, Action.UPDATE, Action.DELETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """All that is to be done in one repository, sorted by path, and the lock as it will be (None: there is none)."""

    changes: tuple[FileChange, ...]
    lock: Lock | None
    notes: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[FileChange, ...]:
        """The changes that write or delete."""
        return tuple(change for change in self.changes if change.writes)

    @property
    def deletions(self) -> tuple[str, ...]:
        """The paths that are deleted."""
        return tuple(change.path for change in self.changes if change.action is Action.DELETE)

    @property
    def kept(self) -> tuple[FileChange, ...]:
        """What is left as somebody wrote it, although something else should stand there."""
        return tuple(change for change in self.changes if change.action is Action.KEEP)

    @property
    def conflicts(self) -> tuple[FileChange, ...]:
        """What cannot be written at all."""
        return tuple(change for change in self.changes if change.state is State.UNUSABLE)


_BY_HAND: Final = "it was edited by hand"
_NOT_OURS: Final = "it was not created by codexc"
_EXECUTABLE: Final = "it is executable, and codexc does not edit programs (run `chmod -x` on it if it is not one)"


def paths_of_interest(wanted: Desired, lock: Lock | None) -> tuple[str, ...]:
    """The paths that have to be looked at: what should be there, what we own, and the folders above, for links."""
    owned = (*lock.blocks, *lock.files) if lock else ()
    paths = {*wanted.blocks, *wanted.files, *owned, LOCK}
    above = {parent for path in paths for parent in _parents(path)}
    return tuple(sorted(paths | above))


def change_set(
    wanted: Desired,
    seen: Mapping[str, ObservedFile],
    lock: Lock | None,
    *,
    name: str,
    names: frozenset[str] = frozenset(),
    restore: bool = False,
    take: bool = False,
) -> ChangeSet:
    """Compare what should be with what is. `names` are all paths beside host files, to notice names in another case.

    What people changed is kept unless `restore`, what they put there unless `take`; what an older release left is
    deleted if it is as it was. `name` is the repository's, for the heading of a new AGENTS.md.
    """
    wanted = replace(wanted, notes=(*wanted.notes, *(lock.notes if lock else ())))
    scene = _Scene(wanted=wanted, seen=seen, lock=lock, name=name, names=names, restore=restore, take=take)
    changes = {
        block.path: block for block in (*scene.blocks(), *scene.files(), *scene.stale_blocks(), *scene.stale_files())
    }
    if lock is not None and _only_riding(changes.values(), wanted):
        riding = {
            path: replace(one, action=Action.NONE, new=None, why="it will change with the next update")
            for path, one in changes.items()
            if one.writes
        }
        return ChangeSet(
            changes=tuple({**changes, **riding}[path] for path in sorted(changes)), lock=lock, notes=wanted.notes
        )
    new = scene.new_lock(changes)
    ordered = [changes[path] for path in sorted(changes)]
    entry = _lock_change(new, seen.get(LOCK))
    return ChangeSet(changes=(*ordered, *([entry] if entry else [])), lock=new, notes=wanted.notes)


def _only_riding(changes: Iterable[FileChange], wanted: Desired) -> bool:
    """Whether all that would be written rides along with other changes, of which there are none."""
    writes = [change for change in changes if change.writes]
    return bool(writes) and all(write.path in wanted.riding and write.state is State.CLEAN for write in writes)


def _lock_change(new: Lock | None, seen: ObservedFile | None) -> FileChange | None:
    if new is None:
        return FileChange(path=LOCK, state=State.STALE, action=Action.DELETE) if seen else None
    data = dump_lock(new)
    if seen is None:
        return FileChange(path=LOCK, state=State.ABSENT, action=Action.ADD, new=data)
    if seen.blob == blob_id(data):
        return FileChange(path=LOCK, state=State.CURRENT, action=Action.NONE)
    return FileChange(path=LOCK, state=State.CLEAN, action=Action.UPDATE, new=data)


def _agents_first(paths: Iterable[str]) -> list[str]:
    return sorted(paths, key=lambda path: (path != AGENTS, path))


@lru_cache(maxsize=16_384)
def _parents(path: str) -> tuple[str, ...]:
    """The folders above a path, the nearest first; a fleet asks for those of the same paths again and again."""
    return tuple(path[:end] for end in range(len(path) - 1, 0, -1) if path[end] == "/")


@lru_cache(maxsize=16_384)
def blob_of(artifact: Artifact) -> str:
    """Git's id of a file of the codex, worked out once for all repositories."""
    return blob_id(artifact.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """One comparison."""

    wanted: Desired
    seen: Mapping[str, ObservedFile]
    lock: Lock | None
    name: str
    names: frozenset[str]
    restore: bool
    take: bool

    @property
    def owned_blocks(self) -> Mapping[str, str]:
        return self.lock.blocks if self.lock else {}

    @property
    def owned_files(self) -> Mapping[str, OwnedFile]:
        return self.lock.files if self.lock else {}

    def blocks(self) -> Iterator[FileChange]:
        """Yield what happens to host files."""
        taken: set[str] = set()
        for path in _agents_first(self.wanted.blocks):
            host = self._host(path)
            if isinstance(host, FileChange):
                yield host
            elif host not in taken:
                taken.add(host)
                yield self._block(host, self.wanted.blocks[path])

    def _host(self, path: str) -> str | FileChange:
        """The file that takes the block meant for `path`: itself, or what it is a link to."""
        linked = self._link_above(path)
        if linked:
            return self._unusable(path, f"{inert.code(linked)} is a symbolic link")
        found = self.seen.get(path)
        if found is None:
            twin = next((name for name in self.names if name.lower() == path.lower() and name != path), None)
            return self._unusable(path, f"{inert.code(twin)} exists: rename it") if twin else path
        if found.sort is EntryType.LINK:
            return self._behind(path, found)
        if found.mode == "100755":
            return self._unusable(path, _EXECUTABLE)
        return path if found.sort is EntryType.FILE else self._unusable(path, f"it is a {found.sort}")

    def _behind(self, path: str, link: ObservedFile) -> str | FileChange:
        target = (link.data or b"").decode("utf-8", "replace")
        goal = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if goal in self.wanted.blocks and goal != path and not goal.startswith(("../", "/")):
            why = f"it is a link to {inert.code(goal)}, which has the block"
            if path == AGENTS:
                return goal
            return FileChange(path=path, state=State.LINKED, action=Action.NONE, why=why)
        return self._unusable(path, f"it is a symbolic link to {inert.code(target)}")

    def _unusable(self, path: str, why: str) -> FileChange:
        return FileChange(path=path, state=State.UNUSABLE, action=Action.KEEP, why=why)

    def _link_above(self, path: str) -> str | None:
        for parent in _parents(path):
            found = self.seen.get(parent)
            if found is not None and found.sort is not EntryType.FOLDER:
                return parent
        return None

    def _block(self, path: str, text: str) -> FileChange:
        found = self.seen.get(path)
        if found is None:
            return self._fresh(path, text)
        data = found.data or b""
        there = block.find_block(data)
        if isinstance(there, block.UnusableFile):
            where = f" (line {there.line})" if there.line else ""
            return replace(self._unusable(path, f"{there.reason}{where}"), markers=there.markers)
        if there is None and _points_to_agents(path, text, data):
            why = "it already imports AGENTS.md"
            return FileChange(path=path, state=State.LINKED, action=Action.NONE, why=why)
        if there is None:
            state = State.MISSING if path in self.owned_blocks else State.ABSENT
        elif there.sealed:
            state = State.CURRENT if there.text == text else State.CLEAN
        else:
            state = State.EDITED
        if state is State.CURRENT:
            return FileChange(path=path, state=state, action=Action.NONE)
        if state is State.EDITED and not self.restore:
            return FileChange(path=path, state=state, action=Action.KEEP, why=f"{_BY_HAND} inside the block")
        new = block.write_block(data, text, version=self.wanted.version, place=self.wanted.spot)
        if isinstance(new, block.UnusableFile):
            return self._unusable(path, new.reason)
        return FileChange(path=path, state=state, action=Action.UPDATE, new=new)

    def _fresh(self, path: str, text: str) -> FileChange:
        state = State.MISSING if path in self.owned_blocks else State.ABSENT
        if path.endswith(AGENTS):
            title = inert.text(self.name if path == AGENTS else path.removesuffix(f"/{AGENTS}"))
            new: bytes | block.UnusableFile = block.new_file(title, text, version=self.wanted.version)
        else:
            new = block.write_block(b"", text, version=self.wanted.version)
        assert isinstance(new, bytes)
        return FileChange(path=path, state=state, action=Action.ADD, new=new)

    def files(self) -> Iterator[FileChange]:
        """Yield what happens to files that are ours as a whole."""
        for path, artifact in sorted(self.wanted.files.items()):
            yield self._file(path, artifact)

    def _file(self, path: str, artifact: Artifact) -> FileChange:
        linked = self._link_above(path)
        if linked:
            return self._linked(path, linked)
        found, owned = self.seen.get(path), self.owned_files.get(path)
        mode = 0o755 if artifact.mode & 0o111 else 0o644
        writing = FileChange(path=path, state=State.ABSENT, action=Action.ADD, new=artifact.data, mode=mode)
        if found is None:
            return replace(writing, state=State.MISSING if owned else State.ABSENT)
        if found.sort is not EntryType.FILE:
            return self._unusable(path, f"it is a {found.sort}")
        if (found.blob, found.mode) == (blob_of(artifact), git_mode(mode)):
            return FileChange(path=path, state=State.CURRENT, action=Action.NONE)
        if owned and (found.blob, found.mode) == (owned.blob, owned.mode):
            return replace(writing, state=State.CLEAN, action=Action.UPDATE)
        state = State.EDITED if owned else State.FOREIGN
        if self.restore if owned else self.take:
            return replace(writing, state=state, action=Action.UPDATE)
        return FileChange(path=path, state=state, action=Action.KEEP, why=_BY_HAND if owned else _NOT_OURS)

    def _linked(self, path: str, parent: str) -> FileChange:
        """A file below a link: fine where the link leads to a folder that gets the same file."""
        found = self.seen[parent]
        if found.sort is not EntryType.LINK:
            return self._unusable(path, f"{inert.code(parent)} is a {found.sort}")
        target = (found.data or b"").decode("utf-8", "replace")
        goal = posixpath.normpath(posixpath.join(posixpath.dirname(parent), target))
        twin = self.wanted.files.get(f"{goal}{path.removeprefix(parent)}")
        if twin is not None and twin.data == self.wanted.files[path].data:
            why = f"{inert.code(parent)} is a link to {inert.code(goal)}, which has it"
            return FileChange(path=path, state=State.LINKED, action=Action.NONE, why=why)
        return self._unusable(path, f"{inert.code(parent)} is a symbolic link to {inert.code(target)}")

    def stale_blocks(self) -> Iterator[FileChange]:
        """Yield what happens to blocks that an older release put where now none belongs."""
        for path in sorted(set(self.owned_blocks) - set(self.wanted.blocks)):
            found = self.seen.get(path)
            if found is None or found.sort is not EntryType.FILE or self._link_above(path):
                continue
            yield from self._stale_block(path, found)

    def _stale_block(self, path: str, found: ObservedFile) -> Iterator[FileChange]:
        data = found.data or b""
        there = block.find_block(data)
        if there is None:
            return
        if found.mode == "100755":
            yield self._unusable(path, _EXECUTABLE)
            return
        rest = block.remove_block(data)
        if isinstance(there, block.UnusableFile) or isinstance(rest, block.UnusableFile):
            reason = there.reason if isinstance(there, block.UnusableFile) else "it cannot be read"
            yield replace(self._unusable(path, reason), markers=True)
        elif not there.sealed and not self.restore:
            yield FileChange(path=path, state=State.EDITED, action=Action.KEEP, why=f"{_BY_HAND} inside the block")
        elif not rest.strip() or block.is_new_file(rest):
            yield FileChange(path=path, state=State.STALE, action=Action.DELETE)
        else:
            yield FileChange(path=path, state=State.STALE, action=Action.UPDATE, new=rest)

    def stale_files(self) -> Iterator[FileChange]:
        """Yield what happens to files that an older release wrote and this one does not."""
        for path in sorted(set(self.owned_files) - set(self.wanted.files)):
            found, owned = self.seen.get(path), self.owned_files[path]
            if found is None or found.sort is not EntryType.FILE or self._link_above(path):
                continue
            if (found.blob, found.mode) == (owned.blob, owned.mode) or self.restore:
                yield FileChange(path=path, state=State.STALE, action=Action.DELETE)
            else:
                why = f"{_BY_HAND}, so it is yours now: this release no longer contains it"
                yield FileChange(path=path, state=State.EDITED, action=Action.KEEP, why=why)

    def new_lock(self, changes: Mapping[str, FileChange]) -> Lock | None:
        """The lock after the work: what is ours then. Content that did not change keeps the release it came from."""
        ours = {path for path, one in changes.items() if one.state not in (State.UNUSABLE, State.LINKED, State.FOREIGN)}
        ours |= {path for path, one in changes.items() if one.state is State.FOREIGN and one.writes}
        texts = self._texts()
        blocks = {path: block.block_digest(text) for path, text in texts.items() if path in ours}
        files = {
            path: OwnedFile(blob=blob_of(one), mode=git_mode(one.mode))
            for path, one in self.wanted.files.items()
            if path in ours
        }
        if not blocks and not files:
            return None
        wanted = self.wanted
        new = Lock(
            codex=wanted.codex,
            version=wanted.version,
            tree=wanted.tree,
            selection=wanted.selection,
            blocks=blocks,
            files=files,
            pin=wanted.pin or (self.lock.pin if self.lock else None),
        )
        if self.lock is not None and self.lock.content == new.content and self.lock.codex == new.codex:
            return self.lock
        return new

    def _texts(self) -> Mapping[str, str]:
        """The text of each block by the file that takes it; AGENTS.md comes first where two lead to one file."""
        texts: dict[str, str] = {}
        for path in _agents_first(self.wanted.blocks):
            host = self._host(path)
            if isinstance(host, str):
                texts.setdefault(host, self.wanted.blocks[path])
        return texts


def _points_to_agents(path: str, text: str, data: bytes) -> bool:
    """Whether a file without a block imports AGENTS.md by itself, which is all that our block would do."""
    return text.strip() == f"@{AGENTS}" and any(line.strip() == f"@{AGENTS}".encode() for line in data.splitlines())
