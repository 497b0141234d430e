"""The target `checks`: configuration that real linters accept, and that switches on exactly the rules of the codex."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from codex.shell.linters import program_path
from tests.support.reviewing import bundle, rule
from tests.support.running import codexc

GREP = "ast-grep: {language: python, rule: {pattern: print($$$)}}\nfiles: ['src/**']"
TESTS = "ast-grep: {language: python, rule: {pattern: eval($$$)}, not-inside: tests}"


def installed(folder: Path, *rules: str) -> Path:
    root = folder / "repository"
    root.mkdir()
    done = codexc("install", str(bundle(folder, rules)), "--into", str(root), "--target", "checks")
    assert done.code == 0, done.err
    return root


def test_ruff_reports_the_rules_of_the_codex_and_no_others(tmp_path: Path) -> None:
    root = installed(
        tmp_path,
        rule(1, "linter: ruff\nrules: [T201, B006]", examples=""),
        rule(2, "linter: ruff\nrules: [T201]", examples=""),
    )
    text = (root / ".engineering-codex" / "ruff.toml").read_text()
    assert tomllib.loads(text) == {"lint": {"extend-select": ["B006", "T201"]}}
    assert '"T201", # SVC-1, SVC-2' in text
    (root / "ruff.toml").write_text('extend = ".engineering-codex/ruff.toml"\n')
    (root / "a.py").write_text("print(1)\n")
    command = [str(Path(sys.executable).parent / "ruff"), "check", "--no-cache", "--output-format", "json", "a.py"]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    assert [row["code"] for row in json.loads(done.stdout)] == ["T201"]


def test_each_linter_has_its_own_form(tmp_path: Path) -> None:
    rules = [
        rule(1, "linter: clippy\nrules: [unwrap_used]", examples=""),
        rule(2, "linter: eslint\nrules: [no-eval]", examples=""),
        rule(3, "linter: golangci-lint\nrules: [errcheck]", examples=""),
        rule(4, "linter: shellcheck\nrules: [SC2086]", examples=""),
        rule(5, TESTS, examples=""),
    ]
    root = installed(tmp_path, *rules) / ".engineering-codex"
    assert tomllib.loads((root / "clippy-lints.toml").read_text()) == {
        "workspace": {"lints": {"clippy": {"unwrap_used": "warn"}}}
    }
    assert json.loads((root / "eslint.json").read_text()) == {"rules": {"no-eval": "error"}}
    assert "    - errcheck # SVC-3\n" in (root / "golangci.yml").read_text()
    assert sorted(path.name for path in root.iterdir()) == ["clippy-lints.toml", "eslint.json", "golangci.yml"]


def test_rules_of_ast_grep_have_their_examples_as_tests(tmp_path: Path) -> None:
    folder = installed(tmp_path, rule(1, GREP)) / ".engineering-codex" / "ast-grep"
    written = json.loads((folder / "rules" / "svc-1-1.yml").read_text())
    assert (written["id"], written["severity"], written["files"]) == ("svc-1-1", "error", ["src/**"])
    tests = json.loads((folder / "tests" / "svc-1-1-test.yml").read_text())
    assert tests == {"id": "svc-1-1", "valid": ["log(x)\n"], "invalid": ["print(x)\n"]}
    program = program_path("ast-grep")
    if program is None:
        pytest.skip("ast-grep is not installed")
    done = subprocess.run([program, "test", "--skip-snapshot-tests"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_files_are_taken_out_again(tmp_path: Path) -> None:
    root = installed(tmp_path, rule(1, GREP))
    assert codexc("uninstall", "--into", str(root)).code == 0
    assert list(root.iterdir()) == []
