"""Verifies what is installed in a working tree against its lock, with a way to fix each kind of difference."""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from codex.shell.walking import files_below
from codex.shell.worktree import observe_files
from codex.sync import block
from codex.sync.changeset import EntryType, ObservedFile
from codex.sync.list_changes import is_intact
from codex.sync.lock import LOCK, Lock
from codex.sync.settings import SETTINGS, WaiverState
from codex.workflow.install import WorkingTree
from skills_build.emit.registry import with_needed
from skills_build.frozen import dataclass
from skills_build.release.verify import Fault


class Difference(StrEnum):
    """The kinds of differences between a repository and what is installed there."""

    NO_LOCK = "no-lock"
    IGNORED = "ignored-path"
    MISSING = "missing"
    NOT_A_FILE = "not-a-file"
    EDITED = "edited"
    MODE = "mode"
    NO_BLOCK = "no-block"
    UNUSABLE = "unusable"
    VALUE = "edited-value"
    OPTED_OUT = "opted-out"
    TARGETS = "targets"
    WAIVERS = "waivers"
    TOO_LONG = "waiver-too-long"
    PIN = "pin"
    UNLISTED = "unlisted"


HINTS: Final[Mapping[Difference, str]] = {
    Difference.NO_LOCK: f"commit `{LOCK}`, or run `codexc install BUNDLE`",
    Difference.IGNORED: "codexc ignores the path; the next `codexc install BUNDLE` removes the lock entry",
    Difference.MISSING: "restore the file with `git checkout HEAD -- PATH`, or run `codexc install BUNDLE`",
    Difference.NOT_A_FILE: "remove the path, then run `codexc install BUNDLE`",
    Difference.EDITED: "to propose the same change to the standard, run `codexc propose`; to discard it, run "
    "`git checkout HEAD -- PATH` or `codexc install BUNDLE --force`",
    Difference.MODE: "run `chmod 644 PATH` (755 for a program), then `git add PATH`",
    Difference.NO_BLOCK: "run `codexc install BUNDLE` to restore the block, or `codexc uninstall` to remove everything",
    Difference.UNUSABLE: "restore the lines `codex:begin` and `codex:end` from Git, or delete both",
    Difference.VALUE: "restore the value from Git, or delete it and run `codexc install BUNDLE`",
    Difference.OPTED_OUT: f"run `codexc uninstall`, or remove `opt_out` from `{SETTINGS}`",
    Difference.TARGETS: "run `codexc install BUNDLE`",
    Difference.WAIVERS: "run `codexc install BUNDLE` to apply the current waivers",
    Difference.TOO_LONG: "set an earlier `expires`, or ask the owners of the codex to change `waivers.max_days`",
    Difference.PIN: f"install the pinned version, or change `pin` in `{SETTINGS}`",
    Difference.UNLISTED: "move the file out of the managed folder, or delete it",
}
"""The hint for each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledFault(Fault):
    """A difference at a path of the repository."""

    kind: Difference

    @property
    def hint(self) -> str:
        """The hint for it."""
        return HINTS[self.kind]


def installed_faults(tree: WorkingTree, *, frozen: bool, day: str = "") -> Iterator[InstalledFault]:
    """Yield how a repository differs from its lock, and with `frozen` also from its settings."""
    lock = tree.lock
    if lock is None:
        if frozen:
            yield InstalledFault(path=LOCK, message="the file is missing", kind=Difference.NO_LOCK)
        return
    for note in lock.notes:
        yield InstalledFault(path=LOCK, message=note, kind=Difference.IGNORED)
    observed = observe_files(tree.root, (*lock.blocks, *lock.files, *(key.path for key in lock.own_keys)))
    yield from _file_faults(lock, observed)
    for path, digest in sorted(lock.blocks.items()):
        yield from _block_faults(path, observed.get(path), digest)
    for key in lock.own_keys:
        if not is_intact(key, observed.get(key.path)):
            message = f"the value of `{key.pointer}` was edited by hand"
            yield InstalledFault(path=key.path, message=message, kind=Difference.VALUE)
    if frozen:
        yield from _frozen_faults(tree, lock, day or date.today().isoformat())


def _file_faults(lock: Lock, observed: Mapping[str, ObservedFile]) -> Iterator[InstalledFault]:
    for path, owned in sorted(lock.files.items()):
        file = observed.get(path)
        if file is None:
            yield InstalledFault(path=path, message="the file is missing", kind=Difference.MISSING)
        elif file.entry_type is not EntryType.FILE:
            yield InstalledFault(path=path, message=f"the path is a {file.entry_type}", kind=Difference.NOT_A_FILE)
        elif not file.holds(owned.blob):
            yield InstalledFault(path=path, message="the file was edited by hand", kind=Difference.EDITED)
        elif file.mode != owned.mode:
            message = f"the file has mode {file.mode}, not {owned.mode}"
            yield InstalledFault(path=path, message=message, kind=Difference.MODE)


def _block_faults(path: str, file: ObservedFile | None, digest: str) -> Iterator[InstalledFault]:
    if file is None:
        yield InstalledFault(path=path, message="the file is missing", kind=Difference.MISSING)
        return
    if file.entry_type is not EntryType.FILE:
        yield InstalledFault(path=path, message=f"the path is a {file.entry_type}", kind=Difference.NOT_A_FILE)
        return
    managed = block.find_block(file.data or b"")
    if managed is None:
        yield InstalledFault(path=path, message="the file has no managed block", kind=Difference.NO_BLOCK)
    elif isinstance(managed, block.UnusableFile):
        yield InstalledFault(
            path=path, message=f"the managed block cannot be read: {managed.reason}", kind=Difference.UNUSABLE
        )
    elif block.block_digest(managed.text) != digest:
        message = "the managed block was edited by hand"
        yield InstalledFault(path=path, message=message, kind=Difference.EDITED)


def _frozen_faults(tree: WorkingTree, lock: Lock, day: str) -> Iterator[InstalledFault]:
    settings = tree.settings

    def fault(message: str, kind: Difference) -> InstalledFault:
        return InstalledFault(path=SETTINGS, message=message, kind=kind)

    if settings.opt_out is not None:
        yield fault("the repository opts out, but a codex is installed: run `codexc uninstall`", Difference.OPTED_OUT)
    if settings.targets is not None and tuple(sorted(with_needed(settings.targets))) != lock.selection.targets:
        yield fault("the targets differ from the installed targets: run `codexc install`", Difference.TARGETS)
    for waiver in settings.waivers:
        if waiver.state(day, lock.waiver_days) is WaiverState.TOO_LONG:
            message = f"the waiver for {waiver.rule} lasts until {waiver.expires}, more than {lock.waiver_days} days"
            yield fault(f"{message}, so it counts as expired", Difference.TOO_LONG)
    waived = tuple(sorted({waiver.rule for waiver in settings.waivers if waiver.holds(day, lock.waiver_days)}))
    if waived != lock.selection.waived:
        message = "the waivers differ from the installed waivers, or have expired: run `codexc install` again"
        yield fault(message, Difference.WAIVERS)
    if settings.pin is not None and settings.pin != lock.version:
        yield fault(f"the repository is pinned to {settings.pin}, but {lock.version} is installed", Difference.PIN)
    for path in _unlisted_files(tree, lock):
        message = "the file is in a managed folder, but not listed in the lock"
        yield InstalledFault(path=path, message=message, kind=Difference.UNLISTED)


def _unlisted_files(tree: WorkingTree, lock: Lock) -> Iterator[str]:
    """Yield files in the folders of installed skills that the lock does not list."""
    folders = {
        path.partition(f"/{name}/")[0] + f"/{name}"
        for path in lock.files
        for name in lock.selection.skills
        if f"/{name}/" in path
    }
    for folder in sorted(folders):
        for name in sorted(files_below(tree.root / folder)):
            if f"{folder}/{name}" not in lock.files:
                yield f"{folder}/{name}"
