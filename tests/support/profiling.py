"""Profiles of small repositories that are written down as mappings."""

from collections.abc import Mapping

from codex.profile.build_profile import build_profile
from codex.profile.evidence import evidence_paths
from codex.profile.model import CommandKind, ListingEntry, RepositoryProfile


def profiled(
    files: Mapping[str, str | bytes], *, modes: Mapping[str, int] | None = None, sized: bool = True
) -> RepositoryProfile:
    """The profile of a repository with these files, read as a forge would: first the listing, then what is wanted."""
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    listing = {
        path: ListingEntry(size=len(content) if sized else None, mode=(modes or {}).get(path, 0o100644))
        for path, content in data.items()
    }
    return build_profile(listing, {path: data[path] for path in evidence_paths(listing)})


def best(profile: RepositoryProfile, kind: str) -> tuple[str, str] | None:
    """The first command of a kind with its evidence."""
    command = profile.best(CommandKind(kind))
    return (command.line, command.evidence) if command else None


def ranked(profile: RepositoryProfile, kind: str) -> list[tuple[str, str, str]]:
    """All commands of a kind: line, evidence and rank."""
    return [(command.line, command.evidence, command.rank.name) for command in profile.commands if command.kind == kind]


def shares(profile: RepositoryProfile) -> dict[str, float]:
    """Languages by name with their shares."""
    return {language.name: language.share for language in profile.languages}


def technologies(profile: RepositoryProfile) -> dict[str, str]:
    """Technologies by name with their evidence."""
    return {technology.name: technology.evidence for technology in profile.technologies}
