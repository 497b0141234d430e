"""Maps programs to languages, to distinguish the tools of the product from those of a small part."""

from collections.abc import Iterable
from typing import Final

from codex.profile.model import Language

_SMALLEST_PART: Final = 0.5
"""A language whose share is smaller than this fraction of the largest share is secondary."""
_FAMILIES: Final = {
    "npm pnpm yarn bun npx bunx node deno tsc jest vitest eslint prettier playwright cypress markdownlint": (
        ("JavaScript", "TypeScript", "Vue", "Svelte", "Astro")
    ),
    "pip uv poetry pdm hatch pipenv pytest tox nox python mypy ruff flake8 black rye pixi": (
        "Python",
        "Jupyter Notebook",
    ),
    "go gofmt golangci-lint": ("Go",),
    "cargo": ("Rust",),
    "bundle bundler rake rspec rubocop": ("Ruby",),
    "composer phpunit phpstan": ("PHP",),
    "mix": ("Elixir",),
    "sbt mvn gradle maven": ("Java", "Kotlin", "Scala", "Groovy"),
    "dotnet nuget": ("C#", "F#", "Visual Basic .NET"),
    "swift swiftpm": ("Swift",),
    "dart flutter pub": ("Dart",),
    "cabal stack": ("Haskell",),
    "zig": ("Zig",),
    "cmake ctest meson ninja": ("C", "C++", "Objective-C"),
}
_LANGUAGES: Final = {program: languages for programs, languages in _FAMILIES.items() for program in programs.split()}
_ALL: Final = frozenset(_FAMILIES.values())


def secondary_programs(languages: Iterable[Language]) -> frozenset[str]:
    """Return the programs whose languages are a small part of a package, if others are the main part."""
    shares = {language.name: language.share for language in languages}
    by_family = {family: sum(shares.get(name, 0.0) for name in family) for family in _ALL}
    largest = max(by_family.values(), default=0.0)
    return frozenset(program for program, family in _LANGUAGES.items() if by_family[family] < _SMALLEST_PART * largest)


def is_own_manager(name: str, languages: Iterable[Language]) -> bool:
    """Return whether a package has code in a language of its package manager; unknown managers count."""
    family = _LANGUAGES.get(name)
    return family is None or any(language.name in family for language in languages)
