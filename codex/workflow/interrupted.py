"""Finds a release that was interrupted, so that running it again completes it.

A release writes its bundle first and its record last, and the provenance of the bundle has the commit that it was made
from: a bundle of the current commit that the record does not have is a release whose files may be incomplete, and one
that the record has, without a tag, lacks at most its commit and its tag. Nothing else is stored.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from codex.shell.reading import read_file, real_path
from codex.shell.repository import GitRepository
from codex.workflow.codex_folder import CHANGELOG, CodexFolder, default_out
from codex.workflow.compare import TAG
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.release import RECORD, Version
from skills_build.release.bundle import PROVENANCE

_MAX_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedRelease:
    """A release of which a bundle exists: its version and day, and the commit that it was made from."""

    version: Version
    as_of: str
    commit: str | None


def started_release(
    place: CodexFolder, repository: GitRepository | None, bundles: Path, version: str | None
) -> StartedRelease | None:
    """The release of the current commit that was started and not recorded; None if there is none.

    Without `version`, the highest of several.
    """
    head = repository.head() if repository is not None else None
    last = Version.parse(place.released.version) if place.released is not None else None
    found = [
        started
        for started in _started(bundles, place.config.namespace)
        if started.commit == head
        and (last is None or started.version > last)
        and (version is None or started.version == Version.parse(version))
        and (not place.request.dated or started.as_of == place.request.as_of)
    ]
    return max(found, key=lambda started: started.version, default=None)


def lacks_commit_or_tag(
    place: CodexFolder, repository: GitRepository, bundles: Path, *, tag: bool, other_changes: bool
) -> bool:
    """Whether the last release of the record is complete on disk, and lacks its commit, or the tag that is wanted."""
    released = place.released
    if released is None or repository.has_tag(f"{TAG}{released.version}") or other_changes:
        return False
    version = Version.parse(released.version)
    started = (s for s in _started(bundles, place.config.namespace) if s.version == version)
    if all(one.commit != released.commit for one in started):
        return False
    if repository.relative(place.root / RECORD) in repository.changed():
        return repository.head() == released.commit
    return tag and _is_release_commit(place, repository, released.commit)


def _is_release_commit(place: CodexFolder, repository: GitRepository, made_from: str | None) -> bool:
    """Whether the commit of the record holds nothing but the release of the commit that it was made from."""
    parent, paths = repository.changes_of(repository.last_commit(place.root / RECORD))
    return parent == (made_from or "") and not _others(place, repository, paths)


def own_paths(place: CodexFolder) -> tuple[Path, ...]:
    """The files and folders in the repository that a release writes."""
    out = default_out(place.root)
    marketplace = out.parent / ".claude-plugin" / "marketplace.json"
    return (out, place.root / CHANGELOG, place.root / RECORD, place.lock_path, marketplace)


def split_changes(
    place: CodexFolder, repository: GitRepository, bundles: Path
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The uncommitted paths that a release writes, and all others."""
    changed = repository.changed(but=bundles)
    others = _others(place, repository, changed)
    return tuple(path for path in changed if path not in others), others


def _others(place: CodexFolder, repository: GitRepository, paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths that a release does not write."""
    own = [repository.relative(path) for path in own_paths(place) if _is_inside(path, repository)]
    return tuple(path for path in paths if not any(path == one or path.startswith(f"{one}/") for one in own))


def _is_inside(path: Path, repository: GitRepository) -> bool:
    return real_path(path).is_relative_to(real_path(repository.root))


def _started(bundles: Path, namespace: str) -> Iterator[StartedRelease]:
    """Yield the releases of which there are bundles; damaged ones are left out."""
    if not bundles.is_dir():
        return
    for folder in sorted(bundles.iterdir()):
        name, _, version = folder.name.rpartition("-")
        if name != namespace:
            continue
        try:
            statement: Any = parse_json(read_file(folder / PROVENANCE, max_bytes=_MAX_BYTES))
            definition = statement["predicate"]["buildDefinition"]
            sources = definition["resolvedDependencies"]
            yield StartedRelease(
                version=Version.parse(version),
                as_of=str(definition["externalParameters"]["as_of"]),
                commit=str(sources[0]["digest"]["gitCommit"]) if sources else None,
            )
        except (OSError, ValueError, LookupError, TypeError, RecursionError, CodexError):
            continue
