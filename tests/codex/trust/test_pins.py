"""What the repository demands, and what the lock pins."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from codex.shell.keyless import ENDING
from codex.shell.signing import sign
from codex.sync.lock import LOCK
from codex.sync.settings import SETTINGS
from codex.sync.trust import BundleClaim, Identity
from codex.workflow import trust
from skills_build.release.bundle import SIGNATURE
from tests.support.releasing import Codex, codex_in, contents
from tests.support.trusting import allowed, install, public, refused


def test_the_repository_may_demand_more_and_never_less(
    bundle: Path, keys: Path, repository: Path, tmp_path: Path
) -> None:
    ada, eve = (f"{name} {public(keys / name)}" for name in ("ada", "eve"))
    settings = repository / SETTINGS
    settings.write_text(f"trust: {{namespaces: {{acme: {{signers: ['{eve}']}}}}}}\n")
    file = allowed(tmp_path, ada)
    refused(install(bundle, repository, "--allowed-signers", file), SETTINGS, "is not an allowed signer")
    settings.write_text(f"trust: {{required: false, namespaces: {{acme: {{signers: ['{ada}', '{eve}']}}}}}}\n")
    refused(install(bundle, repository, "--allowed-signers", allowed(tmp_path, eve)), "is not an allowed signer")
    assert install(bundle, repository, "--allowed-signers", allowed(tmp_path, ada)).code == 0
    settings.write_text("trust: {namespaces: {acme: {allowed_signers: file}}}\n")
    refused(install(bundle, repository), f"{SETTINGS}:1:", "unknown key `allowed_signers`")


def test_the_first_use_is_pinned_and_later_ones_are_held_to_it(
    released: Codex, keys: Path, repository: Path, tmp_path: Path
) -> None:
    older, newer = released.bundle("1.0.0"), released.bundle("2.0.0")
    first = install(newer, repository)
    assert first.code == 0, first.err
    assert first.err.count("trusted on first use, and pinned in .engineering-codex.lock") == 1
    again = install(newer, repository)
    assert "first use" not in again.err
    lock = json.loads((repository / LOCK).read_bytes())
    assert lock["pin"]["signer"].startswith("SHA256:")
    assert lock["pin"]["version"] == "2.0.0"
    before = contents(repository)
    refused(install(older, repository), "acme 1.0.0 is older than the installed 2.0.0", "--allow-downgrade")
    unsigned = Path(shutil.copytree(newer, tmp_path / "acme-2.0.0"))
    for path in unsigned.glob("*.sig"):
        path.unlink()
    refused(
        install(unsigned, repository), "is not signed, but the installed version is signed by", "--allow-signer-change"
    )
    for name in ("manifest.json", "provenance.json"):
        command = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(keys / "eve"), "-n", "codexc", str(unsigned / name)]
        subprocess.run(command, check=True, capture_output=True)
    refused(install(unsigned, repository), "--allow-signer-change")
    both = allowed(tmp_path, *(f"{name} {public(keys / name)}" for name in ("ada", "eve")))
    assert install(unsigned, repository, "--allowed-signers", both).code == 0  # a rotation that `trust` names
    assert contents(repository) == before
    down = install(older, repository, "--allow-downgrade", "--dry-run")
    assert "note: acme 1.0.0 is older than the installed 2.0.0; allowed by --allow-downgrade" in down.err
    assert contents(repository) == before
    assert install(older, repository, "--allow-downgrade").code == 0
    assert json.loads((repository / LOCK).read_bytes())["pin"]["version"] == "1.0.0"
    assert install(newer, repository).code == 0


def test_another_namespace_and_other_bytes_of_a_version_are_refused(
    bundle: Path, released: Codex, repository: Path, tmp_path: Path
) -> None:
    assert install(bundle, repository).code == 0
    before = contents(repository)
    other = codex_in(tmp_path / "other")
    other.edit("codex.yaml", "namespace: acme", "namespace: other")
    other.commit()
    other.release("--tag")
    strange = tmp_path / "other" / "build" / "bundles" / "other-1.0.0"
    refused(install(strange, repository, "--force"), "would replace `acme` 1.0.0", "--allow-namespace-change")
    assert contents(repository) == before
    run = install(strange, repository, "--allow-namespace-change", "--dry-run")
    assert "would replace `acme` 1.0.0, which has a different namespace; allowed by --allow-namespace-change" in run.err
    lock = repository / LOCK
    lock.write_bytes(lock.read_bytes().replace(json.loads(lock.read_bytes())["pin"]["tree"].encode(), b"0" * 64))
    refused(install(bundle, repository), "differs in content from the installed 1.0.0", "--allow-changed-release")


def test_an_old_lock_without_a_pin_still_works(bundle: Path, released: Codex, repository: Path) -> None:
    assert install(released.bundle("2.0.0"), repository).code == 0
    lock = repository / LOCK
    data = json.loads(lock.read_bytes())
    del data["pin"]
    lock.write_text(json.dumps(data))
    old = lock.read_bytes()
    run = install(released.bundle("2.0.0"), repository)
    assert run.code == 0, run.err
    assert json.loads(lock.read_bytes())["version"] == "2.0.0"
    lock.write_bytes(old)
    refused(install(bundle, repository), "acme 1.0.0 is older than the installed 2.0.0")


def test_a_signature_that_anyone_added_is_not_pinned(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The identity of a keyless signature is verified, and the host adds a signature with its own key."""
    monkeypatch.setattr(trust, "keyless_signer", lambda *_, identity, **__: identity)
    monkeypatch.setattr(trust, "identity_of", lambda *_: "ada@example.com (https://issuer.example)")
    manifest = b"{}"
    signatures = {SIGNATURE: sign(manifest, keys / "eve"), ENDING: b"{}"}
    claim = BundleClaim(namespace="acme", version="1.0.0", as_of="2026-01-01", tree="0" * 64)
    demanded = trust.gather_trust(identity=Identity(identity="ada@example.com"))
    proof = trust.verify_trust(claim, manifest, signatures, demanded)
    assert proof.signers == ("ada@example.com",)
    assert proof.pinned == "sigstore:ada@example.com (https://issuer.example)"
