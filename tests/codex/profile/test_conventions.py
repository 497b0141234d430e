"""Conventions: they need test files, the build system that builds the tree, and modules that can be built alone."""

import pytest

from tests.support.profiling import best, profiled, ranked

CI = ".github/workflows/ci.yml"
POM = "<project><artifactId>%s</artifactId><parent><groupId>org.shop</groupId></parent>%s</project>"
SIBLING = "<dependencies><dependency><groupId>%s</groupId><artifactId>core</artifactId>%s</dependency></dependencies>"

JUST = """watch +args='check':
  cargo watch --exec '{{ args }}'
test: (watch 'test --all')
clippy: (watch "clippy --all")
"""
PNPM = "pnpm install --frozen-lockfile"


def workflow(*lines: str, name: str = "Tests", file: str = CI) -> dict[str, str]:
    steps = "".join(f"      - run: {line}\n" for line in lines)
    return {file: f"jobs:\n  a:\n    name: {name}\n    runs-on: ubuntu-latest\n    steps:\n{steps}"}


@pytest.mark.parametrize(
    ("files", "test", "line"),
    [
        ({"go.mod": "module x\n", "x.go": ""}, "x_test.go", "go test ./..."),
        ({"pom.xml": "<project/>", "src/main/java/A.java": ""}, "src/test/java/ATest.java", "mvn test"),
        ({"build.gradle": "", "src/main/java/A.java": ""}, "app/src/testDebug/java/A.java", "gradle test"),
        ({"build.sbt": "", "src/main/scala/A.scala": ""}, "core/src/test/scala/A.scala", "sbt test"),
        ({"mix.exs": "", "lib/a.ex": ""}, "test/a_test.exs", "mix test"),
        ({"Gemfile": "", "bin/rails": "", "app/a.rb": ""}, "test/models/a_test.rb", "bin/rails test"),
        ({"deno.json": "{}", "mod.ts": ""}, "mod_test.ts", "deno test"),
        ({"Shop.sln": "", "Shop/A.cs": ""}, "Shop.Tests/B.cs", "dotnet test"),
    ],
)
def test_a_test_command_by_convention_needs_a_test_file(files: dict[str, str], test: str, line: str) -> None:
    without = profiled(files)
    assert best(without, "test") is None and best(without, "test-one") is None
    assert [note.message for note in without.notes] == [f"no test files were found; `{line}` was left out"]
    tested = profiled({**files, test: ""})
    assert ranked(tested, "test")[0][0] == line
    assert tested.notes == ()


def test_a_repository_without_sources_keeps_its_conventions() -> None:
    assert best(profiled({"go.mod": "module x\n", "README.md": ""}), "test") == ("go test ./...", "go.mod")


def test_a_package_without_tests_has_no_test_command() -> None:
    files = {
        "settings.gradle": "include 'app'\ninclude 'bom'\n",
        "build.gradle": "",
        "app/build.gradle": "",
        "app/src/test/java/ATest.java": "",
        "bom/build.gradle": "",
    }
    profile = profiled(files)
    tested = {package.folder: "gradle test" in [c.line for c in package.commands] for package in profile.packages}
    assert tested == {"app": True, "bom": False}
    assert profile.notes == ()


def test_bazel_comes_first_where_it_builds_most_folders() -> None:
    files = {
        "MODULE.bazel": "",
        "go.mod": "module x\n",
        "a/a.go": "",
        "a/a_test.go": "",
        "a/BUILD.bazel": "",
        "b/b.go": "",
        "b/BUILD.bazel": "",
        "c/c.go": "",
    }
    profile = profiled(files)
    assert best(profile, "build") == ("bazel build //...", "MODULE.bazel")
    assert best(profile, "test") == ("bazel test //...", "MODULE.bazel")
    assert best(profile, "test-one") == ("bazel test //PACKAGE:NAME", "MODULE.bazel")
    assert best(profile, "lint") is None
    assert best(profiled({**files, **workflow("go test ./...")}), "test") == (
        "go test ./...",
        f"{CI}#jobs.a.steps[0]",
    )
    few = profiled({path: text for path, text in files.items() if path != "b/BUILD.bazel"})
    assert best(few, "test") == ("go test ./...", "go.mod")


@pytest.mark.parametrize(
    ("group", "version"), [("org.shop", ""), ("${project.groupId}", ""), ("x", "<version>${project.version}</version>")]
)
def test_a_maven_module_that_needs_another_is_not_built_alone(group: str, version: str) -> None:
    modules = "<project><modules><module>core</module><module>web</module></modules></project>"
    files = {
        "pom.xml": modules,
        "core/pom.xml": POM % ("core", ""),
        "core/src/test/java/ATest.java": "",
        "web/pom.xml": POM % ("web", SIBLING % (group, version)),
        "web/src/test/java/BTest.java": "",
    }
    profile = profiled(files)
    assert {package.folder: [c.line for c in package.commands] for package in profile.packages} == {
        "core": ["mvn package", "mvn test", "mvn test -Dtest=CLASS#NAME"],
        "web": [],
    }


@pytest.mark.parametrize(
    ("build", "one"),
    [
        ('plugins { id("com.android.library") }\n', "gradle testDebugUnitTest --tests CLASS.NAME"),
        ('plugins { id("com.android.library") }\nandroid { productFlavors { } }\n', None),
        ('plugins { id("java") }\n', "gradle test --tests CLASS.NAME"),
    ],
)
def test_one_test_of_an_android_module_names_its_variant(build: str, one: str | None) -> None:
    profile = profiled({"build.gradle.kts": build, "src/test/java/ATest.java": ""})
    found = best(profile, "test-one")
    assert (found[0] if found else None) == one


def test_members_of_a_deno_workspace_need_the_permissions_of_its_task() -> None:
    task = '{"workspace": ["./a"], "tasks": {"test": "deno test -A --parallel --ignore=x/"}}'
    profile = profiled({"deno.json": task, "a/deno.json": '{"name": "@x/a"}', "a/a_test.ts": ""})
    assert best(profile, "test-one") == ("deno test -A FILE --filter NAME", "deno.json#tasks.test")
    assert [c.line for c in profile.packages[0].commands if c.kind == "test"] == ["deno test -A"]


@pytest.mark.parametrize(
    ("files", "kind", "line"),
    [
        ({"pom.xml": "", **workflow("mvn -B verify javadoc:jar ${{ matrix.extra || '' }}")}, "test", "mvn verify"),
        ({"pom.xml": "", **workflow("mvn verify -Pit")}, "test", "mvn verify -Pit"),
        (workflow("hatch test", name="on ${{ matrix.os == 'windows' && 'Windows' || 'Linux' }}"), "test", "hatch test"),
        (workflow("pytest", name="Windows"), "test", None),
        ({"deno.json": "{}", **workflow("deno fmt NEWS.md")}, "format", "deno fmt"),
        (workflow("uv pip install --system -e ."), "install", "uv pip install -e ."),
        (workflow("pip install .", "pip install -e ."), "install", "pip install -e ."),
        ({"pyproject.toml": '[tool.mypy]\nfiles = ["src"]\n'}, "typecheck", "mypy"),
        ({"pyproject.toml": "[tool.mypy]\nstrict = true\n"}, "typecheck", "mypy ."),
        ({"mypy.ini": "[mypy]\npackages = x\n"}, "typecheck", "mypy"),
        ({"setup.cfg": "[mypy]\nfiles = x\n", "setup.py": ""}, "typecheck", "mypy"),
        ({"composer.json": '{"scripts": {"test": "@php vendor/bin/phpunit"}}'}, "test-one", None),
        ({"Gemfile": "", ".standard.yml": ""}, "lint", "bundle exec standardrb"),
        ({"package.json": '{"scripts": {"dev:e2e": "vite dev"}}'}, "run", None),
        ({"package.json": '{"scripts": {"start:dev": "vite dev"}}'}, "run", "npm run start:dev"),
        (
            {"package.json": '{"scripts": {"test-types": "tsc -p test", "types:check": "tsc --noEmit"}}'},
            "typecheck",
            "npm run types:check",
        ),
        ({"deno.json": '{"tasks": {"lint:tool-types": "deno check tools/*.ts"}}'}, "typecheck", None),
        (
            {"Makefile": "helper-build:\n\tgo build ./cmd/helper\n", **workflow("go build ./cmd/app")},
            "build",
            "go build ./cmd/app",
        ),
        ({"go.mod": "module x\n", "Makefile": "test:\n\tgo test -tags it -race ./...\n"}, "test-one", None),
        ({"package.json": '{"scripts": {"test": "node --import tsx --test && x"}}'}, "test-one", None),
        (
            {"package.json": '{"scripts": {"lint:fix": "eslint --fix", "format:fix": "prettier --write ."}}'}
            | workflow("npm run lint:fix"),
            "format",
            "npm run format:fix",
        ),
        ({"pnpm-lock.yaml": "", "package.json": "{}", **workflow("pnpm install --ignore-scripts")}, "install", PNPM),
        ({"Makefile": "pretty:\n\tastyle src/*.c\npretty_docs:\n\tastyle docs/*.c\n"}, "format", "make pretty"),
        (workflow("hatch fmt --check"), "lint", "hatch fmt --check"),
        (workflow("./gradlew test --stacktrace"), "test", "./gradlew test"),
        ({"Cargo.toml": "", "justfile": JUST, **workflow("cargo test --all")}, "test", "cargo test --all"),
        ({"Cargo.toml": "", "justfile": JUST}, "lint", "cargo clippy"),
        ({"mix.exs": "", **workflow("mix test --exclude ${{ matrix.t }} || mix test --failed")}, "test", "mix test"),
        ({"mix.exs": "", **workflow("mix test --stale")}, "test", "mix test"),
        (workflow("pytest || tox"), "test", "pytest"),
        (workflow("command -v just || make lint"), "lint", None),
        (
            {"package.json": '{"scripts": {"lint": "prettier -c src", "lint:fix": "npm run lint --write"}}'},
            "format",
            "npm run lint:fix",
        ),
        ({"Makefile": "test:\n\twatchexec pytest\n"}, "test", None),
        ({"package.json": '{"scripts": {"test": "jest --watch"}}'}, "test", None),
        ({"package.json": '{"scripts": {"dev": "nodemon x.js"}}'}, "run", "npm run dev"),
    ],
)
def test_commands_that_their_lines_show(files: dict[str, str], kind: str, line: str | None) -> None:
    found = best(profiled(files), kind)
    expected = {
        "composer.json": "composer test -- --filter NAME",
        "Makefile": "go test -tags it -run NAME ./PACKAGE",
        "package.json": "node --test --import tsx FILE",
    }
    if kind == "test-one":
        line = next(text for name, text in expected.items() if name in files)
    assert (found[0] if found else None) == line


def test_mise_files_with_their_default_and_their_needs() -> None:
    files = {
        "mise-tasks/test/_default": '#!/bin/sh\n#MISE depends=["test:unit", "test:web"]\necho done\n',
        "mise-tasks/test/unit": "#!/bin/sh\ncargo test\n",
        "mise-tasks/test/web": "#!/bin/sh\nbats web\n",
        **workflow("mise run test:unit", "mise run test:web"),
    }
    profile = profiled(files, modes=dict.fromkeys((path for path in files if path.startswith("mise")), 0o100755))
    assert best(profile, "test") == ("mise run test", "mise-tasks/test/_default")


def test_a_target_that_calls_several_tests_comes_before_the_part_that_ci_runs() -> None:
    makefile = "test: unit web\nunit:\n\tpytest unit\nweb:\n\tplaywright test\n"
    profile = profiled({"Makefile": makefile, **workflow("make unit")})
    assert best(profile, "test") == ("make test", "Makefile#test")
    assert profile.commands[0].seen_in == ()


def test_only_the_first_word_of_a_dependency_with_arguments_is_a_recipe() -> None:
    justfile = "all: (run 'test --all' \"lint\")\nrun +args:\n  ./x {{ args }}\ntest:\n  pytest\nlint:\n  ruff check\n"
    profile = profiled({"justfile": justfile, **workflow("just all")})
    assert ranked(profile, "test") == [("just test", "justfile#test", "TARGET")]


@pytest.mark.parametrize("arguments", ["$@", '"$@"', "${@}", '"${@}"', "$*"])
def test_a_script_that_passes_on_its_arguments_runs_one_test(arguments: str) -> None:
    files = {"scripts/test": f"#!/bin/sh\nexport WIDTH=3000\npytest --cov {arguments}\n"}
    assert best(profiled(files, modes={"scripts/test": 0o100755}), "test-one") == (
        "scripts/test FILE::NAME",
        "scripts/test",
    )


def test_a_script_of_composer_that_starts_php_keeps_it() -> None:
    scripts = (
        '{"scripts": {"unit": "php -d memory_limit=-1 bin/pest", "test": ["@unit", "@types"], "types": "phpstan"}}'
    )
    assert best(profiled({"composer.json": scripts}), "test-one") == (
        "php -d memory_limit=-1 bin/pest --filter NAME",
        "composer.json#scripts.test",
    )


def test_the_platform_for_tests_of_dotnet_has_no_common_filter() -> None:
    files = {"Shop.sln": "", "Shop.Tests/A.cs": ""}
    runner = '{"test": {"runner": "Microsoft.Testing.Platform"}}'
    assert best(profiled(files), "test-one") == ("dotnet test --filter NAME", "Shop.sln")
    profile = profiled({**files, "global.json": runner})
    assert best(profile, "test") == ("dotnet test", "Shop.sln")
    assert best(profile, "test-one") is None


@pytest.mark.parametrize(
    ("text", "enabled"),
    [
        ("enable_testing()\n", True),
        ("if(BUILD_TESTING)\n  include(CTest)\nendif()\n", True),
        ('option(DEV "tests" OFF)\nif(DEV)\n  include(CTest)\nendif()\n', False),
        ('option(DEV "tests")\nif (DEV AND X)\n  enable_testing()\nendif()\n', False),
        ('option(DEV "tests" ON)\nif(DEV)\n  include(CTest)\nendif()\n', True),
        ('option(DEV "tests" ${TOP})\nif(DEV)\n  include(CTest)\nendif()\n', True),
        ('option(SKIP "tests" OFF)\nif(NOT SKIP)\n  include(CTest)\nendif()\n', True),
        ('option(DEV "tests" OFF)\nif(DEV)\n  x()\nelse()\n  include(CTest)\nendif()\n', True),
        ('option(DEV "tests" OFF)\nif(DEV)\n  x()\nendif()\ninclude(CTest)\n', True),
    ],
)
def test_ctest_needs_an_option_that_is_on(text: str, *, enabled: bool) -> None:
    profile = profiled({"CMakeLists.txt": f"project(x)\n{text}"})
    assert (best(profile, "test") == ("ctest --test-dir build", "CMakeLists.txt")) is enabled
    assert [note.path for note in profile.notes] == ([] if enabled else ["CMakeLists.txt"])


def test_phpunit_needs_a_package_that_installs_it() -> None:
    files = {"composer.json": '{"require-dev": {"psr/log": "*"}}', "phpunit.xml.dist": ""}
    assert best(profiled(files), "test") is None
    required = {**files, "composer.json": '{"require-dev": {"phpunit/phpunit": "*"}}'}
    assert best(profiled(required), "test") == ("vendor/bin/phpunit", "phpunit.xml.dist")


def test_a_job_that_checks_out_another_repository_gives_no_command() -> None:
    step = "      - uses: actions/checkout@v4\n        with: {repository: shop/other}\n"
    own = "      - uses: actions/checkout@v4\n"
    ci = "jobs:\n  a:\n    steps:\n%s      - run: pytest\n"
    assert best(profiled({CI: ci % step}), "test") is None
    assert best(profiled({CI: ci % own}), "test") == ("pytest", f"{CI}#jobs.a.steps[1]")
    assert best(profiled({CI: ci % (own + step)}), "test") == ("pytest", f"{CI}#jobs.a.steps[2]")


def test_protocol_buffers_are_not_the_build_of_a_language() -> None:
    assert best(profiled({"go.mod": "module x\n", "buf.yaml": ""}), "build") == ("go build ./...", "go.mod")
    assert best(profiled({"buf.yaml": ""}), "build") == ("buf build", "buf.yaml")


def test_the_default_task_of_rake_tests_where_others_are_parts() -> None:
    parts = "RSpec::Core::RakeTask.new('spec:unit')\nRSpec::Core::RakeTask.new('spec:web')\n"
    files = {"Gemfile": "", "Rakefile": f"{parts}task :default do\n  sh 'rake spec:unit'\nend\n"}
    assert best(profiled({**files, **workflow("bundle exec rake spec:unit")}), "test") == (
        "bundle exec rake",
        "Rakefile#default",
    )
    assert best(profiled({"Gemfile": "", "Rakefile": parts}), "test") is None
    whole = f"{parts}task spec: ['spec:unit', 'spec:web']\n"
    assert best(profiled({"Gemfile": "", "Rakefile": whole}), "test") == ("bundle exec rake spec", "Rakefile#spec")


def test_a_crate_of_fuzz_targets_has_no_tests() -> None:
    manifest = '[package]\nname = "x"\n[package.metadata]\ncargo-fuzz = true\n'
    assert best(profiled({"Cargo.toml": manifest}), "test") is None


def test_a_job_for_minimal_versions_gives_no_command() -> None:
    assert best(profiled(workflow("cargo check --locked", name="Minimal versions")), "typecheck") is None
