"""What packages are: library, service, frontend, cli, infrastructure, data; each with its evidence."""

import pytest

from tests.support.profiling import profiled

POM = '<project xmlns="http://maven.apache.org/POM/4.0.0"><artifactId>a</artifactId>{}</project>'


def kinds(files: dict[str, str]) -> dict[str, str]:
    return {str(kind.name): kind.evidence for kind in profiled(files).kinds}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"pyproject.toml": '[project]\nname = "a"\n[build-system]\nrequires = []\n'},
            {"library": "pyproject.toml#project.name"},
            id="python library",
        ),
        pytest.param(
            {"pyproject.toml": '[project]\nname = "a"\nscripts = {a = "a:main"}\n[build-system]\nrequires = []\n'},
            {"cli": "pyproject.toml#project.scripts.a"},
            id="python cli",
        ),
        pytest.param(
            {
                "pyproject.toml": '[project]\nname = "a"\nscripts = {a = "a:main"}\n[build-system]\nrequires = []\n',
                "src/a/py.typed": "",
            },
            {"cli": "pyproject.toml#project.scripts.a", "library": "pyproject.toml#project.name"},
            id="python cli with published types",
        ),
        pytest.param(
            {"requirements.txt": "fastapi\n", "app/main.py": ""},
            {"service": "requirements.txt#fastapi, app/main.py"},
            id="python service",
        ),
        pytest.param(
            {
                "pyproject.toml": '[project]\nname = "flask-x"\ndependencies = ["flask"]\n[build-system]\nrequires = []\n'
            },
            {"library": "pyproject.toml#project.name"},
            id="an extension of a framework is a library",
        ),
        pytest.param(
            {"package.json": '{"name": "a", "main": "a.js", "devDependencies": {"express": "5"}}'},
            {"library": "package.json#main"},
            id="npm library",
        ),
        pytest.param(
            {"package.json": '{"name": "a", "bin": "a.js"}', "index.js": ""},
            {"library": "package.json#name", "cli": "package.json#bin"},
            id="npm library and cli",
        ),
        pytest.param(
            {"package.json": '{"private": true, "dependencies": {"express": "5"}, "scripts": {"start": "node a.js"}}'},
            {"service": "package.json#dependencies.express, package.json#scripts.start"},
            id="node service",
        ),
        pytest.param(
            {"package.json": '{"private": true, "dependencies": {"react": "19"}, "scripts": {"build": "vite build"}}'},
            {"frontend": "package.json#dependencies.react, package.json#scripts.build"},
            id="frontend",
        ),
        pytest.param(
            {"package.json": '{"private": true, "dependencies": {"react": "19"}}'}, {}, id="a framework without a build"
        ),
        pytest.param(
            {"go.mod": "module x\n\nrequire github.com/spf13/cobra v1.8.0\n", "cmd/x/main.go": "package main\n"},
            {"cli": "go.mod#require.github.com/spf13/cobra, cmd/x/main.go"},
            id="go cli",
        ),
        pytest.param(
            {"go.mod": "module x\n", "app.go": "package main\n", "Dockerfile": "FROM scratch\nEXPOSE 80\n"},
            {"service": "Dockerfile#EXPOSE, app.go"},
            id="go service by its port",
        ),
        pytest.param({"go.mod": "module x\n", "x.go": "package x\n"}, {"library": "go.mod#module"}, id="go library"),
        pytest.param(
            {"Cargo.toml": '[package]\nname = "a"\n', "src/lib.rs": "", "src/main.rs": ""},
            {"library": "src/lib.rs", "cli": "src/main.rs"},
            id="rust library and cli",
        ),
        pytest.param({"Cargo.toml": "[package]\npublish = false\n", "src/lib.rs": ""}, {}, id="an internal crate"),
        pytest.param(
            {"pom.xml": POM.format("<distributionManagement/>")},
            {"library": "pom.xml#distributionManagement"},
            id="maven library",
        ),
        pytest.param(
            {"build.gradle": "plugins { id 'application' }\n"},
            {"cli": "build.gradle#plugins.application"},
            id="gradle application",
        ),
        pytest.param({"a.gemspec": "Gem::Specification.new\n"}, {"library": "a.gemspec"}, id="gem"),
        pytest.param(
            {"composer.json": '{"type": "project", "require": {"laravel/framework": "11"}}', "artisan": ""},
            {"service": "composer.json#require.laravel/framework"},
            id="laravel",
        ),
        pytest.param(
            {"mix.exs": "def project, do: [package: package()]\n"}, {"library": "mix.exs#package"}, id="hex package"
        ),
        pytest.param(
            {"Package.swift": 'let p = Package(name: "A", products: [\n    .executable(name: "a"),\n])\n'},
            {"cli": "Package.swift#products.executable"},
            id="swift executable",
        ),
        pytest.param(
            {"CMakeLists.txt": "add_library(a a.c)\nadd_executable(a_test t.c)\ninstall(TARGETS a a_test)\n"},
            {"library": "CMakeLists.txt#add_library"},
            id="an installed test is no cli",
        ),
        pytest.param({"a.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>'}, {"service": "a.csproj#Sdk"}, id="asp.net"),
        pytest.param({"main.tf": "terraform {}\n"}, {"infrastructure": "main.tf"}, id="terraform"),
        pytest.param(
            {"db/migrate/20240101000000_users.rb": ""},
            {"data": "db/migrate/20240101000000_users.rb"},
            id="migrations by the names that their tool requires",
        ),
        pytest.param({"migrations/notes.py": ""}, {}, id="a folder called migrations proves nothing"),
        pytest.param({"app.py": "import flask\n"}, {}, id="nothing without a manifest"),
        pytest.param(
            {"requirements.txt": "-r requirements/base.txt\n", "manage.py": "DJANGO_SETTINGS_MODULE"},
            {"service": "manage.py#DJANGO_SETTINGS_MODULE"},
            id="django project",
        ),
        pytest.param(
            {
                "go.mod": "module x\n\nrequire github.com/spf13/cobra v1.8.0\n",
                "main.go": "package main\n",
                "Dockerfile": "FROM scratch\nEXPOSE 80\n",
                "internal/js/package.json": '{"name": "a", "main": "a.js"}',
            },
            {"cli": "go.mod#require.github.com/spf13/cobra, main.go"},
            id="a command that serves a preview, and an internal package",
        ),
        pytest.param({"pom.xml": POM.format("<scm/><licenses/>")}, {"library": "pom.xml#scm"}, id="maven central"),
        pytest.param(
            {
                "A.sln": "",
                "src/A/A.csproj": '<Project Sdk="Microsoft.NET.Sdk"/>',
                "src/Directory.Build.props": "<Project><PropertyGroup><PackageTags>a</PackageTags></PropertyGroup></Project>",
            },
            {"library": "src/Directory.Build.props#PackageTags"},
            id="shared metadata of projects",
        ),
        pytest.param(
            {"website/package.json": '{"dependencies": {"react": "1"}, "scripts": {"build": "vite build"}}'},
            {},
            id="a website of the project",
        ),
        pytest.param(
            {
                "package.json": '{"name": "a", "main": "a.js", "peerDependencies": {"react": "19"}}',
                "src/button.css": "a {}",
            },
            {"library": "package.json#main", "frontend": "package.json#peerDependencies.react, src/button.css"},
            id="a library of components",
        ),
        pytest.param(
            {
                "package.json": '{"name": "a", "exports": "./a.js", "dependencies": {"vue": "3"}}',
                "src/Button.vue": "<template/>",
            },
            {"library": "package.json#exports", "frontend": "package.json#dependencies.vue, src/Button.vue"},
            id="a library of Vue components",
        ),
        pytest.param(
            {
                "package.json": '{"name": "a", "main": "a.js", "peerDependencies": {"react": "19"}}',
                "src/query.ts": "",
                "examples/a/app.css": "",
            },
            {"library": "package.json#main"},
            id="a library of hooks for React",
        ),
    ],
)
def test_the_kinds_of_a_package_follow_from_its_files(files: dict[str, str], expected: dict[str, str]) -> None:
    assert kinds(files) == expected


def test_kinds_of_a_repository_are_those_of_its_packages_without_tests_and_examples() -> None:
    react = '{"private": true, "dependencies": {"react": "19"}, "scripts": {"build": "vite build"}}'
    files = {
        "package.json": '{"workspaces": ["packages/*", "examples/*"]}',
        "packages/a/package.json": '{"name": "a", "main": "a.js"}',
        "examples/b/package.json": react,
        "integration-tests/c/package.json": react,
        "docs/package.json": react,
        "web-test-app/package.json": react,
        "ios-demo-project/package.json": react,
    }
    profile = profiled(files)
    assert kinds(files) == {"library": "packages/a/package.json#main"}
    assert [
        [str(kind.name) for kind in package.kinds] for package in profile.packages if package.folder == "examples/b"
    ] == [["frontend"]]


def test_package_managers_of_other_languages_do_not_count() -> None:
    files = {"a.cc": "", "support/build.gradle": "", "support/x.py": "", "docs/Pipfile": ""}
    assert profiled(files).package_managers == ()
