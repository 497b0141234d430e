"""Which files a skill is about, for clients that attach text to files."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from skills_build.globs import expanded
from skills_build.model.bundle import PlacedRule

_USUAL: Final[Mapping[str, str]] = {
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
"""The endings that people use, of languages with several; of any other it is the first in linguist's table."""


def skill_globs(rules: Iterable[PlacedRule]) -> tuple[str, ...]:
    """Globs that cover all of `rules`; empty where one of them is not bound to any file."""
    found: dict[str, None] = {}
    for rule in rules:
        own = rule.scope.paths or _languages(rule.scope.languages)
        if not own:
            return ()
        found.update(dict.fromkeys(own))
    return tuple(sorted(found))


def _languages(languages: Sequence[str]) -> tuple[str, ...]:
    known = [_of_language(word.lower()) for word in languages]
    return tuple(glob for one in known for glob in one) if all(known) else ()


def _of_language(word: str) -> tuple[str, ...]:
    """The globs of a language by its name or another name, in lower case; empty for a word that is none."""
    from skills_build.languages import extensions

    name = _names().get(word)
    if name is None:
        return ()
    return tuple(f"**/*.{ending}" for ending in _USUAL.get(name, "").split() or extensions(name)[:1])


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Languages by all their names; a name of its own comes before another's."""
    from skills_build.languages import LANGUAGES

    others = {alias.lower(): name for name, row in LANGUAGES.items() for alias in row[4]}
    return {**others, **{name.lower(): name for name in LANGUAGES}}


def join_globs(patterns: Sequence[str]) -> str:
    """Globs as clients list them: commas without blanks, and no braces; a comma within a glob becomes `?`."""
    return ",".join(glob.replace("\\,", "?").replace(",", "?") for pattern in patterns for glob in expanded(pattern))
