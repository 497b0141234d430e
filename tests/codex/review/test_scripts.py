"""Scripts in the steps of pipelines: their added lines are shell, whatever the YAML around them looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex.audit.applied_rule import applied_rules
from codex.review.scripts import scripts
from codex.review.select import relevant_rules
from skills_build.checks.base import ChangedFile
from skills_build.model.rules_file import Applicability, InstalledRule, InstalledStandard

WORKFLOW = ".github/workflows/ci.yml"
CASES = [
    ("one line", WORKFLOW, "    - run: make test", ["make test"]),
    ("in quotes", WORKFLOW, '    - run: "make test"', ["make test"]),
    ("after a name", WORKFLOW, "    - name: Test\n      run: make test", ["make test"]),
    ("block", WORKFLOW, "    - run: |\n        make a\n\n        make b\n    - uses: x/y@v1", ["make a", "make b"]),
    ("folded block", WORKFLOW, "    - run: >-\n        make\n        a\n      env: {}", ["make", "a"]),
    (
        "indented block",
        WORKFLOW,
        "    - run: |\n        if a; then\n          b\n        fi",
        ["if a; then", "b", "fi"],
    ),
    ("action", "setup/action.yml", "    - run: make a\n      shell: bash", ["make a"]),
    ("Gitea", ".gitea/workflows/a.yaml", "      - run: make a", ["make a"]),
    ("list", ".gitlab-ci.yml", "test:\n  script:\n    - make a\n    - make b\n  stage: test", ["make a", "make b"]),
    ("list at the column of its key", ".gitlab-ci.yml", "test:\n  script:\n  - make a\n  tags: [x]", ["make a"]),
    ("block in a list", ".gitlab-ci.yml", "t:\n  script:\n    - |\n      a\n      b\n    - c", ["a", "b", "c"]),
    ("before and after", ".gitlab-ci.yml", "t:\n  before_script:\n    - a\n  after_script: [b]", ["a", "[b]"]),
    ("CircleCI", ".circleci/config.yml", "      - run:\n          command: |\n            make a", ["make a"]),
    ("Azure", "azure-pipelines.yml", "  - bash: |\n      make a\n    displayName: A", ["make a"]),
    ("another key", WORKFLOW, "    - uses: actions/checkout@v4\n      with:\n        ref: main", []),
    ("settings named run", WORKFLOW, "    defaults:\n      run:\n        shell: bash", []),
    ("another file", "deploy/values.yaml", "run: make a", []),
    ("another format", ".github/workflows/notes.md", "run: make a", []),
]


@pytest.mark.parametrize(("path", "text", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_the_script_of_a_step_is_found(path: str, text: str, expected: list[str]) -> None:
    assert [line for _, line in scripts(path, enumerate(text.split("\n"), start=1), ())] == expected


def test_a_line_below_a_key_that_is_shown_is_a_script_and_one_after_a_gap_is_not() -> None:
    context = ((4, "    - run: |"), (5, "        make a"))
    assert scripts(WORKFLOW, [(6, '        rm -r "$x"')], context) == ((6, 'rm -r "$x"'),)
    assert scripts(WORKFLOW, [(9, '        rm -r "$x"')], context) == ()


def test_a_rule_for_shell_is_selected_by_a_script_and_not_by_settings() -> None:
    rule = InstalledRule(
        id="SH-1", level="MUST", status="approved", blocking=False, text="Expansions MUST be quoted",
        selected_by=r"`\$\w`", decided_by=("diff",), applies_to=Applicability(languages=("shell",)),
        digest="0" * 64, text_digest="0" * 64,
    )  # fmt: skip
    standard = InstalledStandard(id="SH", title="Shell", skill="a", source="a.md", rules=(rule,))

    def found(*lines: str) -> list[str]:
        file = ChangedFile(path=WORKFLOW, added=tuple(enumerate(lines, start=3)))
        return [str(one.because) for one in relevant_rules(applied_rules([standard]), [file]) if one.matched]

    assert found("    - run: |", "        rm -r $x") == [f"{WORKFLOW}:4 matches `\\$\\w`"]
    assert found("      env:", "        A: $x") == []


def test_lines_of_a_script_count_once_for_a_rule_of_any_file() -> None:
    rule = InstalledRule(
        id="A-1", level="MUST", status="approved", blocking=False, text="Jobs MUST be limited",
        selected_by="fewer `limit`", decided_by=("diff",), digest="0" * 64,
    )  # fmt: skip
    standard = InstalledStandard(id="A", title="A", skill="a", source="a.md", rules=(rule,))
    moved = ChangedFile(
        path=WORKFLOW, added=((3, "    env: {A: limit 2}"), (4, "    - run: a")), removed=("x: limit 1",)
    )
    assert [one for one in relevant_rules(applied_rules([standard]), [moved]) if one.matched] == []


LINES = [
    "    - run: |",
    "  script:",
    "    - a",
    "\t- run: x",
    "run:",
    "- |",
    "      x: |",
    " " * 40 + "-",
    "",
    "  - 'b'",
]


@given(st.lists(st.sampled_from(LINES), max_size=40), st.integers(0, 40))
def test_each_line_of_a_script_is_a_part_of_an_added_line(lines: list[str], first: int) -> None:
    rows = list(enumerate(lines, start=1))
    added, context = rows[first:], rows[:first]
    found = scripts(WORKFLOW, added, context)
    assert all(text in dict(added)[number] for number, text in found)
    assert [number for number, _ in found] == sorted({number for number, _ in found})
