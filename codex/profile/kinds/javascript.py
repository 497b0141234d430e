"""What a package for npm is, by package.json."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.kinds.frameworks import INTERFACES, SERVERS, first_of, kind_fact, starter
from codex.profile.model import DetectedKind, RepositoryKind
from codex.profile.paths import is_auxiliary
from codex.profile.untyped import as_str, as_table, get

_ENTRIES: Final = ("exports", "main", "module", "types")
_SERVER_FRAMEWORKS: Final = frozenset({"next", "nuxt", "@sveltejs/kit", "@remix-run/react"})
"""UI frameworks that also run on a server."""
_STARTS: Final = re.compile(r"\b(?:node|tsx|ts-node|nodemon|nest start|bun|next start|nuxt start|pm2)\b")
_BUILDS: Final = re.compile(
    r"\b(?:vite build|next build|nuxt build|nuxi build|ng build|react-scripts build|webpack|astro build|parcel build"
    r"|vue-cli-service build|gatsby build|svelte-kit build|rsbuild build|remix build|expo export|ember build)\b"
)
_BUILD_NAME: Final = re.compile(
    r"(?:(?:app|client|web|frontend|vite)[:-])?build(?:[:-](?:app|client|web|prod|production|all|only))?"
)
_APPEARANCE: Final = (
    ".vue",
    ".svelte",
    ".css",
    ".scss",
    ".sass",
    ".less",
    ".stories.tsx",
    ".stories.jsx",
    ".stories.ts",
)
"""Endings of file names that libraries of components have, but libraries for data or tools do not."""
_PAGES: Final = ("index.html", "public/index.html", "src/index.html", "src/app.html", "angular.json")


def kinds(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    """Yield what package.json proves."""
    if not folder.has("package.json"):
        return
    package, evidence = folder.json("package.json"), folder.at("package.json")
    dependencies = as_table(package, "dependencies")
    scripts = as_table(package, "scripts")
    is_public = get(package, "private") is not True and as_str(package, "name") is not None
    entry = next((key for key in _ENTRIES if get(package, key) is not None), None)
    if is_public and (entry or folder.has("index.js")):
        yield kind_fact(RepositoryKind.LIBRARY, f"{evidence}#{entry or 'name'}")
    if get(package, "bin") is not None:
        yield kind_fact(RepositoryKind.CLI, f"{evidence}#bin")
    server = first_of(dependencies, SERVERS)
    start = _start(folder, scripts)
    if server and start and not (is_public and entry):
        yield kind_fact(RepositoryKind.SERVICE, f"{evidence}#dependencies.{server}, {start}")
    interface = first_of({**dependencies, **as_table(package, "devDependencies")}, INTERFACES)
    build = _build(folder, scripts) if interface else None
    if interface and build and not (is_public and entry):
        yield kind_fact(RepositoryKind.FRONTEND, f"{evidence}#{_key(dependencies, interface)}.{interface}, {build}")
    elif is_public and entry:
        yield from _of_components(folder, {key: as_table(package, key) for key in ("dependencies", "peerDependencies")})


def _of_components(folder: EvidenceFolder, tables: dict[str, dict[str, object]]) -> Iterator[DetectedKind]:
    """Yield that a published package is a user interface: it needs a UI framework, and has components or styles."""
    appearance = next((path for path in folder.paths if path.endswith(_APPEARANCE) and not is_auxiliary(path)), None)
    for key, names in tables.items() if appearance else ():
        interface = first_of(names, INTERFACES)
        if interface:
            evidence = f"{folder.at('package.json')}#{key}.{interface}, {appearance}"
            yield kind_fact(RepositoryKind.FRONTEND, evidence)
            return


def _key(dependencies: dict[str, object], name: str) -> str:
    return "dependencies" if name in dependencies else "devDependencies"


def _start(folder: EvidenceFolder, scripts: dict[str, object]) -> str | None:
    """Return what starts a server: a script, or a file for a platform."""
    for name in ("start", "start:prod", "serve", "dev"):
        line = scripts.get(name)
        if isinstance(line, str) and _STARTS.search(line):
            return f"{folder.at('package.json')}#scripts.{name}"
    return starter(folder)


def _build(folder: EvidenceFolder, scripts: dict[str, object]) -> str | None:
    """Return what builds an application with a user interface: a script of a bundler, or a page."""
    for name, line in scripts.items():
        if isinstance(line, str) and _BUILD_NAME.fullmatch(name) and _BUILDS.search(line):
            return f"{folder.at('package.json')}#scripts.{name}"
    page = folder.first(*_PAGES)
    return folder.at(page) if page else None
