"""From what a repository is to what rules ask of it: `RepositoryProfile` as the compiler's `Profile`."""

from collections.abc import Iterable
from typing import Final

from codex.profile.language_table import GROUPS
from codex.profile.model import Language, Package, RepositoryProfile
from skills_build.model.config import Profile

SMALLEST_SHARE: Final = 0.01
"""A language below one file in a hundred (or byte) is no reason to read its rules."""


def rule_profile(found: RepositoryProfile, *, smallest_share: float = SMALLEST_SHARE) -> Profile:
    """Languages in lower case from `smallest_share` of the tree up, technologies, and the tree's paths."""
    return Profile(
        languages=_languages(found.languages, smallest_share),
        technologies=tuple(technology.name for technology in found.technologies),
        paths=found.paths,
    )


def package_rule_profile(found: Package, *, smallest_share: float = SMALLEST_SHARE) -> Profile:
    """The same of one package; its paths rule nothing out."""
    return Profile(
        languages=_languages(found.languages, smallest_share),
        technologies=tuple(technology.name for technology in found.technologies),
    )


def _languages(several: Iterable[Language], smallest_share: float) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(word for language in several if language.share >= smallest_share for word in _words(language))
    )


def _words(one: Language) -> tuple[str, ...]:
    return (one.name.lower(), *GROUPS.get(one.name, ()))
