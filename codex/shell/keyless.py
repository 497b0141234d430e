"""Keyless signatures with sigstore (https://docs.sigstore.dev), an optional extra. Only this module imports sigstore.

A signature is a bundle file (`*.sigstore.json`). It is verified offline, against the trust roots included in the
library; signing needs the identity token of a CI job, and the network.
"""

import logging
from typing import TYPE_CHECKING, Any, Final

from skills_build.errors import CodexError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import Bundle

ENDING: Final = ".sigstore.json"
"""Suffix of a bundle file, after the name of the signed file."""
MAX_BUNDLE: Final = 1024 * 1024
"""Bytes of a bundle file; one has about 10 kB."""
_ALTERNATIVE_NAME: Final = "2.5.29.17"
"""The extension `subjectAltName` of a certificate (RFC 5280, 4.2.1.6)."""
_ISSUER: Final = "1.3.6.1.4.1.57264.1.1"
"""The issuer of the identity: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md."""
_EXTRA: Final = "run `pipx install 'engineering-codex[sigstore]'`"


def sign_keyless(data: bytes) -> bytes:
    """Sign `data` with the identity of this CI job, and return the bundle file. Raises `CodexError` without one."""
    try:
        from sigstore.models import ClientTrustConfig
        from sigstore.oidc import IdentityToken, detect_credential
        from sigstore.sign import SigningContext
    except ImportError as error:
        raise CodexError("keyless signing requires sigstore", hint=_EXTRA) from error
    try:
        token = detect_credential()
        if token is None:
            hint = "use a CI job that can request an identity (GitHub: `id-token: write`), or sign with a key"
            raise CodexError("no identity is available for signing", hint=hint)
        context = SigningContext.from_trust_config(ClientTrustConfig.production())
        with context.signer(IdentityToken(token)) as signer:
            return str(signer.sign_artifact(data).to_json()).encode()
    except CodexError:
        raise
    except Exception as error:  # sigstore documents no common base class of its errors
        raise CodexError(
            f"keyless signing failed: {_first_line(error)}", hint="check that sigstore.dev is reachable"
        ) from error


def keyless_signer(data: bytes, bundle: bytes, *, identity: str, issuer: str | None) -> str:
    """Return `identity` if it signed `data`, with `issuer` as its OIDC issuer. Raises `CodexError` if it did not."""
    try:
        from sigstore.models import Bundle
    except ImportError as error:
        raise CodexError("verifying keyless signatures requires sigstore", hint=_EXTRA) from error
    try:
        _verify(data, Bundle.from_json(_limited(bundle)), identity, issuer)
    except CodexError:
        raise
    except Exception as error:
        raise CodexError(f"the signature is not valid for {identity}: {_first_line(error)}") from error
    return identity


def identity_of(data: bytes, bundle: bytes) -> str | None:
    """Return the identity that signed `data` and its issuer, `IDENTITY (ISSUER)`; None without the extra `sigstore`.

    Raises `CodexError` if the signature is invalid.
    """
    try:
        from sigstore.models import Bundle
    except ImportError:
        return None
    try:
        signature_bundle = Bundle.from_json(_limited(bundle))
        identity, issuer = certified(signature_bundle.signing_certificate)
        _verify(data, signature_bundle, identity, issuer)
    except CodexError:
        raise
    except Exception as error:
        raise CodexError(
            f"the sigstore signature is invalid: {_first_line(error)}", hint="download it again"
        ) from error
    return f"{identity} ({issuer})"


def certified(certificate: "Certificate") -> tuple[str, str]:
    """Return the identity in a certificate and its issuer, as different issuers may certify the same identity."""
    extensions: dict[str, Any] = {extension.oid.dotted_string: extension.value for extension in certificate.extensions}
    (name,) = extensions[_ALTERNATIVE_NAME]
    return str(name.value), extensions[_ISSUER].value.decode()


def _verify(data: bytes, bundle: "Bundle", identity: str, issuer: str | None) -> None:
    """Verify a signature, without the library's warning that it is offline. Raises its errors."""
    from sigstore.verify import Verifier, policy

    logger = logging.getLogger("sigstore")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        verifier = Verifier.production(offline=True)
        verifier.verify_artifact(data, bundle, policy.Identity(identity=identity, issuer=issuer))
    finally:
        logger.setLevel(level)


def _limited(bundle: bytes) -> bytes:
    if len(bundle) > MAX_BUNDLE:
        raise CodexError(
            f"the sigstore signature is larger than {MAX_BUNDLE:,} bytes", hint="download the bundle again"
        )
    return bundle


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
