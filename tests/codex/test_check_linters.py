"""Linter checks on the examples of their rules, with the real programs."""

import json
from pathlib import Path

import pytest

from codex.cli.main import main
from codex.shell.linters import program_path
from tests.support.reviewing import CODEX, FRONT, rule
from tests.support.running import codexc

BASH = '**Bad:**\n\n```sh\nrm $1\n```\n\n**Good:**\n\n```sh\nrm "$1"\n```\n'


def checked(folder: Path, *rules: str) -> list[str]:
    """The first line of each finding about linter checks."""
    (folder / "codex.yaml").write_text(CODEX)
    (folder / "services.md").write_text(FRONT + "\n\n".join(rules))
    done = codexc("check", "--root", str(folder), "--with-linters")
    assert done.code in (0, 1), done.err
    return [line for line in done.out.split("\n") if line[:4] in ("erro", "info") and "[CX80" in line]


def test_a_linter_that_finds_each_bad_and_no_good_has_no_finding(tmp_path: Path) -> None:
    good = rule(
        1,
        "linter: ruff\nrules: [T201]",
        examples="**Bad:**\n\n```python\nprint(x)\n```\n\n**Good:**\n\n```python\nlog(x)\n```\n",
    )
    assert checked(tmp_path, good) == []


def test_a_linter_that_misses_its_bad_or_finds_its_good_is_reported(tmp_path: Path) -> None:
    misses = rule(1, "linter: ruff\nrules: [S113]")
    finds = rule(2, "linter: ruff\nrules: [T201]", examples="**Good:**\n\n```python\nprint(x)\n```\n")
    assert checked(tmp_path, misses, finds) == [
        "error[CX802]: the linter check 1 of `SVC-1` finds nothing in its Bad example",
        "error[CX803]: the linter check 1 of `SVC-2` finds `T201` in its Good example",
    ]


def test_each_check_counts_its_own_rules_only(tmp_path: Path) -> None:
    both = (
        rule(1, "linter: ruff\nrules: [T201]"),
        rule(2, "linter: ruff\nrules: [S101]", examples="**Bad:**\n\n```python\nassert x\n```\n"),
    )
    assert checked(tmp_path, *both) == []


@pytest.mark.skipif(program_path("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_is_run_too(tmp_path: Path) -> None:
    wrong = rule(2, "linter: shellcheck\nrules: [SC2164]", examples=BASH)
    assert checked(tmp_path, rule(1, "linter: shellcheck\nrules: [SC2086]", examples=BASH), wrong) == [
        "error[CX802]: the linter check 1 of `SVC-2` finds nothing in its Bad example"
    ]


@pytest.mark.skipif(program_path("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize(("first", "found"), [("#!/bin/sh\n", True), ("#!/bin/bash\n", False), ("", False)])
def test_shellcheck_reads_the_shell_from_the_first_line(tmp_path: Path, first: str, found: bool) -> None:
    arrays = rule(1, "linter: shellcheck\nrules: [SC3030]", examples=f"**Bad:**\n\n```sh\n{first}hosts=(a b)\n```\n")
    assert (checked(tmp_path, arrays) == []) is found


def test_a_linter_that_is_not_installed_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("codex.workflow.check_linters.program_path", lambda _name: None)
    (tmp_path / "codex.yaml").write_text(CODEX)
    (tmp_path / "services.md").write_text(FRONT + rule(1, "linter: ruff\nrules: [T201]"))
    assert main(["check", "--root", str(tmp_path), "--with-linters"]) == 0
    assert "info[CX808]: the linter check 1 of `SVC-1` was not tested: ruff is not installed" in capsys.readouterr().out


def test_a_linter_that_codexc_cannot_run_is_reported(tmp_path: Path) -> None:
    assert checked(tmp_path, rule(1, "linter: clippy\nrules: [unwrap_used]")) == [
        "info[CX808]: the linter check 1 of `SVC-1` was not tested: codexc cannot run clippy"
    ]


def test_a_linter_that_can_read_no_example_is_reported(tmp_path: Path) -> None:
    both = "**Bad:**\n\n```nginx\nuser root;\n```\n\n**Good:**\n\n```python\nlog(x)\n```\n"
    assert checked(tmp_path, rule(1, "linter: ruff\nrules: [T201]", examples=both)) == [
        "info[CX808]: the linter check 1 of `SVC-1` was not tested: the rule has no Bad example in python that ruff can read"
    ]


@pytest.mark.skipif(program_path("hadolint") is None, reason="hadolint is not installed")
def test_a_few_lines_of_a_dockerfile_are_completed(tmp_path: Path) -> None:
    lines = "**Bad:**\n\n```dockerfile\nCMD a b\n```\n\n**Good:**\n\n```dockerfile\nUSER 1\nCMD a b\n```\n"
    (finding,) = checked(tmp_path, rule(1, "linter: hadolint\nrules: [DL3025]", examples=lines))
    assert finding == "error[CX803]: the linter check 1 of `SVC-1` finds `DL3025` in its Good example"


def test_without_the_option_no_linter_runs(tmp_path: Path) -> None:
    (tmp_path / "codex.yaml").write_text(CODEX)
    (tmp_path / "services.md").write_text(FRONT + rule(1, "linter: ruff\nrules: [S113]"))
    assert "CX802" not in codexc("check", "--root", str(tmp_path)).out


def test_a_rule_is_explained_with_its_checks_and_without_holes(tmp_path: Path) -> None:
    (tmp_path / "codex.yaml").write_text(CODEX)
    (tmp_path / "services.md").write_text(
        FRONT + rule(1, "linter: ruff\nrules: [T201]", "judgement: true", examples="")
    )
    shown = codexc("explain", "SVC-1", "--root", str(tmp_path)).out
    assert "\n\n\n" not in shown
    assert shown.endswith("```yaml check\nlinter: ruff\nrules: [T201]\n```\n\n```yaml check\njudgement: true\n```\n")
    data = json.loads(codexc("explain", "SVC-1", "--root", str(tmp_path), "--format", "json").out)
    assert [row["kind"] for row in data["checks"]] == ["linter", "judgement"] and "linter" not in data["body"]
