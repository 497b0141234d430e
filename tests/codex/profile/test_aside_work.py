"""Work next to the product: linters of prose and security, other languages, other folders, dispatching scripts."""

import json

import pytest

from tests.support.profiling import line

CI = ".github/workflows/ci.yml"
GO = {"go.mod": "module a", "a.go": "package a\n" * 50, "store/a_test.go": "package a\n"}


def workflow(*lines: str) -> str:
    steps = "".join(f"      - run: {json.dumps(text)}\n" for text in lines)
    return f"on: push\njobs:\n  checks:\n    steps:\n{steps}"


@pytest.mark.parametrize(
    "aside", ["buf lint", "bandit -r a", "semgrep scan --error", "spectral lint a.yml", "gosec ./..."]
)
def test_a_linter_of_something_else_comes_after_the_convention(aside: str) -> None:
    assert line({**GO, CI: workflow(aside)}, "lint") == "go vet ./..."


def test_a_formatter_of_configuration_does_not_format_the_code() -> None:
    files = {"Cargo.toml": '[package]\nname = "a"\n', "src/main.rs": "fn main() {}\n"}
    checks = workflow("taplo format --check", "cargo +nightly fmt -- --check")
    assert line({**files, CI: checks}, "format") == "cargo +nightly fmt"
    assert line({"buf.yaml": "version: v2\n"}, "format") == "buf format -w"


def test_a_compiler_that_ci_calls_builds_a_part() -> None:
    files = {"pyproject.toml": "[build-system]\nrequires = ['a']\n", CI: workflow("gcc ext.c -shared -o ext.so")}
    assert line(files, "build") == "python -m build"


def test_a_line_in_parentheses_runs_in_its_folder_alone() -> None:
    files = {**GO, "web/package.json": "{}", CI: workflow("(cd web && npm test)\ngo test -race ./...")}
    assert line(files, "test") == "go test -race ./..."
    assert line({**GO, CI: workflow("(cd tools && go test ./all/...)")}, "test") == "go test ./..."


def test_packages_below_a_folder_are_a_part_of_the_tests() -> None:
    assert line({**GO, CI: workflow("go test -v ./store/...", "go test ./cmd/...")}, "test") == "go test ./..."
    assert line({**GO, CI: workflow("go test -race ./...")}, "test") == "go test -race ./..."


@pytest.mark.parametrize("script", ["python runtests.py", "node run-tests.mjs", "python ./run_tests.py"])
def test_a_program_named_after_the_tests_runs_them(script: str) -> None:
    files = {"Makefile": f"test:\n\t{script}\n", "tox.ini": "[testenv]\ncommands = coverage run runtests.py\n"}
    assert line(files, "test") == "make test"


def test_a_part_of_lint_comes_after_the_whole_even_if_ci_runs_only_that() -> None:
    makefile = "lint: lint-py lint-js docs\nlint-py:\n\truff check .\n\tty check\nlint-js:\n\tnpm run lint\ndocs:\n\tdoc8 docs\n"
    files = {"Makefile": makefile, CI: workflow("make lint-js")}
    assert line(files, "lint") == "make lint"


@pytest.mark.parametrize("start", ["source scripts/db.sh", "docker compose up -d", "pg_ctl start"])
def test_a_script_that_starts_what_tests_need_gives_no_command_for_one(start: str) -> None:
    script = f"#!/bin/sh\nset -e\n{start}\ncargo test --workspace\n"
    files = {"Cargo.toml": '[workspace]\nmembers = ["a"]\n', "scripts/test.sh": script}
    assert line(files, "test", executable=["scripts/test.sh"]) == "scripts/test.sh"
    assert line(files, "test-one", executable=["scripts/test.sh"]) is None
    files["scripts/test.sh"] = "#!/bin/sh\nset -e\ncd ..\ncargo test --workspace\n"
    assert line(files, "test-one", executable=["scripts/test.sh"]) == "cargo test --workspace NAME"


def test_a_script_that_does_what_its_argument_says_is_no_target() -> None:
    script = '#!/bin/sh\nfor arg in "$@"; do\n  case "$arg" in\n    unit) swift test ;;\n  esac\ndone\n'
    files = {"Package.swift": '.testTarget(name: "a")', "Tests/a.swift": "", "test": script}
    assert line(files, "test", executable=["test"]) == "swift test"
    system = '#!/bin/sh\ncase "$(uname)" in\n  *) ;;\nesac\nswift test\n'
    assert line({**files, "test": system}, "test", executable=["test"]) == "./test"


def test_a_script_with_arguments_is_a_command_of_ci_without_its_format() -> None:
    files = {"Gemfile": "", "bin/rubocop": "#!/usr/bin/env ruby\n", CI: workflow("bin/rubocop --parallel -f github")}
    assert line(files, "lint", executable=["bin/rubocop"]) == "bin/rubocop --parallel"


def test_a_makefile_that_only_prints_by_default_does_not_build() -> None:
    makefile = 'all:\n\t@echo "pretty - format"\n\nbench:\n\tcmake -S . -B out\n'
    files = {"CMakeLists.txt": "project(a)\n", "a.c": "int x;", "Makefile": makefile}
    assert line(files, "build") == "cmake -S . -B build && cmake --build build"
    assert (
        line({**files, "Makefile": makefile.replace("all:\n\t@echo", "all:\n\tcmake -S . -B out\n\t@echo")}, "build")
        == "make"
    )


def test_the_modules_of_a_build_show_that_it_is_multiplatform() -> None:
    files = {
        "build.gradle.kts": "plugins { base }\n",
        "settings.gradle.kts": 'include(":core")\n',
        "core/build.gradle.kts": 'plugins {\n    kotlin("multiplatform")\n}\n',
        "core/commonTest/src/ATest.kt": "class ATest\n",
    }
    assert line(files, "test") == "gradle allTests"
    files["cli/build.gradle.kts"] = 'plugins {\n    kotlin("jvm")\n}\n'
    assert line(files, "test") == "gradle test allTests"
    assert line(files, "test-one") == "gradle :PROJECT:jvmTest --tests CLASS.NAME"


def test_a_maven_line_of_ci_loses_its_verbosity() -> None:
    files = {"pom.xml": "<project/>", "src/test/java/ATest.java": "", CI: workflow("mvn -X -e verify")}
    assert line(files, "test") == "mvn verify"


def test_rails_starts_with_its_own_script() -> None:
    files = {"Gemfile": "", "bin/rails": "", "bin/dev": "", "Procfile.dev": "web: bin/rails server\n"}
    assert line(files, "run") == "bin/dev"
    del files["Procfile.dev"]
    assert line(files, "run") == "bin/rails server"


def test_a_script_that_only_prints_by_an_interpreter_has_no_purpose() -> None:
    scripts = {"dev": "node -e \"console.warn('use composer dev')\""}
    assert line({"package.json": json.dumps({"scripts": scripts})}, "run") is None
