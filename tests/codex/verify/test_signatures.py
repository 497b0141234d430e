"""Signatures made by ssh-keygen."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.releasing import Codex, contents
from tests.support.verifying import NAMES, WHOLE, verify, wrong


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Two keys, `ada` and `eve`, and a file `allowed` that knows ada only."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("no ssh-keygen on this machine")
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("ada", "eve"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(command, check=True)
    (folder / "allowed").write_text(f"ada@example.org {(folder / 'ada.pub').read_text()}")
    return folder


def signed(bundle: Path, key: Path, *, namespace: str = "codexc", names: tuple[str, ...] = ()) -> None:
    """Sign a bundle with ssh-keygen itself."""
    for name in names or ("manifest.json", "provenance.json"):
        (bundle / f"{name}.sig").unlink(missing_ok=True)
        command = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", namespace, str(bundle / name)]
        subprocess.run(command, check=True, capture_output=True)


def test_a_release_signs_its_bundle(codex: Codex, keys: Path, tmp_path: Path) -> None:
    run = codex.run("bundle", "--bundles", tmp_path / "signed", "--sign", keys / "ada")
    assert run.code == 0, run.err
    bundle = tmp_path / "signed" / "acme-1.0.0"
    assert set(contents(bundle)) == {*NAMES, "manifest.json.sig", "provenance.json.sig"}
    result = verify(bundle, "--allowed-signers", keys / "allowed")
    assert result.code == 0, result.out
    assert result.err.endswith("3 archives, provenance), signed by ada@example.org\n")
    facts = json.loads(verify(bundle, "--allowed-signers", keys / "allowed", "--format", "json").out)
    assert facts["signers"] == {"manifest.json": "ada@example.org", "provenance.json": "ada@example.org"}
    assert verify(bundle).code == 0
    assert codex.run("bundle", "--bundles", tmp_path / "signed").code == 0
    assert "manifest.json.sig" in contents(bundle)


def test_signatures_that_ssh_keygen_made_hold(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "ada")
    assert "signed by ada@example.org" in verify(bundle, "--allowed-signers", keys / "allowed").err


def test_a_signature_by_another_key_is_named(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "eve")
    lines = wrong(bundle, "--allowed-signers", keys / "allowed")
    assert [line.partition(": ")[0] for line in lines] == ["manifest.json", "provenance.json"]
    assert all("is not an allowed signer" in line for line in lines)
    signed(bundle, keys / "ada", names=("manifest.json",))
    (line,) = wrong(bundle, "--allowed-signers", keys / "allowed")
    assert line.startswith("provenance.json: key SHA256:")


def test_a_signature_of_other_bytes_is_named(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "ada")
    shutil.copy(bundle / "manifest.json.sig", bundle / "provenance.json.sig")
    (line,) = wrong(bundle, "--allowed-signers", keys / "allowed")
    assert line.startswith("provenance.json: the signature does not match the content")


def test_a_manifest_that_was_changed_after_it_was_signed_is_named(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "ada")
    (bundle / "manifest.json").write_bytes((bundle / "manifest.json").read_bytes() + b"\n")
    lines = wrong(bundle, "--allowed-signers", keys / "allowed")
    assert any(line.startswith("manifest.json: the signature does not match") for line in lines)


def test_a_signature_for_another_purpose_is_named(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "ada", namespace="git")
    lines = wrong(bundle, "--allowed-signers", keys / "allowed")
    assert [line.partition(": ")[0] for line in lines] == ["manifest.json", "provenance.json"]


def test_a_key_that_may_not_sign_bundles_is_named(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "ada")
    public = (keys / "ada.pub").read_text()
    (keys / "allowed").write_text(f'ada@example.org namespaces="git" {public}')
    assert len(wrong(bundle, "--allowed-signers", keys / "allowed")) == 2
    (keys / "allowed").write_text(f'ada@example.org namespaces="codexc,git" {public}')
    assert verify(bundle, "--allowed-signers", keys / "allowed").code == 0
    (keys / "allowed").write_text(f'ada@example.org valid-before="20200101" {public}')
    assert len(wrong(bundle, "--allowed-signers", keys / "allowed")) == 2


def test_missing_and_broken_signatures_are_named(bundle: Path, keys: Path) -> None:
    allowed = ("--allowed-signers", keys / "allowed")
    unsigned = "the bundle is not signed, and --allowed-signers requires a signature"
    assert wrong(bundle, *allowed) == [f"manifest.json: {unsigned}", f"provenance.json: {unsigned}"]
    signed(bundle, keys / "ada")
    (bundle / "provenance.json.sig").unlink()
    assert wrong(bundle, *allowed) == [f"provenance.json: {unsigned}"]
    for broken in (b"", b"hello\n", b"-----BEGIN SSH SIGNATURE-----\n", b"\0" * 1000):
        (bundle / "provenance.json.sig").write_bytes(broken)
        (line,) = wrong(bundle, *allowed)
        assert line.startswith("provenance.json: the signature does not match the content: ")


def test_an_unsigned_bundle_is_reported(codex: Codex, bundle: Path, keys: Path, tmp_path: Path) -> None:
    signed(bundle, keys / "ada")
    assert verify(bundle / WHOLE, "--allowed-signers", keys / "allowed").code == 0  # the signature is beside it
    alone = Path(shutil.copy(bundle / WHOLE, tmp_path / WHOLE))
    for unsigned in (alone, codex.out):
        (line,) = wrong(unsigned, "--allowed-signers", keys / "allowed")
        assert line == "manifest.json: the bundle is not signed, and --allowed-signers requires a signature"
    for missing in (tmp_path / "none", tmp_path):
        run = verify(bundle, "--allowed-signers", missing)
        assert run.code == 2
        assert f"the allowed signers file `{missing}` does not exist" in run.err


def test_a_missing_key_is_an_error_and_nothing_is_written(codex: Codex, keys: Path, tmp_path: Path) -> None:
    for key in (tmp_path / "none", keys / "allowed"):
        run = codex.run("bundle", "--bundles", tmp_path / "out", "--sign", key)
        assert run.code == 2
        assert "there is no key" in run.err or "cannot sign" in run.err
        assert not (tmp_path / "out").exists()
