"""The JSON formats of linters. One function each; `registry.py` maps linters to functions."""

from collections.abc import Iterator
from typing import Any

from codex.audit.results.base import LinterFinding, LinterResults, finding


def ruff(data: Any) -> LinterResults:
    """`ruff check --output-format json` (https://docs.astral.sh/ruff/settings/#output-format)."""
    rows = (
        finding(row, "code", "filename", (row["location"]["row"], row["location"]["column"]), "message")
        for row in data
        if row["code"]
    )
    return LinterResults(tool="ruff", findings=tuple(rows))


def shellcheck(data: Any) -> LinterResults:
    """`shellcheck -f json` or `json1` (https://www.shellcheck.net/wiki/Integration)."""
    comments = data["comments"] if isinstance(data, dict) else data
    rows = ({**row, "code": f"SC{int(row['code'])}"} for row in comments)
    found = tuple(finding(row, "code", "file", (row["line"], row["column"]), "message") for row in rows)
    return LinterResults(tool="shellcheck", findings=found)


def hadolint(data: Any) -> LinterResults:
    """`hadolint -f json` (https://github.com/hadolint/hadolint#output-formats)."""
    found = tuple(finding(row, "code", "file", (row["line"], row["column"]), "message") for row in data)
    return LinterResults(tool="hadolint", findings=found)


def eslint(data: Any) -> LinterResults:
    """`eslint -f json`, or the rules of `eslint --print-config FILE` (https://eslint.org/docs/latest/use/formatters/)."""
    if isinstance(data, dict):
        on = frozenset(name for name, row in data["rules"].items() if _is_on(row))
        return LinterResults(tool="eslint", enabled=on, ran=False)
    rows = (
        finding({**row, "path": file["filePath"]}, "ruleId", "path", (row.get("line"), row.get("column")), "message")
        for file in data
        for row in file["messages"]
        if row.get("ruleId")
    )
    broken = next((f"`{file['filePath']}` cannot be parsed" for file in data if file.get("fatalErrorCount")), None)
    return LinterResults(tool="eslint", findings=tuple(rows), failed=broken)


def _is_on(row: object) -> bool:
    level = row[0] if isinstance(row, list) and row else row
    return level not in (0, "off")


def clippy(data: Any) -> LinterResults:
    """`cargo clippy --message-format=json`: a list of its lines
    (https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages)."""
    failed = next((_rendered(row) for row in data if _is_error_without_lint(row)), None)
    return LinterResults(tool="clippy", findings=tuple(f for row in data for f in _clippy(row)), failed=failed)


def _is_error_without_lint(row: Any) -> bool:
    message = row.get("message") if row.get("reason") == "compiler-message" else None
    return bool(message and message["level"] == "error" and not (message.get("code") or {}).get("code"))


def _rendered(row: Any) -> str:
    return f"compilation failed: {row['message']['message']}"


def _clippy(row: Any) -> Iterator[LinterFinding]:
    message = row["message"] if row.get("reason") == "compiler-message" else {}
    code = (message.get("code") or {}).get("code") or ""
    for span in message.get("spans", ()) if code.startswith("clippy::") else ():
        if span["is_primary"]:
            yield LinterFinding(
                rule=code.removeprefix("clippy::"),
                path=str(span["file_name"]),
                line=int(span["line_start"]),
                column=int(span["column_start"]),
                message=str(message["message"]),
            )


def trivy(data: Any) -> LinterResults:
    """`trivy --format json` (https://trivy.dev/latest/docs/configuration/reporting/#json)."""
    found = []
    data = data if "Results" in data else {"Results": (), **data, "SchemaVersion": data["SchemaVersion"]}
    for result in data["Results"] or ():
        for row in result.get("Misconfigurations") or ():
            if row.get("Status", "FAIL") == "FAIL":
                line = (row.get("CauseMetadata") or {}).get("StartLine")
                for name in {str(row["ID"]), str(row.get("AVDID") or row["ID"])}:
                    found.append(finding({**row, "t": result["Target"], "i": name}, "i", "t", (line, 1), "Title"))
        for row in result.get("Vulnerabilities") or ():
            row = {"Title": row["VulnerabilityID"], **row, "t": result["Target"]}
            found.append(finding(row, "VulnerabilityID", "t", (0, 0), "Title"))
        for row in result.get("Secrets") or ():
            found.append(finding({**row, "t": result["Target"]}, "RuleID", "t", (row.get("StartLine"), 1), "Title"))
    return LinterResults(tool="trivy", findings=tuple(found))


def semgrep(data: Any) -> LinterResults:
    """`semgrep --json` (https://semgrep.dev/docs/semgrep-appsec-platform/json-and-sarif)."""
    rows = (
        finding(
            {**row, "message": row["extra"]["message"]},
            "check_id",
            "path",
            (row["start"]["line"], row["start"]["col"]),
            "message",
        )
        for row in data["results"]
    )
    errors = [error for error in data.get("errors") or () if error.get("level") == "error"]
    failed = str(errors[0].get("message") or "the run failed") if errors else None
    return LinterResults(tool="semgrep", findings=tuple(rows), failed=failed)


def zizmor(data: Any) -> LinterResults:
    """`zizmor --format json` (https://docs.zizmor.sh/usage/#output-formats). Rows and columns count from 0."""
    found = []
    for row in data:
        if row.get("ignored"):
            continue
        place = next((one for one in row["locations"] if one["symbolic"].get("kind") == "Primary"), row["locations"][0])
        key = place["symbolic"]["key"]
        local = key.get("Local") or {}
        start = place["concrete"]["location"]["start_point"]
        found.append(
            LinterFinding(
                rule=str(row["ident"]),
                path=str(
                    local.get("verbatim_path") or local.get("given_path") or (key.get("Remote") or {}).get("path") or ""
                ),
                line=int(start["row"]) + 1,
                column=int(start["column"]) + 1,
                message=str(row["desc"]),
            )
        )
    return LinterResults(tool="zizmor", findings=tuple(found))


def squawk(data: Any) -> LinterResults:
    """`squawk --reporter json` (https://squawkhq.com/docs/cli). Lines count from 0."""
    found = tuple(
        finding(row, "rule_name", "file", (int(row["line"]) + 1, int(row["column"]) + 1), "message") for row in data
    )
    broken = next((row.message for row in found if row.rule == "syntax-error"), None)
    return LinterResults(tool="squawk", findings=found, failed=broken)
