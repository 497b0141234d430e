"""What a repository itself runs comes before what a configuration file implies; programs must be installed."""

import json

import pytest

from tests.codex.profile.test_ranking import CI, workflow
from tests.support.profiling import line, profiled


def scripts(**lines: str) -> str:
    return json.dumps({"scripts": {name.replace("_", ":"): text for name, text in lines.items()}})


@pytest.mark.parametrize(
    ("name", "body", "command"),
    [
        ("test_code", "eslint --ext .js,.ts .", "npm run test:code"),
        ("static", "eslint --ext .js,.ts .", "npm run static"),
        ("static", "eslint --fix --ext .js,.ts .", "npx eslint ."),
        ("static", "eslint . && node publish.js", "npx eslint ."),
        ("static", "stylelint '*.css'", "npx eslint ."),
    ],
)
def test_a_script_that_only_runs_the_configured_linter_comes_before_its_configuration(
    name: str, body: str, command: str
) -> None:
    files = {"package.json": scripts(**{name: body}), ".eslintrc.json": "{}", "a.ts": "x", "package-lock.json": "{}"}
    assert line({**files, CI: workflow(f"npm run {name.replace('_', ':')}")}, "lint") == command


@pytest.mark.parametrize(
    ("body", "kind"),
    [("eslint .", "lint"), ("vue-tsc --noEmit", "typecheck"), ("tsx all.ts", "test"), ("jest", "test")],
)
def test_a_script_called_test_that_only_checks_the_sources_is_no_test(body: str, kind: str) -> None:
    files = {"package.json": scripts(test_code=body), "package-lock.json": "{}", "a.ts": "x"}
    assert line(files, kind) == "npm run test:code"
    assert kind == "test" or line(files, "test") is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("prettier '**/*.md'", None),
        ("prettier --write '**/*.md'", "format"),
        ("prettier --check '**/*.md'", "lint"),
        ("clang-format src/a.c", None),
        ("clang-format -i src/a.c", "format"),
        ("yapf -ri src", "format"),
        ("gofmt .", None),
        ("gofmt -l -w .", "format"),
        ("shfmt $FLAGS .", "format"),
        ("black .", "format"),
    ],
)
def test_a_formatter_that_only_prints_its_result_formats_nothing(body: str, kind: str | None) -> None:
    files = {"package.json": scripts(prettier=body), "package-lock.json": "{}", "a.ts": "x"}
    for one in ("format", "lint"):
        assert line(files, one) == ("npm run prettier" if one == kind else None)


def test_arguments_reach_the_script_that_another_one_calls() -> None:
    package = scripts(fix="npm run tidy -- --write && npm run check:code -- --fix", tidy="prettier .")
    package = package.replace("}}", ', "check:code": "eslint ."}}')
    files = {"package.json": package, "package-lock.json": "{}", "a.ts": "x"}
    assert (line(files, "format"), line(files, "lint")) == ("npm run fix", "npm run check:code")


@pytest.mark.parametrize(
    ("step", "command"),
    [
        ("go run build.go", "go run build.go"),
        ("go run ./cmd/serve", "go build ./..."),
        ("go run build.txt", "go build ./..."),
    ],
)
def test_a_script_called_build_builds(step: str, command: str) -> None:
    files = {"go.mod": "module example.com/a\n", "a.go": "package a", CI: workflow(step)}
    assert line(files, "build") == command


@pytest.mark.parametrize(
    ("file", "package", "command"),
    [
        (".php-cs-fixer.php", "friendsofphp/php-cs-fixer", "vendor/bin/php-cs-fixer fix"),
        ("pint.json", "laravel/pint", "vendor/bin/pint"),
    ],
)
def test_a_program_that_composer_does_not_install_is_left_out(file: str, package: str, command: str) -> None:
    def composer(name: str) -> dict[str, str]:
        return {"composer.json": json.dumps({"require-dev": {name: "1"}}), file: "", "a.php": "<?php"}

    assert line(composer(package), "format") == command
    assert line(composer("acme/other"), "format") is None
    assert profiled(composer("acme/other")).notes[0].message.startswith("composer.json does not require")
    tools = {"tools/composer.json": json.dumps({"require": {package: "1"}})}
    assert line({**composer("acme/other"), **tools}, "format") == command


@pytest.mark.parametrize(("dependency", "program"), [("flutter: {sdk: flutter}", "flutter"), ("path: ^1.0.0", "dart")])
def test_a_workspace_with_a_package_for_flutter_is_resolved_by_flutter(dependency: str, program: str) -> None:
    files = {
        "pubspec.yaml": "name: all\nworkspace:\n  - packages/a\n",
        "packages/a/pubspec.yaml": f"name: a\nresolution: workspace\ndependencies:\n  {dependency}\n",
        "packages/a/lib/a.dart": "x",
    }
    assert (line(files, "install"), line(files, "lint")) == (f"{program} pub get", f"{program} analyze")


@pytest.mark.parametrize("text", ["plugins.apply('{}')", 'pluginManager.apply("{}")', "apply plugin: '{}'"])
def test_the_root_formats_the_language_of_its_packages(text: str) -> None:
    plugin = text.format("com.diffplug.spotless")
    files = {
        "build.gradle": f"subprojects {{\n  {plugin}\n  spotless {{ java {{ }} }}\n}}\n",
        "settings.gradle": "include ':core'\n",
        "core/build.gradle": "apply plugin: 'java-library'\n",
        "core/src/main/java/A.java": "x" * 5000,
        "site/a.js": "x" * 300,
    }
    assert line(files, "format") == "gradle spotlessApply"


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("-DA_TESTS=ON", "cmake -S . -B build -DA_TESTS=ON && cmake --build build && ctest --test-dir build"),
        ("-D A_TESTS=1", "cmake -S . -B build -DA_TESTS=ON && cmake --build build && ctest --test-dir build"),
        ("-DA_TESTS:BOOL=true", "cmake -S . -B build -DA_TESTS=ON && cmake --build build && ctest --test-dir build"),
        ("-DA_TESTS=OFF", None),
        ("-DA_DOCS=ON", None),
    ],
)
def test_an_option_that_ci_turns_on_enables_the_tests(flag: str, expected: str | None) -> None:
    text = 'option(A_TESTS "Tests" OFF)\noption(A_DOCS "Docs" OFF)\nif(A_TESTS)\n  enable_testing()\nendif()\n'
    files = {"CMakeLists.txt": text, "a.cpp": "x", CI: workflow(f"cmake -S . -B out {flag}")}
    assert line(files, "test") == expected
    assert line(files, "test-one") == (expected and "ctest --test-dir build -R NAME")
