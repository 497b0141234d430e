"""Ecosystems that a row suffices for: .NET, Elixir, Swift, Dart, CMake, Bazel, Terraform, Helm, Buf, Haskell, Zig."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from codex.profile.model import Command, Fact, Kind, Manager, Rank, Target, Technology
from codex.profile.sources import Folder


@dataclass(frozen=True, slots=True, kw_only=True)
class _Habit:
    """What the presence of a file means; `configured` where the file configures the very tool that is called."""

    file: re.Pattern[str]
    manager: str | None = None
    lines: tuple[tuple[Kind, str], ...]
    technology: str | None = None
    configured: bool = False


_HABITS: Final = (
    _Habit(
        file=re.compile(r".*\.(?:sln|slnx|csproj|fsproj|vbproj)"),
        manager="nuget",
        lines=(
            (Kind.INSTALL, "dotnet restore"),
            (Kind.BUILD, "dotnet build"),
            (Kind.TEST, "dotnet test"),
            (Kind.FORMAT, "dotnet format"),
        ),
        technology="dotnet",
    ),
    _Habit(
        file=re.compile(r"mix\.exs"),
        manager="mix",
        lines=(
            (Kind.INSTALL, "mix deps.get"),
            (Kind.BUILD, "mix compile"),
            (Kind.TEST, "mix test"),
            (Kind.FORMAT, "mix format"),
        ),
    ),
    _Habit(file=re.compile(r"\.credo\.exs"), lines=((Kind.LINT, "mix credo"),), configured=True),
    _Habit(
        file=re.compile(r"Package\.swift"),
        manager="swiftpm",
        lines=((Kind.BUILD, "swift build"), (Kind.TEST, "swift test")),
    ),
    _Habit(file=re.compile(r"\.swiftlint\.yml"), lines=((Kind.LINT, "swiftlint"),), configured=True),
    _Habit(
        file=re.compile(r"pubspec\.yaml"),
        manager="pub",
        lines=((Kind.INSTALL, "dart pub get"), (Kind.TEST, "dart test"), (Kind.FORMAT, "dart format .")),
    ),
    _Habit(
        file=re.compile(r"CMakeLists\.txt"),
        lines=((Kind.BUILD, "cmake --build build"), (Kind.TEST, "ctest --test-dir build")),
        technology="cmake",
    ),
    _Habit(
        file=re.compile(r"meson\.build"),
        lines=((Kind.BUILD, "meson compile -C build"), (Kind.TEST, "meson test -C build")),
        technology="meson",
    ),
    _Habit(
        file=re.compile(r"MODULE\.bazel|WORKSPACE(?:\.bazel)?"),
        manager="bazel",
        lines=((Kind.BUILD, "bazel build //..."), (Kind.TEST, "bazel test //...")),
        technology="bazel",
    ),
    _Habit(
        file=re.compile(r".*\.tf"),
        lines=((Kind.LINT, "terraform validate"), (Kind.FORMAT, "terraform fmt -recursive")),
        technology="terraform",
    ),
    _Habit(file=re.compile(r"\.tflint\.hcl"), lines=((Kind.LINT, "tflint"),), configured=True),
    _Habit(file=re.compile(r"Chart\.yaml"), lines=((Kind.LINT, "helm lint ."),), technology="helm"),
    _Habit(
        file=re.compile(r"buf\.yaml"),
        lines=((Kind.LINT, "buf lint"), (Kind.FORMAT, "buf format -w"), (Kind.BUILD, "buf build")),
        technology="protobuf",
        configured=True,
    ),
    _Habit(
        file=re.compile(r"stack\.yaml"),
        manager="stack",
        lines=((Kind.BUILD, "stack build"), (Kind.TEST, "stack test")),
    ),
    _Habit(
        file=re.compile(r"build\.zig"),
        manager="zig",
        lines=((Kind.BUILD, "zig build"), (Kind.TEST, "zig build test")),
    ),
    _Habit(file=re.compile(r"Dockerfile"), lines=((Kind.BUILD, "docker build ."),), technology="docker"),
    _Habit(file=re.compile(r"\.shellcheckrc"), lines=(), technology="shellcheck"),
)


def facts(folder: Folder) -> Iterator[Fact]:
    """Yield what the presence of known files says."""
    yield from _pre_commit(folder)
    for habit in _HABITS:
        found = next((name for name in folder.names if habit.file.fullmatch(name) and folder.has(name)), None)
        if found is None:
            continue
        evidence = folder.at(found)
        if habit.manager:
            yield Manager(name=habit.manager, evidence=evidence)
        if habit.technology:
            yield Technology(name=habit.technology, evidence=evidence)
        rank = Rank.CONFIGURATION if habit.configured else Rank.DEFAULT
        for kind, line in habit.lines:
            fit = 2 if line.startswith("docker") else 1
            default = not habit.configured
            yield Command(kind=kind, line=line, evidence=evidence, rank=rank, default=default, fit=fit)


def _pre_commit(folder: Folder) -> Iterator[Fact]:
    """pre-commit is a runner with one target: CI that calls it proves it."""
    name = folder.first(".pre-commit-config.yaml", "prek.toml")
    if name is None:
        return
    evidence, rank = folder.at(name), Rank.CONFIGURATION
    yield Technology(name="pre-commit", evidence=evidence)
    line = "pre-commit run --all-files" if name.startswith(".pre") else "prek run --all-files"
    yield Target(runner="pre-commit", name="run", line=line, evidence=evidence, rank=rank, kind=Kind.LINT)
