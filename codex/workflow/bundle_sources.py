"""Finds and reads a bundle from any kind of source. Nothing in it is verified here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from codex.http.urls import split_address
from codex.limits import BYTES_PER_LISTING
from codex.shell.folder import read_folder
from codex.shell.keyless import ENDING
from codex.shell.reading import read_file
from skills_build.emit.committed import completed
from skills_build.emit.plugin import MARKETPLACE
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import MAX_JSON_BYTES, parse_limited_json
from skills_build.model.bundle import Artifact
from skills_build.model.release import Version
from skills_build.release.archive import BUNDLE_LIMITS, member
from skills_build.release.bundle import SIGNATURE, folder_name

_MAX_BYTES: Final = 2 * BUNDLE_LIMITS.packed
"""Bytes of the folder of a release: the archive of everything, and those of the skills, with the same files."""
MANIFEST: Final = "manifest.json"
ENDINGS: Final = (SIGNATURE, ENDING)
SIGNED: Final = frozenset({MANIFEST, *(MANIFEST + ending for ending in ENDINGS)})
SITE: Final = ".well-known/agent-skills"
_TAG: Final = re.compile(r"v?(?P<version>[0-9]+\.[0-9]+\.[0-9]+)")
_RELEASED: Final = re.compile(rf"/{re.escape(SITE)}/releases/(?P<version>[0-9]+\.[0-9]+\.[0-9]+)/bundle/")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSource:
    """A bundle that was located and is not yet checked.

    `outer` are the files of a released folder by name, or the one archive; `inner` are those of a build's folder or of
    one that was unpacked. `signed_files` are the manifest and its signatures, if they are not in `outer`.
    """

    name: str
    outer: Mapping[str, bytes] = field(default_factory=dict)
    inner: tuple[Artifact, ...] = ()
    single_archive: bool = False
    signed_files: Mapping[str, bytes] = field(default_factory=dict)
    version: str = ""
    """The requested version, or the one that its host lists as the latest; empty for a source without versions."""

    @property
    def signed(self) -> Mapping[str, bytes]:
        """The manifest and the signatures over it, by name."""
        files = self.signed_files if self.single_archive or self.inner else self.outer
        return {name: files[name] for name in SIGNED if name in files}

    def manifest(self) -> bytes | None:
        """The bytes of the manifest; a single archive is unpacked only as far as its manifest."""
        if MANIFEST in self.signed or not self.single_archive:
            return self.signed.get(MANIFEST)
        name, data = next(iter(self.outer.items()))
        try:
            return member(data, MANIFEST, name=name)
        except CodexError:
            return None  # the check of the archive reports what is wrong with it


def is_address(where: str) -> bool:
    """Whether `where` is an address, not a path."""
    return where.partition("://")[0].lower() in ("http", "https") or where.partition(":")[0] in _KINDS


def located(where: str) -> BundleSource:
    """Find and read a bundle. Raises `CodexError` if there is none."""
    kind, _, rest = where.partition(":")
    if kind in _KINDS and rest:
        return _KINDS[kind](where, rest)
    if is_address(where):
        return _fetched(where)
    path = Path(where)
    if path.is_file():
        return _archive(where, path)
    if not path.is_dir():
        raise CodexError(f"there is no bundle `{where}`", hint="pass the directory of a release, an archive or a URL")
    if not (path / MANIFEST).is_file():
        raise CodexError(f"`{where}` holds no {MANIFEST}", hint="`codexc release` writes bundles to build/bundles")
    return _of_files(where, read_folder(path, most=_MAX_BYTES))


def _archive(where: str, path: Path) -> BundleSource:
    """An archive, with the manifest and the signatures in the same folder if they belong to it."""
    if path.stat().st_size > BUNDLE_LIMITS.packed:
        most = f"{BUNDLE_LIMITS.packed:,} bytes"
        raise CodexError(f"`{where}` is larger than {most}", hint="use a bundle archive")
    signed_files = {
        name: read_file(file)
        for name in sorted(SIGNED)
        if (file := path.with_name(name)).is_file() and file.stat().st_size <= MAX_JSON_BYTES
    }
    own = MANIFEST in signed_files and _archive_name(signed_files[MANIFEST]) == path.name
    return BundleSource(
        name=where,
        outer={path.name: read_file(path)},
        single_archive=True,
        signed_files=signed_files if own else {},
        version=_version_in(path.as_posix()),
    )


def _of_files(where: str, files: tuple[Artifact, ...]) -> BundleSource:
    """The folder of a release, or the files of a build with their signatures."""
    if any("/" not in file.path and file.path.endswith(".tar.gz") for file in files):
        return BundleSource(name=where, outer={file.path: file.data for file in files})
    outside_build = (SIGNED | {MARKETPLACE}) - {MANIFEST}
    inner = completed(tuple(file for file in files if file.path not in outside_build))
    signed_files = {file.path: file.data for file in files if file.path in SIGNED}
    manifest = next(file.data for file in inner if file.path == MANIFEST)
    if manifest != signed_files[MANIFEST]:  # it has no digests, so that a signature over it proves nothing
        signed_files = {MANIFEST: manifest}
    return BundleSource(name=where, inner=inner, signed_files=signed_files)


def _archive_name(manifest: bytes) -> str | None:
    """The name of the archive with all files, by an unchecked manifest; None if it has none."""
    try:
        data = parse_limited_json(manifest)
        name = f"{folder_name(data['namespace'], data['version'])}.tar.gz"
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return None if set("/\\:?#%") & set(name) else name


def _fetched(address: str) -> BundleSource:
    """Fetch an archive, or a bundle by the address of its manifest, folder or site."""
    from codex.http.fetch import fetch, fetch_optional

    path = split_address(address).path
    if path.endswith(".tar.gz"):
        name = path.rsplit("/", 1)[-1]
        data = fetch(address, limit=BUNDLE_LIMITS.packed)
        signed_files = _fetch_signed(urljoin(address, MANIFEST))
        own = MANIFEST in signed_files and _archive_name(signed_files[MANIFEST]) == name
        return BundleSource(
            name=address,
            outer={name: data},
            single_archive=True,
            signed_files=signed_files if own else {},
            version=_version_in(path),
        )
    base = address if path.endswith(f"/{MANIFEST}") else address.rstrip("/") + f"/{MANIFEST}"
    signed_files = _fetch_signed(base)
    if not signed_files:
        site = address.rstrip("/").removesuffix(f"/{SITE}")
        listing = fetch_optional(f"{site}/{SITE}/versions.json", limit=BYTES_PER_LISTING)
        if listing is None:
            hint = "pass the directory or archive of a bundle, or a site that `codexc publish` wrote"
            raise CodexError(f"there is no bundle at {address}", hint=hint)
        base = f"{site}/{SITE}/releases/{_latest(listing, site)}/bundle/{MANIFEST}"
        signed_files = {MANIFEST: fetch(base, limit=MAX_JSON_BYTES), **_fetch_signed(base)}
    archive = _archive_name(signed_files[MANIFEST])
    if archive is None:
        raise CodexError(f"{base} is not the manifest of a bundle", hint="use a bundle directory or archive")
    data = fetch(urljoin(base, archive), limit=BUNDLE_LIMITS.packed)
    return BundleSource(
        name=address,
        outer={archive: data},
        single_archive=True,
        signed_files=signed_files,
        version=_version_in(base),
    )


def _version_in(place: str) -> str:
    """The version in the path of a site's release; empty for any other path."""
    found = _RELEASED.search(place)
    return found["version"] if found else ""


def _version_of_tag(tag: str) -> str:
    """The version in a tag such as `v1.2.0` or `1.2.0`; empty for any other tag."""
    found = _TAG.fullmatch(tag)
    return found["version"] if found else ""


def _fetch_signed(manifest: str) -> dict[str, bytes]:
    """Fetch a manifest and its signatures; empty if there is no manifest."""
    from codex.http.fetch import fetch_optional

    data = fetch_optional(manifest, limit=MAX_JSON_BYTES)
    if data is None:
        return {}
    signatures = {f"{MANIFEST}{ending}": fetch_optional(manifest + ending, limit=MAX_JSON_BYTES) for ending in ENDINGS}
    return {MANIFEST: data, **{name: signature for name, signature in signatures.items() if signature is not None}}


def _latest(listing: bytes, site: str) -> str:
    try:
        return str(Version.parse(parse_limited_json(listing)["latest"]))
    except (ValueError, LookupError, TypeError, RecursionError, CodexError) as error:
        hint = "create the site with `codexc publish --to well-known:PATH`"
        raise CodexError(f"{site}/{SITE}/versions.json has no latest version", hint=hint) from error


def _well_known(where: str, rest: str) -> BundleSource:
    """A site that `codexc publish` wrote: its address, or its root on disk."""
    if is_address(rest):
        return replace(_fetched(f"{rest.rstrip('/')}/{SITE}"), name=where)
    root = Path(rest) / SITE
    try:
        latest = _latest(read_file(root / "versions.json"), rest)
    except OSError as error:
        raise CodexError(f"`{rest}` is not a site with skills: {error.strerror}", hint="pass its root") from error
    folder = root / "releases" / latest / "bundle"
    manifest = folder / MANIFEST
    archive = _archive_name(read_file(manifest)) if manifest.is_file() else None
    if archive is None or not (folder / archive).is_file():
        raise CodexError(
            f"`{folder}` contains no bundle",
            hint="publish the release again: older versions of codexc did not publish a bundle",
        )
    return _archive(where, folder / archive)


def _git(where: str, rest: str) -> BundleSource:
    """A branch or tag of a git repository that `codexc publish` wrote."""
    from codex.publish.git import BRANCH
    from codex.shell.repository import RemoteRepository

    address, _, ref = rest.partition("#")
    where = re.sub(r"//[^/@]*@", "//", where)  # a password in an address is for git only
    with RemoteRepository.opened(address) as remote:
        names = (f"refs/heads/{ref or BRANCH}", f"refs/tags/{ref}")
        commit = next((tip for name in names if (tip := remote.commit_of(name)) is not None), None)
        if commit is None:
            hint = "use a different branch or tag, such as #v1.0.0"
            raise CodexError(f"`{where}` has no branch or tag `{ref or BRANCH}`", hint=hint)
        files = remote.files(commit, most=_MAX_BYTES)
    if not any(file.path == MANIFEST for file in files):
        raise CodexError(
            f"`{where}` contains no {MANIFEST}", hint="publish a bundle with `codexc publish --to git:REPOSITORY`"
        )
    return replace(_of_files(where, files), version=_version_of_tag(ref))


def _oci(where: str, rest: str) -> BundleSource:
    """An artifact of an OCI registry (`oci://HOST/NAME[:TAG]`) or of an image layout (`oci:PATH[#VERSION]`)."""
    from codex.publish.registry import fetch_artifact

    tag, files = fetch_artifact(where)
    if MANIFEST not in files:
        raise CodexError(
            f"`{where}` contains no {MANIFEST}", hint="publish a bundle with `codexc publish --to oci:...`"
        )
    return BundleSource(name=where, outer=files, version=_version_of_tag(tag))


_KINDS: Final[Mapping[str, Callable[[str, str], BundleSource]]] = {"well-known": _well_known, "git": _git, "oci": _oci}
