"""SARIF 2.1.0 of any linter (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from codex.audit.results.base import LinterFinding, LinterResults

LISTS_ALL: Final = frozenset({"semgrep", "checkov", "eslint"})
"""Linters whose `driver.rules` list all enabled rules. ruff, hadolint and zizmor list only those with a result."""


def is_sarif(data: object) -> bool:
    """Return whether parsed JSON is a SARIF log."""
    return isinstance(data, dict) and isinstance(data.get("runs"), list)


def read(data: Any, tool: str) -> LinterResults:
    """Read all runs of a log. A result that is suppressed, or of another kind than `fail`, is left out."""
    findings: list[LinterFinding] = []
    enabled: set[str] = set()
    failed: str | None = None
    commit: str | None = None
    for run in data["runs"]:
        driver = run["tool"]["driver"]
        rules = [
            *driver.get("rules", ()),
            *(r for one in run["tool"].get("extensions", ()) for r in one.get("rules", ())),
        ]
        enabled.update(_name(str(rule["id"]), tool) for rule in rules)
        failed = failed or _failure(run)
        commit = commit or _commit(run)
        findings.extend(_findings(run, rules, tool))
    listed = frozenset(enabled) if tool in LISTS_ALL else None
    return LinterResults(tool=tool, findings=tuple(findings), enabled=listed, failed=failed, commit=commit)


def _commit(run: Mapping[str, Any]) -> str | None:
    """Return the commit that a run checked. Raises `TypeError` for anything but text."""
    commit = next((one.get("revisionId") for one in run.get("versionControlProvenance") or ()), None)
    if not isinstance(commit, str | None):
        raise TypeError("`revisionId` is not a text")
    return commit


def _failure(run: Mapping[str, Any]) -> str | None:
    for invocation in run.get("invocations") or ():
        if invocation.get("executionSuccessful") is False:
            notes: Sequence[Mapping[str, Any]] = invocation.get("toolExecutionNotifications") or ({},)
            return str(notes[0].get("message", {}).get("text") or "the run failed")
    return None


def _findings(run: Mapping[str, Any], rules: list[Mapping[str, Any]], tool: str) -> Iterator[LinterFinding]:
    for result in run.get("results") or ():
        if result.get("kind", "fail") != "fail" or result.get("suppressions"):
            continue
        identity = result.get("ruleId") or result.get("rule", {}).get("id") or rules[result["ruleIndex"]]["id"]
        locations: Sequence[Mapping[str, Any]] = result.get("locations") or ({},)
        for location in locations:
            physical = location.get("physicalLocation", {})
            region = physical.get("region", {})
            yield LinterFinding(
                rule=_name(str(identity), tool),
                path=str(physical.get("artifactLocation", {}).get("uri", "")),
                line=_number(region.get("startLine")),
                column=_number(region.get("startColumn")),
                message=str(result["message"].get("text") or result["message"].get("markdown") or ""),
            )


def _name(rule: str, tool: str) -> str:
    """Return the name of a rule without that of its linter: `zizmor/artipacked`."""
    return rule.removeprefix(f"{tool}/")


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
