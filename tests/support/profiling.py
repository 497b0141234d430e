"""Profiles of small repositories that are given as mappings."""

from collections.abc import Iterable, Mapping

from codex.profile.build_profile import build_profile
from codex.profile.evidence import evidence_paths
from codex.profile.model import EXECUTABLE, CommandKind, ListingEntry, RepositoryProfile


def profiled(
    files: Mapping[str, str | bytes], *, modes: Mapping[str, int] | None = None, sized: bool = True
) -> RepositoryProfile:
    """Build the profile of a repository with these files as a forge does: first the listing, then the evidence."""
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    listing = {
        path: ListingEntry(size=len(content) if sized else None, mode=(modes or {}).get(path, 0o100644))
        for path, content in data.items()
    }
    return build_profile(listing, {path: data[path] for path in evidence_paths(listing)})


def best(profile: RepositoryProfile, kind: str) -> tuple[str, str] | None:
    """Return the first command of a kind with its evidence."""
    command = profile.best(CommandKind(kind))
    return (command.line, command.evidence) if command else None


def line(files: Mapping[str, str], kind: str, *, executable: Iterable[str] = ()) -> str | None:
    """Return the first command of a kind of a repository with these files, some of which are executable."""
    found = best(profiled(files, modes=dict.fromkeys(executable, EXECUTABLE)), kind)
    return found[0] if found else None


def ranked(profile: RepositoryProfile, kind: str) -> list[tuple[str, str, str]]:
    """Return all commands of a kind: line, evidence and rank."""
    return [(command.line, command.evidence, command.rank.name) for command in profile.commands if command.kind == kind]


def shares(profile: RepositoryProfile) -> dict[str, float]:
    """Return the languages by name with their shares."""
    return {language.name: language.share for language in profile.languages}


def technologies(profile: RepositoryProfile) -> dict[str, str]:
    """Return the technologies by name with their evidence."""
    return {technology.name: technology.evidence for technology in profile.technologies}


def package_managers(files: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the package managers of a repository with these files: name and evidence."""
    return [(manager.name, manager.evidence) for manager in profiled(files).package_managers]
