"""Finds manual edits to text that codexc installed, in every repository of the fleet."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from codex.forge.base import HeadOrError, RepositoryHead
from codex.http.errors import is_host_fault
from codex.profile.model import Listing
from codex.rollout.batch import over_heads
from codex.rollout.context import SyncContext
from codex.rollout.evaluate import observed_inputs, parsed_files, read_own_files
from codex.shell.isolation import isolated
from codex.sync.block import block_digest
from codex.sync.desired import Desired
from codex.sync.edit_mapping import NotMapped, Proposed
from codex.sync.lock import Lock, blob_id
from codex.sync.observed import Observed
from codex.sync.repository import Repository
from codex.workflow.propose import Originals, author, edits_of
from codex.workflow.propose_request import ProposingRepository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.release.loaded_bundle import LoadedBundle


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryEdits:
    """The edits of one repository, what cannot be compared, or why it could not be read."""

    target: Repository
    source: ProposingRepository | None = None
    rest: tuple[NotMapped, ...] = ()
    failure: str = ""
    queued: bool = False
    host_failed: bool = False


def edits_of_fleet(
    context: SyncContext, targets: Sequence[Repository], *, workers: int, stopped: Callable[[], str | None]
) -> Iterator[RepositoryEdits]:
    """Yield the edits of each repository, in order. Writes nothing; one that fails does not stop the others."""
    return over_heads(context, targets, partial(_result, context), workers=workers, stopped=stopped, queued=_queued)


def _queued(target: Repository, reason: str) -> RepositoryEdits:
    return RepositoryEdits(target=target, failure=reason, queued=True)


def _result(context: SyncContext, head: HeadOrError) -> RepositoryEdits:
    if not isinstance(head, RepositoryHead):
        return _failed(head[0], head[1])
    edits = isolated(head.target.path, lambda: _edits(context, head))
    return edits if isinstance(edits, RepositoryEdits) else _failed(head.target, edits)


def _failed(target: Repository, error: CodexError) -> RepositoryEdits:
    return RepositoryEdits(target=target, failure=error.summary, host_failed=is_host_fault(error))


def _edits(context: SyncContext, head: RepositoryHead) -> RepositoryEdits:
    """Return the edits of a repository. Raises `CodexError` if it cannot be read."""
    target, base = head.target, head.base
    if base is None or target.archived:
        return RepositoryEdits(target=target)
    listing = context.forge.list_files(target, base)
    settings, lock = parsed_files(read_own_files(context, target, base, listing), listing)
    if lock is None:
        return RepositoryEdits(target=target)
    files = context.read(target, base, _to_compare(lock, listing))
    known = {path: owned.blob for path, owned in lock.files.items() if path not in files and path in listing}
    changed = _without(lock, known)
    edits, rest = edits_of(changed, files, Originals({}, {}))
    if not edits and not rest:
        return RepositoryEdits(target=target)
    bare = Observed(target=target, base=base, settings=settings, lock=lock)
    edits, rest = edits_of(changed, files, _originals(context, bare, lock, listing))
    source = ProposingRepository(
        name=target.path,
        edits=edits,
        authors=lambda proposed: _authors(context, target, base, proposed),
    )
    return RepositoryEdits(target=target, source=source, rest=rest)


def _to_compare(lock: Lock, listing: Listing) -> tuple[str, ...]:
    """Return the installed files with another id than the lock has, and all files with a block."""
    files = (path for path, owned in lock.files.items() if path in listing and listing[path].blob != owned.blob)
    return (*files, *(path for path in lock.blocks if path in listing))


def _without(lock: Lock, unchanged: Mapping[str, str]) -> Lock:
    return replace(lock, files={path: owned for path, owned in lock.files.items() if path not in unchanged})


def _originals(context: SyncContext, bare: Observed, lock: Lock, listing: Listing) -> Originals:
    """Return the files that the release in the lock installs here, if they match the lock."""
    source = _release(context, lock.version)
    if source is None:
        return Originals({}, {})
    _, inputs, _ = observed_inputs(context, bare, source, listing)
    desired: Desired = context.desired(source, inputs)
    files = {
        path: desired.files[path].data.decode("utf-8", "replace")
        for path, owned in lock.files.items()
        if path in desired.files and blob_id(desired.files[path].data) == owned.blob
    }
    blocks = {
        path: desired.blocks[path]
        for path, digest in lock.blocks.items()
        if path in desired.blocks and block_digest(desired.blocks[path]) == digest
    }
    return Originals(files, blocks)


def _release(context: SyncContext, version: str) -> LoadedBundle | None:
    codex = context.source.codex
    return codex if version == codex.version else context.source.releases(version)


def _authors(context: SyncContext, target: Repository, commit: str, proposed: Iterable[Proposed]) -> tuple[str, ...]:
    """Return who changed the edited files last, as `Name <address>`."""
    found = (context.forge.last_author(target, commit, path) for path in dict.fromkeys(one.place for one in proposed))
    names = (author(*text.rsplit(" ", 1)) for text in found if " " in text)
    return tuple(dict.fromkeys(name for name in names if name))
