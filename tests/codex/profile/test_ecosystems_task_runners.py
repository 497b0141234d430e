"""Task runners that belong to no language: just, Task and mise."""

from codex.profile.build_profile import build_profile
from codex.profile.model import EXECUTABLE, REGULAR, ListingEntry
from tests.support.profiling import best, profiled


def test_tasks_of_included_taskfiles_are_commands() -> None:
    profile = profiled(
        {
            "Taskfile.yml": (
                "includes: {web: ./web, go: {taskfile: go/Taskfile.yml, flatten: true}, no: {taskfile: web, internal: true}}\n"
                "tasks: {lint: {cmds: [{task: web:lint}]}}\n"
            ),
            "web/Taskfile.yml": "tasks: {lint: {cmds: [{task: style}]}, style: eslint .}\n",
            "go/Taskfile.yml": "tasks: {test: go test ./...}\n",
            ".github/workflows/ci.yml": "jobs: {a: {steps: [{run: task lint test}]}}\n",
        }
    )
    commands = [(command.line, command.evidence) for command in profile.commands if command.seen_in]
    assert commands == [
        ("task test", "go/Taskfile.yml#tasks.test"),
        ("task lint", "Taskfile.yml#tasks.lint"),
        ("task web:style", "web/Taskfile.yml#tasks.style"),
        ("task web:lint", "web/Taskfile.yml#tasks.lint"),
    ]


def test_circular_taskfile_includes_end() -> None:
    names = ", ".join(f"n{number}: Taskfile.yml" for number in range(300))
    profile = profiled({"Taskfile.yml": f"includes: {{{names}}}\ntasks: {{test: pytest}}\n"})
    assert len([command for command in profile.commands if command.kind == "test"]) == 8
    assert best(profile, "test") == ("task test", "Taskfile.yml#tasks.test")


def test_recipes_of_imported_justfiles_are_commands() -> None:
    profile = profiled(
        {
            "justfile": "import 'ci/test.just'\nimport? \"more.just\"\nbuild:\n    cargo build\n",
            "ci/test.just": "import '../justfile'\ntest:\n    cargo test\n",
        }
    )
    assert best(profile, "build") == ("just build", "justfile#build")
    assert best(profile, "test") == ("just test", "ci/test.just#test")


def test_executable_files_are_tasks_of_mise() -> None:
    listing = {
        path: ListingEntry(size=9, mode=mode)
        for path, mode in (("mise-tasks/check/go", EXECUTABLE), ("mise-tasks/x.md", REGULAR))
    }
    profile = build_profile(listing, {"mise-tasks/check/go": b"#!/bin/sh\ngo vet ./...\n"})
    assert [(command.line, command.evidence) for command in profile.commands] == [
        ("mise run check:go", "mise-tasks/check/go")
    ]


def test_recipes_of_a_justfile_are_commands() -> None:
    justfile = (
        'set shell := ["bash", "-c"]\nversion := "1"\n\n# all\nci: lint (test "all")\n\ntest *args: build\n  @cargo test {{args}}\n\n'
        "lint:\n    cargo clippy\n\n[private]\nhidden:\n    cargo fmt\n\n_also-hidden:\n    cargo fmt\n"
    )
    profile = profiled({"justfile": justfile})
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("test", "just test", "justfile#test"),
        ("test", "just ci", "justfile#ci"),
        ("test-one", "cargo test NAME", "justfile#test"),
        ("lint", "just lint", "justfile#lint"),
        ("lint", "just ci", "justfile#ci"),
    ]


def test_tasks_of_a_taskfile_are_commands() -> None:
    taskfile = (
        "version: '3'\ntasks:\n  default: {cmds: [{task: test}]}\n  test:\n    deps: [build]\n    cmds:\n      - go test ./...\n"
        "  build: go build ./...\n  lint: {cmd: golangci-lint run}\n  secret: {internal: true, cmds: [gofmt -w .]}\n"
    )
    profile = profiled({"Taskfile.yml": taskfile})
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands][:3] == [
        ("build", "task build", "Taskfile.yml#tasks.build"),
        ("test", "task test", "Taskfile.yml#tasks.test"),
        ("test", "task default", "Taskfile.yml#tasks.default"),
    ]
    assert best(profile, "lint") == ("task lint", "Taskfile.yml#tasks.lint")
    assert best(profile, "format") is None


def test_tasks_and_tools_of_mise_are_read() -> None:
    mise = '[tools]\nnode = "22"\n"npm:prettier" = "3"\npython = ["3.12", "3.11"]\n[tasks]\ntest = "pytest"\n[tasks.lint]\nrun = ["ruff check"]\n'
    profile = profiled({".mise.toml": mise})
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("test", "mise run test", ".mise.toml#tasks.test"),
        ("test-one", "pytest FILE::NAME", ".mise.toml#tasks.test"),
        ("lint", "mise run lint", ".mise.toml#tasks.lint"),
    ]
    assert [(runtime.name, runtime.version, runtime.evidence) for runtime in profile.runtimes] == [
        ("node", "22", ".mise.toml#tools.node"),
        ("python", "3.12", ".mise.toml#tools.python"),
    ]


def test_versions_are_read_from_the_files_that_pin_them() -> None:
    profile = profiled(
        {".tool-versions": "nodejs 20.1.0\n# no\ngolang 1.22 # yes\nbroken\n", "rust-toolchain": "nightly\n"}
    )
    assert [(runtime.name, runtime.version, runtime.evidence) for runtime in profile.runtimes] == [
        ("rust", "nightly", "rust-toolchain"),
        ("node", "20.1.0", ".tool-versions#nodejs"),
        ("go", "1.22", ".tool-versions#golang"),
    ]
