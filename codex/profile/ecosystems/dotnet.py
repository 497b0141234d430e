""".NET: the references of projects, and the SDK that global.json pins. A solution covers all projects below it."""

from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder, tag
from codex.profile.model import Fact, Runtime, Technology
from codex.profile.technologies import of_dependencies
from codex.profile.untyped import as_str

PROJECTS: Final = (".csproj", ".fsproj", ".vbproj")
CENTRAL_VERSIONS: Final = "Directory.Packages.props"
"""With central package management this file also names every package.

Source: https://learn.microsoft.com/nuget/consume-packages/central-package-management
"""
_REFERENCES: Final = ("PackageReference", "PackageVersion", "FrameworkReference")
_WEB_SDK: Final = "Microsoft.NET.Sdk.Web"


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts of the .NET files in a folder and of the projects below it."""
    if not folder.ending(".sln", ".slnx", *PROJECTS):
        return
    for path in folder.below(*PROJECTS, CENTRAL_VERSIONS):
        yield from _project(folder, path)
    version = as_str(folder.json("global.json"), "sdk", "version")
    if version:
        yield Runtime(name="dotnet", version=version, evidence=f"{folder.at('global.json')}#sdk.version")


def _project(folder: EvidenceFolder, path: str) -> Iterator[Technology]:
    root = folder.sources.xml(path)
    if root is None:
        return
    if root.get("Sdk") == _WEB_SDK:
        yield Technology(name="http", evidence=f"{path}#Sdk")
    for element in root.iter():
        if tag(element) in _REFERENCES:
            yield from of_dependencies([element.get("Include") or ""], f"{path}#{tag(element)}")
