"""Finds the supported Python versions on this machine, and runs the tests with those not used yet.

`--best` prints one to make the environment with; `--test` runs the quicker part of the suite on every other one.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
SAME_EVERYWHERE = (
    "codex/test_build.py",
    "codex/test_check.py",
    "codex/test_check_configuration.py",
    "codex/pipelines",
    "codex/test_commands.py",
    "codex/test_diff.py",
    "codex/test_install.py",
    "codex/publish",
    "codex/test_publish_interop.py",
    "codex/release",
    "codex/test_atomic.py",
    "codex/test_reproducible.py",
    "codex/verify",
    "forges",
    "skills_build/release/test_mutations.py",
)
"""Tests that start hundreds of processes or mutate for minutes, and do not depend on the Python version;
test_cli.py and sync_runs run with every version."""
ROOT = Path(__file__).resolve().parent.parent


def candidates() -> list[Path]:
    """Return every file that may be a supported Python: on the PATH, and in the directories of pyenv and uv."""
    paths = [Path(p) for v in SUPPORTED if (p := shutil.which(f"python{v}"))]
    home = Path.home()
    folders = [Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions", home / ".local/share/uv/python"]
    for folder in folders:
        paths += sorted(folder.glob("*/bin/python3"), reverse=True)
    return [Path(sys.executable), *([Path(p)] if (p := shutil.which("python3")) else []), *paths]


def version(python: Path) -> str | None:
    """Return the version of a working interpreter, such as `3.12`."""
    code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        result = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    answer = result.stdout.strip()
    return answer if result.returncode == 0 and answer in SUPPORTED else None


def usable() -> dict[str, Path]:
    """Return one interpreter per supported version on this machine."""
    result: dict[str, Path] = {}
    for python in candidates():
        if (minor := version(python)) and minor not in result:
            result[minor] = python
    return result


def test_on(minor: str, python: Path) -> bool:
    """Run the tests with one Python in its own environment, without those that do not depend on it."""
    folder = ROOT / ".venvs" / minor
    own = folder / "bin" / "python"
    print(f"\n== Python {minor} ==", flush=True)
    if not own.exists():
        subprocess.run([python, "-m", "venv", folder], check=True)
    install: list[str | Path] = [
        own,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--editable",
        f"{ROOT}[test]",
    ]
    subprocess.run(install, check=True)
    run: list[str | Path] = [own, "-m", "pytest", "-q", "-n", "2", "-m", "not interop and not wheel and not slow"]
    run += ["-p", "no:cacheprovider", *(f"--ignore=tests/{name}" for name in SAME_EVERYWHERE)]
    return subprocess.run(run, cwd=ROOT, check=False).returncode == 0


def main() -> int:
    """Run the command line."""
    interpreters = usable()
    if "--best" in sys.argv:
        if not interpreters:
            print("codexc needs Python 3.11 or newer", file=sys.stderr)
            return 1
        print(interpreters.get(re.sub(r"^(\d+\.\d+).*", r"\1", sys.version), next(iter(interpreters.values()))))
        return 0
    here = "{}.{}".format(*sys.version_info[:2])
    others = {minor: python for minor, python in interpreters.items() if minor != here}
    if not others:
        print("no other supported Python on this machine")
    results = {minor: test_on(minor, python) for minor, python in sorted(others.items())}
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
