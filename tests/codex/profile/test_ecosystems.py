"""One small repository an ecosystem: package manager, name, technologies, commands, each with its evidence."""

import pytest

from codex.profile.build_profile import build_profile
from codex.profile.model import EXECUTABLE, REGULAR, ListingEntry, PackageManager, Runtime
from tests.support.profiling import best, profiled, ranked, technologies


def managers(files: dict[str, str]) -> list[tuple[str, str]]:
    return [(manager.name, manager.evidence) for manager in profiled(files).package_managers]


def test_python_with_uv() -> None:
    profile = profiled(
        {
            "pyproject.toml": (
                '[build-system]\nrequires = ["hatchling"]\n'
                '[project]\nname = "shop"\nrequires-python = ">=3.12"\n'
                'dependencies = ["FastAPI>=0.100", "psycopg[binary]>=3; python_version > \'3\'", "click"]\n'
                '[dependency-groups]\ndev = ["pytest>=8", {include-group = "lint"}]\n'
                "[tool.ruff]\nline-length = 100\n[tool.mypy]\nstrict = true\n"
            ),
            "uv.lock": "version = 1\n",
            ".python-version": "3.12.4\n",
        }
    )
    assert profile.package_managers == (PackageManager(name="uv", evidence="uv.lock"),)
    assert technologies(profile) == {
        "cli": "pyproject.toml#project.dependencies.click",
        "fastapi": "pyproject.toml#project.dependencies.FastAPI",
        "http": "pyproject.toml#project.dependencies.FastAPI",
        "postgresql": "pyproject.toml#project.dependencies.psycopg",
        "pytest": "pyproject.toml#dependency-groups.dev.pytest",
    }
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("install", "uv sync", "uv.lock"),
        ("build", "uv build", "pyproject.toml#build-system"),
        ("test", "uv run pytest", "pyproject.toml#dependency-groups.dev.pytest"),
        ("lint", "uv run mypy .", "pyproject.toml#tool.mypy"),
        ("lint", "uv run ruff check .", "pyproject.toml#tool.ruff"),
        ("format", "uv run ruff format .", "pyproject.toml#tool.ruff"),
    ]
    assert profile.runtimes == (
        Runtime(name="python", version="3.12.4", evidence=".python-version"),
        Runtime(name="python", version=">=3.12", evidence="pyproject.toml#project.requires-python"),
    )


def test_the_files_of_a_forge_are_no_technologies() -> None:
    files = {".github/workflows/openapi-generate.yml": "", ".github/ISSUE_TEMPLATE/openapi.yml": "", "a.py": ""}
    assert technologies(profiled(files)) == {}


def test_yarn_by_its_version() -> None:
    for file, text in ((".yarnrc.yml", ""), ("package.json", '{"packageManager": "yarn@4.1.0"}')):
        profile = profiled({"package.json": "{}", "yarn.lock": "", file: text})
        assert [line for line, *_ in ranked(profile, "install")] == ["yarn install --immutable"]
    classic = profiled({"package.json": '{"packageManager": "yarn@1.22.19"}', "yarn.lock": ""})
    assert [line for line, *_ in ranked(classic, "install")] == ["yarn install --frozen-lockfile"]


def test_dotnet_projects_below_a_solution() -> None:
    project = (
        '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><PackageReference Include="Npgsql"/></ItemGroup></Project>'
    )
    profile = profiled(
        {
            "Shop.sln": "",
            "src/Shop/Shop.csproj": project,
            "tests/Shop.Tests/Shop.Tests.csproj": '<Project><PackageReference Include="Grpc.Core"/></Project>',
            "Directory.Packages.props": '<Project><PackageVersion Include="Grpc.AspNetCore" Version="2"/></Project>',
            "global.json": '{"sdk": {"version": "8.0.100"}}',
        }
    )
    assert technologies(profile) == {
        "dotnet": "Shop.sln",
        "grpc": "Directory.Packages.props#PackageVersion.Grpc.AspNetCore",
        "http": "src/Shop/Shop.csproj#Sdk",
        "postgresql": "src/Shop/Shop.csproj#PackageReference.Npgsql",
    }
    assert profile.runtimes == (Runtime(name="dotnet", version="8.0.100", evidence="global.json#sdk.version"),)


def test_dependencies_of_elixir() -> None:
    text = (
        'def project, do: [app: :shop]\ndefp deps do\n  # {:plug, 1}\n  [{:phoenix, "1"}, {:postgrex, ">= 0"}]\nend\n'
    )
    profile = profiled({"mix.exs": text})
    assert profile.own.name == "shop"
    assert technologies(profile) == {
        "http": "mix.exs#deps.phoenix",
        "phoenix": "mix.exs#deps.phoenix",
        "postgresql": "mix.exs#deps.postgrex",
    }


def test_the_version_catalog_of_gradle() -> None:
    catalog = (
        '[libraries]\nweb = {module = "io.ktor:ktor-server-core"}\ndb = "org.postgresql:postgresql:42"\n'
        'mq = {group = "com.rabbitmq", name = "amqp-client"}\n[plugins]\ndetekt = {id = "io.gitlab.arturbosch.detekt"}\n'
    )
    profile = profiled(
        {"build.gradle.kts": "plugins { alias(libs.plugins.detekt) }", "gradle/libs.versions.toml": catalog}
    )
    assert technologies(profile) == {
        "http": "gradle/libs.versions.toml#libraries.web",
        "postgresql": "gradle/libs.versions.toml#libraries.db",
        "rabbitmq": "gradle/libs.versions.toml#libraries.mq",
    }
    assert best(profile, "lint") == ("gradle detekt", "gradle/libs.versions.toml#plugins.detekt")


@pytest.mark.parametrize(
    ("file", "text", "line", "key"),
    [
        ("nx.json", '{"targetDefaults": {"test": {}}}', "npx nx run-many -t test", "targetDefaults.test"),
        ("turbo.json", '{"tasks": {"test": {}}}', "npx turbo run test", "tasks.test"),
        ("turbo.json", '{"pipeline": {"test": {}}}', "npx turbo run test", "pipeline.test"),
    ],
)
def test_what_runs_tasks_in_all_packages(file: str, text: str, line: str, key: str) -> None:
    assert best(profiled({"package.json": "{}", file: text}), "test") == (line, f"{file}#{key}")


def test_django_and_pip() -> None:
    profile = profiled({"shop/manage.py": "", "shop/requirements.txt": "Django>=4\n"})
    assert [(command.line, command.evidence, command.default) for command in profile.packages[0].commands] == [
        ("pip install -r requirements.txt", "shop/requirements.txt", True),
        ("python manage.py test", "shop/manage.py", True),
        ("python manage.py runserver", "shop/manage.py", True),
    ]
    assert best(profiled({"requirements.txt": "pytest-django\n"}), "test") == (
        "pytest",
        "requirements.txt#pytest-django",
    )


def test_taskfiles_that_are_included() -> None:
    profile = profiled(
        {
            "Taskfile.yml": (
                "includes: {docs: ./docs, go: {taskfile: go/Taskfile.yml, flatten: true}, no: {taskfile: docs, internal: true}}\n"
                "tasks: {lint: {cmds: [{task: docs:lint}]}}\n"
            ),
            "docs/Taskfile.yml": "tasks: {lint: {cmds: [{task: spell}]}, spell: vale .}\n",
            "go/Taskfile.yml": "tasks: {test: go test ./...}\n",
            ".github/workflows/ci.yml": "jobs: {a: {steps: [{run: task lint test}]}}\n",
        }
    )
    commands = [(command.line, command.evidence) for command in profile.commands if command.seen_in]
    assert commands == [
        ("task test", "go/Taskfile.yml#tasks.test"),
        ("task lint", "Taskfile.yml#tasks.lint"),
        ("task docs:lint", "docs/Taskfile.yml#tasks.lint"),
        ("task docs:spell", "docs/Taskfile.yml#tasks.spell"),
    ]


def test_taskfiles_that_include_each_other_without_end() -> None:
    names = ", ".join(f"n{number}: Taskfile.yml" for number in range(300))
    profile = profiled({"Taskfile.yml": f"includes: {{{names}}}\ntasks: {{test: pytest}}\n"})
    assert len(profile.commands) == 8
    assert best(profile, "test") == ("task test", "Taskfile.yml#tasks.test")


def test_justfiles_that_are_imported() -> None:
    profile = profiled(
        {
            "justfile": "import 'ci/test.just'\nimport? \"more.just\"\nbuild:\n    cargo build\n",
            "ci/test.just": "import '../justfile'\ntest:\n    cargo test\n",
        }
    )
    assert best(profile, "build") == ("just build", "justfile#build")
    assert best(profile, "test") == ("just test", "ci/test.just#test")


def test_tasks_of_mise_in_files_of_their_own() -> None:
    listing = {
        path: ListingEntry(size=9, mode=mode)
        for path, mode in (("mise-tasks/check/go", EXECUTABLE), ("mise-tasks/x.md", REGULAR))
    }
    profile = build_profile(listing, {"mise-tasks/check/go": b"#!/bin/sh\ngo vet ./...\n"})
    assert [(command.line, command.evidence) for command in profile.commands] == [
        ("mise run check:go", "mise-tasks/check/go")
    ]


def test_the_ruby_of_a_gemfile() -> None:
    profile = profiled({"Gemfile": 'source "x"\nruby "3.3.1"\n'})
    assert profile.runtimes == (Runtime(name="ruby", version="3.3.1", evidence="Gemfile#ruby"),)


def test_hatchs_own_file() -> None:
    text = '[envs.hatch-test]\nextra-args = ["-q"]\n[envs.lint.scripts]\ncheck = "ruff check"\n'
    profile = profiled({"pyproject.toml": "[project]\nname = 'a'\n[build-system]\n", "hatch.toml": text})
    assert profile.package_managers == (PackageManager(name="hatch", evidence="hatch.toml"),)
    assert best(profile, "test") == ("hatch test", "hatch.toml#envs.hatch-test")
    assert best(profile, "lint") == ("hatch run lint:check", "hatch.toml#envs.lint.scripts.check")
    assert best(profile, "build") == ("hatch build", "pyproject.toml#build-system")


def test_toxs_own_format() -> None:
    text = '[env_run_base]\ncommands = [["pytest", "tests"]]\n[env.lint]\ncommands = [["ruff", "check"]]\n'
    own = profiled({"tox.toml": text, "setup.py": ""})
    assert best(own, "test") == ("tox", "tox.toml#env_run_base")
    assert best(own, "lint") == ("tox -e lint", "tox.toml#env.lint")
    within = profiled({"pyproject.toml": text.replace("[env", "[tool.tox.env")})
    assert best(within, "test") == ("tox", "pyproject.toml#tool.tox.env_run_base")
    assert best(within, "lint") == ("tox -e lint", "pyproject.toml#tool.tox.env.lint")
    old = profiled({"pyproject.toml": '[tool.tox]\nlegacy_tox_ini = "[tox]"\n'})
    assert best(old, "test") == ("tox", "pyproject.toml#tool.tox.legacy_tox_ini")


def test_tasks_of_python() -> None:
    pyproject = (
        '[tool.poe.tasks]\ntest = "pytest"\nlint = {cmd = "ruff check"}\nall = ["lint", "test"]\n'
        '[tool.taskipy.tasks]\nfmt = "black ."\n'
        '[tool.pdm.scripts]\nserve = {shell = "flask run"}\n'
        '[tool.hatch.envs.types.scripts]\ncheck = "mypy src"\n'
    )
    profile = profiled({"pyproject.toml": pyproject})
    assert [
        (str(command.kind), command.line, command.evidence)
        for command in profile.commands
        if command.rank == 2 and command.fit < 30
    ] == [
        ("test", "pdm run poe test", "pyproject.toml#tool.poe.tasks.test"),
        ("test", "pdm run poe all", "pyproject.toml#tool.poe.tasks.all"),
        ("lint", "pdm run poe lint", "pyproject.toml#tool.poe.tasks.lint"),
        ("lint", "hatch run types:check", "pyproject.toml#tool.hatch.envs.types.scripts.check"),
        ("format", "pdm run task fmt", "pyproject.toml#tool.taskipy.tasks.fmt"),
        ("run", "pdm run serve", "pyproject.toml#tool.pdm.scripts.serve"),
    ]


def test_tox_and_nox_are_configuration_until_ci_runs_them() -> None:
    files = {
        "tox.ini": "[tox]\nenvlist = py\n[testenv]\ncommands = pytest\n[testenv:lint]\ncommands = ruff check\n",
        "noxfile.py": (
            'import nox\n\n@nox.session\ndef tests(session):\n    session.run("pytest", *session.posargs)\n\n'
            '@nox.session(name="types", python=["3.12"])\ndef check(session):\n    session.run("mypy", "src")\n\n'
            "def helper():\n    raise SystemExit\n"
        ),
    }
    assert ranked(profiled(files), "test") == [
        ("tox", "tox.ini#testenv", "CONFIGURATION"),
        ("nox -s tests", "noxfile.py#tests", "CONFIGURATION"),
    ]
    ci = {".github/workflows/a.yml": "jobs:\n  a:\n    steps:\n      - run: pipx run nox -s tests types\n"}
    profile = profiled({**files, **ci})
    assert best(profile, "test") == ("nox -s tests", "noxfile.py#tests")
    assert ranked(profile, "lint")[0] == ("nox -s types", "noxfile.py#types", "TARGET_IN_CI")


def test_old_python() -> None:
    profile = profiled(
        {
            "setup.py": 'from setuptools import setup\nsetup(name="old")\n',
            "setup.cfg": "[options]\ninstall_requires =\n    Django>=4\n    redis\n[tool:pytest]\ntestpaths = t\n[flake8]\n",
            "requirements-dev.txt": "# tools\n-r requirements.txt\nmoto[s3]\nboto3==1.0 # pinned\n",
        }
    )
    assert profile.package_managers == (PackageManager(name="pip", evidence="requirements-dev.txt"),)
    assert technologies(profile) == {
        "aws": "requirements-dev.txt#boto3",
        "django": "setup.cfg#options.install_requires.Django",
        "http": "setup.cfg#options.install_requires.Django",
        "redis": "setup.cfg#options.install_requires.redis",
    }
    assert best(profile, "test") == ("pytest", "setup.cfg#tool:pytest")
    assert best(profile, "lint") == ("flake8", "setup.cfg#flake8")


def test_package_managers_of_python() -> None:
    project = {"pyproject.toml": "[project]\nname = 'a'\n"}
    assert managers({**project, "poetry.lock": ""}) == [("poetry", "poetry.lock")]
    assert managers({**project, "pdm.lock": ""}) == [("pdm", "pdm.lock")]
    assert managers({"Pipfile": ""}) == [("pipenv", "Pipfile")]
    assert managers({"pyproject.toml": "[tool.poetry]\nname = 'a'\n"}) == [("poetry", "pyproject.toml#tool.poetry")]
    assert managers({"pyproject.toml": "[tool.hatch.version]\npath = 'a'\n[project]\n"}) == [("pip", "pyproject.toml")]
    assert managers({"pyproject.toml": "[tool.ruff]\n"}) == []


def test_javascript_with_pnpm() -> None:
    profile = profiled(
        {
            "package.json": (
                '{"name": "web", "packageManager": "pnpm@9.1.0", "engines": {"node": ">=20"},'
                ' "scripts": {"test": "vitest run", "test:watch": "vitest", "pretest": "tsc", "lint": "eslint .",'
                ' "lint:fix": "eslint --fix .", "typecheck": "tsc --noEmit", "build": "vite build", "dev": "vite",'
                ' "prepare": "husky"},'
                ' "dependencies": {"react": "^19", "pg": "^8"}, "devDependencies": {"vitest": "^3"}}'
            ),
            "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
            ".prettierrc": "{}\n",
            ".nvmrc": "v20.11.0\n",
        }
    )
    assert profile.package_managers == (PackageManager(name="pnpm", evidence="package.json#packageManager"),)
    assert technologies(profile) == {
        "postgresql": "package.json#dependencies.pg",
        "react": "package.json#dependencies.react",
        "vitest": "package.json#devDependencies.vitest",
    }
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("install", "pnpm install --frozen-lockfile", "package.json#packageManager"),
        ("build", "pnpm run build", "package.json#scripts.build"),
        ("test", "pnpm test", "package.json#scripts.test"),
        ("test", "pnpm run test:watch", "package.json#scripts.test:watch"),
        ("lint", "pnpm run lint", "package.json#scripts.lint"),
        ("lint", "pnpm run typecheck", "package.json#scripts.typecheck"),
        ("format", "pnpm run lint:fix", "package.json#scripts.lint:fix"),
        ("format", "pnpm exec prettier --write .", ".prettierrc"),
        ("run", "pnpm run dev", "package.json#scripts.dev"),
    ]
    assert [(runtime.name, runtime.version) for runtime in profile.runtimes] == [("node", "20.11.0"), ("node", ">=20")]


def test_package_managers_of_javascript() -> None:
    package = {"package.json": '{"scripts": {"build": "tsc", "test": "echo \\"Error: no test specified\\" && exit 1"}}'}
    lines = {}
    for lock in ("package-lock.json", "yarn.lock", "bun.lockb", "pnpm-lock.yaml"):
        profile = profiled({**package, lock: ""})
        lines[profile.package_managers[0].name] = [command.line for command in profile.commands]
        assert profile.package_managers[0].evidence == lock
    assert lines == {
        "npm": ["npm ci", "npm run build"],
        "yarn": ["yarn install --frozen-lockfile", "yarn build"],
        "bun": ["bun install --frozen-lockfile", "bun run build"],
        "pnpm": ["pnpm install --frozen-lockfile", "pnpm run build"],
    }
    assert ranked(profiled(package), "install") == [("npm install", "package.json", "DEFAULT")]


def test_deno() -> None:
    profile = profiled({"deno.jsonc": '{\n  // tasks\n  "tasks": {"test": "deno test -A",},\n  "fmt": {},\n}\n'})
    assert ranked(profile, "test") == [
        ("deno task test", "deno.jsonc#tasks.test", "TARGET"),
        ("deno test", "deno.jsonc", "DEFAULT"),
    ]
    assert ranked(profile, "format") == [("deno fmt", "deno.jsonc#fmt", "CONFIGURATION")]


def test_go() -> None:
    profile = profiled(
        {
            "go.mod": (
                "module example.com/shop\n\ngo 1.23\n\nrequire (\n\tgoogle.golang.org/grpc v1.60.0\n"
                "\tgithub.com/jackc/pgx/v5 v5.5.0\n\tgithub.com/gorilla/mux v1.8.0 // indirect\n)\n"
            ),
            "go.sum": "",
            ".golangci.yml": "linters: {}\n",
        }
    )
    assert profile.package_managers == (PackageManager(name="go", evidence="go.mod"),)
    assert technologies(profile) == {
        "grpc": "go.mod#require.google.golang.org/grpc",
        "postgresql": "go.mod#require.github.com/jackc/pgx",
    }
    assert [(str(command.kind), command.line, command.evidence, command.default) for command in profile.commands] == [
        ("install", "go mod download", "go.mod", True),
        ("build", "go build ./...", "go.mod", True),
        ("test", "go test ./...", "go.mod", True),
        ("lint", "golangci-lint run", ".golangci.yml", False),
        ("lint", "go vet ./...", "go.mod", True),
        ("format", "gofmt -w .", "go.mod", True),
    ]
    assert profile.runtimes == (Runtime(name="go", version="1.23", evidence="go.mod#go"),)


def test_rust() -> None:
    profile = profiled(
        {
            "Cargo.toml": '[package]\nname = "shop"\n[dependencies]\naxum = "0.8"\ntokio = {version = "1"}\n[lints.clippy]\nall = "warn"\n',
            ".cargo/config.toml": '[alias]\nxtask = "run --package xtask --"\nt = ["nextest", "run"]\n',
            "rust-toolchain.toml": '[toolchain]\nchannel = "1.80"\n',
            "rustfmt.toml": "",
        }
    )
    assert technologies(profile) == {"http": "Cargo.toml#dependencies.axum", "tokio": "Cargo.toml#dependencies.tokio"}
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("build", "cargo build", "Cargo.toml"),
        ("test", "cargo t", ".cargo/config.toml#alias.t"),
        ("test", "cargo test", "Cargo.toml"),
        ("lint", "cargo clippy", "Cargo.toml#lints.clippy"),
        ("format", "cargo fmt", "rustfmt.toml"),
    ]
    assert profile.runtimes == (Runtime(name="rust", version="1.80", evidence="rust-toolchain.toml#toolchain.channel"),)


def test_maven() -> None:
    pom = (
        '<?xml version="1.0"?>\n<project xmlns="http://maven.apache.org/POM/4.0.0">\n'
        "<parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId></parent>\n"
        "<artifactId>clinic</artifactId><properties><java.version>21</java.version></properties>\n"
        "<dependencies><dependency><artifactId>spring-boot-starter-web</artifactId></dependency>\n"
        "<dependency><artifactId>postgresql</artifactId></dependency></dependencies>\n"
        "<build><plugins><plugin><artifactId>spotless-maven-plugin</artifactId></plugin></plugins></build>\n</project>\n"
    )
    profile = profiled({"pom.xml": pom, "mvnw": "#!/bin/sh\n"})
    assert technologies(profile) == {
        "http": "pom.xml#dependencies.spring-boot-starter-web",
        "postgresql": "pom.xml#dependencies.postgresql",
        "spring": "pom.xml#parent.spring-boot-starter-parent",
    }
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("build", "./mvnw package", "pom.xml"),
        ("test", "./mvnw test", "pom.xml"),
        ("format", "./mvnw spotless:apply", "pom.xml#build.plugins.spotless-maven-plugin"),
    ]
    assert profile.runtimes == (Runtime(name="java", version="21", evidence="pom.xml#properties.java.version"),)


def test_gradle() -> None:
    profile = profiled(
        {
            "build.gradle.kts": (
                'plugins {\n    id("org.springframework.boot") version "3.3.0"\n    id("com.diffplug.spotless")\n}\n'
                'dependencies {\n    implementation("org.postgresql:postgresql:42.7.3")\n    implementation("io.grpc:grpc-netty:1.6")\n}\n'
            ),
            "settings.gradle.kts": 'rootProject.name = "clinic"\ninclude(":api", ":core")\n',
            "gradlew": "#!/bin/sh\n",
            "api/build.gradle.kts": 'dependencies { implementation("redis.clients:jedis:5.1.0") }\n',
        }
    )
    assert technologies(profile) == {
        "grpc": "build.gradle.kts#dependencies.grpc-netty",
        "postgresql": "build.gradle.kts#dependencies.postgresql",
        "redis": "api/build.gradle.kts#dependencies.jedis",
        "spring": "build.gradle.kts#plugins.org.springframework.boot",
    }
    assert [(str(command.kind), command.line, command.default) for command in profile.commands] == [
        ("build", "./gradlew build", True),
        ("test", "./gradlew test", True),
        ("lint", "./gradlew check", True),
        ("format", "./gradlew spotlessApply", False),
        ("run", "./gradlew bootRun", False),
    ]
    assert [(package.folder, [c.line for c in package.commands]) for package in profile.packages] == [
        ("api", ["../gradlew build", "../gradlew test", "../gradlew check"])
    ]


def test_ruby() -> None:
    profile = profiled(
        {
            "Gemfile": 'source "https://rubygems.org"\ngem "rails", "~> 8.0"\ngem "pg"\ngroup :test do\n  gem "rspec-rails"\nend\n',
            "Gemfile.lock": "GEM\n",
            "Rakefile": "require 'rspec/core/rake_task'\nRSpec::Core::RakeTask.new(:spec)\n\ntask default: :spec\ntask :lint do\n  sh 'rubocop'\nend\n",
            ".rubocop.yml": "AllCops: {}\n",
            ".ruby-version": "3.3.1\n",
        }
    )
    assert profile.package_managers == (PackageManager(name="bundler", evidence="Gemfile.lock"),)
    assert technologies(profile) == {
        "http": "Gemfile#rails",
        "postgresql": "Gemfile#pg",
        "rails": "Gemfile#rails",
        "rspec": "Gemfile#rspec-rails",
    }
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("install", "bundle install", "Gemfile.lock"),
        ("test", "bundle exec rake spec", "Rakefile#spec"),
        ("lint", "bundle exec rake lint", "Rakefile#lint"),
        ("lint", "bundle exec rubocop", ".rubocop.yml"),
    ]


def test_php() -> None:
    profile = profiled(
        {
            "composer.json": (
                '{"name": "acme/shop", "require": {"php": "^8.2", "laravel/framework": "^11"},'
                ' "scripts": {"test": ["@lint", "phpunit"], "lint": "phpstan analyse", "post-install-cmd": "x"}}'
            ),
            "phpunit.xml.dist": "<phpunit/>",
            "pint.json": "{}",
        }
    )
    assert technologies(profile) == {
        "http": "composer.json#require.laravel/framework",
        "laravel": "composer.json#require.laravel/framework",
    }
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("install", "composer install", "composer.json"),
        ("test", "composer test", "composer.json#scripts.test"),
        ("test", "vendor/bin/phpunit", "phpunit.xml.dist"),
        ("lint", "composer lint", "composer.json#scripts.lint"),
        ("format", "vendor/bin/pint", "pint.json"),
    ]


def test_just() -> None:
    justfile = (
        'set shell := ["bash", "-c"]\nversion := "1"\n\n# all\nci: lint (test "all")\n\ntest *args: build\n  @cargo test {{args}}\n\n'
        "lint:\n    cargo clippy\n\n[private]\nhidden:\n    cargo fmt\n\n_also-hidden:\n    cargo fmt\n"
    )
    profile = profiled({"justfile": justfile})
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("test", "just test", "justfile#test"),
        ("test", "just ci", "justfile#ci"),
        ("lint", "just lint", "justfile#lint"),
        ("lint", "just ci", "justfile#ci"),
    ]


def test_task() -> None:
    taskfile = (
        "version: '3'\ntasks:\n  default: {cmds: [{task: test}]}\n  test:\n    deps: [build]\n    cmds:\n      - go test ./...\n"
        "  build: go build ./...\n  lint: {cmd: golangci-lint run}\n  secret: {internal: true, cmds: [gofmt -w .]}\n"
    )
    profile = profiled({"Taskfile.yml": taskfile})
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands][:3] == [
        ("build", "task build", "Taskfile.yml#tasks.build"),
        ("build", "task default", "Taskfile.yml#tasks.default"),
        ("test", "task test", "Taskfile.yml#tasks.test"),
    ]
    assert best(profile, "lint") == ("task lint", "Taskfile.yml#tasks.lint")
    assert best(profile, "format") is None


def test_mise() -> None:
    mise = '[tools]\nnode = "22"\n"npm:prettier" = "3"\npython = ["3.12", "3.11"]\n[tasks]\ntest = "pytest"\n[tasks.lint]\nrun = ["ruff check"]\n'
    profile = profiled({".mise.toml": mise})
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("test", "mise run test", ".mise.toml#tasks.test"),
        ("lint", "mise run lint", ".mise.toml#tasks.lint"),
    ]
    assert [(runtime.name, runtime.version, runtime.evidence) for runtime in profile.runtimes] == [
        ("node", "22", ".mise.toml#tools.node"),
        ("python", "3.12", ".mise.toml#tools.python"),
    ]


def test_pinned_versions() -> None:
    profile = profiled(
        {".tool-versions": "nodejs 20.1.0\n# no\ngolang 1.22 # yes\nbroken\n", "rust-toolchain": "nightly\n"}
    )
    assert [(runtime.name, runtime.version, runtime.evidence) for runtime in profile.runtimes] == [
        ("rust", "nightly", "rust-toolchain"),
        ("node", "20.1.0", ".tool-versions#nodejs"),
        ("go", "1.22", ".tool-versions#golang"),
    ]


def test_infrastructure() -> None:
    profile = profiled(
        {
            "main.tf": "",
            "Dockerfile": "FROM scratch\n",
            "charts/shop/Chart.yaml": "name: shop\n",
            "api/openapi.yaml": "openapi: 3.1.0\n",
            "proto/buf.yaml": "version: v2\n",
            "wrangler.toml": 'name = "edge"\n',
            "compose.yaml": "services: {}\n",
        }
    )
    assert technologies(profile) == {
        "cloudflare-workers": "wrangler.toml",
        "docker": "Dockerfile",
        "helm": "charts/shop/Chart.yaml",
        "kubernetes": "charts/shop/Chart.yaml",
        "openapi": "api/openapi.yaml",
        "protobuf": "proto/buf.yaml",
        "terraform": "main.tf",
    }
    assert [(str(command.kind), command.line, command.default) for command in profile.commands] == [
        ("build", "docker build .", True),
        ("lint", "terraform validate", True),
        ("format", "terraform fmt -recursive", True),
    ]


def test_habits_of_other_ecosystems() -> None:
    lines = {
        name: [command.line for command in profiled({name: ""}).commands]
        for name in ("Shop.sln", "mix.exs", "Package.swift", "MODULE.bazel", "buf.yaml", ".pre-commit-config.yaml")
    }
    assert lines == {
        "Shop.sln": ["dotnet restore", "dotnet build", "dotnet test", "dotnet format"],
        "mix.exs": ["mix deps.get", "mix compile", "mix test", "mix format"],
        "Package.swift": ["swift build", "swift test"],
        "MODULE.bazel": ["bazel build //...", "bazel test //..."],
        "buf.yaml": ["buf build", "buf lint", "buf format -w"],
        ".pre-commit-config.yaml": ["pre-commit run --all-files"],
    }
