"""From what a repository is to what rules ask of it: `RepositoryProfile` as the compiler's `Profile`."""

from typing import Final

from codex.profile.language_table import GROUPS
from codex.profile.model import Language, RepositoryProfile
from skills_build.model.config import Profile

SMALLEST_SHARE: Final = 0.01
"""A language below one file in a hundred (or byte) is no reason to read its rules."""


def as_profile(found: RepositoryProfile, *, smallest_share: float = SMALLEST_SHARE) -> Profile:
    """Languages in lower case from `smallest_share` of the tree up, technologies, and the tree's paths."""
    languages = [word for one in found.languages if one.share >= smallest_share for word in _words(one)]
    return Profile(
        languages=tuple(dict.fromkeys(languages)),
        technologies=tuple(one.name for one in found.technologies),
        paths=found.paths,
    )


def _words(one: Language) -> tuple[str, ...]:
    return (one.name.lower(), *GROUPS.get(one.name, ()))
