"""Commands that start the product, and targets whose names or lines only look like a purpose."""

import json

import pytest

from tests.support.profiling import line, profiled, ranked

LARAVEL = {"artisan": "#!/usr/bin/env php\n", "composer.json": '{"name": "a/b"}', "app/User.php": "<?php\n" * 90}
CI = ".github/workflows/ci.yml"


@pytest.mark.parametrize("name", ["dev:clean", "dev-stop", "server.reset", "start-logs", "run_update"])
def test_a_target_that_cleans_or_stops_does_not_start_the_product(name: str) -> None:
    task = f"version: '3'\ntasks:\n  {name}:\n    cmds: [./tool {name}]\n"
    assert line({"Taskfile.yml": task}, "run") is None


@pytest.mark.parametrize("body", ["rm -rf out", "rimraf dist", "mkdir -p out && rm -f x"])
def test_a_target_that_only_removes_files_has_no_purpose(body: str) -> None:
    assert line({"Makefile": f"test:\n\t{body}\n"}, "test") is None


def test_dev_comes_before_a_start_that_serves_a_build() -> None:
    scripts = '{"scripts": {"dev": "next dev", "start": "next start", "build": "next build"}}'
    assert line({"package.json": scripts}, "run") == "npm run dev"
    assert line({"package.json": '{"scripts": {"start": "node server.js"}}'}, "run") == "npm start"


def test_assets_alone_do_not_start_an_application_of_laravel() -> None:
    assert line({**LARAVEL, "package.json": '{"scripts": {"dev": "vite"}}'}, "run") == "php artisan serve"
    both = '{"name": "a/b", "scripts": {"dev": "npx concurrently \\"php artisan serve\\" \\"npm run dev\\""}}'
    assert line({**LARAVEL, "composer.json": both}, "run") == "composer dev"


def test_a_build_for_one_platform_comes_after_the_convention() -> None:
    files = {"Package.swift": "", "Makefile": "build-for-evolution:\n\tswift build -c release --target A\n"}
    assert line(files, "build") == "swift build"
    assert line({**files, "Makefile": "build:\n\tswift build -c release\n"}, "build") == "make build"


@pytest.mark.parametrize("flags", ["--fix-unsafely", "--fix-layout", "--fix"])
def test_a_lint_that_rewrites_by_any_flag_is_a_formatter(flags: str) -> None:
    files = {"Gemfile": "", "Makefile": f"lint:\n\tbundle exec standardrb {flags}\n"}
    assert (line(files, "lint"), line(files, "format")) == (None, "make lint")


def test_the_formatter_among_hooks_comes_before_the_one_that_only_sorts_imports() -> None:
    hooks = "repos:\n- repo: a\n  hooks: [{id: isort}, {id: black}]\n"
    files = {"pyproject.toml": "[tool.isort]\nprofile = 'black'\n", ".pre-commit-config.yaml": hooks}
    assert [row[0] for row in ranked(profiled(files), "format")] == [
        "pre-commit run black --all-files",
        "pre-commit run isort --all-files",
    ]
    both = {"pyproject.toml": "[tool.isort]\n[tool.black]\n[project.optional-dependencies]\ndev = ['black', 'isort']\n"}
    assert line(both, "format") == "black ."


def test_tests_that_ci_runs_by_a_program_of_its_environment_have_no_convention() -> None:
    files = {"cabal.project": "", "a.cabal": "", "test/Spec.hs": ""}
    workflow = "on: push\njobs:\n  a:\n    steps:\n      - run: "
    assert line(files, "test") == "cabal test all"
    assert line({**files, CI: f"{workflow}acme-with-pg acme-test-spec\n"}, "test") == "cabal test all"
    assert line({**files, CI: f"{workflow}acme-test-spec\n"}, "test") is None
    assert line({**files, CI: f"{workflow}acme-test-spec && cabal test all\n"}, "test") == "cabal test all"


def test_one_test_of_gotestsum_runs_without_it() -> None:
    files = {"go.mod": "module a", "a_test.go": "", "Makefile": "test:\n\t$(BIN)/gotestsum -f dots ./...\n"}
    assert line(files, "test-one") == "go test -run NAME ./PACKAGE"


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        ({"dev": "encore dev", "watch": "encore dev --watch"}, None),
        ({"dev": "webpack --mode development"}, None),
        ({"dev": "webpack serve"}, "npm run dev"),
        ({"dev": "tsc -w"}, "npm run dev"),
        (
            {
                "dev": "node dist/main.js",
                "dev:watch": 'concurrently "npm run dev" "npm run start:web"',
                "start:web": "vite",
            },
            "npm run dev:watch",
        ),
        ({"start": "node dist/main.js", "serve": "node src/main.js"}, "npm run serve"),
        ({"start": "npm run build && node dist/main.js", "build": "tsc", "serve": "node a.js"}, "npm start"),
    ],
)
def test_a_script_that_only_builds_or_needs_a_build_comes_last(scripts: dict[str, str], expected: str | None) -> None:
    assert line({"package.json": json.dumps({"scripts": scripts})}, "run") == expected
