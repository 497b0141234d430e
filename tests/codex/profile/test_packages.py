"""Monorepos: packages of different stacks, workspaces, and the folder of each CI line."""

from codex.profile.model import Language, PackageManager
from tests.support.profiling import profiled, shares, technologies

CI = """
on: push
jobs:
  api:
    defaults: {run: {working-directory: services/api}}
    steps:
      - run: make test
      - run: |
          cd ../web
          npm test
      - run: cd ../.. && make lint
"""


def test_requirements_next_to_code_make_a_package() -> None:
    profile = profiled(
        {
            "services/api/requirements.txt": "flask\n",
            "services/api/app.py": "",
            "services/api/Makefile": "test:\n\tpytest\n",
            "docs/requirements.txt": "mkdocs\n",
            "docs/conf.py": "",
            "ci/requirements.txt": "pytest\n",
            ".github/scripts/requirements.txt": "requests\n",
            ".github/scripts/a.py": "",
            ".gitlab-ci.yml": "api: {script: [cd services/api, make test]}\n",
        }
    )
    [package] = profile.packages
    assert (package.folder, [tech.name for tech in package.technologies]) == ("services/api", ["flask", "http"])
    assert [(command.line, command.seen_in) for command in package.commands] == [
        ("pip install -r requirements.txt", ()),
        ("make test", (".gitlab-ci.yml#api.script",)),
        ("pytest FILE::NAME", ()),
    ]


def test_packages_of_different_stacks() -> None:
    profile = profiled(
        {
            "Makefile": "lint:\n\tpre-commit run\n",
            "services/api/go.mod": "module example.com/api\nrequire google.golang.org/grpc v1.6.0\n",
            "services/api/Makefile": "test:\n\tgo test ./...\n",
            "services/api/main.go": "x" * 300,
            "services/api/Dockerfile": "FROM scratch\n",
            "services/web/package.json": '{"name": "@shop/web", "scripts": {"test": "vitest run"}, "dependencies": {"react": "19"}}',
            "services/web/package-lock.json": "{}",
            "services/web/app.tsx": "x" * 100,
            "tools/pyproject.toml": '[project]\nname = "tools"\n[tool.pytest]\n',
            "tools/a.py": "x" * 100,
            ".github/workflows/ci.yml": CI,
        }
    )
    assert [(package.folder, package.name) for package in profile.packages] == [
        ("services/api", "example.com/api"),
        ("services/web", "@shop/web"),
        ("tools", "tools"),
    ]
    api, web, tools = profile.packages
    assert api.languages == (Language(name="Go", bytes=300, files=1, share=1.0, manifest="services/api/go.mod"),)
    assert api.package_manager == PackageManager(name="go", evidence="services/api/go.mod")
    assert [(technology.name, technology.evidence) for technology in api.technologies] == [
        ("docker", "services/api/Dockerfile"),
        ("grpc", "services/api/go.mod#require.google.golang.org/grpc"),
    ]
    assert next(
        (command.line, command.evidence, command.seen_in) for command in api.commands if command.kind == "test"
    ) == (
        "make test",
        "services/api/Makefile#test",
        (".github/workflows/ci.yml#jobs.api.steps[0]",),
    )
    assert [
        (command.line, command.rank.name, command.seen_in) for command in web.commands if command.kind == "test"
    ] == [("npm test", "TARGET_IN_CI", (".github/workflows/ci.yml#jobs.api.steps[1]",))]
    assert [(command.line, command.rank.name) for command in tools.commands] == [
        ("pytest", "CONFIGURATION"),
        ("pytest FILE::NAME", "CONFIGURATION"),
    ]
    assert [(command.line, command.rank.name, command.seen_in) for command in profile.commands] == [
        ("make lint", "TARGET_IN_CI", (".github/workflows/ci.yml#jobs.api.steps[2]",))
    ]
    assert shares(profile) == {"Go": 0.6, "Python": 0.2, "TypeScript": 0.2}
    assert technologies(profile).keys() == {"docker", "grpc", "react"}
    assert [manager.name for manager in profile.package_managers] == ["go", "npm", "pip"]


def test_a_package_leaves_out_the_packages_below_it() -> None:
    profile = profiled(
        {"a/go.mod": "module a\n", "a/x.go": "xx", "a/web/package.json": "{}", "a/web/y.js": "x", "a/lib/z.go": "x"}
    )
    assert [(package.folder, [lang.name for lang in package.languages]) for package in profile.packages] == [
        ("a", ["Go"]),
        ("a/web", ["JavaScript"]),
    ]


def test_members_of_a_workspace() -> None:
    root = '{"workspaces": ["packages/*", "examples/*", "!packages/old"]}'
    files = {
        "package.json": root,
        "yarn.lock": "",
        "packages/a/package.json": '{"name": "a"}',
        "packages/old/package.json": '{"name": "old"}',
        "examples/demo/package.json": '{"name": "demo", "dependencies": {"vue": "3"}}',
        "other/templates/x/package.json": '{"name": "x", "dependencies": {"svelte": "5"}}',
        "packages/a/test/fixtures/y/package.json": '{"name": "y"}',
    }
    profile = profiled(files)
    assert [(package.folder, package.name, package.package_manager) for package in profile.packages] == [
        ("examples/demo", "demo", PackageManager(name="yarn", evidence="yarn.lock")),
        ("packages/a", "a", PackageManager(name="yarn", evidence="yarn.lock")),
    ]
    assert technologies(profile) == {}


def test_workspaces_of_other_ecosystems() -> None:
    cargo = {"Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nexclude = ["crates/fuzz"]\n'}
    crates = {f"crates/{n}/Cargo.toml": f'[package]\nname = "{n}"\n' for n in ("core", "fuzz")}
    assert [package.name for package in profiled({**cargo, **crates}).packages] == ["core"]
    pnpm = {"package.json": "{}", "pnpm-workspace.yaml": "packages:\n  - apps/*\n", "apps/a/package.json": "{}"}
    profile = profiled(pnpm)
    assert [package.folder for package in profile.packages] == ["apps/a"]
    assert profile.packages[0].package_manager == PackageManager(name="pnpm", evidence="pnpm-workspace.yaml")
    maven = {"pom.xml": "<project><modules><module>core</module></modules></project>", "core/pom.xml": "<project/>"}
    assert [package.folder for package in profiled(maven).packages] == ["core"]


def test_vendored_manifests_are_not_packages() -> None:
    files = {
        f"{folder}/x/package.json": "{}" for folder in ("vendor", "node_modules", "third_party", "testdata", "tests")
    }
    profile = profiled({**files, "go.mod": "module a\n"})
    assert profile.packages == ()
    assert [manager.name for manager in profile.package_managers] == ["go"]


def test_a_solution_is_a_package() -> None:
    profile = profiled({"src/Shop.sln": "", "src/Api/Api.csproj": "", "src/Api/A.cs": "x", "src/Api.Tests/B.cs": "x"})
    assert [(package.folder, [c.line for c in package.commands]) for package in profile.packages] == [
        ("src", ["dotnet restore", "dotnet build", "dotnet test", "dotnet test --filter NAME", "dotnet format"])
    ]


def test_a_submodule_is_not_a_package() -> None:
    files = {"lib": "", ".gitmodules": "[submodule]", "lib2/package.json": "{}"}
    profile = profiled(files, modes={"lib": 0o160000, "lib2/package.json": 0o120000})
    assert profile.packages == ()
    assert [(boundary.kind, boundary.path, boundary.evidence) for boundary in profile.boundaries] == [
        ("vendored", "lib/", ".gitmodules")
    ]


def test_at_most_a_hundred_packages() -> None:
    profile = profiled({f"p{n:03}/go.mod": f"module m{n}\n" for n in range(130)})
    assert len(profile.packages) == 100
    assert [(note.path, note.message) for note in profile.notes] == [("", "130 packages; only the first 100 were read")]
