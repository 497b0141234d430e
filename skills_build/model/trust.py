"""The section `trust` of codex.yaml, `.engineering-codex.yaml` and a machine's trust.yaml, as types."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, TypeAlias

from skills_build.frozen import dataclass
from skills_build.model.contract import NAME, Constraint, Text

KeyLine: TypeAlias = Annotated[str, Constraint(min_length=1, pattern=r"^[^\n\r]+$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIdentity:
    """An identity that may sign without a key (sigstore)."""

    identity: Text
    """The identity in the certificate: an address, or a workflow."""
    issuer: Text | None = None
    """The issuer of the certificate's identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineTermsSettings:
    """The requirements for bundles of one namespace."""

    signers: Annotated[tuple[KeyLine, ...], Constraint(min_items=1)] | None = None
    """Lines of allowed signers in OpenSSH's format: `NAME [options] KEYTYPE KEY`."""
    identities: Annotated[tuple[TrustedIdentity, ...], Constraint(min_items=1)] | None = None
    """Identities that may sign without a key (sigstore)."""
    revoked: tuple[KeyLine, ...] | None = None
    """Public keys that are no longer trusted, even if a file lists them."""
    minimum_version: Annotated[str, Constraint(pattern=r"^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}$")] | None = None
    """The lowest version that is trusted."""
    maximum_age: Annotated[str, Constraint(pattern="^[1-9][0-9]{0,4} days?$")] | None = None
    """How long after the day of its release a bundle is trusted: 365 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsSettings(InlineTermsSettings):
    """The requirements for bundles of one namespace."""

    allowed_signers: Text | None = None
    """A file of allowed signers in OpenSSH's format, relative to this one."""
    revoked_keys: Text | None = None
    """A file of revoked public keys, or a key revocation list of OpenSSH, relative to this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryTrust:
    """Which bundles are trusted. The requirements of several files are combined, and the strictest value applies."""

    required: bool = False
    """Trust a bundle only if it is signed by a signer that is listed for its namespace."""
    namespaces: Annotated[
        Mapping[str, Annotated[InlineTermsSettings, Constraint(nullable=True)]], Constraint(min_properties=1, keys=NAME)
    ] = field(default_factory=dict)
    """The requirements for bundles by namespace. If any is listed, bundles of other namespaces are not trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSettings:
    """Which bundles are trusted. The requirements of several files are combined, and the strictest value applies."""

    required: bool = False
    """Trust a bundle only if it is signed by a signer that is listed for its namespace."""
    namespaces: Annotated[
        Mapping[str, Annotated[TermsSettings, Constraint(nullable=True)]], Constraint(min_properties=1, keys=NAME)
    ] = field(default_factory=dict)
    """The requirements for bundles by namespace. If any is listed, bundles of other namespaces are not trusted."""
