"""What a block says of the repository itself, each thing with what it was found in. Says nothing that changes daily."""

from collections.abc import Iterator
from typing import Final

from codex.profile.applies import as_profile
from codex.profile.model import Kind, RepositoryProfile
from codex.sync.desired import Facts
from codex.sync.settings import SETTINGS, Settings
from skills_build.model.config import Profile

_KINDS: Final = {
    Kind.INSTALL: "Install",
    Kind.BUILD: "Build",
    Kind.TEST: "Test",
    Kind.LINT: "Lint",
    Kind.FORMAT: "Format",
}
_MAIN: Final = 0.1
"""The share from which on a language is named; which of two is larger is not said, so that it cannot flip."""
_MOST_BOUNDARIES: Final = 8


def applying(found: RepositoryProfile, settings: Settings) -> Profile:
    """The profile that rules are chosen by: what was found and what the repository's people add, or only that."""
    said = settings.profile
    if settings.exact:
        return said
    known = as_profile(found)
    return Profile(
        languages=tuple(dict.fromkeys((*known.languages, *said.languages))),
        technologies=tuple(dict.fromkeys((*known.technologies, *said.technologies))),
        paths=tuple(dict.fromkeys((*known.paths, *said.paths))),
        domains=said.domains,
    )


def profile_text(profile: Profile | None) -> str:
    """A profile in words."""
    if profile is None:
        return "every rule"
    parts = (profile.languages, profile.technologies, profile.domains)
    return "; ".join(", ".join(sorted(words)) for words in parts if words) or "no language or technology"


def facts_of(found: RepositoryProfile, profile: Profile, settings: Settings) -> Facts:
    """The lines of a block about a repository."""
    return Facts(
        lines=tuple(_lines(found, settings)),
        boundaries=tuple(_boundaries(found)),
        words=profile_text(profile),
    )


def _lines(found: RepositoryProfile, settings: Settings) -> Iterator[str]:
    languages = sorted(one.name for one in found.languages if one.share >= _MAIN)
    if languages:
        yield f"- Languages: {', '.join(languages)}"
    if found.package_managers:
        managers = [f"{one.name} (`{one.evidence}`)" for one in found.package_managers]
        yield f"- Package manager: {', '.join(dict.fromkeys(managers))}"
    for kind, title in _KINDS.items():
        told = settings.commands.get(str(kind))
        best = found.best(kind)
        if told is not None:
            yield f"- {title}: `{told}` (`{SETTINGS}`)"
        elif best is not None:
            usual = ", the usual one" if best.default else ""
            yield f"- {title}: `{best.line}` (`{best.evidence}`{usual})"


def _boundaries(found: RepositoryProfile) -> Iterator[str]:
    for one in found.boundaries[:_MOST_BOUNDARIES]:
        yield f"- `{one.path}` is {one.kind} (`{one.evidence}`)"
    if len(found.boundaries) > _MOST_BOUNDARIES:
        yield f"- and {len(found.boundaries) - _MOST_BOUNDARIES} more, as `.gitattributes` says"
