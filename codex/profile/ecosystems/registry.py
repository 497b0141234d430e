"""The ecosystems, in the order in which they are read: task runners first, because developers run their targets."""

from collections.abc import Callable, Iterator
from typing import Final

from codex.profile.ecosystems import (
    containers,
    dart,
    dotnet,
    elixir,
    go,
    javascript,
    jvm,
    make,
    native,
    php,
    python,
    ruby,
    rust,
    script_files,
    simple,
    tasks,
    versions,
)
from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Fact

READERS: Final[tuple[Callable[[EvidenceFolder], Iterator[Fact]], ...]] = (
    make.facts,
    tasks.facts,
    script_files.facts,
    python.facts,
    javascript.facts,
    go.facts,
    rust.facts,
    jvm.facts,
    ruby.facts,
    php.facts,
    dotnet.facts,
    dart.facts,
    elixir.facts,
    native.facts,
    containers.facts,
    simple.facts,
    versions.facts,
)

_JAVASCRIPT: Final = ("JavaScript", "TypeScript", "Vue", "Svelte", "Astro")
_PYTHON: Final = ("Python", "Cython", "Jupyter Notebook")
_JVM: Final = ("Java", "Kotlin", "Scala", "Groovy", "Clojure")
PACKAGE_FILES: Final = {
    "package.json": _JAVASCRIPT,
    "deno.json": _JAVASCRIPT,
    "deno.jsonc": _JAVASCRIPT,
    "pyproject.toml": _PYTHON,
    "setup.py": _PYTHON,
    "manage.py": _PYTHON,
    "Pipfile": _PYTHON,
    "Cargo.toml": ("Rust",),
    "go.mod": ("Go",),
    "pom.xml": _JVM,
    "build.gradle": _JVM,
    "build.gradle.kts": _JVM,
    "composer.json": ("PHP",),
    "Gemfile": ("Ruby",),
    "mix.exs": ("Elixir",),
    "Package.swift": ("Swift",),
    "pubspec.yaml": ("Dart",),
}
"""The files that make a folder a package, and the languages they declare."""
_MORE_MANIFESTS: Final = {
    "requirements.txt": _PYTHON,
    "setup.cfg": _PYTHON,
    "environment.yml": _PYTHON,
    "tsconfig.json": ("TypeScript",),
    "build.sbt": ("Scala",),
    "project.clj": ("Clojure",),
    "rebar.config": ("Erlang",),
    "stack.yaml": ("Haskell",),
    "build.zig.zon": ("Zig",),
    "dune-project": ("OCaml",),
    "Project.toml": ("Julia",),
    "DESCRIPTION": ("R",),
}
_MANIFEST_SUFFIXES: Final = {
    ".csproj": ("C#",),
    ".fsproj": ("F#",),
    ".gemspec": ("Ruby",),
    ".cabal": ("Haskell",),
    ".rockspec": ("Lua",),
}
_MANIFESTS: Final = {**PACKAGE_FILES, **_MORE_MANIFESTS}


def is_package_file(name: str) -> bool:
    """Return whether a folder with a file of this name is a package."""
    return name in PACKAGE_FILES or name.endswith((".sln", ".slnx", ".cabal"))


def manifest_languages(name: str) -> tuple[str, ...]:
    """Return the languages that a file of this name declares; empty if it is not a manifest."""
    languages = _MANIFESTS.get(name)
    return languages if languages is not None else _MANIFEST_SUFFIXES.get(f".{name.rpartition('.')[2]}", ())
