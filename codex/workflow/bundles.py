"""Opens a bundle from wherever it is, and only if it is believed. The one door: commands call `open_bundle`.

Read are a released folder, one archive, a folder that a build wrote or that was unpacked, an address, and what
`codexc publish` writes to a site, a git repository or an OCI registry. The manifest and the signatures over it come
first; nothing else is unpacked before they are believed.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from codex.shell.folder import read_folder
from codex.shell.keyless import ENDING
from codex.sync.trust import BundleClaim
from codex.workflow.codex_folder import schema
from codex.workflow.trust import Proof, Trust, verify_trust
from skills_build.emit.plugin import MARKETPLACE
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from skills_build.model.release import Version
from skills_build.release.archive import member
from skills_build.release.bundle import SIGNATURE, folder_name
from skills_build.release.loaded_bundle import LoadedBundle, load_bundle
from skills_build.release.verify import BundleCheck, Fault, check_bundle, check_files, read_manifest

_MOST: Final = 512 * 1024 * 1024
_SMALL: Final = 64 * 1024 * 1024
MANIFEST: Final = "manifest.json"
_ENDINGS: Final = (SIGNATURE, ENDING)
_SIGNED: Final = frozenset({MANIFEST, *(MANIFEST + ending for ending in _ENDINGS)})
_SITE: Final = ".well-known/agent-skills"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A bundle as it was found, nothing of it checked.

    `outer` are the files of a released folder by name, or the one archive; `inner` are those of a build's folder or of
    one that was unpacked. `beside` are the manifest and its signatures, where they are not in `outer`.
    """

    name: str
    outer: Mapping[str, bytes] = field(default_factory=dict)
    inner: tuple[Artifact, ...] = ()
    alone: bool = False
    beside: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def signed(self) -> Mapping[str, bytes]:
        """The manifest and the signatures over it, by name."""
        files = self.beside if self.alone or self.inner else self.outer
        return {name: files[name] for name in _SIGNED if name in files}

    def manifest(self) -> bytes | None:
        """The bytes of the manifest; of an archive alone, the only file that is unpacked for it."""
        if MANIFEST in self.signed or not self.alone:
            return self.signed.get(MANIFEST)
        name, data = next(iter(self.outer.items()))
        try:
            return member(data, MANIFEST, name=name)
        except CodexError:
            return None  # what is wrong with the archive is found when it is checked


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedBundle:
    """A bundle that was opened. There are faults only in what `inspect_bundle` gives."""

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
        """The codex that it holds, with what is known of who signed it."""
        found = load_bundle(self.checked.files)
        return replace(found, signatures=self.signatures, signer=self.proof.pinned)


def is_address(where: str) -> bool:
    """Whether a bundle is to be fetched."""
    return urlsplit(where).scheme in ("http", "https") or where.partition(":")[0] in _KINDS


def open_bundle(where: str, trust: Trust) -> OpenedBundle:
    """Open a bundle that is believed and whole.

    Raises `CodexError` where there is none, where `trust` refuses it, and where any digest is wrong.
    """
    found = _locate(where)
    data = found.manifest()
    manifest, faults = read_manifest(data, schema("manifest"))
    if manifest is None or data is None:
        raise _wrong(found, faults)
    proof = _proof(found, manifest, data, trust)
    checked = _checked(found)
    if checked.faults:
        raise _wrong(found, checked.faults)
    return _opened(found, checked, proof)


def inspect_bundle(where: str, trust: Trust) -> OpenedBundle:
    """Open a bundle to look at it, and list everything that is wrong with it instead of stopping at the first.

    What it gives is for a report. One that is not believed is not unpacked either.

    Raises `CodexError` where there is no bundle.
    """
    found = _locate(where)
    data = found.manifest()
    manifest, faults = read_manifest(data, schema("manifest"))
    if manifest is None or data is None:
        demanded = any(source.required or source.namespaces for source in trust.sources)
        checked = BundleCheck(faults=faults) if demanded else _checked(found)
        return replace(_opened(found, checked, Proof()), faults=checked.faults)
    try:
        proof = _proof(found, manifest, data, trust)
    except CodexError as error:
        fault = Fault(path=MANIFEST, message=error.message.removeprefix(f"{found.name}: "))
        return replace(_opened(found, BundleCheck(faults=(), manifest=manifest), Proof()), faults=(fault,))
    checked = _checked(found)
    return replace(_opened(found, checked, proof), faults=checked.faults)


def claim_of(manifest: Mapping[str, Any]) -> BundleClaim:
    """What a manifest says of its bundle."""
    return BundleClaim(**{key: manifest[key] for key in ("namespace", "version", "as_of", "tree")})


def _proof(found: _Found, manifest: Mapping[str, Any], data: bytes, trust: Trust) -> Proof:
    try:
        return verify_trust(claim_of(manifest), data, _signatures(found), trust)
    except CodexError as error:
        raise CodexError(f"{found.name}: {error.message}", hint=error.hint) from error


def _signatures(found: _Found) -> dict[str, bytes]:
    return {ending: found.signed[MANIFEST + ending] for ending in _ENDINGS if MANIFEST + ending in found.signed}


def _opened(found: _Found, checked: BundleCheck, proof: Proof) -> OpenedBundle:
    return OpenedBundle(
        name=found.name,
        outer=found.outer,
        released=not (found.alone or found.inner),
        checked=checked,
        signatures=_signatures(found),
        proof=proof,
    )


def _wrong(found: _Found, faults: tuple[Fault, ...]) -> CodexError:
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    hint = f"`codexc verify {found.name}` lists all that is wrong"
    return CodexError(f"{found.name}: {faults[0].path}: {faults[0].message}{more}", hint=hint)


def _checked(found: _Found) -> BundleCheck:
    """Check all digests."""
    text = schema("manifest")
    if not found.inner:
        checked = check_bundle(found.outer, schema=text, alone=found.alone)
        return _same_manifest(found, checked) if found.alone and MANIFEST in found.beside else checked
    manifest, faults = read_manifest(found.beside.get(MANIFEST), text)
    if manifest is not None:
        faults = check_files(found.inner, manifest)
    return BundleCheck(faults=faults, manifest=manifest, files=found.inner)


def _same_manifest(found: _Found, checked: BundleCheck) -> BundleCheck:
    """An archive whose own manifest has to be the one that was fetched with it, which the signature is of."""
    inside = next((file.data for file in checked.files if file.path == MANIFEST), None)
    if checked.faults or inside == found.beside[MANIFEST]:
        return checked
    message = "differs from the manifest next to the archive"
    fault = Fault(path=f"{next(iter(found.outer))}: {MANIFEST}", message=message)
    return replace(checked, faults=(fault,))


def _locate(where: str) -> _Found:
    """Read a bundle. Raises `CodexError` where there is none."""
    kind, _, rest = where.partition(":")
    if kind in _KINDS and rest:
        return _KINDS[kind](where, rest)
    if is_address(where):
        return _fetched(where)
    path = Path(where)
    if path.is_file():
        return _archive(where, path)
    if not path.is_dir():
        raise CodexError(f"there is no bundle `{where}`", hint="name a released folder, an archive or an address")
    if not (path / MANIFEST).is_file():
        raise CodexError(f"`{where}` holds no {MANIFEST}", hint="`codexc release` writes bundles to build/bundles")
    return _of_files(where, read_folder(path, most=_MOST))


def _archive(where: str, path: Path) -> _Found:
    """An archive, with the manifest and the signatures that are in the same folder if they are its own."""
    if path.stat().st_size > _MOST:
        raise CodexError(f"`{where}` has more than {_MOST:,} bytes", hint="name the archive of a bundle")
    beside = {
        name: file.read_bytes()
        for name in sorted(_SIGNED)
        if (file := path.with_name(name)).is_file() and file.stat().st_size <= _SMALL
    }
    own = MANIFEST in beside and _whole(beside[MANIFEST]) == path.name
    return _Found(name=where, outer={path.name: path.read_bytes()}, alone=True, beside=beside if own else {})


def _of_files(where: str, files: tuple[Artifact, ...]) -> _Found:
    """The folder of a release, or the files of a build, with what is published along with them."""
    if any("/" not in file.path and file.path.endswith(".tar.gz") for file in files):
        return _Found(name=where, outer={file.path: file.data for file in files})
    apart = (_SIGNED | {MARKETPLACE}) - {MANIFEST}
    beside = {file.path: file.data for file in files if file.path in _SIGNED}
    return _Found(name=where, inner=tuple(file for file in files if file.path not in apart), beside=beside)


def _whole(manifest: bytes) -> str | None:
    """The name of the archive that holds everything, by a manifest that nobody has checked; None where it has none."""
    try:
        found = json.loads(manifest)
        name = f"{folder_name(found['namespace'], found['version'])}.tar.gz"
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return None if set("/\\:?#%") & set(name) else name


def _fetched(address: str) -> _Found:
    """Fetch an archive, or the bundle whose manifest, folder or site the address names."""
    from codex.http.fetch import fetch, fetch_optional

    path = urlsplit(address).path
    if path.endswith(".tar.gz"):
        name = path.rsplit("/", 1)[-1]
        data = fetch(address, limit=_MOST)
        beside = _beside(urljoin(address, MANIFEST))
        own = MANIFEST in beside and _whole(beside[MANIFEST]) == name
        return _Found(name=address, outer={name: data}, alone=True, beside=beside if own else {})
    base = address if path.endswith(f"/{MANIFEST}") else address.rstrip("/") + f"/{MANIFEST}"
    beside = _beside(base)
    if not beside:
        site = address.rstrip("/").removesuffix(f"/{_SITE}")
        listing = fetch_optional(f"{site}/{_SITE}/versions.json", limit=_SMALL)
        if listing is None:
            hint = "name a bundle's folder or archive, or a site that `codexc publish` wrote"
            raise CodexError(f"there is no bundle at {address}", hint=hint)
        base = f"{site}/{_SITE}/releases/{_latest(listing, site)}/bundle/{MANIFEST}"
        beside = {MANIFEST: fetch(base, limit=_SMALL), **_beside(base)}
    whole = _whole(beside[MANIFEST])
    if whole is None:
        raise CodexError(f"{base} is no manifest of a bundle", hint="name the bundle's folder or archive")
    data = fetch(urljoin(base, whole), limit=_MOST)
    return _Found(name=address, outer={whole: data}, alone=True, beside=beside)


def _beside(manifest: str) -> dict[str, bytes]:
    """Fetch a manifest and the signatures over it; empty where there is no manifest."""
    from codex.http.fetch import fetch_optional

    data = fetch_optional(manifest, limit=_SMALL)
    if data is None:
        return {}
    signatures = {f"{MANIFEST}{ending}": fetch_optional(manifest + ending, limit=_SMALL) for ending in _ENDINGS}
    return {MANIFEST: data, **{name: found for name, found in signatures.items() if found is not None}}


def _latest(listing: bytes, site: str) -> str:
    try:
        return str(Version.parse(json.loads(listing)["latest"]))
    except (ValueError, LookupError, TypeError, RecursionError, CodexError) as error:
        hint = "`codexc publish --to well-known:PATH` writes it"
        raise CodexError(f"{site}/{_SITE}/versions.json names no latest version", hint=hint) from error


def _well_known(where: str, rest: str) -> _Found:
    """A site that `codexc publish` wrote: its address, or its root on disk."""
    if is_address(rest):
        return replace(_fetched(f"{rest.rstrip('/')}/{_SITE}"), name=where)
    root = Path(rest) / _SITE
    try:
        latest = _latest((root / "versions.json").read_bytes(), rest)
    except OSError as error:
        raise CodexError(f"`{rest}` is not a site with skills: {error.strerror}", hint="name its root") from error
    folder = root / "releases" / latest / "bundle"
    manifest = folder / MANIFEST
    whole = _whole(manifest.read_bytes()) if manifest.is_file() else None
    if whole is None or not (folder / whole).is_file():
        raise CodexError(f"`{folder}` holds no bundle", hint="publish the release again: older ones have none")
    return _archive(where, folder / whole)


def _git(where: str, rest: str) -> _Found:
    """A branch or tag of a git repository that `codexc publish` wrote."""
    from codex.publish.git import BRANCH
    from codex.shell.repository import RemoteRepository

    address, _, ref = rest.partition("#")
    where = re.sub(r"//[^/@]*@", "//", where)  # a password in an address is for git alone
    with RemoteRepository.opened(address) as remote:
        names = (f"refs/heads/{ref or BRANCH}", f"refs/tags/{ref}")
        commit = next((found for name in names if (found := remote.commit_of(name)) is not None), None)
        if commit is None:
            hint = "name another, such as #v1.0.0"
            raise CodexError(f"`{where}` has no branch or tag `{ref or BRANCH}`", hint=hint)
        files = remote.files(commit, most=_MOST)
    if not any(file.path == MANIFEST for file in files):
        raise CodexError(f"`{where}` holds no {MANIFEST}", hint="`codexc publish --to git:REPOSITORY` writes one")
    return _of_files(where, files)


def _oci(where: str, rest: str) -> _Found:
    """An artifact of an OCI registry (`oci://HOST/NAME[:TAG]`) or of an image layout (`oci:PATH[#VERSION]`)."""
    from codex.publish.registry import fetched

    files = fetched(where)
    if MANIFEST not in files:
        raise CodexError(f"`{where}` holds no {MANIFEST}", hint="`codexc publish --to oci:...` writes one")
    return _Found(name=where, outer=files)


_KINDS: Final[Mapping[str, Callable[[str, str], _Found]]] = {"well-known": _well_known, "git": _git, "oci": _oci}
