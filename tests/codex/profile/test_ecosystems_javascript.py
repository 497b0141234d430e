"""JavaScript and Deno: package managers, scripts, workspaces and monorepo tools."""

import pytest

from codex.profile.model import PackageManager
from tests.support.profiling import best, profiled, ranked, technologies


def test_install_command_by_yarn_version() -> None:
    for file, text in ((".yarnrc.yml", ""), ("package.json", '{"packageManager": "yarn@4.1.0"}')):
        profile = profiled({"package.json": "{}", "yarn.lock": "", file: text})
        assert [line for line, *_ in ranked(profile, "install")] == ["yarn install --immutable"]
    classic = profiled({"package.json": '{"packageManager": "yarn@1.22.19"}', "yarn.lock": ""})
    assert [line for line, *_ in ranked(classic, "install")] == ["yarn install --frozen-lockfile"]


@pytest.mark.parametrize(
    ("file", "text", "line", "key"),
    [
        ("nx.json", '{"targetDefaults": {"test": {}}}', "npx nx run-many -t test", "targetDefaults.test"),
        ("turbo.json", '{"tasks": {"test": {}}}', "npx turbo run test", "tasks.test"),
        ("turbo.json", '{"pipeline": {"test": {}}}', "npx turbo run test", "pipeline.test"),
    ],
)
def test_a_monorepo_tool_runs_the_tests_of_all_packages(file: str, text: str, line: str, key: str) -> None:
    assert best(profiled({"package.json": "{}", file: text}), "test") == (line, f"{file}#{key}")


def test_a_package_with_pnpm_has_its_commands_and_technologies() -> None:
    profile = profiled(
        {
            "package.json": (
                '{"name": "web", "packageManager": "pnpm@9.1.0", "engines": {"node": ">=20"},'
                ' "scripts": {"test": "vitest run", "test:watch": "vitest", "pretest": "tsc", "lint": "eslint .",'
                ' "lint:fix": "eslint --fix .", "typecheck": "tsc --noEmit", "build": "vite build", "dev": "vite",'
                ' "prepare": "husky"},'
                ' "dependencies": {"react": "^19", "pg": "^8"}, "devDependencies": {"vitest": "^3"}}'
            ),
            "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
            ".prettierrc": "{}\n",
            ".nvmrc": "v20.11.0\n",
        }
    )
    assert profile.package_managers == (PackageManager(name="pnpm", evidence="package.json#packageManager"),)
    assert technologies(profile) == {
        "postgresql": "package.json#dependencies.pg",
        "react": "package.json#dependencies.react",
        "vitest": "package.json#devDependencies.vitest",
    }
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("install", "pnpm install --frozen-lockfile", "package.json#packageManager"),
        ("build", "pnpm run build", "package.json#scripts.build"),
        ("test", "pnpm test", "package.json#scripts.test"),
        ("test", "pnpm run test:watch", "package.json#scripts.test:watch"),
        ("test-one", "pnpm test FILE -t NAME", "package.json#scripts.test"),
        ("typecheck", "pnpm run typecheck", "package.json#scripts.typecheck"),
        ("lint", "pnpm run lint", "package.json#scripts.lint"),
        ("format", "pnpm run lint:fix", "package.json#scripts.lint:fix"),
        ("format", "pnpm exec prettier --write .", ".prettierrc"),
        ("run", "pnpm run dev", "package.json#scripts.dev"),
    ]
    assert [(runtime.name, runtime.version) for runtime in profile.runtimes] == [("node", "20.11.0"), ("node", ">=20")]


def test_a_javascript_package_manager_follows_from_its_lock_file() -> None:
    package = {"package.json": '{"scripts": {"build": "tsc", "test": "echo \\"Error: no test specified\\" && exit 1"}}'}
    lines = {}
    for lock in ("package-lock.json", "yarn.lock", "bun.lockb", "pnpm-lock.yaml"):
        profile = profiled({**package, lock: ""})
        lines[profile.package_managers[0].name] = [command.line for command in profile.commands]
        assert profile.package_managers[0].evidence == lock
    assert lines == {
        "npm": ["npm ci", "npm run build"],
        "yarn": ["yarn install --frozen-lockfile", "yarn build"],
        "bun": ["bun install --frozen-lockfile", "bun run build"],
        "pnpm": ["pnpm install --frozen-lockfile", "pnpm run build"],
    }
    assert ranked(profiled(package), "install") == [("npm install", "package.json", "DEFAULT")]


def test_tasks_of_deno_come_before_its_own_commands() -> None:
    profile = profiled({"deno.jsonc": '{\n  // tasks\n  "tasks": {"test": "deno test -A",},\n  "fmt": {},\n}\n'})
    assert ranked(profile, "test") == [
        ("deno task test", "deno.jsonc#tasks.test", "TARGET"),
        ("deno test -A", "deno.jsonc", "DEFAULT"),
    ]
    assert ranked(profile, "format") == [("deno fmt", "deno.jsonc#fmt", "CONFIGURATION")]
