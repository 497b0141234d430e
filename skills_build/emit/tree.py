"""Digests of the output: of one file, and of a folder in a framing that no file name can forge."""

import hashlib
from collections.abc import Iterable

from skills_build.model.bundle import Artifact


def sha256(data: bytes) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def tree_digest(artifacts: Iterable[Artifact], *, under: str = "") -> str:
    """Return the sha256 over the sorted lines `mode SP sha256 SP SP path LF` of all files below the folder `under`."""
    start = f"{under}/" if under else ""
    lines = [
        f"{artifact.mode:04o} {sha256(artifact.data)}  {artifact.path.removeprefix(start)}\n"
        for artifact in artifacts
        if artifact.path.startswith(start)
    ]
    return sha256("".join(sorted(lines)).encode())
