"""Converts a `RepositoryProfile` into the compiler's `Profile`, by which rules are selected."""

from collections.abc import Iterable
from typing import Final

from codex.profile.language_table import GROUPS
from codex.profile.model import Language, Package, RepositoryProfile
from skills_build.model.config import Profile

SMALLEST_SHARE: Final = 0.01
"""The smallest share of bytes (or files) at which the rules of a language apply."""


def rule_profile(profile: RepositoryProfile, *, smallest_share: float = SMALLEST_SHARE) -> Profile:
    """Return the languages with at least `smallest_share` of the tree in lower case, the technologies and the paths."""
    return Profile(
        languages=_languages(profile.languages, smallest_share),
        technologies=tuple(technology.name for technology in profile.technologies),
        paths=profile.paths,
    )


def package_rule_profile(package: Package, *, smallest_share: float = SMALLEST_SHARE) -> Profile:
    """Return the same for one package, without paths, so that no rule is excluded by its globs."""
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
