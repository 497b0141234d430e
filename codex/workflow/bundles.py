"""Opens a bundle from any source, if it is trusted. Commands read bundles only through `open_bundle`.

Sources are a released folder, one archive, a folder that a build wrote or that was unpacked, an address, and what
`codexc publish` writes to a site, a git repository or an OCI registry. The manifest and its signatures are verified
first; nothing else is unpacked before they are trusted.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from codex.http.urls import split_address
from codex.shell.folder import read_folder
from codex.shell.keyless import ENDING
from codex.shell.reading import read_file
from codex.sync.trust import BundleClaim
from codex.workflow.codex_folder import schema
from codex.workflow.trust import Proof, Trust, verify_trust
from skills_build.emit.committed import completed
from skills_build.emit.plugin import MARKETPLACE
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.bundle import Artifact
from skills_build.model.release import Version
from skills_build.release.archive import member
from skills_build.release.bundle import SIGNATURE, folder_name
from skills_build.release.loaded_bundle import LoadedBundle, load_bundle
from skills_build.release.verify import BundleCheck, Fault, check_bundle, check_files, read_manifest
from skills_build.schema import violations

_MAX_BYTES: Final = 512 * 1024 * 1024
_MAX_MANIFEST_BYTES: Final = 64 * 1024 * 1024
MANIFEST: Final = "manifest.json"
_ENDINGS: Final = (SIGNATURE, ENDING)
_SIGNED: Final = frozenset({MANIFEST, *(MANIFEST + ending for ending in _ENDINGS)})
_SITE: Final = ".well-known/agent-skills"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A bundle that was located and is not yet checked.

    `outer` are the files of a released folder by name, or the one archive; `inner` are those of a build's folder or of
    one that was unpacked. `signed_files` are the manifest and its signatures, if they are not in `outer`.
    """

    name: str
    outer: Mapping[str, bytes] = field(default_factory=dict)
    inner: tuple[Artifact, ...] = ()
    single_archive: bool = False
    signed_files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def signed(self) -> Mapping[str, bytes]:
        """The manifest and the signatures over it, by name."""
        files = self.signed_files if self.single_archive or self.inner else self.outer
        return {name: files[name] for name in _SIGNED if name in files}

    def manifest(self) -> bytes | None:
        """The bytes of the manifest; a single archive is unpacked only as far as its manifest."""
        if MANIFEST in self.signed or not self.single_archive:
            return self.signed.get(MANIFEST)
        name, data = next(iter(self.outer.items()))
        try:
            return member(data, MANIFEST, name=name)
        except CodexError:
            return None  # the check of the archive reports what is wrong with it


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedBundle:
    """A bundle that was opened. Only `inspect_bundle` returns one with faults."""

    name: str
    outer: Mapping[str, bytes]
    released: bool
    """Whether it is the folder of a release, with all its files."""
    checked: BundleCheck
    signatures: Mapping[str, bytes]
    proof: Proof
    faults: tuple[Fault, ...] = ()

    @property
    def codex(self) -> LoadedBundle:
        """The codex in the bundle, with its signatures and signer."""
        codex = load_bundle(self.checked.files)
        return replace(codex, signatures=self.signatures, signer=self.proof.pinned)


def is_address(where: str) -> bool:
    """Whether `where` is an address, not a path."""
    return where.partition("://")[0].lower() in ("http", "https") or where.partition(":")[0] in _KINDS


def open_bundle(where: str, trust: Trust) -> OpenedBundle:
    """Open a bundle that is trusted and complete.

    Raises `CodexError` if there is no bundle, if `trust` refuses it, or if any checksum does not match.
    """
    source = _locate(where)
    data = source.manifest()
    manifest, faults = read_manifest(data, schema("manifest"))
    if manifest is None or data is None:
        raise _invalid(source, faults)
    proof = _proof(source, manifest, data, trust)
    checked = _checked(source)
    faults = checked.faults or tuple(_data_faults(checked))
    if faults:
        raise _invalid(source, faults)
    return _opened(source, checked, proof)


def _data_faults(checked: BundleCheck) -> Iterator[Fault]:
    """Yield how the data of a bundle breaks its schemas: checksums alone do not make it well formed."""
    for name in ("statements", "changes"):
        path = f"{name}.json"
        data = next((file.data for file in checked.files if file.path == path), None)
        if data is None:
            continue
        try:
            broken = violations(schema(name), parse_json(data))
        except (ValueError, RecursionError):
            yield Fault(path=path, message="is not valid JSON")
            continue
        if broken:
            place = ".".join(str(part) for part in broken[0].key)
            yield Fault(path=path, message=f"is invalid at `{place}`: {broken[0].message[:200]}")


def inspect_bundle(where: str, trust: Trust) -> OpenedBundle:
    """Open a bundle for a report, with all faults instead of an error for the first. A bundle that is not trusted is
    not unpacked.

    Raises `CodexError` if there is no bundle.
    """
    source = _locate(where)
    data = source.manifest()
    manifest, faults = read_manifest(data, schema("manifest"))
    if manifest is None or data is None:
        demanded = any(demand.required or demand.namespaces for demand in trust.sources)
        checked = BundleCheck(faults=faults) if demanded else _checked(source)
        return replace(_opened(source, checked, Proof()), faults=checked.faults)
    try:
        proof = _proof(source, manifest, data, trust)
    except CodexError as error:
        fault = Fault(path=MANIFEST, message=error.message.removeprefix(f"{source.name}: "))
        return replace(_opened(source, BundleCheck(faults=(), manifest=manifest), Proof()), faults=(fault,))
    checked = _checked(source)
    return replace(_opened(source, checked, proof), faults=checked.faults)


def claim_of(manifest: Mapping[str, Any]) -> BundleClaim:
    """What a manifest claims about its bundle."""
    return BundleClaim(
        **{key: manifest[key] for key in ("namespace", "version", "tree")}, as_of=manifest.get("as_of", "")
    )


def _proof(source: _Source, manifest: Mapping[str, Any], data: bytes, trust: Trust) -> Proof:
    try:
        return verify_trust(claim_of(manifest), data, _signatures(source), trust)
    except CodexError as error:
        raise CodexError(f"{source.name}: {error.message}", hint=error.hint) from error


def _signatures(source: _Source) -> dict[str, bytes]:
    return {ending: source.signed[MANIFEST + ending] for ending in _ENDINGS if MANIFEST + ending in source.signed}


def _opened(source: _Source, checked: BundleCheck, proof: Proof) -> OpenedBundle:
    return OpenedBundle(
        name=source.name,
        outer=source.outer,
        released=not (source.single_archive or source.inner),
        checked=checked,
        signatures=_signatures(source),
        proof=proof,
    )


def _invalid(source: _Source, faults: tuple[Fault, ...]) -> CodexError:
    others = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    hint = f"`codexc verify {source.name}` lists all problems"
    return CodexError(f"{source.name}: {faults[0].path}: {faults[0].message}{others}", hint=hint)


def _checked(source: _Source) -> BundleCheck:
    """Check all checksums."""
    text = schema("manifest")
    if not source.inner:
        checked = check_bundle(source.outer, schema=text, alone=source.single_archive)
        return _same_manifest(source, checked) if source.single_archive and MANIFEST in source.signed_files else checked
    manifest, faults = read_manifest(source.signed_files.get(MANIFEST), text)
    if manifest is not None:
        faults = check_files(source.inner, manifest)
    return BundleCheck(faults=faults, manifest=manifest, files=source.inner)


def _same_manifest(source: _Source, checked: BundleCheck) -> BundleCheck:
    """The check of an archive, with a fault if its manifest is not the signed one next to it."""
    inside = next((file.data for file in checked.files if file.path == MANIFEST), None)
    if checked.faults or inside == source.signed_files[MANIFEST]:
        return checked
    fault = Fault(path=f"{next(iter(source.outer))}: {MANIFEST}", message="is not the manifest next to the archive")
    return replace(checked, faults=(fault,))


def _locate(where: str) -> _Source:
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
        raise CodexError(f"there is no bundle `{where}`", hint="specify a released folder, an archive or a URL")
    if not (path / MANIFEST).is_file():
        raise CodexError(f"`{where}` holds no {MANIFEST}", hint="`codexc release` writes bundles to build/bundles")
    return _of_files(where, read_folder(path, most=_MAX_BYTES))


def _archive(where: str, path: Path) -> _Source:
    """An archive, with the manifest and the signatures in the same folder if they belong to it."""
    if path.stat().st_size > _MAX_BYTES:
        raise CodexError(f"`{where}` has more than {_MAX_BYTES:,} bytes", hint="use the archive of a bundle")
    signed_files = {
        name: read_file(file)
        for name in sorted(_SIGNED)
        if (file := path.with_name(name)).is_file() and file.stat().st_size <= _MAX_MANIFEST_BYTES
    }
    own = MANIFEST in signed_files and _archive_name(signed_files[MANIFEST]) == path.name
    return _Source(
        name=where, outer={path.name: read_file(path)}, single_archive=True, signed_files=signed_files if own else {}
    )


def _of_files(where: str, files: tuple[Artifact, ...]) -> _Source:
    """The folder of a release, or the files of a build with their signatures."""
    if any("/" not in file.path and file.path.endswith(".tar.gz") for file in files):
        return _Source(name=where, outer={file.path: file.data for file in files})
    outside_build = (_SIGNED | {MARKETPLACE}) - {MANIFEST}
    inner = completed(tuple(file for file in files if file.path not in outside_build))
    signed_files = {file.path: file.data for file in files if file.path in _SIGNED}
    manifest = next(file.data for file in inner if file.path == MANIFEST)
    if manifest != signed_files[MANIFEST]:  # it has no digests, so that a signature over it proves nothing
        signed_files = {MANIFEST: manifest}
    return _Source(name=where, inner=inner, signed_files=signed_files)


def _archive_name(manifest: bytes) -> str | None:
    """The name of the archive with all files, by an unchecked manifest; None if it has none."""
    try:
        data = parse_json(manifest)
        name = f"{folder_name(data['namespace'], data['version'])}.tar.gz"
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return None if set("/\\:?#%") & set(name) else name


def _fetched(address: str) -> _Source:
    """Fetch an archive, or a bundle by the address of its manifest, folder or site."""
    from codex.http.fetch import fetch, fetch_optional

    path = split_address(address).path
    if path.endswith(".tar.gz"):
        name = path.rsplit("/", 1)[-1]
        data = fetch(address, limit=_MAX_BYTES)
        signed_files = _fetch_signed(urljoin(address, MANIFEST))
        own = MANIFEST in signed_files and _archive_name(signed_files[MANIFEST]) == name
        return _Source(name=address, outer={name: data}, single_archive=True, signed_files=signed_files if own else {})
    base = address if path.endswith(f"/{MANIFEST}") else address.rstrip("/") + f"/{MANIFEST}"
    signed_files = _fetch_signed(base)
    if not signed_files:
        site = address.rstrip("/").removesuffix(f"/{_SITE}")
        listing = fetch_optional(f"{site}/{_SITE}/versions.json", limit=_MAX_MANIFEST_BYTES)
        if listing is None:
            hint = "pass the directory or archive of a bundle, or a site that `codexc publish` wrote"
            raise CodexError(f"there is no bundle at {address}", hint=hint)
        base = f"{site}/{_SITE}/releases/{_latest(listing, site)}/bundle/{MANIFEST}"
        signed_files = {MANIFEST: fetch(base, limit=_MAX_MANIFEST_BYTES), **_fetch_signed(base)}
    archive = _archive_name(signed_files[MANIFEST])
    if archive is None:
        raise CodexError(f"{base} is not the manifest of a bundle", hint="use the folder or the archive of a bundle")
    data = fetch(urljoin(base, archive), limit=_MAX_BYTES)
    return _Source(name=address, outer={archive: data}, single_archive=True, signed_files=signed_files)


def _fetch_signed(manifest: str) -> dict[str, bytes]:
    """Fetch a manifest and its signatures; empty if there is no manifest."""
    from codex.http.fetch import fetch_optional

    data = fetch_optional(manifest, limit=_MAX_MANIFEST_BYTES)
    if data is None:
        return {}
    signatures = {
        f"{MANIFEST}{ending}": fetch_optional(manifest + ending, limit=_MAX_MANIFEST_BYTES) for ending in _ENDINGS
    }
    return {MANIFEST: data, **{name: signature for name, signature in signatures.items() if signature is not None}}


def _latest(listing: bytes, site: str) -> str:
    try:
        return str(Version.parse(parse_json(listing)["latest"]))
    except (ValueError, LookupError, TypeError, RecursionError, CodexError) as error:
        hint = "`codexc publish --to well-known:PATH` writes it"
        raise CodexError(f"{site}/{_SITE}/versions.json has no latest version", hint=hint) from error


def _well_known(where: str, rest: str) -> _Source:
    """A site that `codexc publish` wrote: its address, or its root on disk."""
    if is_address(rest):
        return replace(_fetched(f"{rest.rstrip('/')}/{_SITE}"), name=where)
    root = Path(rest) / _SITE
    try:
        latest = _latest(read_file(root / "versions.json"), rest)
    except OSError as error:
        raise CodexError(f"`{rest}` is not a site with skills: {error.strerror}", hint="pass its root") from error
    folder = root / "releases" / latest / "bundle"
    manifest = folder / MANIFEST
    archive = _archive_name(read_file(manifest)) if manifest.is_file() else None
    if archive is None or not (folder / archive).is_file():
        raise CodexError(
            f"`{folder}` contains no bundle", hint="publish the release again: older versions did not publish one"
        )
    return _archive(where, folder / archive)


def _git(where: str, rest: str) -> _Source:
    """A branch or tag of a git repository that `codexc publish` wrote."""
    from codex.publish.git import BRANCH
    from codex.shell.repository import RemoteRepository

    address, _, ref = rest.partition("#")
    where = re.sub(r"//[^/@]*@", "//", where)  # a password in an address is for git only
    with RemoteRepository.opened(address) as remote:
        names = (f"refs/heads/{ref or BRANCH}", f"refs/tags/{ref}")
        commit = next((tip for name in names if (tip := remote.commit_of(name)) is not None), None)
        if commit is None:
            hint = "use another, such as #v1.0.0"
            raise CodexError(f"`{where}` has no branch or tag `{ref or BRANCH}`", hint=hint)
        files = remote.files(commit, most=_MAX_BYTES)
    if not any(file.path == MANIFEST for file in files):
        raise CodexError(f"`{where}` holds no {MANIFEST}", hint="`codexc publish --to git:REPOSITORY` writes one")
    return _of_files(where, files)


def _oci(where: str, rest: str) -> _Source:
    """An artifact of an OCI registry (`oci://HOST/NAME[:TAG]`) or of an image layout (`oci:PATH[#VERSION]`)."""
    from codex.publish.registry import fetch_artifact

    files = fetch_artifact(where)
    if MANIFEST not in files:
        raise CodexError(f"`{where}` holds no {MANIFEST}", hint="`codexc publish --to oci:...` writes one")
    return _Source(name=where, outer=files)


_KINDS: Final[Mapping[str, Callable[[str, str], _Source]]] = {"well-known": _well_known, "git": _git, "oci": _oci}
