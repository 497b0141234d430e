"""CI: which systems are configured, and which lines they run where."""

import pytest

from codex.profile.ecosystems import ci
from codex.profile.model import CiLine, Entry
from codex.profile.sources import Sources
from tests.support.profiling import profiled, ranked


def lines(files: dict[str, str]) -> list[tuple[str, str, str, bool]]:
    tree = Sources({path: Entry(size=1) for path in files}, {path: text.encode() for path, text in files.items()})
    return [(one.line, one.folder, one.evidence, one.noisy) for one in ci.lines(tree, sorted(files))]


def test_github_actions() -> None:
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


def test_actions_of_the_repository() -> None:
    path = ".github/actions/setup/action.yml"
    assert lines({path: "runs:\n  using: composite\n  steps:\n    - run: uv sync\n"}) == [
        ("uv sync", "", f"{path}#runs.steps[0]", False)
    ]


def test_gitlab() -> None:
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


def test_references_in_a_circle_end() -> None:
    text = "a: {script: [!reference [b, script]]}\nb: {script: [!reference [a, script]]}\nc: {extends: c}\n"
    assert lines({".gitlab-ci.yml": text}) == []


def test_circleci() -> None:
    config = "jobs:\n  test:\n    working_directory: ~/repo/api\n    steps:\n      - checkout\n      - run: make test\n      - run: {command: make lint}\n"
    assert lines({".circleci/config.yml": config}) == [
        ("make test", "api", ".circleci/config.yml#jobs.test.steps[1]", False),
        ("make lint", "api", ".circleci/config.yml#jobs.test.steps[2]", False),
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
def test_systems(path: str, name: str) -> None:
    assert [(one.name, one.evidence) for one in profiled({path: ""}).ci] == [(name, path)]


def test_the_workflow_that_tests_is_the_evidence() -> None:
    names = ("add-labels.yml", "ci-release.yml", "ci.yml", "release.yml")
    found = profiled({f".github/workflows/{name}": "" for name in names})
    assert [one.evidence for one in found.ci] == [".github/workflows/ci.yml"]


def test_lines_of_gitlab_become_commands() -> None:
    found = profiled({".gitlab-ci.yml": "test: {script: [poetry install, poetry run pytest -q]}\n"})
    assert ranked(found, "test") == [("poetry run pytest -q", ".gitlab-ci.yml#test.script", "CI")]
    assert ranked(found, "install") == [("poetry install", ".gitlab-ci.yml#test.script", "CI")]


def test_a_line_is_a_value() -> None:
    assert CiLine(line="a", folder="", evidence="b") == CiLine(line="a", folder="", evidence="b", noisy=False)
