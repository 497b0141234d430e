"""One small repository per ecosystem: package manager, name, technologies, commands, each with its evidence."""

from codex.profile.model import PackageManager, Runtime
from tests.support.profiling import best, profiled, technologies


def test_forge_files_are_not_technologies() -> None:
    files = {".github/workflows/openapi-generate.yml": "", ".github/ISSUE_TEMPLATE/openapi.yml": "", "a.py": ""}
    assert technologies(profiled(files)) == {}


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


def test_dependencies_of_a_mix_file_are_technologies() -> None:
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


def test_aliases_of_a_gradle_version_catalog_are_resolved() -> None:
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


def test_ruby_version_in_a_gemfile() -> None:
    profile = profiled({"Gemfile": 'source "x"\nruby "3.3.1"\n'})
    assert profile.runtimes == (Runtime(name="ruby", version="3.3.1", evidence="Gemfile#ruby"),)


def test_a_go_module_has_its_commands_and_technologies() -> None:
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
        ("test-one", "go test -run NAME ./PACKAGE", "go.mod", True),
        ("lint", "golangci-lint run", ".golangci.yml", False),
        ("lint", "go vet ./...", "go.mod", True),
        ("format", "gofmt -w .", "go.mod", True),
    ]
    assert profile.runtimes == (Runtime(name="go", version="1.23", evidence="go.mod#go"),)


def test_a_crate_has_its_commands_and_technologies() -> None:
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
        ("test-one", "cargo nextest run NAME", ".cargo/config.toml#alias.t"),
        ("lint", "cargo clippy", "Cargo.toml#lints.clippy"),
        ("format", "cargo fmt", "rustfmt.toml"),
    ]
    assert profile.runtimes == (Runtime(name="rust", version="1.80", evidence="rust-toolchain.toml#toolchain.channel"),)


def test_a_maven_project_has_its_commands_and_technologies() -> None:
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
        ("test-one", "./mvnw test -Dtest=CLASS#NAME", "pom.xml"),
        ("format", "./mvnw spotless:apply", "pom.xml#build.plugins.spotless-maven-plugin"),
    ]
    assert profile.runtimes == (Runtime(name="java", version="21", evidence="pom.xml#properties.java.version"),)


def test_a_gradle_build_has_its_commands_and_technologies() -> None:
    profile = profiled(
        {
            "build.gradle.kts": (
                'plugins {\n    id("org.springframework.boot") version "3.3.0"\n    id("com.diffplug.spotless")\n}\n'
                'dependencies {\n    implementation("org.postgresql:postgresql:42.7.3")\n    implementation("io.grpc:grpc-netty:1.6")\n}\n'
            ),
            "settings.gradle.kts": 'rootProject.name = "clinic"\ninclude(":api", ":core")\n',
            "gradlew": "#!/bin/sh\n",
            "api/build.gradle.kts": 'dependencies { implementation("redis.clients:jedis:5.1.0") }\n',
            "api/src/test/java/ApiTest.java": "",
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
        ("test-one", "./gradlew :PROJECT:test --tests CLASS.NAME", True),
        ("lint", "./gradlew spotlessCheck", False),
        ("format", "./gradlew spotlessApply", False),
        ("run", "./gradlew bootRun", False),
    ]
    assert [(package.folder, [c.line for c in package.commands]) for package in profile.packages] == [
        ("api", ["../gradlew build", "../gradlew test", "../gradlew test --tests CLASS.NAME"])
    ]


def test_a_gemfile_has_its_commands_and_technologies() -> None:
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
        ("test-one", "bundle exec rspec FILE:LINE", "Rakefile#spec"),
        ("lint", "bundle exec rake lint", "Rakefile#lint"),
        ("lint", "bundle exec rubocop", ".rubocop.yml"),
        ("format", "bundle exec rubocop -a", ".rubocop.yml"),
    ]


def test_a_composer_file_has_its_commands_and_technologies() -> None:
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
        ("test-one", "vendor/bin/phpunit --filter NAME", "composer.json#scripts.test"),
        ("lint", "composer lint", "composer.json#scripts.lint"),
        ("format", "vendor/bin/pint", "pint.json"),
    ]


def test_files_of_infrastructure_are_technologies() -> None:
    profile = profiled(
        {
            "main.tf": "",
            "Dockerfile": 'FROM scratch\nENTRYPOINT ["/shop"]\n',
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
        ("lint", "terraform init -backend=false && terraform validate", True),
        ("format", "terraform fmt -recursive", True),
    ]


def test_conventions_of_other_ecosystems() -> None:
    lines = {
        name: [command.line for command in profiled({name: ""}).commands]
        for name in ("Shop.sln", "mix.exs", "Package.swift", "MODULE.bazel", "buf.yaml", ".pre-commit-config.yaml")
    }
    assert lines == {
        "Shop.sln": ["dotnet restore", "dotnet build", "dotnet test", "dotnet test --filter NAME", "dotnet format"],
        "mix.exs": ["mix deps.get", "mix compile", "mix test", "mix test FILE:LINE", "mix format"],
        "Package.swift": ["swift build"],
        "MODULE.bazel": ["bazel build //..."],
        "buf.yaml": ["buf build", "buf lint", "buf format -w"],
        ".pre-commit-config.yaml": ["pre-commit run --all-files"],
    }
