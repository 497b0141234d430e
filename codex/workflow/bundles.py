"""Opens a bundle from any source, if it is trusted. Commands read bundles only through `open_bundle`.

Sources are a released folder, one archive, a folder that a build wrote or that was unpacked, an address, and what
`codexc publish` writes to a site, a git repository or an OCI registry. The manifest and its signatures are verified
first; nothing else is unpacked before they are trusted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from codex.sync.trust import BundleClaim
from codex.workflow.bundle_sources import ENDINGS, MANIFEST, SITE, BundleSource, is_address, located
from codex.workflow.codex_folder import schema
from codex.workflow.trust import Proof, Trust, verify_trust
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import OversizeError, parse_limited_json
from skills_build.release.bundle import folder_name
from skills_build.release.loaded_bundle import LoadedBundle, load_bundle
from skills_build.release.verify import BundleCheck, Fault, check_bundle, check_files, read_manifest
from skills_build.schema import violations


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


def open_bundle(where: str, trust: Trust) -> OpenedBundle:
    """Open a bundle that is trusted and complete.

    Raises `CodexError` if there is no bundle, if `trust` refuses it, or if any checksum does not match.
    """
    source = located(where)
    data = source.manifest()
    manifest, faults = read_manifest(data, schema("manifest"))
    if manifest is None or data is None:
        raise _invalid(source, faults)
    proof = _proof(source, manifest, data, trust)
    checked = _checked(source)
    faults = _version_faults(source, manifest) or checked.faults or tuple(_data_faults(checked))
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
            broken = violations(schema(name), parse_limited_json(data))
        except OversizeError as error:
            yield Fault(path=path, message=f"the file is too large: {error}")
            continue
        except (ValueError, RecursionError):
            yield Fault(path=path, message="the file is not valid JSON")
            continue
        if broken:
            place = ".".join(str(part) for part in broken[0].key)
            yield Fault(path=path, message=f"the file is invalid at `{place}`: {broken[0].message[:200]}")


def at_version(where: str, namespace: str, version: str) -> str | None:
    """Return where another version of the bundle at `where` is; None if its kind of source has no other versions."""
    kind, _, rest = where.partition(":")
    if kind == "git":
        return f"git:{rest.partition('#')[0]}#v{version}"
    if kind == "oci" and rest.startswith("//"):
        host, slash, name = rest.removeprefix("//").partition("/")
        return f"oci://{host}{slash}{name.partition(':')[0]}:{version}"
    if kind == "oci":
        return f"oci:{rest.partition('#')[0]}#{version}"
    if kind == "well-known":
        folder = f"{rest.rstrip('/')}/{SITE}/releases/{version}/bundle/"
        return folder if is_address(rest) else f"{folder}{folder_name(namespace, version)}.tar.gz"
    if is_address(where):
        site = where.rstrip("/").removesuffix(f"/{SITE}")
        return None if site.endswith((".tar.gz", MANIFEST)) else f"{site}/{SITE}/releases/{version}/bundle/"
    sibling = Path(where).parent / folder_name(namespace, version)
    return str(sibling) if sibling.is_dir() else None


def inspect_bundle(where: str, trust: Trust) -> OpenedBundle:
    """Open a bundle for a report, with all faults instead of an error for the first. A bundle that is not trusted is
    not unpacked.

    Raises `CodexError` if there is no bundle.
    """
    source = located(where)
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
    return replace(_opened(source, checked, proof), faults=(*_version_faults(source, manifest), *checked.faults))


def _version_faults(source: BundleSource, manifest: Mapping[str, Any]) -> tuple[Fault, ...]:
    """The fault of a host that serves a version other than the requested one, even if it is signed."""
    if not source.version or manifest["version"].partition("+")[0] == source.version:
        return ()
    return (Fault(path=MANIFEST, message=f"the manifest has version {manifest['version']}, not {source.version}"),)


def claim_of(manifest: Mapping[str, Any]) -> BundleClaim:
    """The claims in a manifest about its bundle."""
    return BundleClaim(
        **{key: manifest[key] for key in ("namespace", "version", "tree")}, as_of=manifest.get("as_of", "")
    )


def _proof(source: BundleSource, manifest: Mapping[str, Any], data: bytes, trust: Trust) -> Proof:
    try:
        return verify_trust(claim_of(manifest), data, _signatures(source), trust)
    except CodexError as error:
        raise CodexError(f"{source.name}: {error.message}", hint=error.hint) from error


def _signatures(source: BundleSource) -> dict[str, bytes]:
    return {ending: source.signed[MANIFEST + ending] for ending in ENDINGS if MANIFEST + ending in source.signed}


def _opened(source: BundleSource, checked: BundleCheck, proof: Proof) -> OpenedBundle:
    return OpenedBundle(
        name=source.name,
        outer=source.outer,
        released=not (source.single_archive or source.inner),
        checked=checked,
        signatures=_signatures(source),
        proof=proof,
    )


def _invalid(source: BundleSource, faults: tuple[Fault, ...]) -> CodexError:
    others = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    hint = f"`codexc verify {source.name}` lists all problems"
    return CodexError(f"{source.name}: {faults[0].path}: {faults[0].message}{others}", hint=hint)


def _checked(source: BundleSource) -> BundleCheck:
    """Check all checksums."""
    text = schema("manifest")
    if not source.inner:
        checked = check_bundle(source.outer, schema=text, alone=source.single_archive)
        return _same_manifest(source, checked) if source.single_archive and MANIFEST in source.signed_files else checked
    manifest, faults = read_manifest(source.signed_files.get(MANIFEST), text)
    if manifest is not None:
        faults = check_files(source.inner, manifest)
    return BundleCheck(faults=faults, manifest=manifest, files=source.inner)


def _same_manifest(source: BundleSource, checked: BundleCheck) -> BundleCheck:
    """The check of an archive, with a fault if its manifest is not the signed one next to it."""
    inside = next((file.data for file in checked.files if file.path == MANIFEST), None)
    if checked.faults or inside == source.signed_files[MANIFEST]:
        return checked
    fault = Fault(
        path=f"{next(iter(source.outer))}: {MANIFEST}",
        message="this manifest differs from the manifest next to the archive",
    )
    return replace(checked, faults=(fault,))
