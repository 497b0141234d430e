"""Releases a codex: sets the version, writes changelog, record, output and bundle, commits and tags."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import codex
from codex.shell.atomic import recover_interrupted, replace_tree, write_file
from codex.shell.keyless import ENDING, sign_keyless
from codex.shell.reading import decoded, read_file
from codex.shell.repository import GitRepository
from codex.shell.signing import sign
from codex.shell.tree import read_inside
from codex.workflow.build import (
    BuildOptions,
    BuildResult,
    build,
    build_checked,
    refuse_foreign_output,
    write_build,
)
from codex.workflow.check import CheckResult, check
from codex.workflow.codex_folder import CHANGELOG, CodexFolder, bundles_of, default_out, schema
from codex.workflow.compare import TAG, EarlierEdition, compare, earlier_edition, last_release
from codex.workflow.interrupted import lacks_commit_or_tag, own_paths, split_changes, started_release
from codex.workflow.parsing import Progress
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact
from skills_build.model.release import RECORD, Bump, Diff, Released, ReleaseEntry, Version
from skills_build.release.bundle import MANIFEST, PROVENANCE, SIGNATURE, SIGNATURES, Bundle, bundle
from skills_build.release.changelog import (
    RuleIndex,
    insert_section,
    release_section,
    section_of,
    source_links,
    unreleased_text,
    without_links,
)
from skills_build.release.provenance import Origin
from skills_build.release.record import dump_record
from skills_build.release.snapshot import PARTS, codex_snapshot

FIRST: Final = "1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOptions:
    """Options of a release. Without a version, it gets the lowest that the changes allow."""

    version: str | None = None
    against: str | None = None
    bundles: Path | None = None
    key: Path | None = None
    keyless: bool = False
    commit: bool = False
    tag: bool = False
    hooks: bool = False
    """Whether the hooks of the repository run at the commit."""
    dry: bool = False
    allow_dirty: bool = False
    allowed_signers: Path | None = None
    """The file of signers that are allowed for the bundle `against`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDraft:
    """A release that is ready to be written. The first one has no diff; without changes, there is no version."""

    place: CodexFolder
    version: str | None
    minimum: str | None
    previous: str | None
    diff: Diff | None
    built: BuildResult | None = None
    section: str = ""
    files: Mapping[Path, bytes] | None = None
    """Files to write next to the output: changelog and record."""
    bundle: Bundle | None = None
    repository: GitRepository | None = None
    resumed: bool = False
    """Whether this completes a release that was interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChosenVersion:
    """The version of a release, the lowest that is allowed, and whether it completes an interrupted release."""

    version: str
    minimum: str
    resumed: bool


class RefusedError(CodexError):
    """A release that is refused: its version understates the changes, the tree is dirty, or the version exists."""


def draft_release(place: CodexFolder, options: ReleaseOptions, *, progress: Progress = iter) -> ReleaseDraft:
    """Prepare a release in memory. Raises `RefusedError` if it is not allowed."""
    repository = GitRepository.around(place.root)
    if not place.config.declared:
        raise CodexError(
            "only a codex with a codex.yaml can be released", hint="run `codexc init` next to the standards"
        )
    started = started_release(place, repository, bundles_of(place, options.bundles), options.version)
    changed = _changes(place, repository, options, resumes=started is not None)
    if repository is not None and lacks_commit_or_tag(
        place, repository, bundles_of(place, options.bundles), tag=options.tag, other_changes=bool(changed)
    ):
        return _completed(place, repository)
    _refuse_uncommitted(changed, repository, options)
    _refuse_unfinished(repository, options)
    if started is not None:
        place = replace(place, request=replace(place.request, as_of=started.as_of))
        options = replace(options, version=str(started.version))
    before = _before(place, options, progress)
    compared = compare(place, before, progress=progress) if before else None
    diff = compared.diff if compared else None
    if diff is not None and diff.errors:
        first = diff.errors[0]
        raise RefusedError(
            f"{first.subject}: {first.why}", hint="run `codexc diff` to see all changes; no version allows this change"
        )
    if diff is not None and diff.bump is Bump.NONE:
        return ReleaseDraft(
            place=place, version=None, minimum=None, previous=diff.old, diff=diff, repository=repository
        )
    version, minimum = _version(options, diff)
    if repository is not None and repository.has_tag(f"{TAG}{version}"):
        raise RefusedError(
            f"the tag `{TAG}{version}` already exists",
            hint="a version can only be released once: choose a different version",
        )
    resumed = started is not None and str(started.version) == version
    chosen = _ChosenVersion(version=version, minimum=minimum, resumed=resumed)
    checked = compared.built.checked if compared else check(place, place.config.lint, progress=progress)
    return _draft(checked, repository, before, chosen, diff)


def _changes(
    place: CodexFolder, repository: GitRepository | None, options: ReleaseOptions, *, resumes: bool
) -> tuple[str, ...]:
    """The uncommitted paths, without those that an interrupted release has written."""
    if repository is None:
        return ()
    own, others = split_changes(place, repository, bundles_of(place, options.bundles))
    recorded = repository.relative(place.root / RECORD) in own
    return others if resumes or recorded else tuple(sorted((*own, *others)))


def _refuse_uncommitted(changed: tuple[str, ...], repository: GitRepository | None, options: ReleaseOptions) -> None:
    """Refuse uncommitted changes, which no commit would record."""
    if repository is None and (options.commit or options.tag):
        raise CodexError("the standards are not in a Git repository", hint="leave out --commit and --tag")
    if changed and not options.dry and not options.allow_dirty:
        more = f" and {len(changed) - 1:,} more" if len(changed) > 1 else ""
        raise RefusedError(
            f"`{changed[0]}`{more} is not committed",
            hint="commit or discard the change, then run `codexc release` again",
        )


def _refuse_unfinished(repository: GitRepository | None, options: ReleaseOptions) -> None:
    """Refuse to commit during a merge or the like, before anything is written."""
    commits = (options.commit or options.tag) and not options.dry
    operation = repository.unfinished() if repository is not None and commits else None
    if operation:
        hint = f"run `git {operation} --continue` or `git {operation} --abort`, then run `codexc release` again"
        raise RefusedError(f"a {operation} is in progress, so Git cannot commit the release", hint=hint)


def _completed(place: CodexFolder, repository: GitRepository) -> ReleaseDraft:
    """The last release of the record, of which only the commit or the tag may be missing."""
    released = place.released
    assert released is not None
    last = released.history[0]
    previous = released.history[1].version if len(released.history) > 1 else None
    bump = Bump[last.bump.upper()] if previous else Bump.NONE
    return ReleaseDraft(
        place=place,
        version=last.version,
        minimum=last.version,
        previous=previous,
        diff=Diff(old=previous, new=last.version, bump=bump, changes=last.changes) if previous else None,
        section=section_of(_changelog(place), last.version) or "",
        files={},
        repository=repository,
        resumed=True,
    )


def _before(place: CodexFolder, options: ReleaseOptions, progress: Progress) -> EarlierEdition | None:
    """The release to continue from; None for the first release."""
    if options.against is not None:
        return earlier_edition(place, options.against, progress=progress, allowed_signers=options.allowed_signers)
    return last_release(place) if place.released is not None else None


def _version(options: ReleaseOptions, diff: Diff | None) -> tuple[str, str]:
    """The version of the release, and the lowest that is allowed."""
    if diff is None:
        return (str(Version.parse(options.version)) if options.version else FIRST), "0.0.1"
    last = Version.parse(diff.old)
    minimum = last.bumped(diff.bump)
    if options.version is None:
        return str(minimum), str(minimum)
    version = Version.parse(options.version)
    if version <= last:
        raise RefusedError(f"{version} does not follow {last}", hint=f"these changes need at least {minimum}")
    if version < minimum:
        first = diff.changes[0]
        hint = f"{first.subject}: {first.why}; run `codexc diff` to list all changes"
        raise RefusedError(f"{version} is too low: a {diff.bump.word} change needs at least {minimum}", hint=hint)
    return str(version), str(minimum)


def _draft(
    checked: CheckResult,
    repository: GitRepository | None,
    before: EarlierEdition | None,
    chosen: _ChosenVersion,
    diff: Diff | None,
) -> ReleaseDraft:
    place = checked.loaded.place
    version, minimum, resumed = chosen.version, chosen.minimum, chosen.resumed
    as_of = place.request.as_of
    bump = diff.bump.word if diff else "initial"
    entry = ReleaseEntry(version=version, as_of=as_of, bump=bump, changes=diff.changes if diff else ())
    released = before.snapshot.released if before and before.snapshot else None
    build_options = BuildOptions(out=default_out(place.root), released=released, entry=entry)
    built = build_checked(checked, place.config.lint, build_options)
    draft = ReleaseDraft(place=place, version=version, minimum=minimum, previous=diff.old if diff else None, diff=diff)
    if not built.artifacts:
        return replace(draft, built=built)
    refuse_foreign_output(built)
    files = {artifact.path: artifact.data for artifact in built.artifacts}
    snapshot = codex_snapshot(files, {name: schema(name) for name in PARTS.values()}, name="the release")
    commit = repository.head() if repository else None
    record = replace(snapshot.released, commit=commit)
    changelog = place.root / CHANGELOG
    existing = place.changelog if place.changelog is not None else _changelog(place)
    rules = _rule_index(place, built, diff, {rule.id: rule.text for rule in snapshot.rules.values()})
    written = section_of(existing, version) if resumed else None
    text = written or release_section(diff, version=version, as_of=as_of, rules=rules, notes=unreleased_text(existing))
    title = place.config.title
    files_beside = {
        changelog: (existing if written else insert_section(existing, text, version=version, title=title)).encode(),
        place.root / RECORD: dump_record(record),
    }
    origin = _origin(commit, repository)
    return replace(
        draft,
        built=built,
        section=text,
        files=files_beside,
        bundle=bundle(built.artifacts, previous=draft.previous, bump=bump, origin=origin),
        repository=repository,
        resumed=resumed,
    )


def _rule_index(place: CodexFolder, built: BuildResult, diff: Diff | None, texts: Mapping[str, str]) -> RuleIndex:
    """The sentences of all rules, and links to them from the changelog; a rule whose file is gone gets no link."""
    rules = [rule for skill in built.plan.skills for rule in skill.rules] if built.plan else []
    changes = diff.changes if diff else ()
    gone = [change for change in changes if change.source and (place.root / change.source).is_file()]
    return RuleIndex(texts=texts, links=source_links(rules, gone))


def _changelog(place: CodexFolder) -> str:
    """The changelog with its line ends; empty if there is none. Raises `CodexError` if it cannot be read."""
    return decoded(read_inside(place.root, CHANGELOG) or b"", CHANGELOG)


def _origin(commit: str | None, repository: GitRepository | None) -> Origin:
    return Origin(
        commit=commit,
        repository=repository.remote() if repository else None,
        builder=os.environ.get("CODEXC_BUILDER", "urn:codexc:builder:local"),
        generator=codex.__version__,
    )


def write_release(draft: ReleaseDraft, options: ReleaseOptions) -> tuple[Path, ...]:
    """Write a release: first the bundle, which may be refused, then output and changelog, the record; commit and tag.

    The order lets an interrupted release be completed, see `codex.workflow.interrupted`. Returns the paths written
    outside the output folder. Raises `RefusedError` if the version exists with other bytes.
    """
    assert draft.files is not None
    for written in (default_out(draft.place.root), draft.place.root / RECORD):
        recover_interrupted(written)
    paths: tuple[Path, ...] = ()
    folder = bundles_of(draft.place, options.bundles) / f"{draft.place.config.namespace}-{draft.version}"
    if draft.built is not None and draft.bundle is not None:
        folder = put_bundle(draft.bundle, folder.parent, options.key, keyless=options.keyless)
        paths = (*draft.files, *write_build(draft.built))
        for path, data in draft.files.items():
            write_file(path, data, root=draft.place.root)
    if draft.repository is not None and (options.commit or options.tag):
        _record_in_git(draft, draft.repository, options)
    return (folder, *paths)


def _record_in_git(draft: ReleaseDraft, repository: GitRepository, options: ReleaseOptions) -> None:
    """Commit what a release has written, unless that is done, and tag the commit."""
    record = draft.place.root / RECORD
    message = release_message(draft.place, str(draft.version), draft.section)
    if repository.relative(record) in repository.changed():
        repository.commit([path for path in own_paths(draft.place) if path.exists()], message, hooks=options.hooks)
    if options.tag:
        repository.tag(f"{TAG}{draft.version}", message, repository.last_commit(record))


def release_message(place: CodexFolder, version: str, section: str) -> str:
    """Return the message of a release's commit and tag: its section of the changelog below a title, without links."""
    notes = without_links(section.partition("\n")[2].strip())
    return f"Release {place.config.title} {version}\n\n{notes}".strip()


def put_bundle(new: Bundle, into: Path, key: Path | None = None, *, keyless: bool = False) -> Path:
    """Write a bundle into its own folder, signed with a key or by the identity of a CI job; returns the folder.

    An existing bundle with the same bytes is kept. Raises `RefusedError` if it has other bytes.
    """
    folder = into / new.folder
    recover_interrupted(folder)
    files = dict(new.files)
    existing = {name: read_file(folder / name) for name in files if (folder / name).is_file()}
    for name, data in existing.items():
        if name != PROVENANCE and files[name] != data:
            hint = "a published version cannot be changed: release a new version, or remove an unpublished directory"
            raise RefusedError(f"`{folder}` contains {new.version} with a different {name}", hint=hint)
    files |= existing  # the provenance of the first build is kept
    for name in (MANIFEST, PROVENANCE):
        signatures = (folder / (name + ending) for ending in SIGNATURES)
        files |= {path.name: read_file(path) for path in signatures if path.is_file()}
        if key is not None:
            files[name + SIGNATURE] = sign(files[name], key)
        if keyless and name + ENDING not in files:
            files[name + ENDING] = sign_keyless(files[name])
    replace_tree(folder, [Artifact(path=name, data=data) for name, data in files.items()])
    return folder


def rebuild(place: CodexFolder, *, progress: Progress = iter) -> Bundle:
    """Rebuild the bundle of the last release from the current standards, which must be those of the release.

    Raises `CodexError` if they are not or have errors, or if there is no release.
    """
    released = place.released
    if released is None:
        raise CodexError("there is no release yet", hint="run `codexc release`")
    place = replace(place, request=replace(place.request, as_of=released.as_of))
    built = build(place, place.config.lint, BuildOptions(out=default_out(place.root)), progress=progress)
    if not built.artifacts:
        raise CodexError("the standards have errors", hint="run `codexc check` to list the errors")
    if not _is_unchanged(built, released):
        hint = f"check out `{TAG}{released.version}`, or release the current standards"
        raise CodexError(f"the standards differ from the standards in release {released.version}", hint=hint)
    last = released.history[0]
    previous = released.history[1].version if len(released.history) > 1 else None
    origin = _origin(released.commit, GitRepository.around(place.root))
    return bundle(built.artifacts, previous=previous, bump=last.bump, origin=origin)


def _is_unchanged(built: BuildResult, released: Released) -> bool:
    files = {artifact.path: artifact.data for artifact in built.artifacts}
    snapshot = codex_snapshot(files, {name: schema(name) for name in PARTS.values()}, name="the standards")
    return snapshot.tree == released.tree and snapshot.version == released.version
