"""Trust in a sync of a fleet."""

import json
import shutil
from pathlib import Path

import pytest

from codex.sync.lock import LOCK
from codex.sync.settings import SETTINGS
from tests.support.releasing import Codex, git
from tests.support.running import codexc
from tests.support.trusting import public, refused

FLEET = "\ncatalog: {kind: folder, path: ../../fleet}\nforge: {kind: local, root: ../../fleet}\n"


@pytest.fixture
def fleet(released: Codex, tmp_path: Path) -> Codex:
    """A copy of the codex with a fleet of two repositories."""
    codex = Codex(Path(shutil.copytree(released.root, tmp_path / "codex")))
    codex.write("codex.yaml", (codex.standards / "codex.yaml").read_text() + FLEET)
    for name, more in (("strict", "trust: {namespaces: {acme: {minimum_version: 3.0.0}}}\n"), ("plain", "")):
        work = tmp_path / name
        work.mkdir()
        git(work, "init", "--quiet", "--initial-branch", "main")
        (work / "a.py").write_text("x = 1\n")
        if more:
            (work / SETTINGS).write_text(more)
        git(work, "add", "--all")
        git(work, "commit", "--quiet", "--message", "Start")
        git(tmp_path, "clone", "--quiet", "--bare", str(work), str(tmp_path / "fleet" / f"{name}.git"))
    return codex


def refs(codex: Codex) -> list[str]:
    folders = sorted((codex.root.parent / "fleet").glob("*.git"))
    return [
        f"{path.stem} {ref}" for path in folders for ref in git(path, "branch", "--format=%(refname:short)").split()
    ]


def test_a_stricter_repository_refuses_only_itself(fleet: Codex) -> None:
    run = codexc("sync", "apply", "--format", "jsonl", cwd=fleet.standards)
    rows = {row["repository"]: row for row in map(json.loads, run.out.splitlines())}
    assert run.code == 1
    assert rows["plain"]["outcome"] == "opened"
    assert rows["strict"]["outcome"] == "failed"
    assert "acme 2.0.0 is older than the minimum version 3.0.0" in rows["strict"]["reason"]
    assert refs(fleet) == ["plain codex/sync", "plain main", "strict main"]


def test_a_sync_of_an_untrusted_bundle_does_not_start(fleet: Codex, keys: Path) -> None:
    with (fleet.standards / "codex.yaml").open("a") as file:
        file.write("trust: {required: true, namespaces: {acme: {allowed_signers: signers}}}\n")
    (fleet.standards / "signers").write_text(f"eve {public(keys / 'eve')}\n")
    for command in ("plan", "apply", "check"):
        refused(codexc("sync", command, cwd=fleet.standards), "is not an allowed signer", "SHA256:")
    refused(codexc("sync", "explain", "plain", cwd=fleet.standards), "is not an allowed signer")
    assert codexc("sync", "doctor", cwd=fleet.standards).code == 1
    bundle = fleet.bundle("1.0.0")
    for command in ("diff", "breaking"):
        refused(codexc(command, "--against", bundle, cwd=fleet.standards), "is not an allowed signer")
    refused(codexc("publish", bundle, "--to", "folder:out", cwd=fleet.standards), "is not an allowed signer")
    refused(codexc("release", "--against", bundle, "--dry-run", cwd=fleet.standards), "is not an allowed signer")
    assert codexc("verify", bundle, cwd=fleet.standards).code == 1
    assert refs(fleet) == ["plain main", "strict main"]
    assert not (fleet.standards / "out").exists()


def test_install_and_sync_write_the_same_lock(fleet: Codex, tmp_path: Path) -> None:
    assert codexc("sync", "apply", "--only", "plain", cwd=fleet.standards).code == 0
    bare = tmp_path / "fleet" / "plain.git"
    synced = git(bare, "show", f"codex/sync:{LOCK}")
    assert codexc("install", fleet.bundle("2.0.0"), "--into", tmp_path / "plain").code == 0
    assert (tmp_path / "plain" / LOCK).read_text().strip() == synced
    assert '"pin"' in synced
