"""What CI shows about the parts of the tests, and when no argument selects one test."""

import json

import pytest

from tests.support.effort import calls_of
from tests.support.profiling import line, profiled

CI = ".github/workflows/ci.yml"


def workflow(*lines: str) -> str:
    steps = "".join(f"      - run: {text}\n" for text in lines)
    return f"on: push\njobs:\n  checks:\n    steps:\n{steps}"


def package(**scripts: str) -> str:
    return json.dumps({"scripts": {name.replace("_", ":"): text for name, text in scripts.items()}})


PARTS = package(test="vitest run", test_app="vitest run --project app", test_server="vitest run --project server")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("npm run test:app", "npm run test:server"), "npm test"),
        (("npm run test:server", "npm run test:${{ matrix.group }}"), "npm test"),
        (("npm run test:server",), "npm run test:server"),
    ],
)
def test_the_whole_comes_before_its_parts_if_ci_runs_several(lines: tuple[str, ...], expected: str) -> None:
    assert line({"package.json": PARTS, CI: workflow(*lines)}, "test") == expected


def test_parts_with_other_tools_do_not_prove_the_whole() -> None:
    scripts = package(test="./all.sh", test_app="vitest run", test_web="playwright test")
    files = {"package.json": scripts, CI: workflow("npm run test:app", "npm run test:web")}
    assert line(files, "test") != "npm test"


def test_a_target_counts_as_run_by_ci_if_ci_runs_its_only_line() -> None:
    scripts = {"tests": "vendor/bin/phpunit tests/", "tests-unit": "vendor/bin/phpunit --exclude-group slow tests/"}
    files = {"composer.json": json.dumps({"scripts": scripts})}
    assert line({**files, CI: workflow("composer tests-unit")}, "test") == "composer tests-unit"
    both = workflow("composer tests-unit", "vendor/bin/phpunit tests/")
    assert line({**files, CI: both}, "test") == "composer tests"


@pytest.mark.parametrize("other", ["node test/all.mjs", "./check.sh"])
def test_no_argument_selects_one_test_of_several_targets_with_an_unknown_tool(other: str) -> None:
    scripts = package(test="npm run test:unit && npm run test:web", test_unit=other, test_web="playwright test -c a.js")
    assert line({"package.json": scripts}, "test-one") is None
    assert line({"package.json": package(test="playwright test -c a.js")}, "test-one") == "npm test -- FILE -g NAME"
    known = scripts.replace("npm run test:unit && ", "")
    assert line({"package.json": known}, "test-one") == "npx playwright test -c a.js FILE -g NAME"


def test_a_part_in_another_language_leaves_the_command_for_one_test() -> None:
    makefile = "test: test-go test-js\ntest-go:\n\tgo test ./...\ntest-js:\n\tcd ui && yarn test\n"
    assert (
        line({"go.mod": "module a", "a_test.go": "", "Makefile": makefile}, "test-one") == "go test -run NAME ./PACKAGE"
    )


def test_a_needed_flag_with_an_unknown_value_leaves_no_command_for_one_test() -> None:
    files = {"go.mod": "module a", "a_test.go": "", "Makefile": "test:\n\tgo test -tags $(TAGS) ./...\n"}
    assert line(files, "test-one") is None
    files["Makefile"] = "test:\n\tgo test -tags netgo ./...\n"
    assert line(files, "test-one") == "go test -tags netgo -run NAME ./PACKAGE"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("add_test(NAME all COMMAND run)\n", None),
        ("add_test(a run)\nadd_test(b run2)\n", None),
        ("add_test(NAME ${name} COMMAND run)\n", "ctest --test-dir build -R NAME"),
        ("catch_discover_tests(run)\n", "ctest --test-dir build -R NAME"),
        ("add_subdirectory(test)\n", "ctest --test-dir build -R NAME"),
        ("add_test(a x)\nadd_test(b x)\nadd_test(c x)\n", "ctest --test-dir build -R NAME"),
    ],
)
def test_the_name_of_a_test_that_runs_everything_selects_nothing(text: str, expected: str | None) -> None:
    files = {"CMakeLists.txt": f"project(a)\nenable_testing()\n{text}", "a.c": "int x;", "test/a.c": ""}
    assert line(files, "test-one") == expected


def test_an_install_that_checks_out_a_release_is_none() -> None:
    scripts = package(setup="git checkout v2.5.3 && npm ci --omit dev")
    assert line({"package.json": scripts, "package-lock.json": "{}"}, "install") == "npm ci"
    assert line({"package.json": package(setup="npm ci"), "package-lock.json": "{}"}, "install") == "npm run setup"


TYPING = """[project]
name = "a"
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
lint = ["ruff"]
typing = ["pyrefly"]
"""


def test_a_line_of_ci_names_the_group_of_its_tool() -> None:
    files = {"pyproject.toml": TYPING, "uv.lock": "", CI: workflow("uv run pyrefly check src", "uv run ruff check .")}
    assert line(files, "typecheck") == "uv run --group typing pyrefly check src"
    assert line(files, "lint") == "uv run ruff check ."
    every = TYPING + '[tool.uv]\ndefault-groups = "all"\n'
    assert line({**files, "pyproject.toml": every}, "typecheck") == "uv run pyrefly check src"


def test_hooks_run_where_pre_commit_is_installed() -> None:
    project = '[project]\nname = "a"\n[tool.ruff]\n[dependency-groups]\ndev = ["pre-commit"]\n'
    hooks = "repos:\n- repo: a\n  hooks: [{id: ruff-format}]\n"
    files = {"pyproject.toml": project, "uv.lock": "", ".pre-commit-config.yaml": hooks}
    assert line(files, "format") == "uv run pre-commit run ruff-format --all-files"


def test_arguments_of_tox_toml_reach_the_tests() -> None:
    text = '[env_run_base]\ncommands = [["pytest", {replace = "posargs", default = ["tests"], extend = true}]]\n'
    assert line({"tox.toml": text}, "test-one") == "tox -- FILE::NAME"


def test_aliases_of_sbt_are_targets() -> None:
    text = (
        'addCommandAlias("check", "; scalafixAll --check; scalafmtCheckAll")\naddCommandAlias("fix", "scalafixAll")\n'
    )
    files = {"build.sbt": text, CI: workflow("sbt check")}
    assert (line(files, "lint"), line(files, "format")) == ("sbt check", "sbt fix")


@pytest.mark.parametrize("text", [pytest.param("npm run t${{ matrix.name }}", marks=pytest.mark.slow), "vitest run"])
def test_lines_that_stand_for_many_targets_cost_little(text: str) -> None:
    scripts = json.dumps({"scripts": {f"t{number}": "vitest run" for number in range(400)}})

    def effort(lines: int) -> int:
        script = f"          {text}\n" * lines
        files = {"package.json": scripts, CI: f"on: push\njobs:\n  a:\n    steps:\n      - run: |\n{script}"}
        return calls_of(lambda: profiled(files))

    assert effort(800) - effort(400) < 400 * 1500
