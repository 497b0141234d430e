"""Verifies a bundle: schema, digests, provenance and signature, without the network once it is here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codex.shell.keyless import ENDING, keyless_signer
from codex.shell.signing import signer
from codex.workflow.bundles import MANIFEST, Found
from codex.workflow.load import schema
from skills_build.errors import CodexError
from skills_build.release.bundle import PROVENANCE, SIGNATURE
from skills_build.release.verify import Checked, Fault, check_bundle, check_files, read_manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was checked and what is wrong. `signers` are those whose signatures hold, by the file they signed."""

    name: str
    faults: tuple[Fault, ...]
    version: str | None = None
    files: int = 0
    archives: int = 0
    provenance: bool = False
    signers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Whose signatures have to be there: of one of the `allowed` SSH keys, or of an `identity` vouched for."""

    allowed: Path | None = None
    identity: str | None = None
    issuer: str | None = None


def verify(found: Found, demand: Demand) -> Verified:
    """Check all of a bundle; a file without a signature that is demanded is a fault."""
    checked = _checked(found)
    faults, signers = list(checked.faults), dict[str, str]()
    if demand.allowed is not None or demand.identity is not None:
        for name in (MANIFEST, PROVENANCE):
            try:
                signers[name] = _signer(found.outer, name, demand)
            except CodexError as error:
                faults.append(Fault(path=name, message=error.message))
    manifest = checked.manifest
    return Verified(
        name=found.name,
        faults=tuple(faults),
        version=manifest["version"] if manifest else None,
        files=len(checked.files),
        archives=checked.archives,
        provenance=checked.provenance,
        signers=signers,
    )


def _checked(found: Found) -> Checked:
    text = schema("manifest")
    if not found.inner:
        return check_bundle(found.outer, schema=text, alone=found.alone)
    data = next((one.data for one in found.inner if one.path == MANIFEST), None)
    manifest, faults = read_manifest(data, text)
    if manifest is not None:
        faults = check_files(found.inner, manifest)
    return Checked(faults=faults, manifest=manifest, files=found.inner)


def _signer(files: Mapping[str, bytes], name: str, demand: Demand) -> str:
    """Who signed a file of a bundle. Raises `CodexError` where it is not signed, or by nobody who may."""
    if name not in files:
        raise CodexError("is missing: an archive alone has no signature, name the bundle's folder")
    ending = SIGNATURE if demand.identity is None else ENDING
    if name + ending not in files:
        raise CodexError("is not signed" if demand.identity is None else "is not signed by any identity")
    if demand.identity is not None:
        signature = files[name + ending]
        return keyless_signer(files[name], signature, identity=demand.identity, issuer=demand.issuer)
    assert demand.allowed is not None
    return signer(files[name], files[name + ending], demand.allowed)
