"""Commands as they run in the environment of the project: of uv, of a workspace, without what only CI knows."""

import pytest

from tests.codex.profile.test_ranking import CI, workflow
from tests.support.profiling import line

PROJECT = (
    '[project]\nname = "a"\n[dependency-groups]\ndev = ["tox", {include-group = "hooks"}]\nhooks = ["pre-commit"]\n'
)
TOX = "[testenv]\ncommands = pytest {posargs}\n[testenv:typing]\ncommands = mypy\n"
GRADLE = {"build.gradle.kts": "", "gradlew": "", "settings.gradle.kts": ""}


@pytest.mark.parametrize(
    ("kind", "in_environment"),
    [
        ("test", "uv run tox"),
        ("test-one", "uv run tox -- FILE::NAME"),
        ("typecheck", "uv run tox -e typing"),
        ("lint", "uv run pre-commit run --all-files"),
    ],
)
def test_a_tool_in_a_default_group_of_uv_runs_in_its_environment(kind: str, in_environment: str) -> None:
    files = {"pyproject.toml": PROJECT, "tox.ini": TOX, ".pre-commit-config.yaml": "repos: []\n"}
    files[CI] = workflow("uv run tox run", "uv run tox -e typing", "uv run pre-commit run --all-files")
    assert line({**files, "uv.lock": ""}, kind) == in_environment
    assert line(files, kind) == in_environment.removeprefix("uv run ")
    other = PROJECT.replace("dev =", "tools =")
    group = "hooks" if kind == "lint" else "tools"
    in_group = in_environment.replace("uv run ", f"uv run --group {group} ")
    assert line({**files, "pyproject.toml": other, "uv.lock": ""}, kind) == in_group


@pytest.mark.parametrize(
    ("manifest", "test", "one"),
    [
        ('[package]\nname = "a"\n', "cargo test", "cargo test NAME"),
        ('[workspace]\nmembers = ["b"]\n', "cargo test", "cargo test NAME"),
        (
            '[package]\nname = "a"\n[workspace]\nmembers = ["b"]\n',
            "cargo test --workspace",
            "cargo test --workspace NAME",
        ),
        (
            '[package]\nname = "a"\n[workspace]\nmembers = ["b"]\ndefault-members = [".", "b"]\n',
            "cargo test",
            "cargo test NAME",
        ),
    ],
)
def test_the_tests_of_a_workspace_are_those_of_all_its_packages(manifest: str, test: str, one: str) -> None:
    files = {"Cargo.toml": manifest, "src/lib.rs": "", "b/Cargo.toml": '[package]\nname = "b"\n', "b/src/lib.rs": ""}
    assert (line(files, "test"), line(files, "test-one")) == (test, one)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("./gradlew test allTests -Pjava=${{ matrix.java }}",), "./gradlew test allTests"),
        (
            ("./gradlew test allTests -Pjava=24", "./gradlew test allTests -Pjava=${{ matrix.java }}"),
            "./gradlew test allTests",
        ),
        (("./gradlew test -Dplatform=${{ matrix.provider }} --stacktrace",), "./gradlew test"),
        (("./gradlew test -Pjava=${{ matrix.java }} -Pfull=true",), "./gradlew test -Pfull=true"),
    ],
)
def test_a_property_with_a_value_of_the_matrix_is_left_out(steps: tuple[str, ...], expected: str) -> None:
    assert line({**GRADLE, CI: workflow(*steps)}, "test") == expected


@pytest.mark.parametrize(
    ("files", "kind", "expected"),
    [
        ({"Gemfile": "gem 'rubocop'\n", ".rubocop.yml": "{}\n"}, "format", "bundle exec rubocop -a"),
        (
            {"composer.json": '{"require-dev": {"squizlabs/php_codesniffer": "3"}}', "phpcs.xml.dist": "<ruleset/>"},
            "format",
            "vendor/bin/phpcbf",
        ),
        (
            {"composer.json": '{"require-dev": {"phpunit/phpunit": "9"}}', "phpcs.xml.dist": "<ruleset/>"},
            "format",
            None,
        ),
        (
            {"package.json": '{"scripts": {"test": "npm run lint && npm run unit", "unit": "borp", "lint": "eslint"}}'},
            "test-one",
            "npx borp FILE",
        ),
    ],
)
def test_a_configured_tool_also_corrects_and_runs_one_file(
    files: dict[str, str], kind: str, expected: str | None
) -> None:
    assert line(files, kind) == expected
