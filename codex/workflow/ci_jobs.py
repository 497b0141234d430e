"""Writes the jobs that review and audit a receiving repository: once, and never over a file that is there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from codex.resources import data_root
from codex.shell.atomic import write_file

JOBS: Final[Mapping[str, tuple[str, str]]] = {
    "github": ("github.yml", ".github/workflows/engineering-codex.yml"),
    "gitea": ("github.yml", ".gitea/workflows/engineering-codex.yml"),
    "forgejo": ("github.yml", ".forgejo/workflows/engineering-codex.yml"),
    "gitlab": ("gitlab.yml", ".gitlab/engineering-codex.yml"),
}
"""The template of each kind of CI, and where its file goes."""


def write_jobs(root: Path, kind: str, *, dry: bool) -> str:
    """Write the jobs of a kind of CI; returns what was done, as a sentence."""
    template, path = JOBS[kind]
    if (root / path).exists() or (root / path).is_symlink():
        return f"kept: {path}: it is there already"
    if dry:
        return f"would add {path}"
    write_file(root / path, (data_root("templates") / "receiver" / template).read_bytes(), root=root)
    return f"added {path}: commit it, and set the variable CODEXC_INSTALL"
