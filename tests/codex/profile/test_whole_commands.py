"""A command is listed as it works here: with the features, the environment and the files that it needs."""

import json

import pytest

from tests.support.profiling import line

CI = ".github/workflows/ci.yml"
CRATE = {"Cargo.toml": '[package]\nname = "a"\n[lints.clippy]\nall = "deny"\n', "src/main.rs": "fn main() {}\n"}


def workflow(*lines: str) -> str:
    steps = "".join(f"      - run: {json.dumps(text)}\n" for text in lines)
    return f"on: push\njobs:\n  checks:\n    steps:\n{steps}"


def test_a_crate_that_ci_only_builds_with_features_has_no_convention_without_them() -> None:
    files = {
        **CRATE,
        CI: workflow("cargo test --features a", "cargo test --features a,b", "cargo clippy --features a,b"),
    }
    assert line(files, "test") == "cargo test --features a,b"
    assert line(files, "test-one") == "cargo test --features a,b NAME"
    assert line(files, "lint") == "cargo clippy --features a,b"
    assert line(files, "build") is None
    files[CI] = workflow("cargo test --features a", "cargo test")
    assert (line(files, "test"), line(files, "build")) == ("cargo test", "cargo build")


@pytest.mark.parametrize(
    "build", ["docker build --tag a docker/app", "docker build --check .", "docker buildx imagetools inspect a"]
)
def test_an_image_of_another_folder_or_a_check_of_one_is_no_build(build: str) -> None:
    assert line({**CRATE, CI: workflow(build)}, "build") == "cargo build"
    assert line({CI: workflow(build)}, "build") is None


def test_a_tool_of_a_group_of_uv_runs_in_its_environment_even_if_ci_installs_it_elsewhere() -> None:
    project = '[project]\nname = "a"\n[dependency-groups]\ndev = ["ruff"]\n'
    files = {"pyproject.toml": project, "uv.lock": "", CI: workflow("ruff format .")}
    assert line(files, "format") == "uv run ruff format ."
    del files["uv.lock"]
    assert line(files, "format") == "ruff format ."


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("node --test $(find test -name '*.js')", "node --test FILE"),
        ("node --test test/*.js", "node --test FILE"),
        ("jest src/app", "npx jest FILE -t NAME"),
        ("jest", "npm test -- FILE -t NAME"),
        ("mocha 'test/**/*.js'", "npm test -- --grep NAME"),
    ],
)
def test_a_file_is_not_added_to_those_that_a_script_names(script: str, expected: str) -> None:
    assert line({"package.json": json.dumps({"scripts": {"test": script}})}, "test-one") == expected


def test_biome_only_checks_the_format_without_a_flag() -> None:
    files = {"package.json": json.dumps({"scripts": {"format": "biome format ."}}), "biome.json": "{}"}
    assert line(files, "format") == "npx biome format --write ."
    files["package.json"] = json.dumps({"scripts": {"format": "biome format --write ."}})
    assert line(files, "format") == "npm run format"


def test_a_task_of_rubocop_needs_its_configuration() -> None:
    files = {"Gemfile": "", "Rakefile": "RuboCop::RakeTask.new\n", ".standard.yml": ""}
    assert line(files, "lint") == "bundle exec standardrb"
    assert line({**files, ".rubocop.yml": ""}, "lint") != "bundle exec standardrb"


def test_a_container_with_a_shell_is_not_the_product() -> None:
    assert line({"Makefile": "docker_run:\n\tdocker run --rm -it tools /bin/bash\n"}, "run") is None
    assert line({"Makefile": "docker_run:\n\tdocker run --rm -p 80:80 app\n"}, "run") == "make docker_run"


def test_a_target_that_formats_after_a_container_is_no_formatter() -> None:
    files = {"main.tf": "", "Makefile": "restore:\n\tdocker run tools swap && terraform fmt -recursive\n"}
    assert line(files, "format") == "terraform fmt -recursive"


def test_the_end_of_a_subshell_is_no_part_of_its_last_word() -> None:
    makefile = "test: test-go test-js\ntest-go:\n\tgo test ./...\ntest-js:\n\t(cd ui && CI=true yarn test)\n"
    assert (
        line({"go.mod": "module a", "a_test.go": "", "Makefile": makefile}, "test-one") == "go test -run NAME ./PACKAGE"
    )
