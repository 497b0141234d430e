"""The files that a skill applies to, for clients that attach text to files."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from skills_build.globs import expanded
from skills_build.model.bundle import PlacedRule

_EXTENSIONS: Final[Mapping[str, str]] = {
    "C": "c h",
    "C++": "cc cpp hpp h",
    "CSS": "css scss",
    "HCL": "tf tfvars",
    "JavaScript": "js jsx mjs cjs",
    "Kotlin": "kt kts",
    "Python": "py pyi",
    "Shell": "sh bash",
    "TypeScript": "ts tsx mts cts",
    "YAML": "yaml yml",
}
"""The extensions in use, of languages with several. Other languages have the first one in linguist's table."""


def skill_globs(rules: Iterable[PlacedRule]) -> tuple[str, ...]:
    """Return globs that cover all of `rules`; empty if one of the rules is not limited to files."""
    globs: dict[str, None] = {}
    for rule in rules:
        own = rule.scope.paths or _globs_of_languages(rule.scope.languages)
        if not own:
            return ()
        globs.update(dict.fromkeys(own))
    return tuple(sorted(globs))


def _globs_of_languages(languages: Sequence[str]) -> tuple[str, ...]:
    per_language = [_language_globs(word.lower()) for word in languages]
    return tuple(glob for globs in per_language for glob in globs) if all(per_language) else ()


def _language_globs(word: str) -> tuple[str, ...]:
    """Return the globs of a language by its name or alias, in lower case; empty for an unknown word."""
    from skills_build.languages import extensions

    name = _names().get(word)
    if name is None:
        return ()
    return tuple(f"**/*.{extension}" for extension in _EXTENSIONS.get(name, "").split() or extensions(name)[:1])


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Return languages by name and alias; a name takes precedence over another language's alias."""
    from skills_build.languages import LANGUAGES

    aliases = {alias.lower(): name for name, row in LANGUAGES.items() for alias in row[4]}
    return {**aliases, **{name.lower(): name for name in LANGUAGES}}


def join_globs(patterns: Sequence[str]) -> str:
    """Join globs as clients list them: commas without spaces, and no braces; a comma within a glob becomes `?`."""
    return ",".join(glob.replace("\\,", "?").replace(",", "?") for pattern in patterns for glob in expanded(pattern))
