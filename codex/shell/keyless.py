"""The only importer of sigstore: signatures by an identity instead of a key (docs.sigstore.dev), an optional extra.

A signature is a bundle file (`*.sigstore.json`). It is checked offline, against the roots of trust that the library
brings; making one needs the identity that a CI gives its jobs, and the network.
"""

from typing import TYPE_CHECKING, Any, Final

from skills_build.errors import CodexError

if TYPE_CHECKING:
    pass

ENDING: Final = ".sigstore.json"
"""What a bundle file's name adds to that of the file it signs."""
_EXTRA: Final = "install it with its extra: pipx install 'engineering-codex[sigstore]'"


def sign_keyless(data: bytes) -> bytes:
    """Sign `data` as the identity of this CI job; returns the bundle file. Raises `CodexError` where there is none."""
    try:
        from sigstore.models import ClientTrustConfig
        from sigstore.oidc import IdentityToken, detect_credential
        from sigstore.sign import SigningContext
    except ImportError as error:
        raise CodexError("signing by identity needs sigstore", hint=_EXTRA) from error
    try:
        found = detect_credential()
        if found is None:
            hint = "run it in a CI job that may ask for an identity (GitHub: `id-token: write`), or sign with a key"
            raise CodexError("there is no identity to sign with", hint=hint)
        context = SigningContext.from_trust_config(ClientTrustConfig.production())
        with context.signer(IdentityToken(found)) as signer:
            return str(signer.sign_artifact(data).to_json()).encode()
    except CodexError:
        raise
    except Exception as error:  # the library documents no base of what its network and its crypto may raise
        raise CodexError(f"signing by identity failed: {_said(error)}", hint="is sigstore.dev reachable?") from error


def keyless_signer(data: bytes, bundle: bytes, *, identity: str, issuer: str | None) -> str:
    """Who signed `data`, if it is `identity` as `issuer` vouches for it. Raises `CodexError` where it is not."""
    try:
        from sigstore.models import Bundle
        from sigstore.verify import Verifier, policy
    except ImportError as error:
        raise CodexError("signatures by identity need sigstore", hint=_EXTRA) from error
    try:
        read: Bundle = Bundle.from_json(bundle)
        verifier: Any = Verifier.production(offline=True)
        verifier.verify_artifact(data, read, policy.Identity(identity=identity, issuer=issuer))
    except Exception as error:
        raise CodexError(f"the signature is not one of {identity}: {_said(error)}") from error
    return identity


def identity_of(data: bytes, bundle: bytes) -> str | None:
    """Whose identity signed `data`, whoever it is; None without the extra `sigstore`.

    Raises `CodexError` where the signature does not hold.
    """
    try:
        from sigstore.models import Bundle
        from sigstore.verify import Verifier, policy
    except ImportError:
        return None
    try:
        read: Any = Bundle.from_json(bundle)
        verifier: Any = Verifier.production(offline=True)
        verifier.verify_artifact(data, read, policy.UnsafeNoOp())
        names = [str(name.value) for extension in read.signing_certificate.extensions for name in _names(extension)]
    except Exception as error:
        raise CodexError(f"the sigstore signature does not hold: {_said(error)}", hint="fetch it again") from error
    return names[0] if names else None


def _names(extension: Any) -> Any:
    """The names in a certificate's extension `subjectAltName` (RFC 5280, 4.2.1.6)."""
    return extension.value if extension.oid.dotted_string == "2.5.29.17" else ()


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
