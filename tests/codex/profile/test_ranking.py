"""Commands: a target that CI also runs, a target, a CI line, configuration, a default; each with its evidence."""

import pytest

from codex.profile.model import Command, CommandKind, Rank
from tests.support.effort import at_most_calls
from tests.support.profiling import best, profiled, ranked

CI = ".github/workflows/ci.yml"


def workflow(*lines: str, job: str = "checks", runner: str = "ubuntu-latest") -> str:
    steps = "".join(f"      - run: {line}\n" for line in lines)
    return f"on: [push]\njobs:\n  {job}:\n    runs-on: {runner}\n    steps:\n{steps}"


def test_every_rank_in_order() -> None:
    profile = profiled(
        {
            "Makefile": "test:\n\tgo test ./...\ntest-all:\n\tgo test -race ./...\n",
            "go.mod": "module example.com/a\n",
            CI: workflow("make test", "gotestsum ./..."),
            "pyproject.toml": "[tool.pytest.ini_options]\n",
        }
    )
    assert ranked(profile, "test") == [
        ("make test", "Makefile#test", "TARGET_IN_CI"),
        ("make test-all", "Makefile#test-all", "TARGET"),
        ("gotestsum ./...", f"{CI}#jobs.checks.steps[1]", "CI"),
        ("pytest", "pyproject.toml#tool.pytest", "CONFIGURATION"),
        ("go test ./...", "go.mod", "DEFAULT"),
    ]
    assert profile.commands[0].default is True and profile.commands[0].kind is CommandKind.INSTALL
    assert profile.best(CommandKind.TEST) == Command(
        kind=CommandKind.TEST,
        line="make test",
        evidence="Makefile#test",
        rank=Rank.TARGET_IN_CI,
        seen_in=(f"{CI}#jobs.checks.steps[0]",),
    )


def test_a_command_without_evidence_is_not_listed() -> None:
    assert profiled({"a.py": "print()", "b.go": "package b", "README.md": "Run `make test`."}).commands == ()


def test_the_target_that_ci_runs_wins_over_the_plainer_name() -> None:
    files = {"Makefile": "test:\n\tpytest\ntest-unit:\n\tpytest tests/unit\n", CI: workflow("make test-unit")}
    assert ranked(profiled(files), "test") == [
        ("make test-unit", "Makefile#test-unit", "TARGET_IN_CI"),
        ("make test", "Makefile#test", "TARGET"),
    ]


def test_a_target_whose_parts_all_run_in_ci_runs_in_ci() -> None:
    scripts = '{"scripts": {"test": "npm run unit && npm run web", "unit": "vitest run", "web": "playwright test"}}'
    profile = profiled({"package.json": scripts, CI: workflow("npm run unit", "npm run web")})
    assert ranked(profile, "test")[0] == ("npm test", "package.json#scripts.test", "TARGET_IN_CI")


def test_a_target_that_ci_reaches_through_another_runs_in_ci() -> None:
    files = {"Makefile": "ci: lint test\nlint:\n\truff check\ntest:\n\tpytest\n", CI: workflow("make ci")}
    profile = profiled(files)
    assert best(profile, "lint") == ("make lint", "Makefile#lint")
    assert [(str(command.kind), command.line, command.rank.name) for command in profile.commands] == [
        ("test", "make test", "TARGET_IN_CI"),
        ("test", "make ci", "TARGET_IN_CI"),
        ("test-one", "pytest FILE::NAME", "TARGET_IN_CI"),
        ("lint", "make lint", "TARGET_IN_CI"),
        ("lint", "make ci", "TARGET"),
    ]


@pytest.mark.parametrize(
    ("name", "recipe", "kind"),
    [
        ("test", "pytest", "test"),
        ("check", "python3 -m pytest tests", "test"),
        ("check", "python3 /usr/bin/pytest", "test"),
        ("check", "ruff check .", "lint"),
        ("check", "$(BIN)/mypy src", "typecheck"),
        ("verify", "$(GO) test ./...", "test"),
        ("lint", "golangci-lint run", "lint"),
        ("lint", "pytest --flake8", "test"),
        ("lint", "./scripts/lint.sh", "lint"),
        ("fmt", "gofmt -w .", "format"),
        ("fmt-check", "gofmt -l .", "lint"),
        ("format", "black --check .", "lint"),
        ("style", "npx prettier --write .", "format"),
        ("lint-fix", "eslint --fix .", "format"),
        ("build", "go build ./...", "build"),
        ("build", "./build.sh", "build"),
        ("unit-test", "./run-tests", "test"),
        ("run", "go run ./cmd/app", "run"),
        ("setup", "./setup.sh", "install"),
        ("deps", "uv sync", "install"),
        ("all", "cargo build", "build"),
        ("tests", "uv run -- pytest", "test"),
        ("suite", "tox -e py312", "test"),
        ("fmt", "gofmt -l -w .", "format"),
        ("fmt", "terraform fmt -check -recursive", "lint"),
        ("lint", "npx prettier --write .", "format"),
        ("cops", "bundle exec rubocop -a", "format"),
        ("clippy", "cargo clippy -- -A clippy::all", "lint"),
        ("hooks", "pre-commit run -a", "lint"),
        ("tidy", "golangci-lint fmt", "format"),
        ("run-tests", "./run.sh", "test"),
        ("run-all-checks", "mypy src", "typecheck"),
        ("run-docker", "docker run app", "run"),
        ("gen", "go run ./cmd/gen", "generate"),
        ("type-check", "mypy src", "typecheck"),
        ("lint-types", "mypy src", "typecheck"),
        ("deps", "go install example.com/tool@latest", "install"),
    ],
)
def test_purpose_of_a_target_by_name_and_body(name: str, recipe: str, kind: str) -> None:
    profile = profiled({"Makefile": f"{name}:\n\t{recipe}\n"})
    found = [command for command in profile.commands if command.kind is not CommandKind.TEST_ONE]
    assert [(command.kind, command.line, command.evidence) for command in found] == [
        (kind, f"make {name}", f"Makefile#{name}")
    ]


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("clean", "rm -rf build"),
        ("remove-test-image", "docker rmi tests"),
        ("stop-server", "kill 1"),
        ("install", "cp tool /usr/bin"),
        ("help", "echo make test"),
        ("publish", "twine upload dist/*"),
        ("install-tools", "go install ./tools/gen"),
        ("docs-gen", "go run ./cmd/docs"),
        ("pages", "docker run mkdocs build"),
    ],
)
def test_targets_with_another_purpose(name: str, recipe: str) -> None:
    assert profiled({"Makefile": f"{name}:\n\t{recipe}\n"}).commands == ()


def test_variants_come_after_configuration() -> None:
    files = {"Makefile": "fuzz-test:\n\tgo test -fuzz=.\n", "pytest.ini": "[pytest]\n", CI: workflow("make fuzz-test")}
    assert ranked(profiled(files), "test") == [
        ("pytest", "pytest.ini", "CONFIGURATION"),
        ("make fuzz-test", "Makefile#fuzz-test", "TARGET"),
    ]


def test_installing_tools_comes_after_installing_the_project() -> None:
    profile = profiled(
        {
            "package.json": '{"scripts": {"csb:install": "npm i -g corepack", "install-hooks": "husky"}}',
            "package-lock.json": "{}",
            CI: workflow("pip install -r docs/requirements.txt"),
        }
    )
    assert [line for line, _, _ in ranked(profile, "install")] == [
        "npm ci",
        "npm run csb:install",
        "npm run install-hooks",
    ]
    files = {"go.mod": "module a\n", "Taskfile.yml": "tasks: {'install:mockery': go install example.com/mockery@v3}\n"}
    assert [line for line, _, _ in ranked(profiled(files), "install")] == ["go mod download", "task install:mockery"]


@pytest.mark.parametrize(
    ("line", "narrow"),
    [
        ("vendor/bin/phpunit", False),
        ("vendor/bin/phpunit -c config/phpunit.xml", False),
        ("vendor/bin/phpunit tests/Integration/Cache", True),
        ("vendor/bin/phpunit --testsuite=unit", True),
    ],
)
def test_a_subset_of_the_tests_comes_after_all_tests(line: str, narrow: bool) -> None:
    profile = profiled({"composer.json": "{}", "phpunit.xml": "", CI: workflow(line)})
    lines = [command_line for command_line, _, _ in ranked(profile, "test")]
    assert (lines[0] == line) is not narrow
    assert (lines[-1] == line) is (narrow or len(lines) == 1)


def test_a_partial_ci_line_comes_after_complete_ones() -> None:
    profile = profiled({CI: workflow("cargo test --doc", "cargo nextest run --workspace", "cargo test --workspace")})
    assert [line for line, _, _ in ranked(profile, "test")] == [
        "cargo test --workspace",
        "cargo nextest run --workspace",
        "cargo test --doc",
    ]


def test_flags_that_rely_on_an_earlier_step_are_removed() -> None:
    profile = profiled({"App.sln": "", CI: workflow("dotnet build --no-restore", "dotnet test --no-build -c Release")})
    assert best(profile, "build") == ("dotnet build", f"{CI}#jobs.checks.steps[0]")
    assert best(profile, "test") == ("dotnet test -c Release", f"{CI}#jobs.checks.steps[1]")


def test_a_nox_session_per_python_version() -> None:
    session = "import nox\n@nox.session\ndef tests(session):\n    session.run('pytest')\n"
    files = {"noxfile.py": session, "pytest.ini": "", CI: workflow("nox -s tests-${{ matrix.python }}")}
    assert best(profiled(files), "test") == ("nox -s tests", "noxfile.py#tests")


def test_bun_built_in_commands_are_not_scripts() -> None:
    scripts = '{"scripts": {"test": "vitest run", "lint": "biome check ."}}'
    profile = profiled({"package.json": scripts, "bun.lock": "", CI: workflow("bun test", "bun lint")})
    assert ranked(profile, "lint") == [("bun run lint", "package.json#scripts.lint", "TARGET_IN_CI")]
    assert ranked(profile, "test") == [
        ("bun run test", "package.json#scripts.test", "TARGET"),
        ("bun test", f"{CI}#jobs.checks.steps[0]", "CI"),
    ]


def test_a_makefile_two_includes_deep() -> None:
    profile = profiled(
        {
            "Makefile": "include make/all.mk\n",
            "make/all.mk": "include make/go/go.mk\n-include make/missing.mk\ninclude Makefile\n",
            "make/go/go.mk": ".PHONY: test lint\ntest:: pretest\n\tgo test $(FLAGS) ./...\nlint: ## look\n\tgolangci-lint run\n",
            ".github/workflows/ci.yaml": workflow("make test", "make lint"),
        }
    )
    assert [(command.line, command.evidence, command.seen_in) for command in profile.commands] == [
        ("make test", "make/go/go.mk#test", (".github/workflows/ci.yaml#jobs.checks.steps[0]",)),
        ("go test -run NAME ./PACKAGE", "make/go/go.mk#test", ()),
        ("make lint", "make/go/go.mk#lint", (".github/workflows/ci.yaml#jobs.checks.steps[1]",)),
    ]


def test_makefiles_included_by_a_pattern() -> None:
    profile = profiled(
        {"GNUmakefile": "include mk/*.mk\n", "mk/a.mk": "test:\n\tpytest\n", "mk/b.mk": "lint:\n\tmypy\n"}
    )
    assert best(profile, "test") == ("make test", "mk/a.mk#test")
    assert best(profile, "lint") == ("make lint", "mk/b.mk#lint")


def test_equal_calls_of_a_tool_are_one_command() -> None:
    files = {"pyproject.toml": "[tool.pytest]\n", "uv.lock": "", CI: workflow("uv run pytest", "pytest")}
    profile = profiled(files)
    assert [
        (command.line, command.rank.name, command.seen_in)
        for command in profile.commands
        if command.kind is CommandKind.TEST
    ] == [("pytest", "CI", (f"{CI}#jobs.checks.steps[0]",))]


@pytest.mark.parametrize(
    ("job", "runner", "line"),
    [
        ("windows", "windows-latest", "pytest"),
        ("fuzz", "ubuntu-latest", "cargo test"),
        ("release", "ubuntu-latest", "npm run build"),
        ("checks", "macos-14", "pytest"),
        ("checks", "ubuntu-latest", "pytest ${{ matrix.args }}"),
        ("checks", "ubuntu-latest", "pytest $ARGS"),
        ("checks", "ubuntu-latest", "gcc --version"),
        ("checks", "ubuntu-latest", "pip install check-jsonschema==0.27"),
        ("checks", "ubuntu-latest", "echo pytest"),
        ("checks", "ubuntu-latest", "npm run check:package-lock-and-nothing-else"),
        ("checks", "ubuntu-latest", "docker run --rm example/openapi-diff old.json new.json"),
        ("checks", "ubuntu-latest", "go install example.com/richgo@latest"),
    ],
)
def test_ci_lines_that_are_not_commands(job: str, runner: str, line: str) -> None:
    assert profiled({CI: workflow(line, job=job, runner=runner)}).commands == ()


def test_a_linter_comes_before_a_formatter_that_checks() -> None:
    profile = profiled({CI: workflow("cargo fmt --check", "cargo clippy --all-targets --all-features")})
    assert ranked(profile, "lint") == [
        ("cargo clippy --all-targets --all-features", f"{CI}#jobs.checks.steps[1]", "CI"),
        ("cargo fmt --check", f"{CI}#jobs.checks.steps[0]", "CI"),
    ]


def test_at_most_eight_commands_of_a_kind() -> None:
    targets = "".join(f"test-{n}:\n\tpytest {n}\n" for n in "abcdefghijk")
    assert len(ranked(profiled({"Makefile": targets}), "test")) == 8


def test_circular_targets_all_run_in_ci() -> None:
    files = {"Makefile": "test: lint\n\tpytest\nlint: test\n\truff check\n", CI: workflow("make test")}
    with at_most_calls(1_000_000):
        profile = profiled(files)
    assert ranked(profile, "test") == [("make test", "Makefile#test", "TARGET_IN_CI")]
    assert ranked(profile, "lint") == [("make lint", "Makefile#lint", "TARGET_IN_CI")]


@pytest.mark.parametrize(
    "recipe",
    [
        "@echo 'no tests yet'",
        "@echo no tests yet && exit 1",
        "@printf 'run pytest\\n'",
        "@true",
        "@:",
        "git diff --exit-code",
        "exit 0",
        "@echo a\n\t@echo b; false",
    ],
)
def test_a_target_that_only_prints_is_no_test(recipe: str) -> None:
    assert ranked(profiled({"Makefile": f"test:\n\t{recipe}\n"}), "test") == []


def test_the_placeholder_of_npm_init_is_no_test() -> None:
    files = {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'}
    assert ranked(profiled(files), "test") == []


def test_a_target_that_prints_and_then_tests_is_a_test() -> None:
    files = {"Makefile": "test:\n\t@echo testing\n\t./run-tests.sh\n"}
    assert ranked(profiled(files), "test") == [("make test", "Makefile#test", "TARGET")]


def test_a_target_that_calls_one_that_only_prints_is_no_test() -> None:
    assert ranked(profiled({"Makefile": "test: hint\nhint:\n\t@echo soon\n"}), "test") == []
