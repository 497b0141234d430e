"""Finds the supported Pythons of this machine, and runs the suite on those that it did not run on yet.

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
    "codex/test_ci_templates.py",
    "codex/test_commands.py",
    "codex/test_diff.py",
    "codex/test_install.py",
    "codex/publish",
    "codex/test_publish_interop.py",
    "codex/test_release.py",
    "codex/test_atomic.py",
    "codex/test_reproducible.py",
    "codex/test_verify.py",
    "forges",
    "skills_build/release/test_mutations.py",
)
"""Tests that start hundreds of processes or mutate for minutes and prove nothing about a version of Python;
test_cli.py and test_sync.py run everywhere."""
ROOT = Path(__file__).resolve().parent.parent


def candidates() -> list[Path]:
    """Every file that may be a supported Python: on the path, and where pyenv and uv keep theirs."""
    found = [Path(p) for v in SUPPORTED if (p := shutil.which(f"python{v}"))]
    home = Path.home()
    folders = [Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions", home / ".local/share/uv/python"]
    for folder in folders:
        found += sorted(folder.glob("*/bin/python3"), reverse=True)
    return [Path(sys.executable), *([Path(p)] if (p := shutil.which("python3")) else []), *found]


def version(python: Path) -> str | None:
    """The version of an interpreter that really answers, such as `3.12`."""
    code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        result = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    answer = result.stdout.strip()
    return answer if result.returncode == 0 and answer in SUPPORTED else None


def usable() -> dict[str, Path]:
    """One interpreter for each supported version that the machine has."""
    result: dict[str, Path] = {}
    for python in candidates():
        if (found := version(python)) and found not in result:
            result[found] = python
    return result


def test_on(minor: str, python: Path) -> bool:
    """Run the suite on one Python, in an environment of its own; without the parts that do not depend on it."""
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
    """Do what the one argument says."""
    known = usable()
    if "--best" in sys.argv:
        if not known:
            print("codexc needs Python 3.11 or newer", file=sys.stderr)
            return 1
        print(known.get(re.sub(r"^(\d+\.\d+).*", r"\1", sys.version), next(iter(known.values()))))
        return 0
    here = "{}.{}".format(*sys.version_info[:2])
    others = {minor: python for minor, python in known.items() if minor != here}
    if not others:
        print("no other supported Python on this machine")
    results = {minor: test_on(minor, python) for minor, python in sorted(others.items())}
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
