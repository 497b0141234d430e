"""Signatures by identity: the real library, offline."""

import os
import re
from functools import partial
from pathlib import Path

import pytest

from codex.shell.keyless import MAX_BUNDLE, certified, identity_of, keyless_signer, sign_keyless
from skills_build.errors import CodexError
from tests.support.data import ROOT
from tests.support.running import codexc
from tests.support.sigstore_bundles import forged_bundle, issue_certificate

pytest.importorskip("sigstore", reason="the extra `sigstore` is not installed")
SAMPLE = os.environ.get("CODEX_SIGSTORE_SAMPLE", "")
"""A file with its `.sigstore` bundle beside it, signed by somebody in public; its identity in CODEX_SIGSTORE_IDENTITY."""


def test_a_file_that_is_not_a_signature_is_reported() -> None:
    for bundle in (b"", b"{}", b"[]", b"\xff", b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}'):
        with pytest.raises(CodexError, match=r"the signature is not valid for me@example\.com"):
            keyless_signer(b"data", bundle, identity="me@example.com", issuer=None)


def test_a_signature_that_is_too_large_is_not_parsed() -> None:
    bundle = b"[" * (MAX_BUNDLE + 1)
    for verify in (identity_of, partial(keyless_signer, identity="me@example.com", issuer=None)):
        with pytest.raises(CodexError, match="the sigstore signature is larger than 1,048,576 bytes"):
            verify(b"data", bundle)


def test_a_certificate_of_another_authority_proves_nothing() -> None:
    bundle = forged_bundle(b"data", "me@example.com", issuer="https://accounts.google.com")
    with pytest.raises(CodexError, match=r"the signature is not valid for me@example\.com: failed to build .* chain"):
        keyless_signer(b"data", bundle, identity="me@example.com", issuer=None)
    with pytest.raises(CodexError, match=r"the sigstore signature is invalid: failed to build .* chain"):
        identity_of(b"data", bundle)


def test_a_certificate_names_an_identity_and_its_issuer() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    certificate = issue_certificate(key, "me@example.com", "https://accounts.google.com")
    assert certified(certificate) == ("me@example.com", "https://accounts.google.com")


def test_without_an_identity_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CodexError, match=r"no identity is available for signing|keyless signing failed"):
        sign_keyless(b"data")


def test_verify_demands_a_signature_by_identity(tmp_path: Path) -> None:
    run = codexc("verify", ROOT / "dist", "--identity", "me@example.com", "--issuer", "https://issuer.example.com")
    assert run.code == 1
    assert "manifest.json: the bundle has no sigstore signature, and --identity requires a signature" in run.out


@pytest.mark.skipif(not SAMPLE, reason="CODEX_SIGSTORE_SAMPLE names no signed file")
def test_a_signature_made_in_public_holds_for_its_bytes_and_its_identity_only() -> None:
    data, bundle = Path(SAMPLE).read_bytes(), Path(f"{SAMPLE}.sigstore").read_bytes()
    identity = os.environ["CODEX_SIGSTORE_IDENTITY"]
    assert keyless_signer(data, bundle, identity=identity, issuer=None) == identity
    assert re.fullmatch(rf"{re.escape(identity)} \(https://\S+\)", identity_of(data, bundle) or "")
    with pytest.raises(CodexError):
        keyless_signer(data + b"x", bundle, identity=identity, issuer=None)
    with pytest.raises(CodexError):
        keyless_signer(data, bundle, identity="me@example.com", issuer=None)
