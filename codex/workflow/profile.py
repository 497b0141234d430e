"""Reads a repository and tells what it is."""

from pathlib import Path

from codex.profile.evidence import wanted
from codex.profile.model import RepositoryProfile
from codex.profile.read import profile
from codex.shell.listing import open_repository


def profile_of(place: Path) -> RepositoryProfile:
    """The profile of a checkout, a bare repository or a plain folder. Raises `CodexError` for anything else."""
    repository = open_repository(place)
    return profile(repository.listing, repository.read(wanted(repository.listing)))
