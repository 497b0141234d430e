"""Decides which bundles are trusted, by the demands of the command line, the machine and codex.yaml."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from codex.shell.keyless import ENDING, identity_of, keyless_signer
from codex.shell.reading import read_file, read_text, real_path
from codex.shell.signing import refuse_revoked, signature_fingerprint, signer
from codex.sync.lock import LOCK, Lock
from codex.sync.settings import Settings
from codex.sync.trust import (
    UNSIGNED,
    Allow,
    AllowedSigners,
    BundleClaim,
    Identity,
    Signers,
    TrustDemand,
    TrustSource,
    TrustTerms,
    check_demand,
    check_pin,
    combine,
    trust_source,
)
from codex.workflow.codex_folder import CONFIG, find_codex_root, read_config, schema
from skills_build.diagnostics import Finding
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.trust import TrustSettings
from skills_build.release.bundle import MANIFEST, SIGNATURE
from skills_build.release.loaded_bundle import LoadedBundle
from skills_build.schema import convert
from skills_build.source.configuration import normalized
from skills_build.source.schema_findings import DEPRECATED, schema_findings
from skills_build.source.yaml import load_yaml

MACHINE: Final = Path("/etc/codexc/trust.yaml")
"""The trust file of a machine, for every run on it."""
VARIABLE: Final = "CODEXC_TRUST_FILE"
"""The environment variable that names another trust file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The requirements for bundles, and the permitted deviations from the pin in a lock.

    `day` is today, never the day of `--as-of`: a release must not look younger for a day in the past.
    """

    sources: tuple[TrustSource, ...] = ()
    allow: frozenset[Allow] = frozenset()
    day: str = ""

    def with_source(self, source: TrustSource | None) -> "Trust":
        """The same with one more source of demands."""
        return self if source is None else replace(self, sources=(*self.sources, source))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Who signed a bundle: the names to show, and the signer to pin."""

    signers: tuple[str, ...] = ()
    pinned: str = UNSIGNED


def gather_trust(
    *,
    allowed_signers: Path | None = None,
    identity: Identity | None = None,
    allow: frozenset[Allow] = frozenset(),
    root: Path | None = None,
) -> Trust:
    """Gather the sources: the command line, the machine, and the codex.yaml in `root`.

    Raises `CodexError` if one of them cannot be read; a damaged source is never left out.
    """
    sources = (
        _command_line(allowed_signers, identity),
        _machine_source(),
        _codex_source(root) if root is not None else None,
    )
    today = date.today().isoformat()
    return Trust(sources=tuple(source for source in sources if source is not None), allow=allow, day=today)


def codex_root_around(start: Path | None = None) -> Path | None:
    """The root of the codex around a folder or the working directory, if there is one."""
    try:
        return find_codex_root(real_path(start) if start else Path.cwd())
    except CodexError:
        return None


def _command_line(path: Path | None, identity: Identity | None) -> TrustSource | None:
    if path is None and identity is None:
        return None
    allowed: tuple[AllowedSigners, ...] = ()
    if path is not None:
        hint = "write one `NAME KEYTYPE KEY` per line, or run `codexc trust add`"
        if not path.is_file():
            raise CodexError(f"the allowed signers file `{path}` does not exist", hint=hint)
        allowed = (AllowedSigners(text=read_file(path).decode("utf-8", "replace"), origin=str(path)),)
    name = "--allowed-signers" if path is not None else "--identity"
    signers = Signers(allowed=allowed, identities=(identity,) if identity else (), origin=name)
    return TrustSource(origin=name, required=True, everywhere=TrustTerms(signers=signers))


def _machine_source() -> TrustSource | None:
    named = os.environ.get(VARIABLE)
    path = Path(named) if named else MACHINE
    if not path.is_file():
        if named:
            raise CodexError(f"{VARIABLE} contains `{path}`, which is not a file", hint="correct or unset the variable")
        return None
    try:
        value, findings = load_yaml(read_text(path).removeprefix("\ufeff"), path=path.name)
    except OSError as error:
        raise CodexError(f"`{path}` cannot be read: {error.strerror}") from error
    if value is not None:
        findings = (*findings, *schema_findings(value, schema("trust"), path=path.name))
    if findings or value is None or not isinstance(value.data, dict):
        raise _invalid(path, findings)
    return _source_of(convert(normalized(value.data), TrustSettings), path)


def _codex_source(root: Path) -> TrustSource | None:
    _, fleet, findings = read_config(root)
    path = root / CONFIG
    if "trust" in fleet.invalid:
        raise _invalid(path, [finding for finding in findings if finding.code != DEPRECATED])
    return _source_of(fleet.trust, path) if fleet.trust is not None else None


def _source_of(settings: TrustSettings, path: Path) -> TrustSource:
    return trust_source(settings, str(path), read=partial(_read_named_file, path))


def _invalid(path: Path, findings: Sequence[Finding]) -> CodexError:
    """The error of a file whose trust cannot be read, with the place of its first fault."""
    at = f":{findings[0].span.line}: {findings[0].message}" if findings else " is empty"
    return CodexError(f"{path}{at}", hint="see docs/install.md#trust for all keys")


def _read_named_file(path: Path, name: str) -> bytes:
    """Read a file that a setting names, relative to the file with the setting."""
    try:
        return read_file(path.parent / name)
    except OSError as error:
        hint = "the path is relative to the file that contains it"
        raise CodexError(f"`{path}` refers to `{name}`, which cannot be read: {error.strerror}", hint=hint) from error


def verify_trust(claim: BundleClaim, manifest: bytes, signatures: Mapping[str, bytes], trust: Trust) -> Proof:
    """Verify a bundle against all demands, by its manifest and the signatures of it by their file suffixes.

    Raises `CodexError` if it is not trusted.
    """
    demand = combine(trust.sources, claim.namespace)
    if SIGNATURE in signatures and demand.revoked:
        refuse_revoked(manifest, signatures[SIGNATURE], demand.revoked)
    proven: dict[str, bytes] = {}

    def signed_by(who: Signers) -> str:
        name, ending = find_signer(manifest, signatures, who, demand)
        proven[ending] = signatures[ending]
        return name

    names = check_demand(demand, claim, day=trust.day or date.today().isoformat(), signed_by=signed_by)
    return Proof(signers=tuple(dict.fromkeys(names)), pinned=_pinned(manifest, proven or signatures))


def find_signer(data: bytes, signatures: Mapping[str, bytes], who: Signers, demand: TrustDemand) -> tuple[str, str]:
    """The name of the allowed signer who signed `data`, and the suffix of the signature that proves it.

    Raises `CodexError` if none did.
    """
    faults: list[CodexError] = []
    if who.allowed and SIGNATURE in signatures:
        for allowed in who.allowed:
            try:
                return signer(data, signatures[SIGNATURE], allowed, demand.revoked).name, SIGNATURE
            except CodexError as error:
                faults.append(error)
    if ENDING in signatures:
        for identity in who.identities:
            try:
                name = keyless_signer(data, signatures[ENDING], identity=identity.identity, issuer=identity.issuer)
            except CodexError as error:
                faults.append(error)
            else:
                return name, ENDING
    if faults:
        raise faults[0]
    problem = (
        "the bundle is not signed" if who.allowed or not who.identities else "the bundle has no sigstore signature"
    )
    raise CodexError(f"{problem}, and {who.origin} requires a signature", hint="ask for a signed release")


def _pinned(data: bytes, signatures: Mapping[str, bytes]) -> str:
    """The signer to pin: the key's fingerprint, or the identity. Raises `CodexError` for a signature of other bytes.

    Anyone can add a signature of their own, so `signatures` are those that a demand verified, if there is one.
    """
    if SIGNATURE in signatures:
        return signature_fingerprint(data, signatures[SIGNATURE])
    identity = identity_of(data, signatures[ENDING]) if ENDING in signatures else None
    return f"sigstore:{identity}" if identity else UNSIGNED


def check_repository_trust(codex: LoadedBundle, lock: Lock | None, settings: Settings, trust: Trust) -> tuple[str, ...]:
    """Verify an opened bundle against the demands of one repository: those of its settings and of its lock.

    Returns notes for its maintainers. Raises `CodexError` if the bundle is refused. A version that the settings pin may
    be older than the installed one.
    """
    manifest = codex.files[MANIFEST].data
    claim = BundleClaim(
        namespace=codex.config.namespace,
        version=codex.version,
        as_of=codex.as_of,
        tree=codex.tree,
    )
    if settings.trust is not None:
        verify_trust(claim, manifest, codex.signatures, trust.with_source(settings.trust))
    if lock is None or not codex.signer:
        return ()
    named = bool(combine(trust.with_source(settings.trust).sources, claim.namespace).signers)
    allow = trust.allow | ({Allow.DOWNGRADE} if settings.pin == claim.version else frozenset())
    return check_pin(lock.pinned, lock.codex, claim, codex.signer, allow=allow, named=named)


def first_use_notes(codex: LoadedBundle, lock: Lock | None, settings: Settings, trust: Trust) -> tuple[str, ...]:
    """The note for a first installation if no source names the signers to trust."""
    if (
        not codex.signer
        or lock is not None
        or combine(trust.with_source(settings.trust).sources, codex.config.namespace).signers
    ):
        return ()
    signed = "is not signed" if codex.signer == UNSIGNED else f"is signed by {codex.signer}"
    release = (
        f"{codex.config.namespace} {codex.version} {signed}, and no `trust` setting lists the signers of this codex"
    )
    return (f"{release}: the bundle is trusted on first use, and pinned in {LOCK}",)
