"""From what a repository is to what rules ask of it: `RepositoryProfile` as the compiler's `Profile`."""

from collections.abc import Iterable
from typing import Final

from codex.profile.language_table import GROUPS
from codex.profile.model import Language, Package, RepositoryProfile
from skills_build.model.config import Profile

SMALLEST_SHARE: Final = 0.01
"""A language below one file in a hundred (or byte) is no reason to read its rules."""


def rule_profile(profile: RepositoryProfile, *, smallest_share: float = SMALLEST_SHARE) -> Profile:
    """Languages in lower case from `smallest_share` of the tree up, technologies, and the tree's paths."""
    return Profile(
        languages=_languages(profile.languages, smallest_share),
        technologies=tuple(technology.name for technology in profile.technologies),
        paths=profile.paths,
    )


def package_rule_profile(package: Package, *, smallest_share: float = SMALLEST_SHARE) -> Profile:
    """The same of one package; its paths rule nothing out."""
    return Profile(
        languages=_languages(package.languages, smallest_share),
        technologies=tuple(technology.name for technology in package.technologies),
    )


def _languages(languages: Iterable[Language], smallest_share: float) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            term for language in languages if language.share >= smallest_share for term in _rule_terms(language)
        )
    )


def _rule_terms(language: Language) -> tuple[str, ...]:
    return (language.name.lower(), *GROUPS.get(language.name, ()))
