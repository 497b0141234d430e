"""How to run one test, derived from the command that runs all; and formatters, derived from their checks."""

import pytest

from codex.profile.writing_forms import writing_form
from tests.support.profiling import best, profiled, ranked

CI = ".github/workflows/ci.yml"


def workflow(*lines: str) -> str:
    return "jobs:\n  a:\n    steps:\n" + "".join(f"      - run: {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"Makefile": "test:\n\tuv run pytest -x tests\n"}, "uv run pytest FILE::NAME"),
        ({"Makefile": "test:\n\t$(GO) test ./...\n"}, "go test -run NAME ./PACKAGE"),
        ({"package.json": '{"scripts": {"test": "tsc && mocha test"}}'}, "npm test -- --grep NAME"),
        (
            {"package.json": '{"scripts": {"test": "vitest"}}', "pnpm-lock.yaml": ""},
            "pnpm exec vitest run FILE -t NAME",
        ),
        ({"package.json": '{"scripts": {"test": "jest && node report.js"}}'}, "npx jest FILE -t NAME"),
        ({"package.json": '{"scripts": {"test": "node --test"}}'}, "npm test -- FILE"),
        ({"tox.ini": "[testenv]\ncommands = pytest {posargs}\n"}, "tox -- FILE::NAME"),
        ({"Gemfile": "gem 'rspec'\n"}, "bundle exec rspec FILE:LINE"),
        ({"Rakefile": "Minitest::TestTask.create\n"}, "rake test"),
        ({CI: workflow("dotnet test --logger trx")}, "dotnet test --filter NAME"),
        ({CI: workflow("python manage.py test")}, "python manage.py test PACKAGE.MODULE.CLASS"),
        ({"build.sbt": ""}, "sbt 'testOnly CLASS'"),
    ],
)
def test_the_command_for_one_test_follows_from_that_for_all(files: dict[str, str], line: str) -> None:
    found = best(profiled(files), "test-one")
    assert found and found[0] == ("ruby -Ilib -Itest FILE -n NAME" if line == "rake test" else line)


@pytest.mark.parametrize(
    "files",
    [
        {"tox.ini": "[testenv]\ncommands = pytest\n"},
        {"Makefile": "test:\n\tpytest\n\tgo test ./...\n"},
        {"Makefile": "test:\n\t./run\n"},
    ],
)
def test_no_line_where_it_would_be_a_guess(files: dict[str, str]) -> None:
    assert best(profiled(files), "test-one") is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cargo fmt --all -- --check", "cargo fmt --all"),
        ("black --check --diff src", "black src"),
        ("npx prettier --check .", "npx prettier --write ."),
        ("gofmt -l .", "gofmt -w ."),
        ("./gradlew spotlessCheck", "./gradlew spotlessApply"),
        ("clang-format --dry-run -Werror a.c", "clang-format -i a.c"),
        ("ruff check .", None),
        ("black --check . && mypy .", None),
    ],
)
def test_formatters_by_their_checks(line: str, expected: str | None) -> None:
    assert writing_form(line) == expected


def test_scripts_are_targets_if_their_lines_or_ci_confirm_their_names() -> None:
    files = {
        "scripts/test": "#!/bin/sh\ncoverage run -m pytest $@\n",
        "scripts/lint": "#!/bin/sh\n${PREFIX}ruff check --fix .\n",
        "scripts/build": "#!/bin/sh\n./compile\n",
        "ci/test-complete": "#!/bin/zsh\ncompare\n",
        CI: workflow("scripts/test", "ci/test-complete"),
    }
    profile = profiled(files, modes={path: 0o100755 for path in files if path != CI})
    assert ranked(profile, "test") == [("scripts/test", "scripts/test", "TARGET_IN_CI")]
    assert best(profile, "test-one") == ("scripts/test FILE::NAME", "scripts/test")
    assert best(profile, "format") == ("scripts/lint", "scripts/lint")
    assert best(profile, "lint") is None and best(profile, "build") is None


def test_a_line_of_ci_for_another_platform_is_no_command() -> None:
    lines = (
        "cargo check --target armv7-unknown-linux",
        "cmake --build out",
        "mvn package -DskipTests",
        "make -C sub test",
    )
    assert profiled({CI: workflow(*lines)}).commands == ()


@pytest.mark.parametrize(
    ("files", "kind", "line"),
    [
        ({"CMakeLists.txt": "enable_testing()\n"}, "test", "ctest --test-dir build"),
        ({"CMakeLists.txt": "project(a)\n"}, "test", None),
        ({"CMakeLists.txt": ""}, "build", "cmake -S . -B build && cmake --build build"),
        ({"configure.ac": "", "Makefile.am": "TESTS = a b\n"}, "test-one", "make check TESTS=FILE"),
        ({"configure.ac": "", "Makefile.am": "bin_PROGRAMS = a\n"}, "test", None),
        ({"configure.ac": "", "autogen.sh": ""}, "build", "./autogen.sh && ./configure && make"),
        ({"meson.build": "test('a', exe)\n"}, "test", "meson test -C build"),
        ({"meson.build": ""}, "test", None),
        ({"Package.swift": ".testTarget(name: 'A')\n"}, "test-one", "swift test --filter NAME"),
        ({"build.zig": 'b.step("test", "")\n'}, "test", "zig build test"),
        ({"pubspec.yaml": "dependencies: {flutter: {sdk: flutter}}\n", "test/a_test.dart": ""}, "test", "flutter test"),
        ({"build.gradle.kts": 'plugins { kotlin("multiplatform") }\n'}, "test", "gradle allTests"),
        ({"cabal.project": ""}, "test", "cabal test all"),
        ({"Dockerfile": "FROM scratch\n"}, "build", None),
    ],
)
def test_conventions_need_a_sign_that_they_hold(files: dict[str, str], kind: str, line: str | None) -> None:
    found = best(profiled(files), kind)
    assert (found[0] if found else None) == line


def test_the_tools_of_the_main_language_come_first() -> None:
    files = {
        "mix.exs": "",
        "lib/a.ex": "x" * 9000,
        "test/a_test.exs": "",
        "assets/a.ts": "x" * 900,
        "package.json": '{"scripts": {"test": "jest"}}',
        CI: workflow("npm test"),
    }
    assert [line for line, _, _ in ranked(profiled(files), "test")] == ["mix test", "npm test"]


def test_a_target_that_tests_need_does_not_run_the_product() -> None:
    files = {"Makefile": "test: start-server\n\tpytest\nstart-server:\n\tnode tests/server.js\n"}
    assert best(profiled(files), "run") is None


def test_a_plain_name_comes_before_the_variant_for_ci() -> None:
    scripts = '{"scripts": {"test": "mocha", "test-ci": "nyc --reporter lcov npm test"}}'
    profile = profiled({"package.json": scripts, CI: workflow("npm run test-ci")})
    assert ranked(profile, "test")[0] == ("npm test", "package.json#scripts.test", "TARGET_IN_CI")


def test_parts_in_ci_do_not_count_where_a_target_runs_more() -> None:
    makefile = "all: \n\tmake lint\n\t./deploy\nlint:\n\truff check\n"
    profile = profiled({"Makefile": makefile, CI: workflow("make lint")})
    assert [rank for line, _, rank in ranked(profile, "lint") if line == "make all"] == ["TARGET"]


@pytest.mark.parametrize(
    ("files", "kind", "line"),
    [
        ({"go.mod": "module x\n", "Makefile": "tools:\n\tgo install ./cmd/gen\n"}, "build", "go build ./..."),
        ({"Makefile": "build-all: test\n\tgo build\ntest:\n\tgo test\n"}, "build", None),
        ({"Makefile": "reuse:\n\treuse lint\n"}, "lint", None),
        ({"Makefile": "serve-header:\n\tpython serve.py\n"}, "run", None),
        ({"Cargo.toml": "", CI: workflow("cargo fmt --check")}, "lint", "cargo clippy"),
        ({CI: workflow("make test-minimal 'ARGS=--manifest-path Cargo.toml'")}, "test", None),
        ({"Gemfile": "", CI: workflow("pip install -r docs/requirements.txt")}, "install", "bundle install"),
        ({"MODULE.bazel": "", "a/BUILD": ""}, "test", "bazel test //..."),
        ({"Makefile": "install:\n\t$(VENV_PIP) install .\n"}, "install", "make install"),
    ],
)
def test_names_and_lines_that_are_only_similar(files: dict[str, str], kind: str, line: str | None) -> None:
    found = best(profiled(files), kind)
    assert (found[0] if found else None) == line


def test_build_and_tests_are_of_one_build_system() -> None:
    files = {
        "configure.ac": "",
        "Makefile.am": "TESTS = a\n",
        "CMakeLists.txt": "enable_testing()\n",
        "meson.build": "",
    }
    profile = profiled(files)
    assert best(profile, "build") == ("cmake -S . -B build && cmake --build build", "CMakeLists.txt")
    assert best(profile, "test") == ("ctest --test-dir build", "CMakeLists.txt")


@pytest.mark.parametrize(
    "line", ["zig build check test", "zig build test -Dcoverage", "npm run build --prefix ./web", "mvn test -pl core"]
)
def test_lines_for_another_folder_or_several_steps_are_no_commands(line: str) -> None:
    assert profiled({CI: workflow(line)}).commands == ()


def test_a_test_target_of_known_tools_comes_before_one_that_is_only_named_so() -> None:
    makefile = "test: build\n\t-remote_tests 2>&1 | tee log\nquicktest:\n\tgo test ./...\n"
    assert best(profiled({"Makefile": makefile}), "test") == ("make quicktest", "Makefile#quicktest")
    in_ci = profiled({"Makefile": makefile, CI: workflow("make test")})
    assert best(in_ci, "test") == ("make test", "Makefile#test")


@pytest.mark.parametrize(
    ("files", "kind", "line"),
    [
        ({"Makefile": "tag:\n\tgo generate\n\tgit tag x\n"}, "generate", None),
        ({"Makefile": "serve:\n\tcd docs && hugo server\n"}, "run", None),
        ({"justfile": "check-external-types:\n    ./x\n"}, "typecheck", None),
        ({CI: workflow("cmake ..", "make test")}, "test", None),
        ({"MODULE.bazel": "", CI: workflow("./bazelw test //...")}, "test", "./bazelw test //..."),
        (
            {"Cargo.toml": "", ".cargo/config.toml": '[alias]\nxtask = "run -p x"\n', CI: workflow("cargo xtask test")},
            "test",
            "cargo xtask test",
        ),
        (
            {"configure.ac": "", "CMakeLists.txt": "enable_testing()\n", CI: workflow("make check")},
            "test",
            "ctest --test-dir build",
        ),
        (
            {"package.json": '{"scripts": {"test": "run-s node web", "test-web:playwright": "playwright test"}}'},
            "test",
            "npm test",
        ),
        ({"configure.ac": "", CI: workflow("make check V=1")}, "test", "make check V=1"),
        (
            {"package.json": '{"scripts": {"lint:deps": "knip", "lint:eslint": "eslint ."}}'},
            "lint",
            "npm run lint:eslint",
        ),
        ({"mix.exs": "", CI: workflow("mix deps.get --only dev")}, "install", "mix deps.get"),
        ({"pom.xml": "<project/>", CI: workflow("mvn verify site:site")}, "test", "mvn verify"),
        ({"package.json": '{"scripts": {"test": "xo && c8 ava && tsd"}}'}, "test-one", "npx ava FILE"),
        ({"package.json": '{"scripts": {"test": "cross-env TZ=UTC jest && x"}}'}, "test-one", "npx jest FILE -t NAME"),
    ],
)
def test_names_that_something_else_explains(files: dict[str, str], kind: str, line: str | None) -> None:
    found = best(profiled(files), kind)
    assert (found[0] if found else None) == line
