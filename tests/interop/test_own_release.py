"""A release of the program itself: its SBOM, its signature, its workflow, and known flaws of its dependencies."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.data import ROOT
from tools import release_files

WORKFLOWS = ROOT / ".github" / "workflows"
BESIDE = Path(sys.executable).parent


def _tool(name: str) -> Path:
    path = BESIDE / name
    if not path.is_file():
        pytest.skip(f"{name} is not installed: `pip install '.[dev]'`")
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return path


def _verified(into: Path, key: Path, *, namespace: str = release_files.NAMESPACE) -> bool:
    allowed = into.parent / "allowed_signers"
    allowed.write_text(f"releases@example.org {key.with_suffix('.pub').read_text()}")
    sums = into / release_files.SUMS
    command = ["ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "releases@example.org", "-n", namespace]
    done = subprocess.run(
        [*map(str, command), "-s", f"{sums}.sig"], input=sums.read_bytes(), capture_output=True, check=False
    )
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", sums.name], cwd=into, capture_output=True, check=False
    )
    return done.returncode == 0 and checked.returncode == 0


@pytest.mark.slow
def test_the_files_of_a_release_are_listed_summed_and_signed(tmp_path: Path, key: Path) -> None:
    _tool("cyclonedx-py")
    into = tmp_path / "release"
    release_files.main(["--into", str(into), "--key", str(key), "--python", sys.executable])
    names = {path.name.rpartition(".")[2] for path in into.iterdir()}
    assert names == {"gz", "whl", "json", release_files.SUMS, "sig"}
    (path,) = into.glob("*.cdx.json")
    sbom = json.loads(path.read_text())
    components = {component["name"].lower().replace("_", "-"): component for component in sbom["components"]}
    assert (sbom["bomFormat"], sbom["metadata"]["component"]["name"]) == ("CycloneDX", "engineering-codex")
    assert all(components[name]["purl"].startswith("pkg:pypi/") for name in release_files.dependencies())
    assert _verified(into, key)
    assert not _verified(into, key, namespace="codexc")
    for victim in (path, into / release_files.SUMS):
        data = victim.read_bytes()
        victim.write_bytes(data.replace(b"a", b"b", 1))
        assert not _verified(into, key)
        victim.write_bytes(data)
    with pytest.raises(SystemExit, match="is not empty"):
        release_files.build(into)


def test_zizmor_finds_nothing_in_our_own_workflows() -> None:
    command = [str(_tool("zizmor")), "--offline", "--no-progress", "--pedantic", str(WORKFLOWS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_of_a_release_runs_for_tags_only_and_its_key_is_in_one_step() -> None:
    workflow = YAML(typ="safe").load((WORKFLOWS / "release.yml").read_text(encoding="utf-8"))
    assert workflow["on"] == {"push": {"tags": ["v[0-9]*"]}}
    assert workflow["permissions"] == {}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    secret = [step for step in steps if "secrets." in str(step)]
    assert [step["name"] for step in secret] == ["Build, list components and sign"]
    assert "tools.release_files" in secret[0]["run"]


@pytest.mark.slow
def test_no_dependency_has_a_known_flaw() -> None:
    command = [str(_tool("pip-audit")), "--local", "--skip-editable", "--progress-spinner", "off", "--timeout", "10"]
    done = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=False, timeout=300)
    if not done.stdout.lstrip().startswith("{"):
        pytest.skip(f"no advisory service answers: {done.stderr.strip().splitlines()[-1][:200]}")
    found = [row for row in json.loads(done.stdout)["dependencies"] if row.get("vulns")]
    names = {row["name"].lower() for row in found} & set(release_files.dependencies())
    assert not names, found
