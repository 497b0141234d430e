"""Which bundles are trusted: the combined demands of several sources, and the pin in a lock. Pure.

A source can only add demands. The strictest value of each key counts, so that no source of a lower precedence allows
what another one refuses (docs/decisions/0015).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.contract import BuildVersion, Constraint, Line, Sha256
from skills_build.model.release import Version
from skills_build.model.trust import InlineTermsSettings, RepositoryTrust, TermsSettings, TrustSettings

UNSIGNED: Final = "unsigned"
"""The signer of a bundle without a signature."""


class Allow(StrEnum):
    """The deviations that a lock refuses unless the user allows them, by the name of the option."""

    DOWNGRADE = "--allow-downgrade"
    NAMESPACE = "--allow-namespace-change"
    SIGNER = "--allow-signer-change"
    CONTENT = "--allow-changed-release"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedSigners:
    """Allowed signers (ssh-keygen(1), ALLOWED SIGNERS) as text; `origin` is the file or setting that has them."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedKeys:
    """Keys that are revoked: public keys, one a line, or a list that `ssh-keygen -k` made."""

    data: bytes
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An identity that may sign without a key of its own (sigstore), and the issuer that has to certify it."""

    identity: str
    issuer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """The signers that one source allows: one of them is enough."""

    allowed: tuple[AllowedSigners, ...] = ()
    identities: tuple[Identity, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustTerms:
    """The requirements of a source for the bundles of a namespace; ages are in days."""

    signers: Signers | None = None
    revoked: tuple[RevokedKeys, ...] = ()
    minimum_version: str | None = None
    maximum_age: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSource:
    """The requirements of one file or option. `everywhere` applies to every namespace; if it lists any, others are
    refused.
    """

    origin: str
    required: bool = False
    namespaces: Mapping[str, TrustTerms] = field(default_factory=dict)
    everywhere: TrustTerms | None = None

    def terms(self, namespace: str) -> Iterator[TrustTerms]:
        """Yield the requirements of the source for a namespace."""
        if self.everywhere is not None:
            yield self.everywhere
        if namespace in self.namespaces:
            yield self.namespaces[namespace]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustDemand:
    """The combined demands on the bundles of a namespace. A signature has to satisfy each of `signers`."""

    refused: str = ""
    """Why no bundle of this namespace is trusted; empty if one can be."""
    unnamed: str = ""
    """The source that requires a signer, if neither it nor an earlier source names one."""
    signers: tuple[Signers, ...] = ()
    revoked: tuple[RevokedKeys, ...] = ()
    minimum_version: str | None = None
    maximum_age: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleClaim:
    """The claims in the manifest of a bundle."""

    namespace: str
    version: str
    as_of: str
    """Its day, `YYYY-MM-DD`; empty if it has none, as in the output of a build."""
    tree: str


def combine(sources: Sequence[TrustSource], namespace: str) -> TrustDemand:
    """Combine sources, the highest precedence first: the strictest value of each key counts."""
    terms = [term for source in sources for term in source.terms(namespace)]
    strange = next((source for source in sources if source.namespaces and namespace not in source.namespaces), None)
    versions = [term.minimum_version for term in terms if term.minimum_version is not None]
    return TrustDemand(
        refused=f"{strange.origin} trusts only {', '.join(sorted(strange.namespaces))}" if strange else "",
        unnamed=next(_unnamed(sources, namespace), ""),
        signers=tuple(term.signers for term in terms if term.signers is not None),
        revoked=tuple(revoked for term in terms for revoked in term.revoked),
        minimum_version=max(versions, key=Version.parse, default=None),
        maximum_age=min((term.maximum_age for term in terms if term.maximum_age is not None), default=None),
    )


def _unnamed(sources: Sequence[TrustSource], namespace: str) -> Iterator[str]:
    """Yield the sources that require a signer without one; later sources cannot name it for them."""
    named = False
    for source in sources:
        named = named or any(terms.signers is not None for terms in source.terms(namespace))
        if source.required and not named:
            yield source.origin


def check_demand(
    demand: TrustDemand, claim: BundleClaim, *, day: str, signed_by: Callable[[Signers], str]
) -> tuple[str, ...]:
    """Check a bundle against the demands on `day` (`YYYY-MM-DD`) and return its signer for each demand.

    `signed_by` returns the signer among those that a source allows, and raises `CodexError` if there is none. Raises
    `CodexError` if a demand is not met.
    """
    what = f"{claim.namespace} {claim.version}"
    if demand.refused:
        hint = f"install a bundle of that namespace, or add `{claim.namespace}` to `trust.namespaces`"
        raise CodexError(f"the namespace `{claim.namespace}` is not trusted: {demand.refused}", hint=hint)
    if demand.unnamed:
        hint = f"add a signer: `codexc trust add --namespace {claim.namespace} --key FILE`"
        raise CodexError(
            f"there is no trusted signer for `{claim.namespace}`, and {demand.unnamed} requires one", hint=hint
        )
    signed = tuple(signed_by(signer) for signer in demand.signers)
    least = demand.minimum_version
    if least is not None and Version.parse(claim.version) < Version.parse(least):
        raise CodexError(f"{what} is older than the minimum version {least}", hint=f"use {least} or newer")
    if demand.maximum_age is not None and _age(claim, day) > demand.maximum_age:
        hint = "use a newer release, or raise `maximum_age`"
        raise CodexError(f"{what} is from {claim.as_of}, more than {demand.maximum_age} days ago", hint=hint)
    return signed


def _age(claim: BundleClaim, day: str) -> int:
    if not claim.as_of:
        hint = "install a released bundle, or remove `maximum_age`"
        raise CodexError(
            f"{claim.namespace} {claim.version} has no date, because it was written by `codexc build`", hint=hint
        )
    try:
        return (date.fromisoformat(day) - date.fromisoformat(claim.as_of)).days
    except ValueError as error:
        raise CodexError(
            f"`{claim.as_of}` is not a date", hint="the manifest's `as_of` must have the form YYYY-MM-DD"
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The record about the installed bundle in a lock."""

    signer: Annotated[Line, Constraint(min_length=1)]
    """The fingerprint of the key that signed it (SHA256:...), `sigstore:IDENTITY (ISSUER)`, or `unsigned`."""
    version: BuildVersion
    """Its version."""
    tree: Sha256
    """The digest of all files in its manifest."""


def check_pin(
    pin: Pin,
    namespace: str,
    claim: BundleClaim,
    signer: str,
    *,
    allow: frozenset[Allow] = frozenset(),
    named: bool = False,
) -> tuple[str, ...]:
    """Check a bundle against the pin in a lock and return notes about violations that `allow` permits.

    A pin refuses a different namespace or signer, a lower version, and different content for the same version. `named`
    means that `trust` lists the signers, which then takes precedence over the pin. Raises `CodexError` with the option
    that allows it.
    """
    notes = []
    for kind, why in _violations(pin, namespace, claim, signer, named=named):
        if kind not in allow:
            raise CodexError(why, hint=f"to allow this, pass `{kind}`")
        notes.append(f"{why}; allowed by {kind}")
    return tuple(notes)


def _violations(
    pin: Pin, namespace: str, claim: BundleClaim, signer: str, *, named: bool
) -> Iterator[tuple[Allow, str]]:
    what = f"{claim.namespace} {claim.version}"
    if claim.namespace != namespace:
        yield Allow.NAMESPACE, f"{what} would replace `{namespace}` {pin.version}, which has a different namespace"
        return
    if pin.signer != UNSIGNED and not named and not _is_pinned(signer, pin.signer):
        yield Allow.SIGNER, f"{what} is {_signature(signer)}, but the installed version is {_signature(pin.signer)}"
    old, new = _order(pin.version), _order(claim.version)
    if old is None or new is None:
        if claim.version != pin.version:
            yield Allow.DOWNGRADE, f"{what} cannot be compared with the installed {pin.version}"
    elif new < old:
        yield Allow.DOWNGRADE, f"{what} is older than the installed {pin.version}"
    released = pin.version == claim.version and "+" not in pin.version and new is not None and new > Version(0, 0, 0)
    if released and pin.tree != claim.tree:
        yield Allow.CONTENT, f"{what} differs in content from the installed {claim.version}"


def _is_pinned(signer: str, pinned: str) -> bool:
    """Return whether a signer is the pinned one. A pin of an earlier version of codexc names no issuer."""
    has_no_issuer = pinned.startswith("sigstore:") and not pinned.endswith(")")
    return (signer.partition(" (")[0] if has_no_issuer else signer) == pinned


def _signature(signer: str) -> str:
    return "not signed" if signer == UNSIGNED else f"signed by {signer}"


def _order(version: str) -> Version | None:
    try:
        return Version.parse(version)
    except CodexError:
        return None


def trust_source(
    settings: TrustSettings | RepositoryTrust, origin: str, *, read: Callable[[str], bytes] | None = None
) -> TrustSource:
    """The source that a section `trust` is. `read` returns the bytes of a file that the section names.

    Raises `CodexError` where a file cannot be read.
    """
    terms = {name: _terms(demanded, origin, name, read) for name, demanded in settings.namespaces.items()}
    return TrustSource(origin=origin, required=settings.required, namespaces=terms)


def _terms(settings: InlineTermsSettings, origin: str, name: str, read: Callable[[str], bytes] | None) -> TrustTerms:
    where = f"{origin} (trust.namespaces.{name})"
    allowed, revoked = [], []
    if settings.signers is not None:
        allowed.append(AllowedSigners(text="\n".join(settings.signers), origin=f"{where}.signers"))
    if settings.revoked is not None:
        revoked.append(RevokedKeys(data="\n".join((*settings.revoked, "")).encode(), origin=f"{where}.revoked"))
    if read is not None and isinstance(settings, TermsSettings):
        if settings.allowed_signers is not None:
            text = _text(read(settings.allowed_signers), settings.allowed_signers)
            allowed.append(AllowedSigners(text=text, origin=settings.allowed_signers))
        if settings.revoked_keys is not None:
            revoked.append(RevokedKeys(data=read(settings.revoked_keys), origin=settings.revoked_keys))
    identities = tuple(
        Identity(identity=trusted.identity, issuer=trusted.issuer) for trusted in settings.identities or ()
    )
    return TrustTerms(
        signers=Signers(allowed=tuple(allowed), identities=identities, origin=where) if allowed or identities else None,
        revoked=tuple(revoked),
        minimum_version=settings.minimum_version,
        maximum_age=int(settings.maximum_age.split()[0]) if settings.maximum_age is not None else None,
    )


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CodexError(f"`{name}` is not UTF-8", hint="one `NAME KEYTYPE KEY` per line") from error
