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

_LOCK_FILES: Final = (
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
    ("pnpm-workspace.yaml", "pnpm"),
)
_INSTALL_COMMANDS: Final = {
    "npm": "npm ci",
    "pnpm": "pnpm install --frozen-lockfile",
    "yarn": "yarn install --frozen-lockfile",
    "bun": "bun install --frozen-lockfile",
}
_DEPENDENCIES: Final = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_EXEC_PREFIXES: Final = {"npm": "npx ", "pnpm": "pnpm exec ", "yarn": "yarn ", "bun": "bunx "}
_ESLINT_FILES: Final = (
    *(f"eslint.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")),
    *(f".eslintrc.{ending}" for ending in ("json", "js", "cjs", "yml", "yaml")),
)
_PRETTIER_FILES: Final = (
    ".prettierrc",
    *(f".prettierrc.{ending}" for ending in ("json", "js", "cjs", "yml", "yaml", "toml")),
    *(f"prettier.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")),
)
_CONFIGURED: Final = (
    (("vitest.config.ts", "vitest.config.js", "vitest.config.mts"), CommandKind.TEST, "vitest run"),
    (("jest.config.js", "jest.config.ts", "jest.config.mjs", "jest.config.cjs"), CommandKind.TEST, "jest"),
    (_ESLINT_FILES, CommandKind.LINT, "eslint ."),
    (("biome.json", "biome.jsonc"), CommandKind.LINT, "biome check ."),
    (("biome.json", "biome.jsonc"), CommandKind.FORMAT, "biome format --write ."),
    (_PRETTIER_FILES, CommandKind.FORMAT, "prettier --write ."),
    (("tsconfig.json",), CommandKind.TYPECHECK, "tsc --noEmit"),
)
_DENO_PERMISSION: Final = re.compile(r"-A|--allow-(?:all|env|ffi|import|net|read|run|sys|write)|--unstable[\w-]*")
_MODERN_YARN: Final = re.compile(r"yarn@(?:[2-9]|[1-9]\d)")
_ORCHESTRATED_TASKS: Final = (
    (CommandKind.BUILD, "build"),
    (CommandKind.TEST, "test"),
    (CommandKind.LINT, "lint"),
    (CommandKind.FORMAT, "format"),
)
_HOOK_PREFIXES: Final = ("pre", "post")
# `npm init` writes a `test` script that only fails: https://docs.npmjs.com/cli/commands/npm-init
_NPM_PLACEHOLDER: Final = "no test specified"


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts of package.json, its lock files and the configuration files next to it."""
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
    yield from _monorepo_tasks(folder, manager.name)


def _manager(folder: EvidenceFolder) -> PackageManager:
    """Return the package manager: that of `packageManager`, else of the nearest lock file, else npm.

    Source: https://nodejs.org/api/packages.html#packagemanager
    """
    for above in folder.above():
        declared = as_str(above.json("package.json"), "packageManager")
        if declared and declared.partition("@")[0] in _INSTALL_COMMANDS:
            return PackageManager(
                name=declared.partition("@")[0], evidence=f"{above.at('package.json')}#packageManager"
            )
        for name, manager in _LOCK_FILES:
            if above.has(name):
                return PackageManager(name=manager, evidence=above.at(name))
    return PackageManager(name="npm", evidence=folder.at("package.json"))


def _title(package: object) -> Iterator[Title]:
    name = as_str(package, "name")
    if name:
        yield Title(name=name)


def _install(folder: EvidenceFolder, manager: PackageManager) -> Iterator[Command]:
    is_locked = any(folder.has(name) for name, _ in _LOCK_FILES)
    if is_locked:
        evidence, rank, line = manager.evidence, Rank.CONFIGURATION, _INSTALL_COMMANDS[manager.name]
        line = "yarn install --immutable" if manager.name == "yarn" and _is_modern_yarn(folder) else line
        yield Command(kind=CommandKind.INSTALL, line=line, evidence=evidence, rank=rank)
    elif not folder.path:
        line, evidence = f"{manager.name} install", folder.at("package.json")
        yield Command(kind=CommandKind.INSTALL, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)


def _is_modern_yarn(folder: EvidenceFolder) -> bool:
    """Return whether Yarn is of version 2 or later, which has `.yarnrc.yml` and `--immutable` for `--frozen-lockfile`.

    Source: https://yarnpkg.com/configuration/yarnrc and https://yarnpkg.com/cli/install
    """
    declared = as_str(folder.json("package.json"), "packageManager") or ""
    return folder.has(".yarnrc.yml") or bool(_MODERN_YARN.match(declared))


def _workspaces(folder: EvidenceFolder, package: object) -> Iterator[Member]:
    # npm has a list (https://docs.npmjs.com/cli/configuring-npm/package-json#workspaces), Yarn 1 also a mapping
    # (https://classic.yarnpkg.com/lang/en/docs/workspaces/); pnpm ignores both and has a file of its own
    # (https://pnpm.io/pnpm-workspace_yaml).
    globs = as_strs(package, "workspaces") or as_strs(package, "workspaces", "packages")
    globs += as_strs(folder.yaml("pnpm-workspace.yaml"), "packages")
    globs += as_strs(folder.json("lerna.json"), "packages")
    yield from (Member(glob=glob) for glob in dict.fromkeys(globs))


def _scripts(folder: EvidenceFolder, package: object, manager: str) -> Iterator[TaskTarget]:
    scripts = as_table(package, "scripts")
    for name, value in scripts.items():
        if not isinstance(value, str) or _NPM_PLACEHOLDER in value or _is_hook(name, scripts):
            continue
        evidence = f"{folder.at('package.json')}#scripts.{name}"
        yield TaskTarget(runner="script", name=name, line=_run_line(manager, name), evidence=evidence, body=(value,))


def _is_hook(name: str, scripts: dict[str, object]) -> bool:
    """Return whether a script runs by itself: `pretest` before `test`, or a life cycle script such as `prepare`.

    Source: https://docs.npmjs.com/cli/using-npm/scripts
    """
    return any(name.startswith(hook) and name.removeprefix(hook) in scripts for hook in _HOOK_PREFIXES) or name in (
        "prepare",
        "prepublishOnly",
        "prepack",
        "postinstall",
        "preinstall",
    )


def _run_line(manager: str, name: str) -> str:
    """Return the command line of a script; `bun test` is Bun's own test runner (https://bun.sh/docs/cli/test)."""
    if name in ("test", "start") and manager != "bun":
        return f"{manager} {name}"
    return f"{manager} {name}" if manager in ("yarn",) else f"{manager} run {name}"


def _configured(folder: EvidenceFolder, manager: str) -> Iterator[Command]:
    for names, kind, line in _CONFIGURED:
        file = folder.first(*names)
        if file:
            fit = 1 if line.startswith("tsc") else 0
            full_line = f"{_EXEC_PREFIXES[manager]}{line}"
            yield Command(kind=kind, line=full_line, evidence=folder.at(file), rank=Rank.CONFIGURATION, fit=fit)


def _monorepo_tasks(folder: EvidenceFolder, manager: str) -> Iterator[Command]:
    """Yield the tasks that Turborepo and Nx run in all packages.

    Turborepo renamed `pipeline` to `tasks` in version 2: https://turborepo.com/docs/reference/configuration. Nx:
    https://nx.dev/reference/nx-json.
    """
    orchestrators = (
        ("turbo.json", "tasks", "turbo run"),
        ("turbo.json", "pipeline", "turbo run"),
        ("nx.json", "targetDefaults", "nx run-many -t"),
    )
    for file, key, program in orchestrators:
        tasks = as_table(folder.json(file), key)
        for kind, task in _ORCHESTRATED_TASKS:
            if task in tasks:
                line, evidence = f"{_EXEC_PREFIXES[manager]}{program} {task}", f"{folder.at(file)}#{key}.{task}"
                yield Command(kind=kind, line=line, evidence=evidence, rank=Rank.CONFIGURATION, fit=1)


def _deno(folder: EvidenceFolder) -> Iterator[Fact]:
    name = folder.first("deno.json", "deno.jsonc")
    if name is None:
        return
    evidence = folder.at(name)
    data = folder.json(name)
    yield PackageManager(name="deno", evidence=evidence)
    yield Technology(name="deno", evidence=evidence)
    package_name = as_str(data, "name")
    if package_name:
        yield Title(name=package_name)
    # https://docs.deno.com/runtime/fundamentals/workspaces/
    yield from (Member(glob=glob) for glob in as_strs(data, "workspace"))
    for task, value in as_table(data, "tasks").items():
        # A task is a line or a mapping: https://docs.deno.com/runtime/reference/cli/task/
        body = as_strs(value) + as_strs(value, "command")
        line, needs = f"deno task {task}", as_strs(value, "dependencies")
        yield TaskTarget(
            runner="deno", name=task, line=line, evidence=f"{evidence}#tasks.{task}", body=body, needs=needs
        )
    for kind, line in (
        (CommandKind.TEST, f"deno test{_deno_permissions(folder)}"),
        (CommandKind.LINT, "deno lint"),
        (CommandKind.FORMAT, "deno fmt"),
    ):
        subcommand = line.split()[1]
        is_configured = get(data, subcommand) is not None
        key = f"{evidence}#{subcommand}" if is_configured else evidence
        rank = Rank.CONFIGURATION if is_configured else Rank.DEFAULT
        yield Command(kind=kind, line=line, evidence=key, rank=rank, default=not is_configured)


def _deno_permissions(folder: EvidenceFolder) -> str:
    """Return the permission flags of the nearest task `test`; without them, Deno prompts for each permission.

    Source: https://docs.deno.com/runtime/fundamentals/security/
    """
    for above in folder.above():
        task = get(above.json(above.first("deno.json", "deno.jsonc") or ""), "tasks", "test")
        line = next(iter(as_strs(task) + as_strs(task, "command")), "")
        if "deno test" in line:
            return "".join(f" {word}" for word in line.split() if _DENO_PERMISSION.fullmatch(word))
    return ""
