"""Compares the desired content of a repository with its files and computes the change set. Opens no file."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from codex.sync import block
from codex.sync.allowed_paths import AGENTS
from codex.sync.changeset import Action, ChangeSet, EntryType, FileChange, ObservedFile, State
from codex.sync.conditional import without_missing
from codex.sync.desired import Desired
from codex.sync.links import link_above, link_goal, link_target, parents
from codex.sync.list_changes import ListChange, blocked, list_change
from codex.sync.lock import LOCK, Lock, OwnedFile, OwnedKey, blob_id, dump_lock, git_mode
from skills_build import inert
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact

_IMPORT: Final = re.compile(rf"(?:^|(?<=\s))@(?:\./)?{re.escape(AGENTS)}(?![\w/-])")
_BY_HAND: Final = "edited by hand"
_NOT_OURS: Final = "not created by codexc"
_EXECUTABLE: Final = "the file is executable, and codexc does not edit programs (run `chmod -x` if it is not a program)"


def paths_of_interest(desired: Desired, lock: Lock | None) -> tuple[str, ...]:
    """Return the paths to read: desired and owned ones, and their parent folders, which may be links."""
    owned = (*lock.blocks, *lock.files, *(key.path for key in lock.own_keys)) if lock else ()
    paths = {*desired.blocks, *desired.files, *(item.path for item in desired.items), *owned, LOCK}
    above = {parent for path in paths for parent in parents(path)}
    return tuple(sorted(paths | above))


def change_set(
    desired: Desired,
    seen: Mapping[str, ObservedFile],
    lock: Lock | None,
    *,
    name: str,
    sibling_paths: frozenset[str] = frozenset(),
    restore: bool = False,
    overwrite_foreign: bool = False,
) -> ChangeSet:
    """Compare the desired content with the files in `seen`.

    `name` is the repository's name, for the heading of a new AGENTS.md. `sibling_paths` are the paths next to the
    files that have a block, to detect names that differ only in case. Manual edits are kept unless `restore`, and
    files that codexc did not create unless `overwrite_foreign`. Files of an older release are deleted unless they were
    edited.
    """
    desired = replace(without_missing(desired, seen), notes=(*desired.notes, *(lock.notes if lock else ())))
    comparison = _Comparison(
        desired=desired,
        seen=seen,
        lock=lock,
        name=name,
        sibling_paths=sibling_paths,
        restore=restore,
        overwrite_foreign=overwrite_foreign,
    )
    lists = tuple(comparison.lists())
    desired = replace(desired, notes=(*desired.notes, *(one.note for one in lists if one.note)))
    changes = {
        change.path: change
        for change in (
            *comparison.blocks(),
            *comparison.files(),
            *comparison.stale_blocks(),
            *comparison.stale_files(),
            *(one.change for one in lists),
        )
    }
    if lock is not None and _only_coalesced(changes.values(), desired):
        coalesced = {
            path: replace(change, action=Action.NONE, new=None, why="the file will change with the next update")
            for path, change in changes.items()
            if change.writes
        }
        return ChangeSet(
            changes=tuple({**changes, **coalesced}[path] for path in sorted(changes)), lock=lock, notes=desired.notes
        )
    new = comparison.new_lock(changes, tuple(key for one in lists for key in one.owned))
    ordered = [changes[path] for path in sorted(changes)]
    lock_change = _lock_change(new, seen.get(LOCK))
    return ChangeSet(changes=(*ordered, *([lock_change] if lock_change else [])), lock=new, notes=desired.notes)


def _only_coalesced(changes: Iterable[FileChange], desired: Desired) -> bool:
    """Whether all files that would be written are only updated together with others, and there are no others."""
    writes = [change for change in changes if change.writes]
    return bool(writes) and all(write.path in desired.coalesced and write.state is State.CLEAN for write in writes)


def _lock_change(new: Lock | None, seen: ObservedFile | None) -> FileChange | None:
    if new is None:
        return FileChange(path=LOCK, state=State.STALE, action=Action.DELETE) if seen else None
    data = dump_lock(new)
    if seen is None:
        return FileChange(path=LOCK, state=State.ABSENT, action=Action.ADD, new=data)
    if seen.holds(blob_id(data)):
        return FileChange(path=LOCK, state=State.CURRENT, action=Action.NONE)
    return FileChange(path=LOCK, state=State.CLEAN, action=Action.UPDATE, new=data)


def _agents_first(paths: Iterable[str]) -> list[str]:
    return sorted(paths, key=lambda path: (path != AGENTS, path))


@lru_cache(maxsize=16_384)
def blob_of(artifact: Artifact) -> str:
    """Return git's id of a file of the codex; computed once for all repositories."""
    return blob_id(artifact.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """The comparison of one repository."""

    desired: Desired
    seen: Mapping[str, ObservedFile]
    lock: Lock | None
    name: str
    sibling_paths: frozenset[str]
    restore: bool
    overwrite_foreign: bool

    @property
    def owned_blocks(self) -> Mapping[str, str]:
        return self.lock.blocks if self.lock else {}

    @property
    def owned_files(self) -> Mapping[str, OwnedFile]:
        return self.lock.files if self.lock else {}

    def blocks(self) -> Iterator[FileChange]:
        """Yield the changes of files that have a block."""
        taken: set[str] = set()
        for path in _agents_first(self.desired.blocks):
            block_file = self._block_file(path)
            if isinstance(block_file, FileChange):
                yield block_file
            elif block_file not in taken:
                taken.add(block_file)
                yield self._block(block_file, self.desired.blocks[path])

    def _block_file(self, path: str) -> str | FileChange:
        """The file that gets the block for `path`: `path` itself, or the target of the link there."""
        link = link_above(path, self.seen)
        if link:
            return self._unusable(path, f"{inert.code(link)} is a symbolic link")
        current = self.seen.get(path)
        if current is None:
            other_case = next(
                (name for name in self.sibling_paths if name.lower() == path.lower() and name != path), None
            )
            return self._unusable(path, f"{inert.code(other_case)} exists: rename it") if other_case else path
        if current.entry_type is EntryType.LINK:
            return self._linked_block(path, current)
        if current.mode == "100755":
            return self._unusable(path, _EXECUTABLE)
        return (
            path
            if current.entry_type is EntryType.FILE
            else self._unusable(path, f"the path is a {current.entry_type}")
        )

    def _linked_block(self, path: str, link: ObservedFile) -> str | FileChange:
        goal = link_goal(path, link)
        if goal in self.desired.blocks and goal != path and not goal.startswith(("../", "/")):
            why = f"the path is a link to {inert.code(goal)}, which contains the block"
            if path == AGENTS:
                return goal
            return FileChange(path=path, state=State.LINKED, action=Action.NONE, why=why)
        return self._unusable(path, f"the path is a symbolic link to {inert.code(link_target(link))}")

    def _unusable(self, path: str, why: str) -> FileChange:
        return FileChange(path=path, state=State.UNUSABLE, action=Action.KEEP, why=why)

    def _block(self, path: str, text: str) -> FileChange:
        current = self.seen.get(path)
        if current is None:
            return self._new_block_file(path, text)
        data = current.data or b""
        existing = block.find_block(data)
        if isinstance(existing, block.UnusableFile):
            where = f" (line {existing.line})" if existing.line else ""
            return replace(self._unusable(path, f"{existing.reason}{where}"), markers=existing.markers)
        if existing is None and _points_to_agents(path, text, data):
            why = "the file already imports AGENTS.md"
            return FileChange(path=path, state=State.LINKED, action=Action.NONE, why=why)
        if existing is None:
            state = State.MISSING if path in self.owned_blocks else State.ABSENT
        elif existing.sealed:
            state = State.CURRENT if existing.text == text else State.CLEAN
        else:
            state = State.EDITED
        if state is State.EDITED and not self.restore:
            return FileChange(path=path, state=state, action=Action.KEEP, why=f"{_BY_HAND} inside the block")
        if state is State.CURRENT and self.desired.place is None:
            return FileChange(path=path, state=state, action=Action.NONE)
        new = block.write_block(data, text, version=self.desired.version, place=self.desired.place)
        if isinstance(new, block.UnusableFile):
            return self._unusable(path, new.reason)
        if state is State.CURRENT:
            return self._moved(path, data, new)
        return FileChange(path=path, state=state, action=Action.UPDATE, new=new)

    def _moved(self, path: str, data: bytes, new: bytes) -> FileChange:
        """The change of a file whose block has the right text: none, unless it belongs in another place."""
        before, after = block.find_block(data), block.find_block(new)
        assert isinstance(before, block.OwnedBlock)
        assert isinstance(after, block.OwnedBlock)
        if before.start == after.start:
            return FileChange(path=path, state=State.CURRENT, action=Action.NONE)
        return FileChange(path=path, state=State.CLEAN, action=Action.UPDATE, new=new)

    def _new_block_file(self, path: str, text: str) -> FileChange:
        state = State.MISSING if path in self.owned_blocks else State.ABSENT
        if path.endswith(AGENTS):
            title = inert.text(self.name if path == AGENTS else path.removesuffix(f"/{AGENTS}"))
            new: bytes | block.UnusableFile = block.new_file(title, text, version=self.desired.version)
        else:
            new = block.new_page(text, version=self.desired.version)
        assert isinstance(new, bytes)
        return FileChange(path=path, state=state, action=Action.ADD, new=new)

    def files(self) -> Iterator[FileChange]:
        """Yield the changes of files that codexc owns as a whole."""
        for path, artifact in sorted(self.desired.files.items()):
            yield self._file(path, artifact)

    def _file(self, path: str, artifact: Artifact) -> FileChange:
        link = link_above(path, self.seen)
        if link:
            return self._below_link(path, link)
        current, owned = self.seen.get(path), self.owned_files.get(path)
        mode = 0o755 if artifact.mode & 0o111 else 0o644
        write = FileChange(path=path, state=State.ABSENT, action=Action.ADD, new=artifact.data, mode=mode)
        if current is None:
            return replace(write, state=State.MISSING if owned else State.ABSENT)
        if current.entry_type is not EntryType.FILE:
            return self._unusable(path, f"the path is a {current.entry_type}")
        if current.holds(blob_of(artifact)) and current.mode == git_mode(mode):
            return FileChange(path=path, state=State.CURRENT, action=Action.NONE)
        if owned and current.holds(owned.blob) and current.mode == owned.mode:
            return replace(write, state=State.CLEAN, action=Action.UPDATE)
        state = State.EDITED if owned else State.FOREIGN
        if self.restore if owned else self.overwrite_foreign:
            return replace(write, state=state, action=Action.UPDATE)
        return FileChange(path=path, state=state, action=Action.KEEP, why=_BY_HAND if owned else _NOT_OURS)

    def _below_link(self, path: str, parent: str) -> FileChange:
        """A file below a link, which is fine if the link leads to a folder that gets the same file."""
        link = self.seen[parent]
        if link.entry_type is not EntryType.LINK:
            return self._unusable(path, f"{inert.code(parent)} is a {link.entry_type}")
        goal = link_goal(parent, link)
        twin = self.desired.files.get(f"{goal}{path.removeprefix(parent)}")
        if twin is not None and twin.data == self.desired.files[path].data:
            why = f"{inert.code(parent)} is a link to {inert.code(goal)}, which contains the same file"
            return FileChange(path=path, state=State.LINKED, action=Action.NONE, why=why)
        return self._unusable(path, f"{inert.code(parent)} is a symbolic link to {inert.code(link_target(link))}")

    def stale_blocks(self) -> Iterator[FileChange]:
        """Yield the changes of blocks that an older release wrote and this one does not."""
        for path in sorted({*self.owned_blocks, *self.desired.only_with} - set(self.desired.blocks)):
            current = self.seen.get(path)
            if current is None or current.entry_type is not EntryType.FILE or link_above(path, self.seen):
                continue
            yield from self._stale_block(path, current)

    def _stale_block(self, path: str, current: ObservedFile) -> Iterator[FileChange]:
        data = current.data or b""
        existing = block.find_block(data)
        if existing is None:
            return
        if current.mode == "100755":
            yield self._unusable(path, _EXECUTABLE)
            return
        rest = block.remove_block(data)
        if isinstance(existing, block.UnusableFile) or isinstance(rest, block.UnusableFile):
            reason = existing.reason if isinstance(existing, block.UnusableFile) else "the file cannot be read"
            yield replace(self._unusable(path, reason), markers=True)
        elif not existing.sealed and not self.restore:
            yield FileChange(path=path, state=State.EDITED, action=Action.KEEP, why=f"{_BY_HAND} inside the block")
        elif block.is_new_page(data, rest) or block.is_new_file(rest):
            yield FileChange(path=path, state=State.STALE, action=Action.DELETE)
        else:
            yield FileChange(path=path, state=State.STALE, action=Action.UPDATE, new=rest)

    def stale_files(self) -> Iterator[FileChange]:
        """Yield the changes of files that an older release wrote and this one does not."""
        for path in sorted(set(self.owned_files) - set(self.desired.files)):
            current, owned = self.seen.get(path), self.owned_files[path]
            if current is None or current.entry_type is not EntryType.FILE or link_above(path, self.seen):
                continue
            if (current.holds(owned.blob) and current.mode == owned.mode) or self.restore:
                yield FileChange(path=path, state=State.STALE, action=Action.DELETE)
            else:
                why = f"{_BY_HAND} and not in this release, so codexc no longer manages it"
                yield FileChange(path=path, state=State.EDITED, action=Action.KEEP, why=why)

    def lists(self) -> Iterator[ListChange]:
        """Yield the changes of hand-written files with a list that contains items of codexc."""
        owned: dict[str, tuple[OwnedKey, ...]] = {}
        for key in self.lock.own_keys if self.lock else ():
            owned[key.path] = (*owned.get(key.path, ()), key)
        wanted = {item.path: item for item in self.desired.items}
        for path in sorted({*owned, *wanted}):
            link = link_above(path, self.seen)
            if link:
                yield blocked(path, owned.get(path, ()), f"{inert.code(link)} is a {self.seen[link].entry_type}")
            else:
                yield list_change(
                    path, self.seen.get(path), wanted.get(path), owned.get(path, ()), restore=self.restore
                )

    def new_lock(self, changes: Mapping[str, FileChange], keys: tuple[OwnedKey, ...]) -> Lock | None:
        """The lock after the change set is applied. Content that did not change keeps the release it came from."""
        owned = {
            path
            for path, change in changes.items()
            if change.state not in (State.UNUSABLE, State.LINKED, State.FOREIGN)
        }
        owned |= {path for path, change in changes.items() if change.state is State.FOREIGN and change.writes}
        texts = self._block_texts()
        blocks = {path: block.block_digest(text) for path, text in texts.items() if path in owned}
        files = {
            path: OwnedFile(blob=blob_of(change), mode=git_mode(change.mode))
            for path, change in self.desired.files.items()
            if path in owned
        }
        if not blocks and not files and not keys:
            return None
        desired = self.desired
        new = Lock(
            codex=desired.codex,
            version=desired.version,
            tree=desired.tree,
            selection=desired.selection,
            blocks=blocks,
            files=files,
            keys=keys or None,
            pin=desired.pin or (self.lock.pin if self.lock else None),
            waiver_days=desired.waiver_days,
        )
        if self.lock is not None and self.lock.content == new.content and self.lock.codex == new.codex:
            return self.lock
        return new

    def _block_texts(self) -> Mapping[str, str]:
        """The text of each block by the file that gets it. If two lead to one file, AGENTS.md wins."""
        texts: dict[str, str] = {}
        for path in _agents_first(self.desired.blocks):
            block_file = self._block_file(path)
            if isinstance(block_file, str):
                texts.setdefault(block_file, self.desired.blocks[path])
        return texts


def _points_to_agents(path: str, text: str, data: bytes) -> bool:
    """Whether a file without a block already imports AGENTS.md, which is all that the block would do.

    An import in a code span or code block does nothing: https://code.claude.com/docs/en/memory#import-additional-files
    """
    return text.strip() == f"@{AGENTS}" and any(map(_IMPORT.search, block.prose(data, AGENTS)))
