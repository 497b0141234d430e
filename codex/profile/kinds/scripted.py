"""What packages of Ruby, PHP, Elixir, Dart and .NET are."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.ecosystems.dotnet import PROJECTS
from codex.profile.evidence_files import EvidenceFolder, tag
from codex.profile.kinds.frameworks import SERVERS, first_of, kind_fact, starter
from codex.profile.model import DetectedKind, RepositoryKind
from codex.profile.paths import is_auxiliary
from codex.profile.untyped import as_str, as_table, get

_GEM: Final = re.compile(r"""^[ \t]*(?:gem|\w+\.add_(?:runtime_)?dependency)[ (]+["']([\w-]+)["']""", re.MULTILINE)
_GEM_PROGRAMS: Final = re.compile(r"^[^#\n]*\.executables\b", re.MULTILINE)
_MIX_DEPENDENCY: Final = re.compile(r"\{\s*:(\w+)\s*,")
_MIX_PACKAGE: Final = re.compile(r"(?:^|[\s\[,])package:|^[ \t]*defp?\s+package\b", re.MULTILINE)
_MIX_APPLICATION: Final = re.compile(r"\bmod:\s*\{")
_FLUTTER: Final = re.compile(r"^[ \t]++sdk:[ \t]*flutter\b", re.MULTILINE)


def kinds(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    """Yield what the manifests of a folder prove."""
    yield from _ruby(folder)
    yield from _php(folder)
    yield from _elixir(folder)
    yield from _dart(folder)
    yield from _dotnet(folder)


def _ruby(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    specs = folder.ending(".gemspec")
    for name in specs[:1]:
        yield kind_fact(RepositoryKind.LIBRARY, folder.at(name))
        if _GEM_PROGRAMS.search(folder.text(name)):
            yield kind_fact(RepositoryKind.CLI, f"{folder.at(name)}#executables")
    gems = dict.fromkeys(_GEM.findall(folder.text("Gemfile"))[:500])
    server = first_of(gems, SERVERS)
    entry = folder.first("config/application.rb", "config.ru", "bin/rails")
    if server and entry and not specs:
        yield kind_fact(RepositoryKind.SERVICE, f"{folder.at('Gemfile')}#{server}, {folder.at(entry)}")


def _php(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    if not folder.has("composer.json"):
        return
    data, evidence = folder.json("composer.json"), folder.at("composer.json")
    server = first_of(as_table(data, "require"), SERVERS)
    entry = folder.first("artisan", "bin/console", "public/index.php", "index.php")
    # `library` is the default type: https://getcomposer.org/doc/04-schema.md#type
    type_ = as_str(data, "type") or "library"
    if server and (entry or starter(folder)) and type_ == "project":
        yield kind_fact(RepositoryKind.SERVICE, f"{evidence}#require.{server}")
    elif as_str(data, "name") and type_ != "project":
        yield kind_fact(RepositoryKind.LIBRARY, f"{evidence}#name")
    if get(data, "bin") is not None:
        yield kind_fact(RepositoryKind.CLI, f"{evidence}#bin")


def _elixir(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    text, evidence = folder.text("mix.exs"), folder.at("mix.exs")
    server = first_of(dict.fromkeys(_MIX_DEPENDENCY.findall(text)[:500]), SERVERS)
    if _MIX_PACKAGE.search(text):
        yield kind_fact(RepositoryKind.LIBRARY, f"{evidence}#package")
    elif server and _MIX_APPLICATION.search(text):
        yield kind_fact(RepositoryKind.SERVICE, f"{evidence}#deps.{server}")
    if "escript:" in text:
        yield kind_fact(RepositoryKind.CLI, f"{evidence}#escript")


def _dart(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    if not folder.has("pubspec.yaml"):
        return
    data, evidence = folder.yaml("pubspec.yaml"), folder.at("pubspec.yaml")
    is_private = as_str(data, "publish_to") == "none"
    if not is_private and as_str(data, "name") and get(data, "version") is not None:
        yield kind_fact(RepositoryKind.LIBRARY, f"{evidence}#version")
    if get(data, "executables") is not None:
        yield kind_fact(RepositoryKind.CLI, f"{evidence}#executables")
    if is_private and _FLUTTER.search(folder.text("pubspec.yaml")) and folder.has("lib/main.dart"):
        yield kind_fact(RepositoryKind.FRONTEND, folder.at("lib/main.dart"))


def _shared_metadata(folder: EvidenceFolder) -> str | None:
    """Return where the projects of a folder share metadata of packages.

    Source: https://learn.microsoft.com/visualstudio/msbuild/customize-by-directory
    """
    for path in folder.below("Directory.Build.props"):
        root = None if is_auxiliary(path) else folder.sources.xml(path)
        keys = {tag(element) for element in root.iter()} if root is not None else set()
        key = next((key for key in _NUGET if key in keys), None)
        if key:
            return f"{path}#{key}"
    return None


def _dotnet(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    if not folder.ending(".sln", ".slnx", *PROJECTS):
        return
    shared = _shared_metadata(folder)
    for path in folder.below(*PROJECTS):
        root = folder.sources.xml(path)
        if root is None or is_auxiliary(path) or _TRIAL_PROJECT.search(path):
            continue
        values = {tag(element): (element.text or "").strip().lower() for element in root.iter()}
        if (
            any(values.get(key) == "true" for key in _WINDOWED)
            or root.get("Sdk") == "Microsoft.NET.Sdk.BlazorWebAssembly"
        ):
            yield kind_fact(
                RepositoryKind.FRONTEND, f"{path}#{next((key for key in _WINDOWED if key in values), 'Sdk')}"
            )
        elif root.get("Sdk") in ("Microsoft.NET.Sdk.Web", "Microsoft.NET.Sdk.Worker"):
            yield kind_fact(RepositoryKind.SERVICE, f"{path}#Sdk")
        elif values.get("PackAsTool") == "true":
            yield kind_fact(RepositoryKind.CLI, f"{path}#PackAsTool")
        elif values.get("OutputType") == "exe" and "IsAspireHost" not in values:
            yield kind_fact(RepositoryKind.CLI, f"{path}#OutputType")
        elif values.get("IsPackable") != "false" and any(key in values for key in _NUGET):
            key = next(key for key in _NUGET if key in values)
            yield kind_fact(RepositoryKind.LIBRARY, f"{path}#{key}")
        elif values.get("IsPackable") != "false" and shared:
            yield kind_fact(RepositoryKind.LIBRARY, shared)


_TRIAL_PROJECT: Final = re.compile(
    r"(?:^|[./])(?:Test\w*|\w*(?:Tests?|Benchmarks?|Samples?|Examples?))\.\w+proj$", re.IGNORECASE
)
_WINDOWED: Final = ("UseMaui", "UseWPF", "UseWindowsForms")
_NUGET: Final = (
    "PackageId",
    "PackageTags",
    "PackageReleaseNotes",
    "GeneratePackageOnBuild",
    "PackageProjectUrl",
    "Description",
)
"""Properties of projects that are published: https://learn.microsoft.com/nuget/reference/msbuild-targets."""
