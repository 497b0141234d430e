"""Leaves out the desired content that depends on files which a repository does not have. Opens no file."""

from collections.abc import Mapping

from codex.sync import block
from codex.sync.changeset import EntryType, ObservedFile
from codex.sync.desired import Desired
from codex.sync.links import link_goal


def without_missing(desired: Desired, seen: Mapping[str, ObservedFile]) -> Desired:
    """Return what is desired without what depends on a file that the repository does not have."""
    linked = {
        link_goal(path, current)
        for path in desired.blocks
        if (current := seen.get(path)) is not None and current.entry_type is EntryType.LINK
    }
    present = {other: other in linked or _is_of_people(seen.get(other)) for other in {*desired.only_with.values()}}
    return desired.without({path for path, other in desired.only_with.items() if not present[other]})


def _is_of_people(current: ObservedFile | None) -> bool:
    """Whether a file exists that codexc did not create, or that was edited since."""
    if current is None or current.entry_type is not EntryType.FILE:
        return current is not None
    data = current.data or b""
    existing, rest = block.find_block(data), block.remove_block(data)
    if not isinstance(existing, block.OwnedBlock) or isinstance(rest, block.UnusableFile):
        return True
    return not (existing.sealed and block.is_new_page(data, rest))
