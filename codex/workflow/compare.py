"""Compares the standards with an earlier edition: a git ref, a folder, a bundle or an address."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from codex.shell.directory import scratch
from codex.shell.reading import real_path
from codex.shell.repository import GitRepository
from codex.workflow.build import BuildOptions, BuildResult, build
from codex.workflow.bundle_sources import is_address
from codex.workflow.bundles import open_bundle
from codex.workflow.codex_folder import CONFIG, CodexFolder, SourceOptions, default_out, open_codex, schema
from codex.workflow.parsing import Progress
from codex.workflow.trust import gather_trust
from skills_build.emit.committed import completed
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact
from skills_build.model.release import UNRELEASED, Bump, Diff
from skills_build.release.classify import classify
from skills_build.release.snapshot import PARTS, CodexSnapshot, codex_snapshot

TAG: Final = "codex-v"
"""The prefix of the tag of a release, before its version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierEdition:
    """An earlier edition; `name` is that on the command line. Without a codex in it, there is no snapshot."""

    name: str
    snapshot: CodexSnapshot | None
    tag: str | None = None
    """Its tag, if it is the last release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The result of a comparison. `built` are the current standards, with versions that continue the earlier ones."""

    earlier: EarlierEdition
    diff: Diff
    built: BuildResult


def earlier_edition(
    place: CodexFolder, against: str | None, *, progress: Progress = iter, allowed_signers: Path | None = None
) -> EarlierEdition:
    """Find the edition `against`; without it, the last release. A bundle has to be trusted."""
    if against is None:
        return last_release(place)
    if not against:
        hint = "pass a Git ref, a directory, a bundle or a URL; if you pass a CI variable, check that it is set"
        raise CodexError("`--against` is empty", hint=hint)
    if is_address(against) or Path(against).exists():
        path = Path(against)
        if not is_address(against) and path.is_dir() and _codex_in(path) is not None:
            return _compiled(against, SourceOptions(root=path, as_of=place.request.as_of), place, progress)
        trust = gather_trust(allowed_signers=allowed_signers, root=place.root)
        return EarlierEdition(name=against, snapshot=_read(open_bundle(against, trust).checked.files, against))
    return _at_ref(place, against, progress)


def last_release(place: CodexFolder) -> EarlierEdition:
    """The last release, read from its tag. Raises `CodexError` if there is none or it cannot be read."""
    released = place.released
    if released is None:
        hint = "pass a version to compare with: `--against origin/main`, a directory, a bundle or a URL"
        raise CodexError("there is no release to compare with yet", hint=hint)
    tag = f"{TAG}{released.version}"
    hint = f"fetch the tag (`git fetch --tags`), or pass the bundle of {released.version} with `--against`"
    repository = GitRepository.around(place.root)
    if repository is None:
        raise CodexError("the standards are not in a Git repository", hint=hint)
    if not repository.has_tag(tag):
        raise CodexError(f"the last release was {released.version}, but there is no tag `{tag}`", hint=hint)
    files = completed(repository.files(tag, repository.relative(default_out(place.root))))
    return EarlierEdition(name=tag, snapshot=_read(files, f"`{tag}`"), tag=tag)


def compare(place: CodexFolder, earlier: EarlierEdition, *, progress: Progress = iter) -> Comparison:
    """Build the current standards, in spite of errors, and compare them with an earlier edition."""
    released = earlier.snapshot.released if earlier.snapshot else None
    options = BuildOptions(out=default_out(place.root), ignore_errors=True, released=released)
    built = build(place, place.config.lint, options, progress=progress)
    new = _read(built.artifacts, "the standards")
    if earlier.snapshot is None:
        diff = Diff(old=UNRELEASED, new=new.version, bump=Bump.NONE)
    else:
        diff = _verified(place, earlier, classify(earlier.snapshot, new))
    return Comparison(earlier=earlier, diff=diff, built=built)


def _verified(place: CodexFolder, earlier: EarlierEdition, diff: Diff) -> Diff:
    """Check the declarations of rewordings in the history, if there is one since the earlier edition."""
    repository = GitRepository.around(place.root) if earlier.tag else None
    if repository is None or earlier.tag is None:
        return diff
    from codex.workflow.declarations import with_later_rewordings

    return with_later_rewordings(place, repository, earlier.tag, diff)


def _read(files: tuple[Artifact, ...], name: str) -> CodexSnapshot:
    return codex_snapshot({file.path: file.data for file in files}, _schemas(), name=name)


def _schemas() -> Mapping[str, str]:
    return {name: schema(name) for name in PARTS.values()}


def _codex_in(folder: Path) -> Path | None:
    """The codex.yaml of the codex in a folder, if there is one."""
    return next((p for p in (folder / CONFIG, folder / "standards" / CONFIG) if p.is_file()), None)


def _at_ref(place: CodexFolder, ref: str, progress: Progress) -> EarlierEdition:
    """Compile the standards of a commit with the current program and for the same day."""
    repository = GitRepository.around(place.root)
    if repository is None:
        hint = "pass a directory, a bundle, a URL or, inside a repository, a Git ref"
        raise CodexError(f"there is no `{ref}`", hint=hint)
    with scratch() as folder:
        root = folder / real_path(place.root).name
        if not repository.export(ref, repository.relative(place.root), root):
            return EarlierEdition(name=ref, snapshot=None)
        options = replace(place.request, root=root, lock=None, cache_as=f"{real_path(place.root)} of old")
        return _compiled(ref, options, place, progress)


def _compiled(name: str, source: SourceOptions, place: CodexFolder, progress: Progress) -> EarlierEdition:
    other = open_codex(source)
    if not place.config.declared:
        other = replace(other, config=replace(other.config, namespace=place.config.namespace))
    options = BuildOptions(out=default_out(other.root), ignore_errors=True)
    built = build(other, other.config.lint, options, progress=progress)
    return EarlierEdition(name=name, snapshot=_read(built.artifacts, f"`{name}`"))
