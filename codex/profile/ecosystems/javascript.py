"""JavaScript and TypeScript: package.json, lock files, workspaces; deno.json."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import (
    Command,
    CommandKind,
    Fact,
    Member,
    PackageManager,
    Rank,
    TaskTarget,
    Technology,
    Title,
)
from codex.profile.technologies import of_dependencies
from codex.profile.untyped import as_str, as_strs, as_table, get

_LOCKS: Final = (
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
    ("pnpm-workspace.yaml", "pnpm"),
)
_INSTALL: Final = {
    "npm": "npm ci",
    "pnpm": "pnpm install --frozen-lockfile",
    "yarn": "yarn install --frozen-lockfile",
    "bun": "bun install --frozen-lockfile",
}
_DEPENDENCIES: Final = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_EXEC: Final = {"npm": "npx ", "pnpm": "pnpm exec ", "yarn": "yarn ", "bun": "bunx "}
_ESLINT: Final = (
    *(f"eslint.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")),
    *(f".eslintrc.{ending}" for ending in ("json", "js", "cjs", "yml", "yaml")),
)
_PRETTIER: Final = (
    ".prettierrc",
    *(f".prettierrc.{ending}" for ending in ("json", "js", "cjs", "yml", "yaml", "toml")),
    *(f"prettier.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")),
)
_CONFIGURED: Final = (
    (("vitest.config.ts", "vitest.config.js", "vitest.config.mts"), CommandKind.TEST, "vitest run"),
    (("jest.config.js", "jest.config.ts", "jest.config.mjs", "jest.config.cjs"), CommandKind.TEST, "jest"),
    (_ESLINT, CommandKind.LINT, "eslint ."),
    (("biome.json", "biome.jsonc"), CommandKind.LINT, "biome check ."),
    (("biome.json", "biome.jsonc"), CommandKind.FORMAT, "biome format --write ."),
    (_PRETTIER, CommandKind.FORMAT, "prettier --write ."),
    (("tsconfig.json",), CommandKind.LINT, "tsc --noEmit"),
)
_BERRY: Final = re.compile(r"yarn@(?:[2-9]|[1-9]\d)")
_TASKS: Final = (
    (CommandKind.BUILD, "build"),
    (CommandKind.TEST, "test"),
    (CommandKind.LINT, "lint"),
    (CommandKind.FORMAT, "format"),
)
_HIDDEN: Final = ("pre", "post")
_NO_TEST: Final = "no test specified"


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield what package.json and its company say."""
    yield from _deno(folder)
    if not folder.has("package.json"):
        return
    package = folder.json("package.json")
    manager = _manager(folder)
    yield manager
    yield from _title(package)
    yield from _install(folder, manager)
    yield from _workspaces(folder, package)
    for key in _DEPENDENCIES:
        yield from of_dependencies(as_table(package, key), f"{folder.at('package.json')}#{key}")
    yield from _scripts(folder, package, manager.name)
    yield from _configured(folder, manager.name)
    yield from _orchestrated(folder, manager.name)


def _manager(folder: EvidenceFolder) -> PackageManager:
    """`packageManager` says it; else the nearest lock file; else npm, for which the manifest itself is the evidence."""
    for above in folder.above():
        named = as_str(above.json("package.json"), "packageManager")
        if named and named.partition("@")[0] in _INSTALL:
            return PackageManager(name=named.partition("@")[0], evidence=f"{above.at('package.json')}#packageManager")
        for name, manager in _LOCKS:
            if above.has(name):
                return PackageManager(name=manager, evidence=above.at(name))
    return PackageManager(name="npm", evidence=folder.at("package.json"))


def _title(package: object) -> Iterator[Title]:
    name = as_str(package, "name")
    if name:
        yield Title(name=name)


def _install(folder: EvidenceFolder, manager: PackageManager) -> Iterator[Command]:
    locked = any(folder.has(name) for name, _ in _LOCKS)
    if locked:
        evidence, rank, line = manager.evidence, Rank.CONFIGURATION, _INSTALL[manager.name]
        line = "yarn install --immutable" if manager.name == "yarn" and _is_berry(folder) else line
        yield Command(kind=CommandKind.INSTALL, line=line, evidence=evidence, rank=rank)
    elif not folder.path:
        line, evidence = f"{manager.name} install", folder.at("package.json")
        yield Command(kind=CommandKind.INSTALL, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)


def _is_berry(folder: EvidenceFolder) -> bool:
    """Whether Yarn is of version 2 or later, which has a file of its own and knows other flags."""
    named = as_str(folder.json("package.json"), "packageManager") or ""
    return folder.has(".yarnrc.yml") or bool(_BERRY.match(named))


def _workspaces(folder: EvidenceFolder, package: object) -> Iterator[Member]:
    globs = as_strs(package, "workspaces") or as_strs(package, "workspaces", "packages")
    globs += as_strs(folder.yaml("pnpm-workspace.yaml"), "packages")
    globs += as_strs(folder.json("lerna.json"), "packages")
    yield from (Member(glob=glob) for glob in dict.fromkeys(globs))


def _scripts(folder: EvidenceFolder, package: object, manager: str) -> Iterator[TaskTarget]:
    scripts = as_table(package, "scripts")
    for name, value in scripts.items():
        if not isinstance(value, str) or _NO_TEST in value or _is_hook(name, scripts):
            continue
        evidence = f"{folder.at('package.json')}#scripts.{name}"
        yield TaskTarget(runner="script", name=name, line=_line(manager, name), evidence=evidence, body=(value,))


def _is_hook(name: str, scripts: dict[str, object]) -> bool:
    """`pretest` runs by itself before `test`."""
    return any(name.startswith(hook) and name.removeprefix(hook) in scripts for hook in _HIDDEN) or name in (
        "prepare",
        "prepublishOnly",
        "prepack",
        "postinstall",
        "preinstall",
    )


def _line(manager: str, name: str) -> str:
    if name in ("test", "start") and manager != "bun":
        return f"{manager} {name}"
    return f"{manager} {name}" if manager in ("yarn",) else f"{manager} run {name}"


def _configured(folder: EvidenceFolder, manager: str) -> Iterator[Command]:
    for names, kind, line in _CONFIGURED:
        found = folder.first(*names)
        if found:
            fit = 1 if line.startswith("tsc") else 0
            whole = f"{_EXEC[manager]}{line}"
            yield Command(kind=kind, line=whole, evidence=folder.at(found), rank=Rank.CONFIGURATION, fit=fit)


def _orchestrated(folder: EvidenceFolder, manager: str) -> Iterator[Command]:
    """The tasks that Turborepo and Nx run in all packages."""
    places = (
        ("turbo.json", "tasks", "turbo run"),
        ("turbo.json", "pipeline", "turbo run"),
        ("nx.json", "targetDefaults", "nx run-many -t"),
    )
    for file, key, program in places:
        known = as_table(folder.json(file), key)
        for kind, task in _TASKS:
            if task in known:
                line, evidence = f"{_EXEC[manager]}{program} {task}", f"{folder.at(file)}#{key}.{task}"
                yield Command(kind=kind, line=line, evidence=evidence, rank=Rank.CONFIGURATION, fit=1)


def _deno(folder: EvidenceFolder) -> Iterator[Fact]:
    name = folder.first("deno.json", "deno.jsonc")
    if name is None:
        return
    evidence = folder.at(name)
    data = folder.json(name)
    yield PackageManager(name="deno", evidence=evidence)
    yield Technology(name="deno", evidence=evidence)
    title = as_str(data, "name")
    if title:
        yield Title(name=title)
    yield from (Member(glob=glob) for glob in as_strs(data, "workspace"))
    for task, value in as_table(data, "tasks").items():
        body = as_strs(value) + as_strs(value, "command")
        line, needs = f"deno task {task}", as_strs(value, "dependencies")
        yield TaskTarget(
            runner="deno", name=task, line=line, evidence=f"{evidence}#tasks.{task}", body=body, needs=needs
        )
    for kind, line in (
        (CommandKind.TEST, "deno test"),
        (CommandKind.LINT, "deno lint"),
        (CommandKind.FORMAT, "deno fmt"),
    ):
        told = get(data, line.partition(" ")[2]) is not None
        key = f"{evidence}#{line.partition(' ')[2]}" if told else evidence
        rank = Rank.CONFIGURATION if told else Rank.DEFAULT
        yield Command(kind=kind, line=line, evidence=key, rank=rank, default=not told)
