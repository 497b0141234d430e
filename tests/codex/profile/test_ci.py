"""CI: which systems are configured, and which lines run in which folder."""

import pytest

from codex.profile.ecosystems import ci
from codex.profile.evidence_files import EvidenceFiles
from codex.profile.model import CiCommand, ListingEntry
from tests.support.effort import at_most_calls
from tests.support.profiling import profiled, ranked


def lines(files: dict[str, str]) -> list[tuple[str, str, str, bool]]:
    tree = EvidenceFiles(
        {path: ListingEntry(size=1) for path in files}, {path: text.encode() for path, text in files.items()}
    )
    return [(line.line, line.folder, line.evidence, line.is_variant) for line in ci.lines(tree, sorted(files))]


def test_steps_of_a_github_workflow_are_commands() -> None:
    workflow = """
defaults: {run: {working-directory: app}}
jobs:
  test:
    runs-on: ${{ matrix.os }}
    steps:
      - uses: actions/checkout@v4
      - run: |
          # comment
          make \\
            test
      - {run: npm test, working-directory: ./web/}
      - {run: dir, shell: pwsh}
      - uses: golangci/golangci-lint-action@v6
  fuzz: {runs-on: ubuntu-latest, steps: [{run: cargo test}]}
"""
    path = ".github/workflows/ci.yml"
    assert lines({path: workflow}) == [
        ("make test", "app", f"{path}#jobs.test.steps[1]", False),
        ("npm test", "web", f"{path}#jobs.test.steps[2]", False),
        ("dir", "app", f"{path}#jobs.test.steps[3]", True),
        ("golangci-lint run", "app", f"{path}#jobs.test.steps[4]", False),
        ("cargo test", "app", f"{path}#jobs.fuzz.steps[0]", True),
    ]


def test_composite_actions_of_the_repository() -> None:
    path = ".github/actions/setup/action.yml"
    assert lines({path: "runs:\n  using: composite\n  steps:\n    - run: uv sync\n"}) == [
        ("uv sync", "", f"{path}#runs.steps[0]", False)
    ]


def test_scripts_of_gitlab_jobs_are_commands() -> None:
    files = {
        ".gitlab-ci.yml": """
include: [{local: /ci/jobs.yml}]
default: {image: python}
.setup:
  before_script: [pip install -e .]
  lint_lines: &lint
    - ruff check .
test:
  extends: .setup
  script:
    - cd app && pytest
lint:
  script:
    - *lint
    - !reference [.more, script]
  except: [tags]
""",
        "ci/jobs.yml": ".more:\n  script: [mypy src]\nwindows:\n  tags: [windows]\n  script: pytest\n",
    }
    assert lines(files) == [
        ("pip install -e .", "", ".gitlab-ci.yml#test.before_script", False),
        ("pytest", "app", ".gitlab-ci.yml#test.script", False),
        ("ruff check .", "", ".gitlab-ci.yml#lint.script", False),
        ("mypy src", "", ".gitlab-ci.yml#lint.script", False),
        ("pytest", "", "ci/jobs.yml#windows.script", True),
    ]


def test_gitlab_runs_the_script_of_a_job_in_one_shell() -> None:
    text = "web: {before_script: [cd web, npm ci], script: [npm test, cd ../api, go test ./...]}\n"
    assert [line[:2] for line in lines({".gitlab-ci.yml": text})] == [
        ("npm ci", "web"),
        ("npm test", "web"),
        ("go test ./...", "api"),
    ]


def test_gitlab_default_scripts_and_files_with_inputs() -> None:
    files = {
        ".gitlab-ci.yml": "default: {before_script: [npm ci]}\ninclude: ci/jobs.yml\n",
        "ci/jobs.yml": "spec: {inputs: {stage: {default: test}}}\n---\nbefore_script: [uv sync]\nunit: {script: pytest}\n",
    }
    assert lines(files) == [
        ("uv sync", "", "ci/jobs.yml#before_script", False),
        ("npm ci", "", ".gitlab-ci.yml#default.before_script", False),
        ("pytest", "", "ci/jobs.yml#unit.script", False),
    ]


def test_here_documents_are_not_script_lines() -> None:
    text = "jobs:\n  a:\n    steps:\n      - run: |\n          cat > x <<'END'\n          make evil\n          END\n          make test\n"
    assert [line for line, *_ in lines({".github/workflows/a.yml": text})] == ["cat > x <<'END'", "make test"]


@pytest.mark.parametrize(
    ("step", "is_variant"),
    [
        ("{run: make test, if: runner.os == 'Windows'}", True),
        ("{run: make test, if: runner.os != 'Windows'}", False),
        ("{run: make test, shell: 'bash -el {0}'}", False),
        ("{run: make test, shell: cmd}", True),
    ],
)
def test_steps_for_other_systems_are_variants(step: str, is_variant: bool) -> None:
    [line] = lines({".github/workflows/a.yml": f"jobs: {{a: {{steps: [{step}]}}}}\n"})
    assert line[3] is is_variant


def test_a_gitlab_job_defined_in_several_files() -> None:
    files = {
        ".gitlab-ci.yml": "include: ci/jobs.yml\nunit: {stage: test}\nlint: {script: mypy src}\n",
        "ci/jobs.yml": "unit: {script: pytest}\nlint: {script: ruff check}\n",
    }
    assert [line[:3] for line in lines(files)] == [
        ("pytest", "", "ci/jobs.yml#unit.script"),
        ("mypy src", "", ".gitlab-ci.yml#lint.script"),
    ]


def test_the_last_extended_job_wins() -> None:
    text = ".a: {script: make a}\n.b: {script: make b}\n.c: {stage: test}\njob: {extends: [.a, .b, .c]}\n"
    assert [line for line, *_ in lines({".gitlab-ci.yml": text})] == ["make b"]


MOST_CALLS = 6_000_000
"""Twice the calls that the largest of these files takes: its YAML and at most 20,000 items. Without that limit
they take tens to hundreds of millions."""


@pytest.mark.parametrize(
    "last", ["[make test]", *(pytest.param(last, marks=pytest.mark.slow) for last in ("[]", "[1]"))]
)
def test_exponential_references_are_bounded(last: str) -> None:
    def gitlab(name: str, below: str) -> str:
        return f".{name}: {{script: [{', '.join([f'!reference [.{below}, script]'] * 200)}]}}\n"

    jobs = (
        "".join(gitlab(name, below) for name, below in (("a", "b"), ("b", "c"), ("c", "d")))
        + f".d: {{script: {last}}}\n"
    )
    circle = "".join(f"  c{n}: {{steps: [{', '.join([f'c{n + 1}'] * 60)}]}}\n" for n in range(6))
    lists = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 400)}]\n" for n in range(1, 4))
    files = {
        ".gitlab-ci.yml": f"{jobs}job: {{extends: .a}}\n",
        ".gitlab-ci.yaml": f"x0: &x0 {last}\n{lists}job: {{script: *x3}}\n",
        ".circleci/config.yml": f"commands:\n{circle}  c6: {{steps: {last}}}\njobs: {{a: {{steps: [c0]}}}}\n",
    }
    for path, text in files.items():
        with at_most_calls(MOST_CALLS):
            lines({path: text})


def notes(files: dict[str, str]) -> list[tuple[str, str]]:
    return [(note.path, note.message) for note in profiled(files).notes]


GITLAB = ".gitlab-ci.yml"
WORKFLOW = ".github/workflows/a.yml"
STEPS = ", ".join(["{run: make test}"] * 501)


@pytest.mark.parametrize(
    ("path", "text", "note"),
    [
        (WORKFLOW, f"jobs: {{a: {{steps: [{STEPS}]}}}}\n", "501 steps in a job; only the first 500 were read"),
        (
            WORKFLOW,
            "jobs:\n" + "".join(f"  j{n}: {{}}\n" for n in range(501)),
            "501 jobs; only the first 500 were read",
        ),
        (
            ".circleci/config.yml",
            f"jobs: {{a: {{steps: [{STEPS}]}}}}\n",
            "501 steps in a job; only the first 500 were read",
        ),
        (GITLAB, f"a: {{script: [{', '.join(['x'] * 201)}]}}\n", "201 items in a script; only the first 200 were read"),
        (
            GITLAB,
            "".join(f".j{n}: {{extends: .j{n + 1}}}\n" for n in range(5)) + "job: {extends: .j0}\n",
            "`extends` or `!reference` is nested 4 or more levels deep; deeper levels were not read",
        ),
        (
            ".travis.yml",
            "x: " + "[" * 14 + "{script: make test}" + "]" * 14 + "\n",
            "the file is nested more than 12 levels deep; deeper levels were not read",
        ),
    ],
)
def test_a_limit_within_a_ci_file_is_reported(path: str, text: str, note: str) -> None:
    assert notes({path: text}) == [(path, note)]


def test_expanded_values_beyond_the_limit_are_reported() -> None:
    jobs = "".join(
        f".{name}: {{script: [{', '.join([f'!reference [.{below}, script]'] * 200)}]}}\n"
        for name, below in (("a", "b"), ("b", "c"))
    )
    assert notes({GITLAB: f"{jobs}.c: {{script: []}}\njob: {{extends: .a}}\n"}) == [
        (GITLAB, "the file expands to more than 20,000 values; the rest were not read")
    ]
    commands = "".join(f"  c{n}: {{steps: [{', '.join([f'c{n + 1}'] * 60)}]}}\n" for n in range(4))
    config = f"commands:\n{commands}  c4: {{steps: []}}\njobs: {{a: {{steps: [c0]}}}}\n"
    assert notes({".circleci/config.yml": config}) == [
        (".circleci/config.yml", "the file expands to more than 20,000 values; the rest were not read")
    ]
    nested = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 7))
    assert notes({".travis.yml": "a0: &a0 [x]\n" + nested}) == [
        (".travis.yml", "the file expands to more than 4,000 values; the rest were not read")
    ]


@pytest.mark.parametrize(
    ("count", "expected"), [(600, []), (601, [("", "CI runs more than 600 script lines; the rest were not read")])]
)
def test_script_lines_beyond_the_limit_are_reported(count: int, expected: list[tuple[str, str]]) -> None:
    script = "\n".join(f"          make t{number}" for number in range(count))
    workflow = f"jobs:\n  a:\n    steps:\n      - run: |\n{script}\n"
    assert notes({WORKFLOW: workflow}) == expected
    assert len(lines({WORKFLOW: workflow})) == 600


@pytest.mark.parametrize(("count", "expected"), [(40, []), (41, [("", "41 CI files; only 40 were read")])])
def test_ci_files_beyond_the_limit_are_reported(count: int, expected: list[tuple[str, str]]) -> None:
    assert notes({f".github/workflows/{number:02}.yml": "jobs: {}\n" for number in range(count)}) == expected


def test_references_in_a_circle_yield_no_commands() -> None:
    text = "a: {script: [!reference [b, script]]}\nb: {script: [!reference [a, script]]}\nc: {extends: c}\n"
    assert lines({".gitlab-ci.yml": text}) == []


def test_steps_of_circleci_jobs_are_commands() -> None:
    config = "jobs:\n  test:\n    working_directory: ~/repo/api\n    steps:\n      - checkout\n      - run: make test\n      - run: {command: make lint}\n"
    assert lines({".circleci/config.yml": config}) == [
        ("make test", "api", ".circleci/config.yml#jobs.test.steps[1]", False),
        ("make lint", "api", ".circleci/config.yml#jobs.test.steps[2]", False),
    ]


def test_circleci_commands_and_conditions() -> None:
    config = """
commands:
  unit: {steps: [{run: make test}, unit]}
  more: {parameters: {}, steps: [unit]}
jobs:
  test:
    steps:
      - more: {parameter: x}
      - when: {condition: true, steps: [{run: make lint}]}
"""
    path = ".circleci/config.yml"
    assert lines({path: config}) == [
        ("make test", "", f"{path}#commands.unit.steps[0]", False),
        ("make lint", "", f"{path}#jobs.test.steps[1].when.steps[0]", False),
    ]


def test_shell_steps_of_a_jenkinsfile_are_commands() -> None:
    text = """
pipeline {
  // sh 'make no'
  environment { NAME = 'sh "make no"' }
  stages {
    stage('Test') { steps { sh 'make test'; sh(script: "npm run ${TASK}", returnStatus: true) } }
    stage("Web") {
      steps { dir('web') { sh(label: 'all', script: '''
        npm ci
        npm test
      ''') }
      sh "make web" }
    }
    stage('Windows') { steps { sh "make test" } }
  }
}
"""
    assert lines({"Jenkinsfile": text}) == [
        ("make test", "", "Jenkinsfile#Test", False),
        ("npm run ${TASK}", "", "Jenkinsfile#Test", False),
        ("npm ci", "web", "Jenkinsfile#Web", False),
        ("npm test", "web", "Jenkinsfile#Web", False),
        ("make web", "", "Jenkinsfile#Web", False),
        ("make test", "", "Jenkinsfile#Windows", True),
    ]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "azure-pipelines.yml",
            "jobs:\n- job: unit\n  steps:\n  - {bash: npm test, workingDirectory: web}\n- job: Windows\n  steps: [{script: make}]\n",
            [("npm test", "web", "jobs[0].steps[0].bash", False), ("make", "", "jobs[1].steps[0].script", True)],
        ),
        (
            ".travis.yml",
            "install: npm ci\nscript: [cd web, npm test]\n",
            [("npm ci", "", "install", False), ("npm test", "web", "script", False)],
        ),
        (
            "bitbucket-pipelines.yml",
            "pipelines: {default: [{step: {script: [make test]}}]}\n",
            [("make test", "", "pipelines.default[0].step.script", False)],
        ),
        (
            ".buildkite/pipeline.yml",
            "steps: [{label: unit, command: make test}, wait, {commands: [make lint]}]\n",
            [("make test", "", "steps[0].command", False), ("make lint", "", "steps[2].commands", False)],
        ),
        (
            ".drone.yml",
            "kind: pipeline\nsteps: [{commands: [go vet]}]\n---\nsteps: [{commands: [go test]}]\n",
            [("go vet", "", "steps[0].commands", False), ("go test", "", "steps[0].commands", False)],
        ),
    ],
)
def test_systems_read_by_the_table(path: str, text: str, expected: list[tuple[str, str, str, bool]]) -> None:
    assert lines({path: text}) == [
        (line, folder, f"{path}#{key}", is_variant) for line, folder, key, is_variant in expected
    ]


def test_exponential_aliases_are_bounded() -> None:
    nested = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert lines({".travis.yml": "a0: &a0 [x]\n" + nested + "script: make test\n"}) == [
        ("make test", "", ".travis.yml#script", False)
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (".github/workflows/x.yaml", "github-actions"),
        (".forgejo/workflows/x.yml", "forgejo-actions"),
        (".gitlab-ci.yml", "gitlab-ci"),
        (".circleci/config.yml", "circleci"),
        ("azure-pipelines.yml", "azure-pipelines"),
        ("Jenkinsfile", "jenkins"),
        (".travis.yml", "travis-ci"),
        (".buildkite/pipeline.yml", "buildkite"),
        ("bitbucket-pipelines.yml", "bitbucket-pipelines"),
        (".drone.yml", "drone"),
        (".cirrus.yml", "cirrus-ci"),
        (".woodpecker/test.yml", "woodpecker"),
    ],
)
def test_each_system_is_recognised_by_its_file(path: str, name: str) -> None:
    assert [(ci_system.name, ci_system.evidence) for ci_system in profiled({path: ""}).ci] == [(name, path)]


def test_the_workflow_that_tests_is_the_evidence() -> None:
    names = ("add-labels.yml", "ci-release.yml", "ci.yml", "release.yml")
    profile = profiled({f".github/workflows/{name}": "" for name in names})
    assert [ci_system.evidence for ci_system in profile.ci] == [".github/workflows/ci.yml"]


def test_gitlab_lines_become_commands() -> None:
    profile = profiled({".gitlab-ci.yml": "test: {script: [poetry install, poetry run pytest -q]}\n"})
    assert ranked(profile, "test") == [("poetry run pytest -q", ".gitlab-ci.yml#test.script", "CI")]
    assert ranked(profile, "install") == [("poetry install", ".gitlab-ci.yml#test.script", "CI")]


def test_a_ci_command_compares_by_value() -> None:
    assert CiCommand(line="a", folder="", evidence="b") == CiCommand(
        line="a", folder="", evidence="b", is_variant=False
    )
