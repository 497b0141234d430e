"""The words for languages, technologies and kinds that standards and repositories share, and other words for them."""

from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final

from skills_build.technologies import TECHNOLOGIES

_LANGUAGE_TYPES: Final = ("programming", "markup")
_MORE_LANGUAGES: Final = frozenset({"sql", "graphql"})
_SINGULAR: Final = {"languages": "language", "technologies": "technology", "kinds": "kind"}
KINDS: Final = {
    "library": ("lib", "libraries", "sdk"),
    "service": ("services", "api", "backend", "server", "microservice"),
    "frontend": ("frontends", "front-end", "ui", "webapp", "web app", "spa"),
    "cli": ("clis", "command line", "command-line tool", "command line tool"),
    "infrastructure": ("infra", "iac"),
    "data": ("data pipeline", "etl"),
}
"""What a package can be, each with the other words that are read as it."""


def singular(kind: str) -> str:
    """Return `language`, `technology` or `kind`."""
    return _SINGULAR[kind]


@lru_cache(maxsize=4096)
def canonical(kind: str, word: str) -> str:
    """Return the word that is read for a language, technology or kind: itself, or the one it is another word for."""
    lower = word.lower()
    if lower in known(kind):
        return lower
    return _aliases(kind).get(lower, word)


def canonical_words(kind: str, words: Iterable[str]) -> tuple[str, ...]:
    """Return words as they are read, each once."""
    return tuple(dict.fromkeys(canonical(kind, word) for word in words))


@cache
def known(kind: str) -> frozenset[str]:
    """Return the published words: technologies and kinds that are detected, and languages."""
    if kind == "technologies":
        return frozenset(TECHNOLOGIES)
    if kind == "kinds":
        return frozenset(KINDS)
    from skills_build.languages import LANGUAGES

    names = (name.lower() for name, row in LANGUAGES.items() if row[0] in _LANGUAGE_TYPES)
    return frozenset({*names, *_MORE_LANGUAGES})


@cache
def _aliases(kind: str) -> dict[str, str]:
    if kind == "technologies":
        return {alias: name for name, aliases in TECHNOLOGIES.items() for alias in aliases}
    if kind == "kinds":
        return {alias: name for name, aliases in KINDS.items() for alias in aliases}
    from skills_build.languages import LANGUAGES

    valid = known(kind)
    pairs = [(alias, name.lower()) for name, row in LANGUAGES.items() for alias in row[4] if name.lower() in valid]
    times = Counter(alias for alias, _ in pairs)
    return {alias: name for alias, name in pairs if alias not in valid and times[alias] == 1}
