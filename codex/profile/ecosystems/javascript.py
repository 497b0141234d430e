"""JavaScript and TypeScript: package.json, lock files, workspaces; deno.json."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.model import Command, Fact, Kind, Manager, Member, Rank, Target, Technology, Title
from codex.profile.shape import at, table, word, words
from codex.profile.sources import Folder
from codex.profile.technologies import of_dependencies

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
    (("vitest.config.ts", "vitest.config.js", "vitest.config.mts"), Kind.TEST, "vitest run"),
    (("jest.config.js", "jest.config.ts", "jest.config.mjs", "jest.config.cjs"), Kind.TEST, "jest"),
    (_ESLINT, Kind.LINT, "eslint ."),
    (("biome.json", "biome.jsonc"), Kind.LINT, "biome check ."),
    (("biome.json", "biome.jsonc"), Kind.FORMAT, "biome format --write ."),
    (_PRETTIER, Kind.FORMAT, "prettier --write ."),
    (("tsconfig.json",), Kind.LINT, "tsc --noEmit"),
)
_BERRY: Final = re.compile(r"yarn@(?:[2-9]|[1-9]\d)")
_TASKS: Final = ((Kind.BUILD, "build"), (Kind.TEST, "test"), (Kind.LINT, "lint"), (Kind.FORMAT, "format"))
_HIDDEN: Final = ("pre", "post")
_NO_TEST: Final = "no test specified"


def facts(folder: Folder) -> Iterator[Fact]:
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
        yield from of_dependencies(table(package, key), f"{folder.at('package.json')}#{key}")
    yield from _scripts(folder, package, manager.name)
    yield from _configured(folder, manager.name)
    yield from _orchestrated(folder, manager.name)


def _manager(folder: Folder) -> Manager:
    """`packageManager` says it; else the nearest lock file; else npm, for which the manifest itself is the evidence."""
    for above in folder.above():
        named = word(above.json("package.json"), "packageManager")
        if named and named.partition("@")[0] in _INSTALL:
            return Manager(name=named.partition("@")[0], evidence=f"{above.at('package.json')}#packageManager")
        for name, manager in _LOCKS:
            if above.has(name):
                return Manager(name=manager, evidence=above.at(name))
    return Manager(name="npm", evidence=folder.at("package.json"))


def _title(package: object) -> Iterator[Title]:
    name = word(package, "name")
    if name:
        yield Title(name=name)


def _install(folder: Folder, manager: Manager) -> Iterator[Command]:
    locked = any(folder.has(name) for name, _ in _LOCKS)
    if locked:
        evidence, rank, line = manager.evidence, Rank.CONFIGURATION, _INSTALL[manager.name]
        line = "yarn install --immutable" if manager.name == "yarn" and _is_berry(folder) else line
        yield Command(kind=Kind.INSTALL, line=line, evidence=evidence, rank=rank)
    elif not folder.path:
        line, evidence = f"{manager.name} install", folder.at("package.json")
        yield Command(kind=Kind.INSTALL, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)


def _is_berry(folder: Folder) -> bool:
    """Whether Yarn is of version 2 or later, which has a file of its own and knows other flags."""
    named = word(folder.json("package.json"), "packageManager") or ""
    return folder.has(".yarnrc.yml") or bool(_BERRY.match(named))


def _workspaces(folder: Folder, package: object) -> Iterator[Member]:
    globs = words(package, "workspaces") or words(package, "workspaces", "packages")
    globs += words(folder.yaml("pnpm-workspace.yaml"), "packages")
    globs += words(folder.json("lerna.json"), "packages")
    yield from (Member(glob=glob) for glob in dict.fromkeys(globs))


def _scripts(folder: Folder, package: object, manager: str) -> Iterator[Target]:
    scripts = table(package, "scripts")
    for name, value in scripts.items():
        if not isinstance(value, str) or _NO_TEST in value or _is_hook(name, scripts):
            continue
        evidence = f"{folder.at('package.json')}#scripts.{name}"
        yield Target(runner="script", name=name, line=_line(manager, name), evidence=evidence, body=(value,))


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


def _configured(folder: Folder, manager: str) -> Iterator[Command]:
    for names, kind, line in _CONFIGURED:
        found = folder.first(*names)
        if found:
            fit = 1 if line.startswith("tsc") else 0
            whole = f"{_EXEC[manager]}{line}"
            yield Command(kind=kind, line=whole, evidence=folder.at(found), rank=Rank.CONFIGURATION, fit=fit)


def _orchestrated(folder: Folder, manager: str) -> Iterator[Command]:
    """The tasks that Turborepo and Nx run in all packages."""
    places = (
        ("turbo.json", "tasks", "turbo run"),
        ("turbo.json", "pipeline", "turbo run"),
        ("nx.json", "targetDefaults", "nx run-many -t"),
    )
    for file, key, program in places:
        known = table(folder.json(file), key)
        for kind, task in _TASKS:
            if task in known:
                line, evidence = f"{_EXEC[manager]}{program} {task}", f"{folder.at(file)}#{key}.{task}"
                yield Command(kind=kind, line=line, evidence=evidence, rank=Rank.CONFIGURATION, fit=1)


def _deno(folder: Folder) -> Iterator[Fact]:
    name = folder.first("deno.json", "deno.jsonc")
    if name is None:
        return
    evidence = folder.at(name)
    data = folder.json(name)
    yield Manager(name="deno", evidence=evidence)
    yield Technology(name="deno", evidence=evidence)
    title = word(data, "name")
    if title:
        yield Title(name=title)
    yield from (Member(glob=glob) for glob in words(data, "workspace"))
    for task, value in table(data, "tasks").items():
        body = words(value) + words(value, "command")
        line, needs = f"deno task {task}", words(value, "dependencies")
        yield Target(runner="deno", name=task, line=line, evidence=f"{evidence}#tasks.{task}", body=body, needs=needs)
    for kind, line in ((Kind.TEST, "deno test"), (Kind.LINT, "deno lint"), (Kind.FORMAT, "deno fmt")):
        told = at(data, line.partition(" ")[2]) is not None
        key = f"{evidence}#{line.partition(' ')[2]}" if told else evidence
        rank = Rank.CONFIGURATION if told else Rank.DEFAULT
        yield Command(kind=kind, line=line, evidence=key, rank=rank, default=not told)
