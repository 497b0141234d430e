"""The same standards and the same commit give the same bundle: wherever, whenever and by whatever Python."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.data import ROOT
from tests.support.releasing import DAY, Codex, codex_in, contents
from tools.pythons import SUPPORTED, usable

PLACES: dict[str, tuple[str, int, dict[str, str]]] = {
    "elsewhere": ("another place/with spaces \u00e9", 0o022, {}),
    "east": ("east", 0o022, {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "0"}),
    "west": ("west", 0o022, {"TZ": "America/St_Johns", "PYTHONHASHSEED": "4711"}),
    "far-east": ("far-east", 0o022, {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C"}),
    "private": ("private", 0o077, {"PYTHONHASHSEED": "1"}),
    "open": ("open", 0o000, {"PYTHONUTF8": "0", "PYTHONOPTIMIZE": "1"}),
    "later": ("later", 0o022, {"SOURCE_DATE_EPOCH": "1", "TZ": "UTC"}),
}
"""What differs, by name: the folder, the umask and the environment."""


def made_in(folder: Path, *, python: Path | str = sys.executable, umask: int = 0o022, **env: str) -> dict[str, bytes]:
    """Make the codex, release it and read all that was made."""
    codex = codex_in(folder)
    released(codex, python, umask, env)
    assert (codex.bundle("1.0.0").stat().st_mode & 0o777) == 0o755
    return everything(codex)


def everything(codex: Codex) -> dict[str, bytes]:
    """All files of the release: bundle, output, changelog and record."""
    folders = {"bundle": codex.bundle("1.0.0"), "dist": codex.out, "standards": codex.standards}
    return {f"{name}/{path}": data for name, folder in folders.items() for path, data in contents(folder).items()}


def released(codex: Codex, python: Path | str, umask: int, env: dict[str, str]) -> None:
    command = [python, "-m", "codex", "release", "--tag", "--as-of", DAY]
    done = subprocess.run(
        command,
        cwd=codex.standards,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **env},
        capture_output=True,
        umask=umask,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")


@pytest.fixture
def reference(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What is made here; made once."""
    kept = tmp_path_factory.getbasetemp() / "reference"
    if not kept.is_dir():
        made_in(kept)
    return everything(Codex(kept))


def same(found: dict[str, bytes], expected: dict[str, bytes]) -> None:
    assert set(found) == set(expected)
    assert [name for name in expected if found[name] != expected[name]] == []
    assert sum(name.startswith("bundle/") for name in expected) == 6


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == "far-east" else [pytest.mark.slow]) for name in PLACES]
)
def test_a_release_is_the_same_everywhere(name: str, tmp_path: Path, reference: dict[str, bytes]) -> None:
    folder, umask, env = PLACES[name]
    same(made_in(tmp_path / folder, umask=umask, **env), reference)


def test_files_that_were_written_in_another_order_are_the_same(tmp_path: Path, reference: dict[str, bytes]) -> None:
    codex = codex_in(tmp_path / "again")
    for path in sorted(codex.standards.iterdir(), reverse=True):
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
        path.chmod(0o640)
        os.utime(path, (1, 1))
    released(codex, sys.executable, 0o022, {})
    expected = {name.removeprefix("bundle/"): data for name, data in reference.items() if name.startswith("bundle/")}
    assert contents(codex.bundle("1.0.0")) == expected


def packages(python: Path, into: Path) -> str | None:
    """Get what codexc needs for another Python; returns why it cannot be had."""
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    options = [
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
        "--no-compile",
        "--target",
        str(into),
    ]
    try:
        done = subprocess.run(
            [python, "-m", "pip", "install", *options, *needed],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["pip failed"])[-1]


def ready(python: Path) -> bool:
    """Whether an environment has what codexc needs."""
    code = "import click, git, jinja2, jsonschema_rs, markdown_it, msgspec, ruamel.yaml"
    return python.exists() and subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.wheel
@pytest.mark.slow
@pytest.mark.parametrize("minor", SUPPORTED)
def test_every_python_makes_the_same(minor: str, tmp_path: Path, reference: dict[str, bytes]) -> None:
    if minor == "{}.{}".format(*sys.version_info[:2]):
        pytest.skip(f"Python {minor} is the one that runs here")
    python = usable().get(minor)
    if python is None:
        pytest.skip(f"no Python {minor} on this machine")
    own = ROOT / ".venvs" / minor / "bin" / "python"
    path = str(ROOT)
    if ready(own):
        python = own
    else:
        why = packages(python, tmp_path / "packages")
        if why is not None:
            pytest.skip(f"the packages for Python {minor} cannot be had: {why}")
        path += os.pathsep + str(tmp_path / "packages")
    same(made_in(tmp_path / "codex", python=python, PYTHONPATH=path), reference)
