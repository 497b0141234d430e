"""Files that pin the version of a tool: .tool-versions, .nvmrc, .python-version and the like."""

from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Fact, Runtime, Technology
from codex.profile.untyped import as_str, as_table

VERSION_FILES: Final = (
    (".nvmrc", "node"),
    (".node-version", "node"),
    (".python-version", "python"),
    (".ruby-version", "ruby"),
    (".java-version", "java"),
    (".go-version", "go"),
    (".terraform-version", "terraform"),
    (".bazelversion", "bazel"),
    (".swift-version", "swift"),
)
# .tool-versions has the names of asdf's plugins: https://asdf-vm.com/manage/configuration.html#tool-versions
_ASDF_NAMES: Final = {"nodejs": "node", "golang": "go"}
MAX_LENGTH: Final = 60


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the versions of tools that a folder pins."""
    for name, tool in VERSION_FILES:
        lines = [line.strip() for line in folder.text(name).split("\n")]
        version = next((line for line in lines if line and not line.startswith("#")), "")
        if _is_printable(version):
            yield Runtime(name=tool, version=version.removeprefix("v"), evidence=folder.at(name))
    for line in folder.text(".tool-versions").split("\n")[:100]:
        tool, _, version = line.split("#")[0].strip().partition(" ")
        if tool and _is_printable(version.strip()):
            evidence = f"{folder.at('.tool-versions')}#{tool}"
            yield Runtime(name=_ASDF_NAMES.get(tool, tool), version=version.strip(), evidence=evidence)
    for engine, value in as_table(folder.json("package.json"), "engines").items():
        version = as_str(value) or ""
        if engine == "node" and _is_printable(version):
            evidence = f"{folder.at('package.json')}#engines.node"
            yield Runtime(name="node", version=version, evidence=evidence)
    required = as_str(folder.toml("pyproject.toml"), "project", "requires-python") or ""
    if _is_printable(required):
        evidence = f"{folder.at('pyproject.toml')}#project.requires-python"
        yield Runtime(name="python", version=required, evidence=evidence)
    if folder.first("wrangler.toml", "wrangler.jsonc", "wrangler.json"):
        file = folder.first("wrangler.toml", "wrangler.jsonc", "wrangler.json") or ""
        yield Technology(name="cloudflare-workers", evidence=folder.at(file))


def _is_printable(text: str) -> bool:
    return bool(text) and len(text) <= MAX_LENGTH and text.isprintable()
