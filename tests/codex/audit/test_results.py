"""Results of linters: of the real programs where they are installed, and as they wrote them where not."""

import contextlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex.audit.results.base import LinterResults
from codex.audit.results.registry import OWN_JSON, read_results
from skills_build.errors import CodexError


def program(name: str) -> str:
    """The path of a linter, next to this Python or on the PATH; skips without it."""
    own = Path(sys.executable).parent / name
    found = str(own) if own.is_file() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(root: Path, name: str, *arguments: str) -> bytes:
    return subprocess.run([program(name), *arguments], cwd=root, capture_output=True, check=False, timeout=120).stdout


def rows(results: LinterResults) -> list[tuple[str, str, int]]:
    return sorted((one.rule, Path(one.path).name, one.line) for one in results.findings)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("import requests\nrequests.get('x')\n")
    (tmp_path / "a.sh").write_text("#!/bin/sh\nrm $1\n")
    flows = tmp_path / ".github" / "workflows"
    flows.mkdir(parents=True)
    step = "    steps:\n      - uses: actions/checkout@v4\n"
    (flows / "ci.yml").write_text(f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n{step}")
    rule = (
        "rules:\n- id: no-get\n  languages: [python]\n  severity: ERROR\n  message: no\n  pattern: requests.get(...)\n"
    )
    (tmp_path / "rules.yml").write_text(
        rule + rule.replace("rules:\n", "").replace("no-get", "no-post").replace(".get", ".post")
    )
    return tmp_path


@pytest.mark.parametrize("format_", ["json", "sarif"])
def test_results_of_real_ruff(root: Path, format_: str) -> None:
    data = run(root, "ruff", "check", "--no-cache", "--select", "S113", "--output-format", format_, ".")
    results = read_results("ruff", data, name="r")
    assert rows(results) == [("S113", "a.py", 2)]
    assert results.enabled is None and results.ran


def test_the_settings_of_real_ruff_say_what_was_on(root: Path) -> None:
    data = run(root, "ruff", "check", "--no-cache", "--select", "S113,B006", "--show-settings", "a.py")
    results = read_results("ruff", data, name="r")
    assert results.enabled == frozenset({"S113", "B006"}) and not results.ran


@pytest.mark.parametrize("format_", ["json", "sarif"])
def test_results_of_real_zizmor(root: Path, format_: str) -> None:
    results = read_results("zizmor", run(root, "zizmor", "--offline", "--format", format_, "."), name="r")
    assert ("unpinned-uses", "ci.yml", 6) in rows(results)
    assert results.enabled is None


@pytest.mark.parametrize("format_", ["json", "json1"])
def test_results_of_real_shellcheck(root: Path, format_: str) -> None:
    results = read_results("shellcheck", run(root, "shellcheck", "-f", format_, "a.sh"), name="r")
    assert rows(results) == [("SC2086", "a.sh", 2)]


@pytest.mark.slow
@pytest.mark.parametrize(("format_", "listed"), [("--json", None), ("--sarif", {"no-get", "no-post"})])
def test_results_of_real_semgrep(root: Path, format_: str, listed: set[str] | None) -> None:
    data = run(root, "semgrep", "scan", "--config", "rules.yml", format_, "--metrics", "off", "a.py")
    results = read_results("semgrep", data, name="r")
    assert rows(results) == [("no-get", "a.py", 2)]
    assert results.enabled == listed


WRITTEN: dict[str, Any] = {
    "hadolint": [
        {"code": "DL3006", "column": 1, "file": "Dockerfile", "level": "warning", "line": 1, "message": "Tag it"}
    ],
    "eslint": [
        {
            "filePath": "/b/a.js",
            "fatalErrorCount": 0,
            "messages": [{"ruleId": "no-var", "severity": 2, "message": "Unexpected var.", "line": 3, "column": 1}],
        }
    ],
    "clippy": [
        {"reason": "compiler-artifact"},
        {
            "reason": "compiler-message",
            "message": {
                "level": "warning",
                "message": "used `unwrap()`",
                "code": {"code": "clippy::unwrap_used"},
                "spans": [{"file_name": "src/main.rs", "is_primary": True, "line_start": 1, "column_start": 38}],
            },
        },
    ],
    "trivy": {
        "Results": [
            {
                "Target": "Dockerfile",
                "Misconfigurations": [
                    {"ID": "DS002", "Title": "root", "Status": "FAIL", "CauseMetadata": {"StartLine": 4}},
                    {"ID": "DS001", "Title": "tag", "Status": "PASS"},
                ],
            }
        ]
    },
    "squawk": [
        {"file": "a.sql", "line": 0, "column": 0, "level": "Warning", "message": "no", "rule_name": "ban-drop-column"}
    ],
}
EXPECTED = {
    "hadolint": [("DL3006", "Dockerfile", 1)],
    "eslint": [("no-var", "a.js", 3)],
    "clippy": [("unwrap_used", "main.rs", 1)],
    "trivy": [("DS002", "Dockerfile", 4)],
    "squawk": [("ban-drop-column", "a.sql", 1)],
}


@pytest.mark.parametrize("tool", list(EXPECTED))
def test_results_as_each_linter_writes_them(tool: str) -> None:
    data = json.dumps(WRITTEN[tool]).encode()
    if tool == "clippy":
        data = b"\n".join(json.dumps(row).encode() for row in WRITTEN[tool])
    assert rows(read_results(tool, data, name="r")) == EXPECTED[tool]


def test_a_configuration_of_eslint_says_what_was_on() -> None:
    data = json.dumps({"rules": {"no-var": [2], "no-debugger": "off", "eqeqeq": [0]}}).encode()
    results = read_results("eslint", data, name="r")
    assert results.enabled == frozenset({"no-var"}) and not results.ran


def sarif(**run_: Any) -> bytes:
    driver = {"name": "x", "rules": [{"id": "A"}, {"id": "B"}]}
    return json.dumps({"runs": [{"tool": {"driver": driver}, **run_}]}).encode()


def test_a_run_that_failed_and_its_commit_are_read() -> None:
    note = {"message": {"text": "no configuration"}}
    invocation = {"executionSuccessful": False, "toolExecutionNotifications": [note]}
    data = sarif(invocations=[invocation], versionControlProvenance=[{"revisionId": "abc"}])
    results = read_results("checkov", data, name="r")
    assert (results.failed, results.commit) == ("no configuration", "abc")
    assert results.enabled == frozenset({"A", "B"})


@pytest.mark.parametrize("commit", [1, True, 1.5, {"id": "abc"}, ["abc"]])
def test_a_commit_that_is_no_text_is_a_clear_error(commit: object) -> None:
    data = sarif(versionControlProvenance=[{"revisionId": commit}])
    with pytest.raises(CodexError, match="`revisionId` is not a text"):
        read_results("semgrep", data, name="r")


def test_what_passed_or_is_suppressed_is_no_finding() -> None:
    message = {"message": {"text": "m"}}
    kept = {"ruleIndex": 1, **message}
    data = sarif(
        results=[{"ruleId": "A", "kind": "pass", **message}, {"ruleId": "A", "suppressions": [{}], **message}, kept]
    )
    assert [one.rule for one in read_results("checkov", data, name="r").findings] == ["B"]


@pytest.mark.parametrize("tool", [*OWN_JSON, "checkov"])
@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff", b"[1]", b'{"runs": 1}', b'{"runs": [{}]}', b"[" * 100_000, b"null"]
)
def test_anything_else_is_a_clear_error(tool: str, data: bytes) -> None:
    with pytest.raises(CodexError, match="`r`"):
        read_results(tool, data, name="r")


def test_an_unknown_linter_is_a_clear_error() -> None:
    with pytest.raises(CodexError, match="unknown linter `rufff`"):
        read_results("rufff", b"[]", name="r")


def test_more_findings_than_can_be_handled_are_an_error() -> None:
    row = json.dumps({"code": "DL3006", "column": 1, "file": "a", "line": 1, "message": "m"})
    data = f"[{','.join([row] * 100_001)}]".encode()
    with pytest.raises(CodexError, match="100,001 findings"):
        read_results("hadolint", data, name="r")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda below: st.lists(below, max_size=3)
    | st.dictionaries(st.sampled_from(["runs", "tool", "driver", "results", "rules", "code", "file", "line", "message", "Results"]), below, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(tool=st.sampled_from([*OWN_JSON, "checkov"]), data=_JSON)
def test_no_json_is_a_traceback(tool: str, data: object) -> None:
    with contextlib.suppress(CodexError):
        assert read_results(tool, json.dumps(data).encode(), name="r").tool == tool


@pytest.mark.parametrize(
    ("tool", "unit"),
    [
        pytest.param(tool, unit, marks=[] if tool == "hadolint" or unit == "{}," else [pytest.mark.slow])
        for unit in ("{},", "[],", ",", '{"a":1}\n')
        for tool in ("semgrep", "clippy", "hadolint")
    ],
)
def test_results_that_would_take_much_memory_are_not_parsed(
    tool: str, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex.audit.results.registry.parse_json", lambda _: pytest.fail("it was parsed"))
    with pytest.raises(CodexError, match="more than 1,000,000 values"):
        read_results(tool, b"[" + unit.encode() * 1_000_001 + b"0]", name="r")
