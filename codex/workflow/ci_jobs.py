"""Writes CI jobs to a receiving repository. Existing files are never overwritten."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from codex.resources import data_root
from codex.shell.atomic import write_file
from skills_build.errors import CodexError

JOBS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "github": (
        ("github.yml", ".github/workflows/engineering-codex.yml"),
        ("github-forks.yml", ".github/workflows/engineering-codex-forks.yml"),
    ),
    "gitlab": (("gitlab.yml", ".gitlab/engineering-codex.yml"),),
    "gitea": (("github.yml", ".gitea/workflows/engineering-codex.yml"),),
    "forgejo": (("github.yml", ".forgejo/workflows/engineering-codex.yml"),),
}
"""The templates of each kind of CI with the jobs that review and audit, and where their files go."""
UPDATE_JOBS: Final[Mapping[str, tuple[str, str]]] = {
    "github": ("update-github.yml", ".github/workflows/engineering-codex-update.yml"),
    "gitlab": ("update-gitlab.yml", ".gitlab/engineering-codex-update.yml"),
    "gitea": ("update-gitea.yml", ".gitea/workflows/engineering-codex-update.yml"),
    "forgejo": ("update-gitea.yml", ".forgejo/workflows/engineering-codex-update.yml"),
}
"""The template with the job that runs `codexc update`, and where its file goes."""
_SOURCE: Final = "BUNDLE_SOURCE"
"""The placeholder for the bundle in the templates."""
_SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.:/@_~#%=-]*")


def write_jobs(root: Path, kind: str, *, dry: bool) -> Iterator[str]:
    """Write the jobs of a kind of CI; yields what was done with each file, as a sentence."""
    for template, path in JOBS[kind]:
        yield _written(root, path, _template(template), dry=dry)


def write_update_job(root: Path, kind: str, source: str, *, dry: bool) -> str:
    """Write the job that updates the repository from a bundle's source; returns what was done, as a sentence.

    Raises `CodexError` for a source that a pipeline cannot read, or that is not safe in its file.
    """
    from codex.workflow.bundle_sources import is_address

    if not is_address(source) or not _SAFE.fullmatch(source):
        hint = "use `well-known:SITE`, `git:REPOSITORY`, `oci://HOST/NAME` or an https URL without a version"
        raise CodexError(f"`{source}` cannot be read by a pipeline", hint=hint)
    template, path = UPDATE_JOBS[kind]
    return _written(root, path, _template(template).replace(_SOURCE.encode(), source.encode()), dry=dry)


def _template(name: str) -> bytes:
    return (data_root("templates") / "receiver" / name).read_bytes()


def _written(root: Path, path: str, data: bytes, *, dry: bool) -> str:
    if (root / path).exists() or (root / path).is_symlink():
        return f"kept {path}, which already exists"
    if dry:
        return f"would add {path}"
    write_file(root / path, data, root=root)
    return f"added {path}: commit the file, and set the variable CODEXC_INSTALL"
