"""What packages of Go, Rust and Haskell are, by their manifests and their main programs."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.kinds.frameworks import CLIS, SERVERS, first_of, kind_fact, port
from codex.profile.model import DetectedKind, RepositoryKind
from codex.profile.untyped import as_rows, as_table, get

_GO_CLAUSE: Final = re.compile(r"^package\s+(\w+)", re.MULTILINE)
_GO_REQUIREMENT: Final = re.compile(r"^(?:require)?[ \t]*+([a-z0-9][\w-]*+\.[\w./~-]++)[ \t]++v[0-9]", re.MULTILINE)
_GO_MAIN: Final = re.compile(r"cmd/(?:[\w.-]+/)?main\.go|main\.go")
_RUST_PROGRAM: Final = re.compile(r"(?!.*(?:test|bench|fixture|example))[\w-]+(?:\.rs|/main\.rs)")
_MAJOR_VERSION: Final = re.compile(r"/v[0-9]+$")
_CABAL_STANZA: Final = re.compile(r"^(library|executable)\b(?![ \t]+\S+-internal)", re.MULTILINE | re.IGNORECASE)


def kinds(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    """Yield what the manifests of a folder prove."""
    if folder.has("go.mod"):
        yield from _go(folder)
    if folder.has("Cargo.toml"):
        yield from _rust(folder)
    for name in folder.ending(".cabal"):
        stanzas = {match.lower() for match in _CABAL_STANZA.findall(folder.text(name))}
        for stanza, kind in (("library", RepositoryKind.LIBRARY), ("executable", RepositoryKind.CLI)):
            if stanza in stanzas:
                yield kind_fact(kind, f"{folder.at(name)}#{stanza}")


def _programs(folder: EvidenceFolder, kind_names: dict[str, str], main: str | None) -> Iterator[DetectedKind]:
    """Yield what a main program is: a service by a server framework or a port, else a command."""
    if main is None:
        return
    server, cli = first_of(kind_names, SERVERS), first_of(kind_names, CLIS)
    served = None if cli else port(folder)  # a command may serve something, such as a preview
    if server or served:
        yield kind_fact(RepositoryKind.SERVICE, f"{kind_names[server] if server else served}, {main}")
    if cli or not (server or served):
        yield kind_fact(RepositoryKind.CLI, f"{kind_names[cli]}, {main}" if cli else main)


def _go(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    evidence = folder.at("go.mod")
    prefix = f"{folder.path}/" if folder.path else ""
    sources = [name for name in folder.ending(".go") if not name.endswith("_test.go")]
    clauses = {name: match[1] for name in sources if (match := _GO_CLAUSE.search(folder.text(name)))}
    mains = [name for name, clause in clauses.items() if clause == "main" and name != "magefile.go"]
    below = folder.sources.under(folder.at("cmd"))
    main = next((path for path in below if _GO_MAIN.fullmatch(path.removeprefix(prefix))), None)
    main = folder.at(mains[0]) if mains else main
    required = {
        _MAJOR_VERSION.sub("", name): f"{evidence}#require.{name}"
        for line in folder.text("go.mod").split("\n")[:2000]
        if "// indirect" not in line
        for name in _GO_REQUIREMENT.findall(line[:500])
    }
    yield from _programs(folder, required, main)
    is_importable = any(clause != "main" for clause in clauses.values()) and not mains
    if is_importable or main is None:
        yield kind_fact(RepositoryKind.LIBRARY, f"{evidence}#module")


def _first_program(folder: EvidenceFolder) -> str | None:
    """Return the first program below `src/bin`: https://doc.rust-lang.org/cargo/guide/project-layout.html."""
    prefix = folder.at("src/bin/")
    programs = folder.sources.under(folder.at("src/bin"))
    return next((path for path in programs if _RUST_PROGRAM.fullmatch(path.removeprefix(prefix))), None)


def _rust(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    manifest, evidence = folder.toml("Cargo.toml"), folder.at("Cargo.toml")
    if get(manifest, "package") is None:
        return
    dependencies = {name: f"{evidence}#dependencies.{name}" for name in as_table(manifest, "dependencies")}
    main = folder.at("src/main.rs") if folder.has("src/main.rs") else None
    if main is None and as_rows(manifest, "bin"):
        main = f"{evidence}#bin"
    main = main or _first_program(folder)
    is_published = get(manifest, "package", "publish") not in (False, [])
    yield from _programs(folder, dependencies, main)
    if is_published and (get(manifest, "lib") is not None or folder.has("src/lib.rs")):
        yield kind_fact(RepositoryKind.LIBRARY, f"{evidence}#lib" if get(manifest, "lib") else folder.at("src/lib.rs"))
