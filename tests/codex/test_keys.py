"""`codexc trust`: keys are added, rotated and revoked in real files, and ssh-keygen agrees with the result."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codex.cli.main import main
from codex.shell.folder import read_folder
from codex.shell.locking import locked_root
from codex.workflow.bundles import open_bundle
from codex.workflow.trust import gather_trust
from skills_build.emit.committed import completed
from skills_build.errors import CodexError
from tests.support.releasing import Codex, codex_in

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="no ssh-keygen on this machine")


@pytest.fixture
def codex(tmp_path: Path) -> Codex:
    return codex_in(tmp_path / "codex", repository=False)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("old", "new"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(command, check=True)
    return folder


def trust(codex: Codex, *arguments: object) -> int:
    return main(["trust", *map(str, arguments), "--root", str(codex.standards)])


def fingerprint(path: Path) -> str:
    done = subprocess.run(["ssh-keygen", "-l", "-f", str(path)], check=True, capture_output=True, text=True)
    return done.stdout.split()[1]


def believed(codex: Codex, bundle: Path) -> str:
    """Why a bundle is not believed by the codex.yaml; empty where it is."""
    try:
        open_bundle(str(bundle), gather_trust(root=codex.standards))
    except CodexError as error:
        return error.message
    return ""


def signed(codex: Codex, key: Path) -> Path:
    """The manifest of a release that a key signed, which is all that signatures are about."""
    assert main(["build", "--root", str(codex.standards), "--as-of", "2026-11-23", "-q"]) == 0
    bundle = codex.root / key.name
    shutil.copytree(codex.out, bundle)
    (manifest,) = (file for file in completed(read_folder(bundle, most=10**9)) if file.path == "manifest.json")
    (bundle / "manifest.json").write_bytes(manifest.data)
    command = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", "codexc", str(bundle / "manifest.json")]
    subprocess.run(command, check=True, capture_output=True)
    return bundle


def test_a_key_is_added_rotated_and_revoked(codex: Codex, keys: Path) -> None:
    old, new = signed(codex, keys / "old"), signed(codex, keys / "new")
    config = codex.standards / "codex.yaml"
    before = config.read_text() + "# a comment that stays\n"
    config.write_text(before)
    assert trust(codex, "add", "--key", keys / "old.pub", "--name", "releases@example.org") == 0
    assert config.read_text() == before + "trust:\n  namespaces:\n    acme:\n      allowed_signers: allowed_signers\n"
    assert believed(codex, old) == ""
    assert "is not an allowed signer" in believed(codex, new)
    rotate = ("rotate", "--key", keys / "new.pub", "--name", "next@example.org")
    assert trust(codex, *rotate, "--old", fingerprint(keys / "old"), "--until", "2999-12-31") == 0
    assert (believed(codex, old), believed(codex, new)) == ("", "")
    assert (
        'releases@example.org valid-before="29991231",namespaces="codexc"'
        in (codex.standards / "allowed_signers").read_text()
    )
    assert trust(codex, "revoke", "--key", fingerprint(keys / "old")) == 0
    assert "is revoked by revoked_keys" in believed(codex, old)
    assert believed(codex, new) == ""
    assert config.read_text().startswith(before)
    assert trust(codex, "add", "--key", keys / "old.pub", "--name", "again@example.org") == 2


def test_a_rotated_key_ends(codex: Codex, keys: Path) -> None:
    old = signed(codex, keys / "old")
    assert trust(codex, "add", "--key", keys / "old.pub", "--name", "a", "--valid-before", "2998-01-01") == 0
    rotate = ("rotate", "--key", keys / "new.pub", "--name", "b", "--old", keys / "old.pub")
    assert trust(codex, *rotate, "--until", "2020-01-01") == 0
    assert "allowed_signers:1: key has expired" in believed(codex, old)


def test_an_existing_section_is_kept_with_its_comments(codex: Codex, keys: Path) -> None:
    config = codex.standards / "codex.yaml"
    section = (
        "trust:  # whom we believe\n  required: true\n  namespaces:\n    acme:\n"
        "      minimum_version: '1.0.0'  # nothing older\n"
    )
    config.write_text(config.read_text() + section + "# the end\n")
    assert trust(codex, "add", "--key", keys / "old.pub", "--name", "a") == 0
    text = config.read_text()
    for line in ("trust:  # whom we believe", "      minimum_version: '1.0.0'  # nothing older", "# the end"):
        assert line in text.split("\n")
    assert "      allowed_signers: allowed_signers" in text.split("\n")
    assert 'services: {title: Services, owner: "@a"}' in text


def test_a_dry_run_writes_nothing(codex: Codex, keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in codex.standards.iterdir()}
    assert trust(codex, "add", "--key", keys / "old.pub", "--name", "a", "--dry-run") == 0
    assert "+a namespaces=" in capsys.readouterr().out
    assert trust(codex, "add", "--key", keys / "old.pub", "--name", "a", "--dry-run", "--format", "json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["status"] == "dry-run"
    assert [fact["action"] for fact in facts["changes"]] == ["add", "update"]
    assert {path.name: path.read_bytes() for path in codex.standards.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "--key", "{keys}/old", "--name", "a"), "is a private key"),
        (("add", "--key", "{keys}/none", "--name", "a"), "cannot be read"),
        (("add", "--key", "{root}/codex.yaml", "--name", "a"), "is not a public SSH key"),
        (("add", "--key", "{keys}/old.pub", "--name", "a b"), "is not a valid signer name"),
        (("add", "--key", "{keys}/old.pub", "--name", 'a"'), "is not a valid signer name"),
        (("add", "--key", "{keys}/old.pub", "--name", "a", "--valid-before", "soon"), "is not a date"),
        (("rotate", "--key", "{keys}/new.pub", "--name", "a", "--old", "{keys}/old.pub"), "is not in"),
        (("revoke", "--key", "SHA256:nothing"), "is not in"),
    ],
)
def test_invalid_key_edits_are_errors_and_nothing_is_written(
    arguments: tuple[str, ...], message: str, codex: Codex, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [argument.replace("{keys}", str(keys)).replace("{root}", str(codex.standards)) for argument in arguments]
    before = {path.name: path.read_bytes() for path in codex.standards.iterdir()}
    assert trust(codex, *filled) == 2
    assert message in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in codex.standards.iterdir()} == before


def test_keys_that_are_added_at_once_are_all_kept(codex: Codex, keys: Path) -> None:
    commands = [
        [sys.executable, "-m", "codex", "trust", "add", "--key", str(keys / f"{name}.pub"), "--name", f"{name}@x.org",
         "--root", str(codex.standards), "-q"]
        for name in ("old", "new")
    ]  # fmt: skip
    with locked_root(codex.standards):
        runs = [subprocess.Popen(command) for command in commands]
        with pytest.raises(subprocess.TimeoutExpired):
            runs[0].wait(timeout=1)
    assert [run.wait(timeout=60) for run in runs] == [0, 0]
    lines = (codex.standards / "allowed_signers").read_text().splitlines()
    assert {line.partition(" ")[0] for line in lines} == {"old@x.org", "new@x.org"}


@pytest.mark.parametrize("end", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_only_a_line_feed_ends_a_comment_before_a_key(end: str, codex: Codex, keys: Path) -> None:
    assert trust(codex, "add", "--key", keys / "old.pub", "--name", "releases@acme.example") == 0
    bundle = signed(codex, keys / "new")
    listed = codex.standards / "allowed_signers"
    hidden = f"# no longer used:{end}x@evil.example {(keys / 'new.pub').read_text().strip()}\n".encode()
    listed.write_bytes(listed.read_bytes() + hidden)
    assert f"key {fingerprint(keys / 'new')} is not an allowed signer" in believed(codex, bundle)
    with pytest.raises(CodexError, match="is not an allowed signer"):
        open_bundle(str(bundle), gather_trust(allowed_signers=listed))
    assert trust(codex, "revoke", "--key", keys / "old.pub") == 0
    assert hidden in listed.read_bytes()


def test_a_key_in_a_comment_of_the_revoked_keys_is_not_revoked_yet(codex: Codex, keys: Path) -> None:
    assert trust(codex, "add", "--key", keys / "old.pub", "--name", "releases@acme.example") == 0
    bundle = signed(codex, keys / "old")
    listed, revoked = codex.standards / "allowed_signers", codex.standards / "revoked_keys"
    allowed = listed.read_text()
    revoked.write_text(f"# {(keys / 'old.pub').read_text()}")
    assert trust(codex, "revoke", "--key", keys / "old.pub") == 0
    listed.write_text(allowed)
    assert "is revoked by" in believed(codex, bundle)
