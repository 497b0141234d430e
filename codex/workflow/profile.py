"""Detects the profile of a repository from its files."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from codex.profile.build_profile import build_profile
from codex.profile.evidence import evidence_paths
from codex.profile.model import ProfileNote, RepositoryProfile
from codex.shell.listing import open_repository


def profile_of(place: Path, *, without: Collection[str] = ()) -> RepositoryProfile:
    """Detect the profile of a checkout, a bare repository or a plain folder, without the paths in `without`.

    Raises `CodexError` for anything else.
    """
    repository = open_repository(place)
    left_out = frozenset(without)
    listing = {path: entry for path, entry in repository.listing.items() if path not in left_out}
    paths = evidence_paths(listing)
    contents = repository.read(paths)
    absent = tuple(
        ProfileNote(path=path, message="the file could not be read") for path in paths if path not in contents
    )
    profile = build_profile(listing, contents)
    if repository.left_out:
        absent = (ProfileNote(path="", message=repository.left_out), *absent)
    return replace(profile, notes=tuple(sorted((*profile.notes, *absent), key=lambda note: note.path)))
