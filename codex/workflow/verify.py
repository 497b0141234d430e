"""Verifies a bundle: schema, digests, provenance and signature, without the network once it is here."""

from collections.abc import Mapping
from dataclasses import dataclass

from codex.shell.keyless import ENDING
from codex.sync.trust import combine
from codex.workflow.bundles import MANIFEST, OpenedBundle, claim_of, inspect_bundle
from codex.workflow.trust import Trust, find_signer
from skills_build.errors import CodexError
from skills_build.release.bundle import PROVENANCE, SIGNATURE
from skills_build.release.verify import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was checked and what is wrong. `signers` are those whose signatures hold, by the file they signed."""

    name: str
    faults: tuple[Fault, ...]
    version: str | None = None
    files: int = 0
    archives: int = 0
    provenance: bool = False
    signers: Mapping[str, str] | None = None


def verify(where: str, trust: Trust) -> Verification:
    """Check all of a bundle; whatever `trust` refuses is a fault.

    Where a signature is demanded, the provenance of a released folder has to be signed as well.
    """
    found = inspect_bundle(where, trust)
    checked, faults = found.checked, list(found.faults)
    signers = {MANIFEST: found.proof.signers[0]} if found.proof.signers else {}
    if found.released and checked.manifest is not None:
        try:
            signers |= _of_provenance(found, trust)
        except CodexError as error:
            faults.append(Fault(path=PROVENANCE, message=error.message))
    manifest = checked.manifest
    return Verification(
        name=found.name,
        faults=tuple(faults),
        version=manifest["version"] if manifest else None,
        files=len(checked.files),
        archives=checked.archives,
        provenance=checked.provenance,
        signers=signers,
    )


def _of_provenance(found: OpenedBundle, trust: Trust) -> dict[str, str]:
    """Who signed the provenance, where somebody has to. Raises `CodexError` where nobody of them did."""
    assert found.checked.manifest is not None
    demand = combine(trust.sources, claim_of(found.checked.manifest).namespace)
    if PROVENANCE not in found.outer:
        return {}
    endings = {one: found.outer[PROVENANCE + one] for one in (SIGNATURE, ENDING) if PROVENANCE + one in found.outer}
    names = [find_signer(found.outer[PROVENANCE], endings, signer, demand) for signer in demand.signers]
    return {PROVENANCE: names[0]} if names else {}
