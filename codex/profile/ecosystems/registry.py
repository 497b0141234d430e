"""The ecosystems, in the order in which they are read: task runners first, since teams type their targets."""

from collections.abc import Callable, Iterator
from typing import Final

from codex.profile.ecosystems import (
    dotnet,
    elixir,
    go,
    javascript,
    jvm,
    make,
    php,
    python,
    ruby,
    rust,
    simple,
    tasks,
    versions,
)
from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Fact

READERS: Final[tuple[Callable[[EvidenceFolder], Iterator[Fact]], ...]] = (
    make.facts,
    tasks.facts,
    python.facts,
    javascript.facts,
    go.facts,
    rust.facts,
    jvm.facts,
    ruby.facts,
    php.facts,
    dotnet.facts,
    elixir.facts,
    simple.facts,
    versions.facts,
)

PACKAGE_FILES: Final = frozenset(
    {
        "package.json",
        "deno.json",
        "deno.jsonc",
        "pyproject.toml",
        "setup.py",
        "manage.py",
        "Pipfile",
        "Cargo.toml",
        "go.mod",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "composer.json",
        "Gemfile",
        "mix.exs",
        "Package.swift",
        "pubspec.yaml",
    }
)


def is_package_file(name: str) -> bool:
    """Return whether a folder with a file of this name is a package."""
    return name in PACKAGE_FILES or name.endswith((".sln", ".slnx"))
