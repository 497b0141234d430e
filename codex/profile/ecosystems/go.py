"""Go: go.mod and go.work."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Command, CommandKind, Fact, Member, PackageManager, Rank, Runtime, Title
from codex.profile.technologies import of_dependencies
from codex.profile.untyped import as_strs

MAX_LINE: Final = 500
_MODULE: Final = re.compile(r"^module[ \t]+([^\s]+)", re.MULTILINE)
_VERSION: Final = re.compile(r"^go[ \t]+([0-9][0-9.]*)", re.MULTILINE)
_REQUIREMENT: Final = re.compile(r"^(?:require)?[ \t]*+([a-z0-9][\w-]*+\.[\w./~-]++)[ \t]++v[0-9]", re.MULTILINE)
_USE: Final = re.compile(r"^(?:use)?[ \t]+(\.[\w./-]*)", re.MULTILINE)
_MAJOR_VERSION: Final = re.compile(r"/v[0-9]+$")
LINTER_FILES: Final = (".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json")
_DEFAULTS: Final = (
    (CommandKind.BUILD, "go build ./..."),
    (CommandKind.TEST, "go test ./..."),
    (CommandKind.LINT, "go vet ./..."),
    (CommandKind.FORMAT, "gofmt -w ."),
    (CommandKind.INSTALL, "go mod download"),
)


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts of the Go files in a folder."""
    if folder.has("go.work"):
        yield from (Member(glob=path) for path in _USE.findall(folder.text("go.work"))[:200])
    if not folder.has("go.mod"):
        return
    evidence, text = folder.at("go.mod"), folder.text("go.mod")
    yield PackageManager(name="go", evidence=evidence)
    module = _MODULE.search(text)
    if module:
        yield Title(name=module[1])
    version = _VERSION.search(text)
    if version:
        yield Runtime(name="go", version=version[1], evidence=f"{evidence}#go")
    yield from of_dependencies(_required(text), f"{evidence}#require")
    linter = folder.first(*LINTER_FILES)
    if linter:
        line, rank = "golangci-lint run", Rank.CONFIGURATION
        yield Command(kind=CommandKind.LINT, line=line, evidence=folder.at(linter), rank=rank)
        if _has_formatters(folder, linter):
            line, key = "golangci-lint fmt", f"{folder.at(linter)}#formatters"
            yield Command(kind=CommandKind.FORMAT, line=line, evidence=key, rank=rank)
    for kind, line in _DEFAULTS:
        yield Command(kind=kind, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)


def _has_formatters(folder: EvidenceFolder, linter: str) -> bool:
    """Return whether golangci-lint formats: https://golangci-lint.run/docs/formatters/configuration/."""
    data = folder.toml(linter) if linter.endswith(".toml") else folder.sources.yaml(folder.at(linter))
    return bool(as_strs(data, "formatters", "enable"))


def _required(text: str) -> Iterator[str]:
    """Yield the modules that are required directly, without their major version suffix.

    Source: https://go.dev/ref/mod#go-mod-file-require (`// indirect`), https://go.dev/ref/mod#major-version-suffixes
    """
    for line in text.split("\n"):
        match = _REQUIREMENT.match(line) if len(line) < MAX_LINE else None
        if match and "// indirect" not in line:
            yield _MAJOR_VERSION.sub("", match[1])
