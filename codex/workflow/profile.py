"""Reads a repository and tells what it is."""

from dataclasses import replace
from pathlib import Path

from codex.profile.evidence import wanted
from codex.profile.model import Note, RepositoryProfile
from codex.profile.read import profile
from codex.shell.listing import open_repository


def profile_of(place: Path) -> RepositoryProfile:
    """The profile of a checkout, a bare repository or a plain folder. Raises `CodexError` for anything else."""
    repository = open_repository(place)
    paths = wanted(repository.listing)
    contents = repository.read(paths)
    absent = tuple(Note(path=path, message="could not be read") for path in paths if path not in contents)
    found = profile(repository.listing, contents)
    return replace(found, notes=tuple(sorted((*found.notes, *absent), key=lambda note: note.path)))
