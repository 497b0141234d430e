"""Tasks that look like the work of a kind, and do something else: for a part, for CI, or only after a server started."""

import json

import pytest

from tests.codex.profile.test_ranking import CI, workflow
from tests.support.profiling import line, profiled

GO = {"go.mod": "module example.com/a\n", "a.go": "package a\n" * 900}


@pytest.mark.parametrize(
    ("sources", "command"),
    [(GO, "make lint"), ({"a.py": "x = 1\n" * 900}, "uv run task lint"), ({}, "uv run task lint")],
)
def test_a_task_in_the_environment_of_a_small_language_comes_later(sources: dict[str, str], command: str) -> None:
    project = '[project]\nname = "site"\n[tool.taskipy.tasks]\nlint = "ruff check"\n'
    files = {"pyproject.toml": project, "uv.lock": "", "hooks.py": "x", CI: workflow("uv run task lint"), **sources}
    assert line({**files, "Makefile": "lint:\n\tgo vet ./...\n"}, "lint") == command


@pytest.mark.parametrize("name", ["ensure-golangci", "download-ruff"])
def test_a_target_that_makes_sure_of_a_linter_does_not_lint(name: str) -> None:
    files = {
        **GO,
        "Makefile": f"{name}:\n\tcurl example.com\nlint: {name}\n\tgo vet ./...\n",
        CI: workflow(f"make {name}"),
    }
    assert line(files, "lint") == "make lint"


@pytest.mark.parametrize(
    ("step", "expected"),
    [("cargo xtask format --check", "cargo xtask format"), ("cargo xtask assets --check", "cargo fmt")],
)
def test_the_task_that_checks_the_format_also_writes_it(step: str, expected: str) -> None:
    files = {"Cargo.toml": '[package]\nname = "a"\n', "src/lib.rs": "x", ".rustfmt.toml": "", CI: workflow(step)}
    assert line(files, "format") == expected


@pytest.mark.parametrize(
    ("other", "body", "command"),
    [
        ("lint-unused", "ts-prune | grep -v x", "npm run lint"),
        ("lint-code", "eslint src", "npm run lint-code"),
    ],
)
def test_a_lint_with_an_unknown_tool_adds_to_the_plain_one(other: str, body: str, command: str) -> None:
    package = json.dumps({"scripts": {"lint": "eslint .", other: body}})
    files = {"package.json": package, "package-lock.json": "{}", "a.ts": "x", CI: workflow(f"npm run {other}")}
    assert line(files, "lint") == command


@pytest.mark.parametrize(
    ("name", "expected"), [("typecheck-packages", True), ("typecheck-all", True), ("type-gate", False)]
)
def test_a_type_check_of_all_packages_comes_before_the_configuration(name: str, *, expected: bool) -> None:
    files = {
        "package.json": json.dumps({"scripts": {name: "turbo run types"}}),
        "package-lock.json": "{}",
        "tsconfig.json": "{}",
        "a.ts": "x",
        CI: workflow(f"npm run {name}"),
    }
    assert line(files, "typecheck") == (f"npm run {name}" if expected else "npx tsc --noEmit")


@pytest.mark.parametrize(
    ("needs", "expected"),
    [("start-server", None), ("up", None), ("", "go test -run NAME ./PACKAGE"), ("vet", "go test -run NAME ./PACKAGE")],
)
def test_one_test_is_not_run_without_the_server_that_all_tests_need(needs: str, expected: str | None) -> None:
    makefile = f"test: {needs}\n\tgo test ./...\nstart-server up:\n\t./serve &\nvet:\n\tgo vet ./...\n"
    assert line({**GO, "Makefile": makefile}, "test-one") == expected


SCRIPT = '#!/bin/sh\nset -e\nfor one in "$@"; do eval "$one"; done\n'


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("./ci/test.sh", "ci/test.sh"),
        ("./ci/test.sh --verbose", "ci/test.sh"),
        ("bash ci/test.sh", "ci/test.sh"),
        ("./ci/test.sh unit", None),
        ("bash ci/test.sh unit", None),
    ],
)
def test_a_script_that_ci_only_runs_with_an_argument_is_not_a_command(step: str, expected: str | None) -> None:
    files = {"a.zig": "x", "ci/test.sh": SCRIPT, CI: workflow(step)}
    assert line(files, "test", executable=("ci/test.sh",)) == expected


def test_the_installation_of_the_machines_of_ci_is_not_that_of_the_project() -> None:
    install = "#!/bin/sh\npip install --user pynvim\nnpm install -g tool\n"
    files = {
        "a.zig": "x",
        "ci/install.sh": install,
        "scripts/setup": "#!/bin/sh\nnpm ci\n",
        CI: workflow("ci/install.sh"),
    }
    assert line(files, "install", executable=("ci/install.sh", "scripts/setup")) == "scripts/setup"


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ('cd "$(dirname "$0")" || exit', "stack build"),
        ("cd $(dirname $0)", "stack build"),
        ('cd "$(dirname "$0")/.."', "bin/compile.sh"),
        ("set -e", "bin/compile.sh"),
    ],
)
def test_a_script_that_works_in_its_own_folder_does_not_build_the_project(start: str, expected: str) -> None:
    files = {"stack.yaml": "", "a.hs": "x", "bin/compile.sh": f"#!/bin/sh\n{start}\nstack build\n"}
    assert line(files, "build", executable=("bin/compile.sh",)) == expected


@pytest.mark.parametrize(
    ("makefile", "expected"),
    [
        ("all: tool\ntool:\n\tcd build && $(CMAKE_PRG) -G Ninja ..\n", "make"),
        ("all:\n\tcmake -S . -B out -DDEPS=ON\n", "make"),
        ("docs:\n\tcmake -S . -B out\n", "cmake -S . -B build && cmake --build build"),
        ("all:\n\tpython cmake_docs.py\n", "cmake -S . -B build && cmake --build build"),
    ],
)
def test_a_makefile_that_configures_cmake_builds(makefile: str, expected: str) -> None:
    files = {"CMakeLists.txt": "project(tool)\n", "a.c": "x", "Makefile": makefile}
    assert line(files, "build") == expected


def test_a_project_of_dune_has_its_commands() -> None:
    files = {"dune-project": "(lang dune 3.0)", ".ocamlformat": "", "lib/a.ml": "x", "test/a_test.ml": "x"}
    profile = profiled(files)
    assert [(command.kind.value, command.line) for command in profile.commands] == [
        ("build", "dune build"),
        ("test", "dune test"),
        ("format", "dune fmt"),
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [("dune build @fmt", "lint"), ("dune build @fmt --auto-promote", "format"), ("dune fmt", "format")],
)
def test_the_alias_that_shows_the_format_of_dune_does_not_write_it(body: str, kind: str) -> None:
    files = {"dune-project": "", "a.ml": "x", "Makefile": f"fmt:\n\t{body}\n"}
    assert line(files, kind) == "make fmt"
    assert line(files, "format" if kind == "lint" else "lint") is None


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("opam install conf-libev", None),
        ("opam install . --deps-only", "opam install . --deps-only"),
        ("opam install --deps-only -t .", "opam install --deps-only -t ."),
    ],
)
def test_opam_installs_what_the_project_needs_by_its_path(step: str, expected: str | None) -> None:
    assert line({"dune-project": "", "a.ml": "x", CI: workflow(step)}, "install") == expected


def test_a_convention_of_a_small_language_builds_nothing() -> None:
    package = 'let package = Package(name: "a", targets: [.testTarget(name: "b")])\n'
    files = {"Package.swift": package, "Tests/a.swift": "x", "lib/a.c": "x" * 40_000, "Makefile": "test:\n\tctest\n"}
    assert (line(files, "build"), line(files, "test")) == (None, "make test")
    assert line({**files, "lib/a.c": ""}, "build") == "swift build"


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("analyze:bundles", "node scripts/size.mjs", None),
        ("analyze:code", "eslint src", "npm run analyze:code"),
        ("analyze", "node scripts/all.mjs", "npm run analyze"),
    ],
)
def test_an_analysis_of_something_else_is_no_linter(name: str, body: str, expected: str | None) -> None:
    files = {"package.json": json.dumps({"scripts": {name: body}}), "package-lock.json": "{}", "a.ts": "x"}
    assert line(files, "lint") == expected


def test_tasks_of_pixi_and_its_features_run_in_their_environment() -> None:
    project = (
        '[project]\nname = "a"\n[tool.pixi.tasks]\nlint = {cmd = "ruff check"}\n[tool.mypy]\n'
        '[tool.pixi.feature.check.tasks]\ntypes = "mypy -p a"\n[tool.pixi.feature.test.tasks]\ntest = "pytest -q"\n'
    )
    files = {"pyproject.toml": project, "a.py": "x = 1\n", CI: workflow("pixi run -e check types")}
    assert [line(files, kind) for kind in ("lint", "typecheck", "test", "test-one")] == [
        "pixi run lint",
        "pixi run types",
        "pixi run test",
        "pixi run pytest FILE::NAME",
    ]
    (types,) = [one for one in profiled(files).commands if one.line == "pixi run types"]
    assert types.seen_in == (f"{CI}#jobs.checks.steps[0]",)
