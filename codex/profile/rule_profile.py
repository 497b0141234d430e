"""Converts a `RepositoryProfile` into the compiler's `Profile`, by which rules are selected."""

from typing import Final

from codex.profile.language_table import GROUPS
from codex.profile.model import Language, Package, RepositoryProfile
from skills_build.model.config import Profile

SMALLEST_SHARE: Final = 0.01
"""Minimum share of bytes from which the rules for a language apply."""
MAIN_SHARE: Final = 0.1
"""Minimum share of bytes from which a repository mainly consists of a language, among others."""
SMALLEST_PART_OF_FILES: Final = 0.05
"""Minimum share of files from which the rules for a language apply even if its share of bytes is too small."""


def rule_profile(profile: RepositoryProfile) -> Profile:
    """Return the languages whose rules apply to the whole tree in lower case, technologies, kinds and paths."""
    return Profile(
        languages=_languages(profile.languages),
        technologies=tuple(technology.name for technology in profile.technologies),
        kinds=tuple(str(kind.name) for kind in profile.kinds),
        paths=profile.paths,
    )


def package_rule_profile(package: Package) -> Profile:
    """Return the same for one package, without paths, so that no rule is excluded by its globs."""
    return Profile(
        languages=_languages(package.languages),
        technologies=tuple(technology.name for technology in package.technologies),
        kinds=tuple(str(kind.name) for kind in package.kinds),
    )


def main_languages(profile: RepositoryProfile) -> tuple[str, ...]:
    """Return the languages of which the repository mainly consists, as standards name them: in lower case."""
    main = (language for language in profile.languages if language.share >= MAIN_SHARE)
    return tuple(dict.fromkeys(term for language in main for term in _rule_terms(language)))


def _languages(languages: tuple[Language, ...]) -> tuple[str, ...]:
    files = sum(language.files for language in languages)
    applicable = (language for language in languages if _applies(language, files))
    return tuple(dict.fromkeys(term for language in applicable for term in _rule_terms(language)))


def _applies(language: Language, all_files: int) -> bool:
    """Return whether the rules of a language apply. Bytes alone do not decide: one large report outweighs a service."""
    return (
        language.manifest is not None
        or language.share >= SMALLEST_SHARE
        or language.files >= SMALLEST_PART_OF_FILES * all_files
    )


def _rule_terms(language: Language) -> tuple[str, ...]:
    return (language.name.lower(), *GROUPS.get(language.name, ()))
