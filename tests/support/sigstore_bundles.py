"""Sigstore bundles whose certificate is from an authority of the test, and everything else as sigstore wants it."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec


def forged_bundle(data: bytes, identity: str, *, issuer: str) -> bytes:
    """Return a bundle that is complete, for an identity, with a log entry that is not signed by the log."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    certificate = issue_certificate(key.public_key(), identity, issuer)
    signature = key.sign(data, ec.ECDSA(hashes.SHA256()))
    pem, der = (certificate.public_bytes(one) for one in (serialization.Encoding.PEM, serialization.Encoding.DER))
    bundle = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "certificate": {"rawBytes": _base64(der)},
            "tlogEntries": [_log_entry(data, signature, pem)],
        },
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": _base64(hashlib.sha256(data).digest())},
            "signature": _base64(signature),
        },
    }
    return json.dumps(bundle).encode()


def issue_certificate(key: "ec.EllipticCurvePublicKey", identity: str, issuer: str) -> "x509.Certificate":
    """Issue a certificate as Fulcio does, by an authority that is made for it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

    authority = ec.generate_private_key(ec.SECP256R1())
    names = {NameOID.ORGANIZATION_NAME: "sigstore.dev", NameOID.COMMON_NAME: "sigstore-intermediate"}
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([x509.NameAttribute(oid, name) for oid, name in names.items()]))
        .public_key(key)
        .serial_number(1)
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(minutes=5))
    )
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.SubjectAlternativeName([x509.RFC822Name(identity)]), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.57264.1.1"), issuer.encode()), False),
    ]
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(authority, hashes.SHA256())


def _log_entry(data: bytes, signature: bytes, pem: bytes) -> dict[str, object]:
    """Return an entry of Rekor for a signature; its promise and proof are wrong."""
    body = {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}},
            "signature": {"content": _base64(signature), "publicKey": {"content": _base64(pem)}},
        },
    }
    return {
        "logIndex": "1",
        "logId": {"keyId": _base64(bytes(32))},
        "kindVersion": {"kind": "hashedrekord", "version": "0.0.1"},
        "integratedTime": str(int(datetime.now(UTC).timestamp())),
        "inclusionPromise": {"signedEntryTimestamp": _base64(signature)},
        "inclusionProof": {
            "logIndex": "1",
            "rootHash": _base64(bytes(32)),
            "treeSize": "2",
            "hashes": [_base64(bytes(32))],
            "checkpoint": {"envelope": "rekor.sigstore.dev - 1\n2\nAAAA\n\n\N{EM DASH} rekor.sigstore.dev AAAA\n"},
        },
        "canonicalizedBody": _base64(json.dumps(body).encode()),
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
