"""Commands that do a part of the work, or whose evidence is weak, are not the commands of a repository."""

import pytest

from tests.support.profiling import best, profiled

CI = ".github/workflows/ci.yml"


def workflow(*lines: str) -> str:
    steps = "".join(f"      - run: {line}\n" for line in lines)
    return f"on: [push]\njobs:\n  checks:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"


def line(files: dict[str, str], kind: str) -> str | None:
    command = best(profiled(files), kind)
    return command[0] if command else None


def test_a_target_that_only_gathers_linters_comes_before_them() -> None:
    makefile = "static: static-phpstan static-style\nstatic-phpstan:\n\tvendor/bin/phpstan analyze\n"
    makefile += "static-style:\n\tvendor/bin/phpcs\n"
    assert line({"Makefile": makefile, "composer.json": "{}"}, "lint") == "make static"


def test_a_variable_that_a_call_of_make_sets_is_part_of_the_command() -> None:
    makefile = "style:\n\tprettier $(FLAGS) .\nverify-style:\n\t$(MAKE) style FLAGS=--check\n"
    assert line({"Makefile": makefile}, "lint") == "make verify-style"


def test_a_rule_that_forwards_names_gives_its_targets_a_second_name() -> None:
    shared = "%: common-% ;\n\ncommon-lint:\n\tgolangci-lint run\n"
    files = {"Makefile": "include Makefile.common\n", "Makefile.common": shared, "go.mod": "module example.com/a\n"}
    assert line(files, "lint") == "make lint"


@pytest.mark.parametrize(
    ("scripts", "command"),
    [
        ({"generate-icons": "tsx icons.ts", "generate-api": "tsx api.ts"}, None),
        ({"generate-icons": "tsx icons.ts", "generate": "tsx all.ts"}, "npm run generate"),
        ({"generate-api": "tsx api.ts"}, "npm run generate-api"),
    ],
)
def test_one_of_several_generators_is_a_part(scripts: dict[str, str], command: str | None) -> None:
    text = ", ".join(f'"{name}": "{body}"' for name, body in scripts.items())
    assert line({"package.json": f'{{"scripts": {{{text}}}}}'}, "generate") == command


@pytest.mark.parametrize("command", ["go mod tidy", "go mod vendor"])
def test_a_target_that_changes_the_list_of_dependencies_installs_nothing(command: str) -> None:
    files = {"Makefile": f"deps:\n\t{command}\n", "go.mod": "module example.com/a\n"}
    assert line(files, "install") == "go mod download"


def test_images_of_a_composition_are_no_build() -> None:
    assert line({"Makefile": "build:\n\tdocker compose build $(ARGS)\n", "composer.json": "{}"}, "build") is None


def test_bindings_in_another_language_do_not_install_a_project() -> None:
    files = {
        "CMakeLists.txt": "project(a)\n",
        "src/a.cpp": "int a;\n" * 90,
        "pyproject.toml": "[build-system]\nrequires = []\n[tool.ruff]\n",
        "bindings/a.py": "a = 1\n" * 10,
        CI: workflow("python -m pip install ."),
    }
    assert (line(files, "install"), line(files, "format")) == (None, None)


def test_an_installed_copy_comes_after_the_environment_of_a_lock_file() -> None:
    files = {"pyproject.toml": '[project]\nname = "a"\n', "uv.lock": "", CI: workflow("uv pip install --system .")}
    assert line(files, "install") == "uv sync"


def test_an_installed_copy_is_no_installation_for_development() -> None:
    assert line({"pyproject.toml": '[project]\nname = "a"\n', CI: workflow("pip install .")}, "install") is None


def test_tools_that_only_pre_commit_installs_run_as_its_hooks() -> None:
    files = {
        "pyproject.toml": '[project]\nname = "a"\n[tool.ruff]\n[tool.mypy]\n',
        "uv.lock": "",
        ".pre-commit-config.yaml": "repos:\n- repo: a\n  hooks: [{id: ruff-check}, {id: ruff-format}, {id: mypy}]\n",
    }
    assert [line(files, kind) for kind in ("lint", "format", "typecheck")] == [
        "pre-commit run --all-files",
        "pre-commit run ruff-format --all-files",
        "pre-commit run mypy --all-files",
    ]


@pytest.mark.parametrize(
    ("groups", "command"),
    [('[dependency-groups]\ndev = ["pytest"]\n', None), ('[dependency-groups]\ndev = ["mypy>=1"]\n', "uv run mypy .")],
)
def test_mypy_without_paths_needs_a_requirement(groups: str, command: str | None) -> None:
    project = f'[project]\nname = "a"\n{groups}[tool.mypy]\nstrict = true\n'
    assert line({"pyproject.toml": project, "uv.lock": ""}, "typecheck") == command


@pytest.mark.parametrize(
    ("names", "command"),
    [
        (("Shop.sln",), "dotnet test"),
        (("Shop.sln", "Shop.csproj"), "dotnet test"),
        (("Shop.slnx", "Build.csproj"), "dotnet test Shop.slnx"),
        (("Shop.slnx", "Shop.sln"), "dotnet test Shop.slnx"),
        (("Shop.csproj", "Tests.csproj"), None),
    ],
)
def test_one_of_several_project_files_is_named(names: tuple[str, ...], command: str | None) -> None:
    files = dict.fromkeys(names, "") | {"tests/ShopTests.cs": "class A {}\n"}
    one = None if command is None else f"{command} --filter NAME"
    assert (line(files, "test"), line(files, "test-one")) == (command, one)


def test_the_default_task_of_rake_proves_what_it_needs() -> None:
    rakefile = 'task default: :test\nRake::TestTask.new("test:regular")\ntask "test:alone" do\nend\n'
    rakefile += "task test: %w[test:regular test:alone]\n"
    profile = profiled({"Rakefile": rakefile, "Gemfile": "", CI: workflow("bundle exec rake")})
    assert [(command.line, command.seen_in) for command in profile.commands if command.kind == "test"][:1] == [
        ("bundle exec rake test", (f"{CI}#jobs.checks.steps[0]",))
    ]


def test_a_target_that_is_named_after_its_tool_comes_before_a_guess_of_its_path() -> None:
    makefile = "tools/vendor:\n\tcomposer install -d tools\nphp-cs-fixer: tools/vendor\n"
    makefile += "\tphp tools/vendor/bin/php-cs-fixer fix\n"
    files = {"Makefile": makefile, "composer.json": "{}", ".php-cs-fixer.dist.php": ""}
    assert line(files, "format") == "make php-cs-fixer"


@pytest.mark.parametrize(
    ("condition", "command"),
    [("A OR B", None), ("A OR C", "ctest --test-dir build"), ("A", None), ("NOT A", "ctest --test-dir build")],
)
def test_tests_behind_options_that_are_all_off_are_left_out(condition: str, command: str | None) -> None:
    options = 'option(A "a" OFF)\noption(B "b" OFF)\noption(C "c" ON)\n'
    text = f"project(a)\n{options}if({condition})\n  enable_testing()\nendif()\n"
    assert line({"CMakeLists.txt": text}, "test") == command


def test_programs_that_automake_only_builds_are_no_tests() -> None:
    files = {"configure.ac": "", "Makefile.am": "bin_PROGRAMS = a\ncheck_PROGRAMS = fuzz/a\n"}
    assert line(files, "test") is None


def test_golangci_lint_formats_where_it_has_formatters() -> None:
    files = {"go.mod": "module a\n", ".golangci.yml": "version: '2'\nformatters: {enable: [gofumpt]}\n"}
    assert line(files, "format") == "golangci-lint fmt"


@pytest.mark.parametrize(
    ("block", "command"),
    [
        ("kotlin { ktlint() }", None),
        ("java { removeUnusedImports() }", "gradle spotlessApply"),
        ("", "gradle spotlessApply"),
    ],
)
def test_a_formatter_of_another_language_does_not_format_a_project(block: str, command: str | None) -> None:
    build = f"plugins {{ id 'com.diffplug.spotless' }}\nspotless {{\n  {block}\n}}\njava {{}}\n"
    files = {"build.gradle": build, "src/main/java/A.java": "", "src/main/java/B.java": "", "src/main/kotlin/C.kt": ""}
    assert line(files, "format") == command


def test_a_tool_outside_the_default_groups_runs_with_its_group() -> None:
    groups = (
        '[dependency-groups]\ndev = [{include-group = "lint"}]\nlint = ["ruff>=1"]\ntyping = ["pyright", "pytest"]\n'
    )
    files = {
        "pyproject.toml": f'[project]\nname = "a"\n{groups}[tool.ruff]\n[tool.pyright]\n[tool.pytest.ini_options]\n',
        "uv.lock": "",
    }
    assert [line(files, kind) for kind in ("format", "typecheck", "test", "test-one")] == [
        "uv run ruff format .",
        "uv run --group typing pyright",
        "uv run --group typing pytest",
        "uv run --group typing pytest FILE::NAME",
    ]


@pytest.mark.parametrize(
    ("table", "command"), [("[tool.pdm.build]\n", "python -m build"), ("[tool.pdm.scripts]\na = 'b'\n", "pdm build")]
)
def test_a_build_backend_is_no_package_manager(table: str, command: str) -> None:
    project = f'[project]\nname = "a"\n[build-system]\nrequires = ["pdm-backend"]\n{table}'
    assert line({"pyproject.toml": project}, "build") == command


def test_mypy_checks_what_a_target_gives_it() -> None:
    files = {"pyproject.toml": "[tool.mypy]\n", "Makefile": "check:\n\tmypy shop tests\n\truff check .\n"}
    assert line(files, "typecheck") == "mypy shop tests"


def test_a_check_of_the_syntax_comes_after_other_linters() -> None:
    scripts = '{"lint": "parallel-lint src", "analyze": ["phpstan analyse"]}'
    assert line({"composer.json": f'{{"scripts": {scripts}}}'}, "lint") == "composer analyze"


def test_paths_that_cannot_be_read_leave_no_guess() -> None:
    files = {"pyproject.toml": "[tool.mypy]\n", "Makefile": "lint:\n\tmypy $(SOURCES)\n\truff check .\n"}
    assert line(files, "typecheck") is None


@pytest.mark.parametrize(
    ("recipe", "command"),
    [("oldlint ./...", "golangci-lint run"), ("./hack/lint.sh", "make lint"), ("golangci-lint run -v", "make lint")],
)
def test_an_unknown_linter_comes_after_the_one_that_ci_runs(recipe: str, command: str) -> None:
    files = {"go.mod": "module a\n", "Makefile": f"lint:\n\t{recipe}\n", CI: workflow("golangci-lint run")}
    assert line(files, "lint") == command


def test_a_run_with_a_build_tag_is_a_variant() -> None:
    files = {"go.mod": "module a\n", "a_test.go": "", CI: workflow("go test -tags binary -race ./...")}
    assert (line(files, "test"), line(files, "test-one")) == ("go test ./...", "go test -run NAME ./PACKAGE")


@pytest.mark.parametrize(("lines", "command"), [((), "ctest --test-dir build"), (("make test",), "make test")])
def test_a_makefile_beside_cmake_needs_ci_to_prove_its_tests(lines: tuple[str, ...], command: str) -> None:
    cmake = "project(a)\nenable_testing()\n"
    files = {"CMakeLists.txt": cmake, "Makefile": "test: a_test\n\t./a_test\n", CI: workflow(*lines, "true")}
    assert line(files, "test") == command
