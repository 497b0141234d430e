"""Compares items of a list in a hand-written file with the desired ones, and with those that codexc added last.

A file that cannot be edited safely is left alone, and what to add is suggested.
"""

import json
from collections.abc import Iterable, Sequence

from codex.sync.changeset import Action, EntryType, FileChange, ObservedFile, State
from codex.sync.keys.base import Inserted, UnsafeEditError, digest, pointer
from codex.sync.keys.edits import insert, is_as_created, is_empty, new_file, present, remove
from codex.sync.lock import OwnedKey
from skills_build import inert
from skills_build.emit.projection import ListItems
from skills_build.frozen import dataclass

_LONGEST_SUGGESTION = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """The change of one file, what codexc owns in it afterwards, and a note for the owners of the repository."""

    change: FileChange
    owned: tuple[OwnedKey, ...] = ()
    note: str = ""


def list_change(
    path: str, current: ObservedFile | None, wanted: ListItems | None, owned: Sequence[OwnedKey], *, restore: bool
) -> ListChange:
    """Return the change of a file. What was edited by hand is kept unless `restore`."""
    if current is not None and current.entry_type is not EntryType.FILE:
        return blocked(path, owned, f"the path is a {current.entry_type}")
    data = current.data or b"" if current is not None else None
    try:
        if wanted is None:
            return _stale(path, data, owned)
        return _new(wanted, owned) if data is None else _wanted(wanted, data, owned, restore=restore)
    except UnsafeEditError as error:
        if wanted is None:
            why = f"{error}, so codexc no longer manages it"
            return ListChange(change=FileChange(path=path, state=State.EDITED, action=Action.KEEP, why=why))
        return _suggested(wanted, owned, str(error))


def blocked(path: str, owned: Sequence[OwnedKey], why: str) -> ListChange:
    """Return no change, for a file that cannot be written."""
    change = FileChange(path=path, state=State.LINKED, action=Action.NONE, why=why)
    return ListChange(change=change, owned=tuple(owned), note=f"{inert.code(path)} is left alone: {why}")


def is_intact(key: OwnedKey, current: ObservedFile | None) -> bool:
    """Whether a value that codexc added is still in its file."""
    if current is None or current.entry_type is not EntryType.FILE:
        return False
    try:
        remove(key.path, current.data or b"", _entries([key]))
    except UnsafeEditError:
        return False
    return True


def _new(wanted: ListItems, owned: Sequence[OwnedKey]) -> ListChange:
    data, added = new_file(wanted.path, wanted.key, wanted.instead or wanted.items)
    change = FileChange(path=wanted.path, state=_missing(owned), action=Action.ADD, new=data)
    return ListChange(change=change, owned=_keys(wanted.path, added))


def _wanted(wanted: ListItems, data: bytes, owned: Sequence[OwnedKey], *, restore: bool) -> ListChange:
    listed = present(wanted.path, data, wanted.key)
    complete = all(item in listed for item in wanted.items)
    try:
        cleared, edited = remove(wanted.path, data, _entries(owned)), ""
    except UnsafeEditError as error:
        cleared, edited = data, str(error)
    if complete and (edited or not owned):
        return _kept(wanted, State.LINKED, "the list already contains the items")
    same = [item for item in present(wanted.path, cleared, wanted.key) if _identity(item) in _identities(wanted)]
    if same and not restore:
        return _kept(wanted, State.EDITED, edited or f"`{_identity(same[0])}` already exists, with different content")
    cleared = remove(wanted.path, cleared, [_element(wanted, item) for item in same])
    written, added = insert(wanted.path, cleared, wanted.key, wanted.items, wanted.instead or wanted.items)
    if complete and {entry.digest for entry in added} == {key.digest for key in owned}:
        change = FileChange(path=wanted.path, state=State.CURRENT, action=Action.NONE)
        return ListChange(change=change, owned=tuple(owned))
    state = State.CLEAN if owned else State.ABSENT
    change = FileChange(path=wanted.path, state=state, action=Action.UPDATE, new=written)
    return ListChange(change=change, owned=_keys(wanted.path, added))


def _kept(wanted: ListItems, state: State, why: str) -> ListChange:
    """Leave a file alone that has the items already, or in which people edited them."""
    action = Action.KEEP if state is State.EDITED else Action.NONE
    return ListChange(change=FileChange(path=wanted.path, state=state, action=action, why=why))


def _element(wanted: ListItems, item: object) -> Inserted:
    return Inserted(pointer=f"{pointer(wanted.key)}/-", digest=digest(item))


def _identities(wanted: ListItems) -> list[object]:
    return [_identity(item) for item in wanted.items]


def _stale(path: str, data: bytes | None, owned: Sequence[OwnedKey]) -> ListChange:
    if data is None:
        return ListChange(change=FileChange(path=path, state=State.STALE, action=Action.NONE))
    rest = remove(path, data, _entries(owned))
    if is_empty(path, rest) and is_as_created(path, data):
        return ListChange(change=FileChange(path=path, state=State.STALE, action=Action.DELETE))
    return ListChange(change=FileChange(path=path, state=State.STALE, action=Action.UPDATE, new=rest))


def _suggested(wanted: ListItems, owned: Sequence[OwnedKey], why: str) -> ListChange:
    """Leave a file alone, and suggest what to add."""
    where = inert.code(".".join(wanted.key))
    items = ", ".join(json.dumps(item, ensure_ascii=False) for item in wanted.items)
    many = f"the {len(wanted.items)} items that codexc would write to a new file"
    what = inert.code(items) if len(items) <= _LONGEST_SUGGESTION else many
    change = FileChange(path=wanted.path, state=State.LINKED, action=Action.NONE, why=why)
    note = f"{inert.code(wanted.path)} cannot be edited safely ({why}): add {what} to {where}"
    return ListChange(change=change, owned=tuple(owned), note=note)


def _missing(owned: Sequence[OwnedKey]) -> State:
    return State.MISSING if owned else State.ABSENT


def _identity(item: object) -> object:
    """Return the value by which an edited item is recognised: its first one, such as a name or a path."""
    return next(iter(item.values()), None) if isinstance(item, dict) else item


def _entries(owned: Iterable[OwnedKey]) -> tuple[Inserted, ...]:
    return tuple(Inserted(pointer=key.pointer, digest=key.digest) for key in owned)


def _keys(path: str, added: Iterable[Inserted]) -> tuple[OwnedKey, ...]:
    return tuple(OwnedKey(path=path, pointer=entry.pointer, digest=entry.digest) for entry in added)
