"""Verifies a bundle: schema, checksums, provenance and signatures, without the network once it is fetched."""

from collections.abc import Mapping

from codex.shell.keyless import ENDING
from codex.sync.trust import combine
from codex.workflow.bundle_sources import MANIFEST
from codex.workflow.bundles import OpenedBundle, claim_of, inspect_bundle
from codex.workflow.trust import Trust, find_signer
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.release.bundle import PROVENANCE, SIGNATURE
from skills_build.release.verify import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The result of a verification. `signers` are those with a valid signature, by the file they signed."""

    name: str
    faults: tuple[Fault, ...]
    version: str | None = None
    files: int = 0
    archives: int = 0
    provenance: bool = False
    signers: Mapping[str, str] | None = None


def verify(where: str, trust: Trust) -> Verification:
    """Verify a bundle; what `trust` refuses is a fault.

    If a signature is required, the provenance of a released folder has to be signed too.
    """
    bundle = inspect_bundle(where, trust)
    checked, faults = bundle.checked, list(bundle.faults)
    signers = {MANIFEST: bundle.proof.signers[0]} if bundle.proof.signers else {}
    if bundle.released and checked.manifest is not None:
        try:
            signers |= _provenance_signers(bundle, trust)
        except CodexError as error:
            faults.append(Fault(path=PROVENANCE, message=error.message))
    manifest = checked.manifest
    return Verification(
        name=bundle.name,
        faults=tuple(faults),
        version=manifest["version"] if manifest else None,
        files=len(checked.files),
        archives=checked.archives,
        provenance=checked.provenance,
        signers=signers,
    )


def _provenance_signers(bundle: OpenedBundle, trust: Trust) -> dict[str, str]:
    """The signer of the provenance, if one is required. Raises `CodexError` if none of the allowed ones signed it."""
    assert bundle.checked.manifest is not None
    demand = combine(trust.sources, claim_of(bundle.checked.manifest).namespace)
    if PROVENANCE not in bundle.outer:
        return {}
    endings = {
        ending: bundle.outer[PROVENANCE + ending]
        for ending in (SIGNATURE, ENDING)
        if PROVENANCE + ending in bundle.outer
    }
    names = [find_signer(bundle.outer[PROVENANCE], endings, signer, demand)[0] for signer in demand.signers]
    return {PROVENANCE: names[0]} if names else {}
