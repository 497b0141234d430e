"""Releases a codex: decides the version, writes changelog, record and output, makes the bundle, commits and tags."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import codex
from codex.shell.atomic import replace_tree, write_file
from codex.shell.keyless import ENDING, sign_keyless
from codex.shell.repository import GitRepository
from codex.shell.signing import sign
from codex.workflow.build import BuildOptions, BuildResult, build, default_out, write_build
from codex.workflow.codex_folder import CHANGELOG, CodexFolder, Progress, schema
from codex.workflow.compare import TAG, EarlierEdition, compare, earlier_edition, last_release
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from skills_build.model.release import RECORD, Bump, Diff, Released, ReleaseEntry, Version
from skills_build.release.bundle import MANIFEST, PROVENANCE, SIGNATURE, SIGNATURES, Bundle, bundle
from skills_build.release.changelog import inserted, section, unreleased
from skills_build.release.provenance import Origin
from skills_build.release.record import dump_record
from skills_build.release.snapshot import PARTS, codex_snapshot

FIRST: Final = "1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOptions:
    """What a release is asked to be. Without a version it is the least that the changes allow."""

    version: str | None = None
    against: str | None = None
    bundles: Path | None = None
    key: Path | None = None
    keyless: bool = False
    commit: bool = False
    tag: bool = False
    dry: bool = False
    allow_dirty: bool = False
    allowed_signers: Path | None = None
    """Who may have signed the bundle that `against` names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDraft:
    """A release that is ready to be written. There is no diff for the first one, and no version if nothing changed."""

    place: CodexFolder
    version: str | None
    needed: str | None
    previous: str | None
    diff: Diff | None
    built: BuildResult | None = None
    section: str = ""
    files: Mapping[Path, bytes] | None = None
    """Files to write beside the output: changelog and record."""
    bundle: Bundle | None = None
    repository: GitRepository | None = None


class RefusedError(CodexError):
    """A release that must not be: the version hides a breaking change, the tree is dirty, the version exists."""


def draft_release(place: CodexFolder, wish: ReleaseOptions, *, progress: Progress = iter) -> ReleaseDraft:
    """Prepare a release in memory. Raises `RefusedError` where it must not be."""
    repository = GitRepository.around(place.root)
    if not place.config.declared:
        raise CodexError("only a codex with a codex.yaml is released", hint="run `codexc init` beside the standards")
    _clean(place, repository, wish)
    before = _before(place, wish, progress)
    diff = compare(place, before, progress=progress).diff if before else None
    if diff is not None and diff.errors:
        first = diff.errors[0]
        raise RefusedError(f"{first.subject}: {first.why}", hint="`codexc diff` shows all; no version may hold it")
    if diff is not None and diff.bump is Bump.NONE:
        return ReleaseDraft(place=place, version=None, needed=None, previous=diff.old, diff=diff, repository=repository)
    version, needed = _version(wish, diff)
    if repository is not None and repository.has_tag(f"{TAG}{version}"):
        raise RefusedError(
            f"there is a tag `{TAG}{version}` already", hint="a version is released once: choose another"
        )
    return _drafted(place, repository, before, (version, needed), diff, progress)


def _clean(place: CodexFolder, repository: GitRepository | None, wish: ReleaseOptions) -> None:
    """Refuse what a later reader could not find again: work that is in no commit."""
    if repository is None:
        if wish.commit or wish.tag:
            raise CodexError("the standards are not in a git repository", hint="leave out --commit and --tag")
        return
    changed = repository.changed(but=bundles_of(place, wish))
    if changed and not wish.dry and not wish.allow_dirty:
        more = f" and {len(changed) - 1:,} more" if len(changed) > 1 else ""
        raise RefusedError(f"`{changed[0]}`{more} is in no commit", hint="commit or remove it, then release")


def _before(place: CodexFolder, wish: ReleaseOptions, progress: Progress) -> EarlierEdition | None:
    """The release to continue from; None before the first."""
    if wish.against is not None:
        return earlier_edition(place, wish.against, progress=progress, allowed_signers=wish.allowed_signers)
    return last_release(place) if place.released is not None else None


def _version(wish: ReleaseOptions, diff: Diff | None) -> tuple[str, str]:
    """The version of the release, and the least that it may be."""
    if diff is None:
        return (str(Version.parse(wish.version)) if wish.version else FIRST), "0.0.1"
    last = Version.parse(diff.old)
    least = last.bumped(diff.bump)
    if wish.version is None:
        return str(least), str(least)
    asked = Version.parse(wish.version)
    if asked <= last:
        raise RefusedError(f"{asked} does not follow {last}", hint=f"these changes need at least {least}")
    if asked < least:
        first = diff.changes[0]
        hint = f"{first.subject}: {first.why}; `codexc diff` lists all"
        raise RefusedError(f"{asked} is too small: a {diff.bump.word} change needs at least {least}", hint=hint)
    return str(asked), str(least)


def _drafted(
    place: CodexFolder,
    repository: GitRepository | None,
    before: EarlierEdition | None,
    versions: tuple[str, str],
    diff: Diff | None,
    progress: Progress,
) -> ReleaseDraft:
    version, needed = versions
    as_of = place.request.as_of
    bump = diff.bump.word if diff else "initial"
    entry = ReleaseEntry(version=version, as_of=as_of, bump=bump, changes=diff.changes if diff else ())
    released = before.snapshot.released if before and before.snapshot else None
    order = BuildOptions(out=default_out(place.root), released=released, entry=entry)
    built = build(place, place.config.lint, order, progress=progress)
    bare = ReleaseDraft(place=place, version=version, needed=needed, previous=diff.old if diff else None, diff=diff)
    if not built.artifacts:
        return replace(bare, built=built)
    files = {artifact.path: artifact.data for artifact in built.artifacts}
    made = codex_snapshot(files, {name: schema(name) for name in PARTS.values()}, name="the release")
    commit = repository.head() if repository else None
    record = replace(made.released, commit=commit)
    changelog = place.root / CHANGELOG
    existing = _read(changelog) if changelog.is_file() else ""
    texts = {rule.id: rule.text for rule in made.rules.values()}
    text = section(diff, version=version, as_of=as_of, texts=texts, notes=unreleased(existing))
    beside = {
        changelog: inserted(existing, text, version=version, title=place.config.title).encode(),
        place.root / RECORD: dump_record(record),
    }
    origin = _origin(commit, repository)
    return replace(
        bare,
        built=built,
        section=text,
        files=beside,
        bundle=bundle(built.artifacts, previous=bare.previous, bump=bump, origin=origin),
        repository=repository,
    )


def _read(path: Path) -> str:
    """A text with its own line ends."""
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise CodexError(f"`{path}` cannot be read: {error}", hint="save it as UTF-8") from error


def _origin(commit: str | None, repository: GitRepository | None) -> Origin:
    return Origin(
        commit=commit,
        repository=repository.remote() if repository else None,
        builder=os.environ.get("CODEXC_BUILDER", "urn:codexc:builder:local"),
        generator=codex.__version__,
    )


def write_release(made: ReleaseDraft, wish: ReleaseOptions) -> tuple[Path, ...]:
    """Write a release: the bundle first, for it may be refused; then output, changelog and record; commit and tag.

    Returns what was written beside the output folder. Raises `RefusedError` where the version exists with other bytes.
    """
    assert made.built is not None
    assert made.files is not None
    assert made.bundle is not None
    folder = put_bundle(made.bundle, bundles_of(made.place, wish), wish.key, keyless=wish.keyless)
    beside = write_build(made.built)
    for path, data in made.files.items():
        write_file(path, data, root=made.place.root)
    paths = (*made.files, *beside)
    if made.repository is not None and (wish.commit or wish.tag):
        own = [made.built.order.out, *made.files, *made.built.beside]
        title = f"Release {made.place.config.title} {made.version}"
        made.repository.commit([path for path in own if path.exists()], f"{title}\n\n{_body(made)}")
        if wish.tag:
            made.repository.tag(f"{TAG}{made.version}", f"{title}\n\n{_body(made)}")
    return (folder, *paths)


def _body(made: ReleaseDraft) -> str:
    return made.section.partition("\n")[2].strip()


def bundles_of(place: CodexFolder, wish: ReleaseOptions) -> Path:
    """The folder that bundles are put into."""
    return wish.bundles or default_out(place.root).parent / "build" / "bundles"


def put_bundle(made: Bundle, into: Path, key: Path | None = None, *, keyless: bool = False) -> Path:
    """Write a bundle into a folder of its own, signed with a key, or as a CI job's identity; returns the folder.

    A bundle that is there already is left alone if it has the same bytes. Raises `RefusedError` if it has others.
    """
    folder = into / made.folder
    files = dict(made.files)
    present = {name: (folder / name).read_bytes() for name in files if (folder / name).is_file()}
    for name, data in present.items():
        if name != PROVENANCE and files[name] != data:
            hint = "a released version never changes: release another, or remove the folder if it was never published"
            raise RefusedError(f"`{folder}` holds {made.version} with another {name}", hint=hint)
    files |= present  # who built it first is who built it
    for name in (MANIFEST, PROVENANCE):
        signatures = (folder / (name + ending) for ending in SIGNATURES)
        files |= {path.name: path.read_bytes() for path in signatures if path.is_file()}
        if key is not None:
            files[name + SIGNATURE] = sign(files[name], key)
        if keyless and name + ENDING not in files:
            files[name + ENDING] = sign_keyless(files[name])
    replace_tree(folder, [Artifact(path=name, data=data) for name, data in files.items()])
    return folder


def rebuild(place: CodexFolder, *, progress: Progress = iter) -> Bundle:
    """Make the bundle of the last release again from the standards as they are, which must be those it was made of."""
    released = place.released
    if released is None:
        raise CodexError("there is no release yet", hint="run `codexc release`")
    place = replace(place, request=replace(place.request, as_of=released.as_of))
    built = build(place, place.config.lint, BuildOptions(out=default_out(place.root)), progress=progress)
    if not built.artifacts:
        raise CodexError("the standards have errors", hint="`codexc check` shows them")
    if not _same(built, released):
        hint = f"check out `{TAG}{released.version}`, or release what is new"
        raise CodexError(f"the standards are not those of {released.version}", hint=hint)
    last = released.history[0]
    previous = released.history[1].version if len(released.history) > 1 else None
    origin = _origin(released.commit, GitRepository.around(place.root))
    return bundle(built.artifacts, previous=previous, bump=last.bump, origin=origin)


def _same(built: BuildResult, released: Released) -> bool:
    files = {artifact.path: artifact.data for artifact in built.artifacts}
    found = codex_snapshot(files, {name: schema(name) for name in PARTS.values()}, name="the standards")
    return found.tree == released.tree and found.version == released.version
