"""Intact folders, archives and output are verified."""

import json
import shutil
from pathlib import Path

from tests.support.releasing import Codex, contents
from tests.support.running import Run
from tests.support.verifying import ARCHIVES, SKILL, WHOLE, inside, verify, wrong


def test_an_intact_folder_is_verified(codex: Codex, bundle: Path) -> None:
    count = len(contents(codex.out))
    run = verify(bundle)
    assert (run.code, run.out) == (0, "")
    assert run.err == f"{bundle}: verified 1.0.0 ({count} files, 3 archives, provenance)\n"
    assert verify(bundle, "--quiet") == Run(0, "", "")


def test_an_intact_archive_is_verified(codex: Codex, bundle: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "any name"
    shutil.copy(bundle / WHOLE, renamed)
    for path in (bundle / WHOLE, renamed):
        assert verify(path) == Run(0, "", f"{path}: verified 1.0.0 ({len(contents(codex.out))} files)\n")


def test_an_intact_output_is_verified(codex: Codex, tmp_path: Path) -> None:
    out = Path(shutil.copytree(codex.out, tmp_path / "dist"))
    assert verify(out).err == f"{out}: verified 1.0.0 ({len(contents(out))} files)\n"
    extra = out / "skills/acme-data/extra.md"
    extra.write_text("more\n")
    assert wrong(out) == ["skills/acme-data/extra.md: the file is not in the manifest"]
    extra.unlink()
    (out / SKILL).unlink()
    assert wrong(out) == [f"{SKILL}: the file is missing"]


def test_an_unpacked_bundle_is_verified(bundle: Path, tmp_path: Path) -> None:
    for artifact in inside(bundle):
        path = tmp_path / "unpacked" / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artifact.data)
        path.chmod(artifact.mode)
    assert verify(tmp_path / "unpacked").code == 0
    (tmp_path / "unpacked" / SKILL).chmod(0o755)
    assert wrong(tmp_path / "unpacked") == [f"{SKILL}: the file has mode 0755, not 0644"]


def test_json_of_a_verification(codex: Codex, bundle: Path) -> None:
    run = verify(bundle, "--format", "json")
    assert (run.code, run.err) == (0, "")
    assert json.loads(run.out) == {
        "bundle": str(bundle),
        "version": "1.0.0",
        "files": len(contents(codex.out)),
        "archives": 3,
        "provenance": True,
        "signers": {},
        "faults": [],
    }
    (bundle / ARCHIVES[0]).unlink()
    run = verify(bundle, "--format", "json")
    assert run.code == 1
    facts = json.loads(run.out)
    assert {"path": ARCHIVES[0], "message": "the file is missing"} in facts["faults"]
    assert facts["version"] == "1.0.0"
