"""Ecosystems that need one row: .NET, Elixir, Bazel, Terraform, Helm, Buf, Haskell, configuration of formatters."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.conventions import is_bazel_tree
from codex.profile.ecosystems.python_tools import environment_prefix
from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Command, CommandKind, Fact, PackageManager, Rank, TaskTarget, Technology
from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Convention:
    """The commands that a file implies; `configured` is True where the file configures the tool that is called."""

    file: re.Pattern[str]
    manager: str | None = None
    lines: tuple[tuple[CommandKind, str], ...]
    technology: str | None = None
    configured: bool = False


CONVENTIONS: Final = (
    _Convention(
        file=re.compile(r".*\.(?:sln|slnx|csproj|fsproj|vbproj)"),
        manager="nuget",
        lines=(
            (CommandKind.INSTALL, "dotnet restore"),
            (CommandKind.BUILD, "dotnet build"),
            (CommandKind.TEST, "dotnet test"),
            (CommandKind.FORMAT, "dotnet format"),
        ),
        technology="dotnet",
    ),
    _Convention(
        file=re.compile(r"mix\.exs"),
        manager="mix",
        lines=(
            (CommandKind.INSTALL, "mix deps.get"),
            (CommandKind.BUILD, "mix compile"),
            (CommandKind.TEST, "mix test"),
            (CommandKind.FORMAT, "mix format"),
        ),
    ),
    _Convention(file=re.compile(r"\.credo\.exs"), lines=((CommandKind.LINT, "mix credo"),), configured=True),
    _Convention(file=re.compile(r"\.swiftlint\.yml"), lines=((CommandKind.LINT, "swiftlint"),), configured=True),
    _Convention(file=re.compile(r"\.swiftformat"), lines=((CommandKind.FORMAT, "swiftformat ."),), configured=True),
    _Convention(
        file=re.compile(r"\.swift-format"),
        lines=(
            (CommandKind.FORMAT, "swift format --in-place --recursive ."),
            (CommandKind.LINT, "swift format lint --recursive --strict ."),
        ),
        configured=True,
    ),
    _Convention(
        file=re.compile(r"MODULE\.bazel|WORKSPACE(?:\.bazel)?"),
        manager="bazel",
        lines=((CommandKind.BUILD, "bazel build //..."), (CommandKind.TEST, "bazel test //...")),
        technology="bazel",
    ),
    _Convention(
        file=re.compile(r".*\.tf"),
        lines=(
            (CommandKind.LINT, "terraform init -backend=false && terraform validate"),
            (CommandKind.FORMAT, "terraform fmt -recursive"),
        ),
        technology="terraform",
    ),
    _Convention(file=re.compile(r"\.tflint\.hcl"), lines=((CommandKind.LINT, "tflint"),), configured=True),
    _Convention(file=re.compile(r"Chart\.yaml"), lines=((CommandKind.LINT, "helm lint ."),), technology="helm"),
    _Convention(
        file=re.compile(r"buf\.yaml"),
        lines=((CommandKind.LINT, "buf lint"), (CommandKind.FORMAT, "buf format -w"), (CommandKind.BUILD, "buf build")),
        technology="protobuf",
        configured=True,
    ),
    _Convention(
        file=re.compile(r"cabal\.project"),
        manager="cabal",
        lines=((CommandKind.BUILD, "cabal build all"), (CommandKind.TEST, "cabal test all")),
    ),
    _Convention(
        file=re.compile(r"stack\.yaml"),
        manager="stack",
        lines=((CommandKind.BUILD, "stack build"), (CommandKind.TEST, "stack test")),
    ),
    _Convention(
        file=re.compile(r"dune-project"),
        manager="opam",
        lines=((CommandKind.BUILD, "dune build"), (CommandKind.TEST, "dune test")),
    ),
    _Convention(file=re.compile(r"\.ocamlformat"), lines=((CommandKind.FORMAT, "dune fmt"),), configured=True),
    _Convention(file=re.compile(r"\.shellcheckrc"), lines=(), technology="shellcheck"),
)


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts that the presence of a file implies."""
    yield from _pre_commit(folder)
    for convention in CONVENTIONS:
        file_name = next(
            (file_name for file_name in folder.names if convention.file.fullmatch(file_name) and folder.has(file_name)),
            None,
        )
        if file_name is None:
            continue
        evidence = folder.at(file_name)
        if convention.manager:
            yield PackageManager(name=convention.manager, evidence=evidence)
        if convention.technology:
            yield Technology(name=convention.technology, evidence=evidence)
        rank = Rank.CONFIGURATION if convention.configured else Rank.DEFAULT
        for kind, line in _with_project(convention, folder):
            if line.startswith("bazel test") and not _has_bazel_packages(folder):
                continue
            default = not convention.configured or line == "buf build"  # its images are seldom the product
            yield Command(
                kind=kind,
                line=line,
                evidence=evidence,
                rank=Rank.DEFAULT if default else rank,
                default=default,
                fit=_fit(folder, line),
            )


def _with_project(convention: _Convention, folder: EvidenceFolder) -> tuple[tuple[CommandKind, str], ...]:
    """Return the lines of a convention; those of .NET name the solution where a folder has several files to choose.

    Without it, MSBuild fails: https://learn.microsoft.com/visualstudio/msbuild/errors/msb1011
    """
    if convention.manager != "nuget":
        return convention.lines
    names = folder.ending(".slnx", ".sln", ".csproj", ".fsproj", ".vbproj", ".proj")
    bases = {name.rpartition(".")[0] for name in names}
    solutions = sorted((name for name in names if name.endswith((".sln", ".slnx"))), key=len, reverse=True)
    if len(names) == 1 or (len(bases) == 1 and len(solutions) == 1 and len(names) == 2):
        return convention.lines
    if len({name.rpartition(".")[0] for name in solutions}) != 1:
        return ()
    return tuple((kind, f"{line} {solutions[0]}") for kind, line in convention.lines)


def _fit(folder: EvidenceFolder, line: str) -> int:
    """Return the fit of a convention: Bazel comes first where it builds the tree, and else last."""
    if not line.startswith("bazel"):
        return 6 if line == "buf build" else 1
    return -1 if is_bazel_tree(folder) else 6


def _has_bazel_packages(folder: EvidenceFolder) -> bool:
    """Return whether a tree has Bazel packages below the root: one for the root alone mostly exports a library."""
    return any(path.endswith(("/BUILD", "/BUILD.bazel")) for path in folder.paths)


def _pre_commit(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield pre-commit as a runner with one target, which CI proves by calling it."""
    name = folder.first(".pre-commit-config.yaml", "prek.toml")
    if name is None:
        return
    evidence, rank = folder.at(name), Rank.CONFIGURATION
    yield Technology(name="pre-commit", evidence=evidence)
    line = "pre-commit run --all-files" if name.startswith(".pre") else "prek run --all-files"
    line = environment_prefix(folder, line.split()[0]) + line
    yield TaskTarget(runner="pre-commit", name="run", line=line, evidence=evidence, rank=rank, kind=CommandKind.LINT)
