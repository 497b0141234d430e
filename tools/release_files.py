"""Makes the files of a release of codexc itself: sdist, wheel, an SBOM (CycloneDX), checksums, and their signature.

    python -m tools.release_files --into build/release --key PRIVATE_KEY [--python PYTHON]

The SBOM lists what is installed for PYTHON: in CI a fresh environment with only the wheel. Verify a release with

    ssh-keygen -Y verify -f allowed_signers -I NAME -n codexc-release -s SHA256SUMS.sig < SHA256SUMS
    sha256sum --check SHA256SUMS

Formats: https://cyclonedx.org/specification/overview/, https://man.openbsd.org/ssh-keygen.1 (`-Y sign`).
"""

import argparse
import hashlib
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SUMS: Final = "SHA256SUMS"
NAMESPACE: Final = "codexc-release"
"""The namespace of the signature, which no signature of a bundle has."""


def build(into: Path, *, isolated: bool = True) -> tuple[Path, Path]:
    """Build sdist and wheel in an empty directory, and return their paths."""
    if into.is_dir() and any(into.iterdir()):
        raise SystemExit(f"{into} is not empty: remove it first")
    into.mkdir(parents=True, exist_ok=True)
    _run(sys.executable, "-m", "build", *(() if isolated else ("--no-isolation",)), "--outdir", into, ROOT)
    return next(into.glob("*.tar.gz")), next(into.glob("*.whl"))


def write_sbom(into: Path, wheel: Path, python: str | Path) -> Path:
    """Write the SBOM of what is installed for an interpreter. Raises `SystemExit` if a dependency is missing."""
    path = into / f"{wheel.name.removesuffix('.whl')}.cdx.json"
    options = ("--output-reproducible", "--no-validate", "--of", "JSON", "--pyproject", ROOT / "pyproject.toml")
    _run(Path(sys.executable).with_name("cyclonedx-py"), "environment", *options, "-o", path, python)
    text = path.read_text(encoding="utf-8").lower().replace("_", "-")
    missing = [name for name in dependencies() if f'"name": "{name}"' not in text]
    if missing:
        raise SystemExit(f"the SBOM lacks {', '.join(missing)}: install the wheel for {python}")
    return path


def dependencies() -> list[str]:
    """Return the names of the direct dependencies of codexc, in lower case with hyphens."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = (requirement.split(">")[0].split("=")[0].split("[")[0] for requirement in project["dependencies"])
    return [name.strip().lower().replace("_", "-") for name in names]


def write_sums(into: Path) -> Path:
    """Write the SHA-256 of each file, as `sha256sum --check` reads them."""
    files = sorted(path for path in into.iterdir() if not path.name.startswith(SUMS))
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    path = into / SUMS
    path.write_text("".join(lines), encoding="utf-8")
    return path


def sign(sums: Path, key: Path) -> Path:
    """Sign the checksums with an SSH key, and return the signature's path."""
    signature = sums.with_name(f"{sums.name}.sig")
    signature.unlink(missing_ok=True)
    _run("ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", key, sums)
    return signature


def _run(*command: str | Path) -> None:
    done = subprocess.run([*map(str, command)], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the files of a release."""
    parser = argparse.ArgumentParser(description="make the files of a release of codexc itself")
    parser.add_argument("--into", type=Path, required=True, help="an empty directory")
    parser.add_argument("--key", type=Path, required=True, help="a private SSH key")
    parser.add_argument("--python", help="the interpreter whose packages are listed [default: a new environment]")
    options = parser.parse_args(arguments)
    _, wheel = build(options.into, isolated=options.python is None)
    write_sbom(options.into, wheel, options.python or _environment(options.into, wheel))
    for path in (write_sums(options.into), sign(options.into / SUMS, options.key)):
        print(path)


def _environment(into: Path, wheel: Path) -> Path:
    """Install the wheel in a new environment, and return its interpreter."""
    place = into.with_name(f"{into.name}-environment")
    _run(sys.executable, "-m", "venv", "--clear", place)
    python = place / "bin" / "python"
    _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    return python


if __name__ == "__main__":
    main()
