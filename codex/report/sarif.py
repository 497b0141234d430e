"""Diagnostics as SARIF 2.1.0 (OASIS standard), for code scanning services and editors."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from codex import __version__
from skills_build.characters import visible
from skills_build.diagnostics import Diagnostic, Fix, Note, Severity, Span
from skills_build.inert import redacted
from skills_build.lint.registry import LINTS

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
NO_SUPPRESSIONS: Mapping[str, str] = MappingProxyType({})
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> str:
    """Return a SARIF log with one run, whose rules are the lints with results."""
    codes = sorted({d.code for d in diagnostics})
    return log(diagnostics, [_rule(code) for code in codes])


def log(
    diagnostics: Sequence[Diagnostic],
    rules: Sequence[Mapping[str, Any]],
    *,
    suppressed: Mapping[str, str] = NO_SUPPRESSIONS,
    notifications: Sequence[str] = (),
) -> str:
    """Return a SARIF log with one run. `rules` are its rules (`reportingDescriptor`), all that were checked.

    `suppressed` is the justification by rule of results that are suppressed; `notifications` describe what could not be
    examined.
    """
    driver = {"name": "codexc", "version": __version__, "rules": list(rules)}
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [_result(d, index[d.code]) for d in diagnostics]
    for result in results:
        if result["ruleId"] in suppressed:
            text = _text(suppressed[result["ruleId"]])
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": text}]
    run: dict[str, Any] = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    if notifications:
        notes = [{"level": "warning", "message": {"text": _text(note)}} for note in notifications]
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    lint = LINTS[code]
    words = lint.name.replace("-", " ")
    return {
        "id": code,
        "name": "".join(part.capitalize() for part in lint.name.split("-")),
        "shortDescription": {"text": words},
        "help": {"text": f"codexc explain {code}"},
        "defaultConfiguration": {"level": _LEVELS[lint.severity]},
    }


def _result(diagnostic: Diagnostic, index: int) -> dict[str, Any]:
    finding = diagnostic.finding
    text = _text(f"{finding.message}\n{finding.help}" if finding.help else finding.message)
    digest = hashlib.sha256(f"{finding.path}\0{finding.code}\0{finding.message}".encode("utf-8", "replace")).hexdigest()
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(finding.path, finding.span)}],
        "partialFingerprints": {"codexc/v1": digest},
    }
    related = [_related(n, note) for n, note in enumerate(finding.notes) if note.path and note.span]
    if related:
        result["relatedLocations"] = related
    if finding.fix and finding.fix.edits and not finding.fix.unsafe:
        result["fixes"] = [_fix(finding.path, finding.fix)]
    return result


def _text(message: str) -> str:
    """Escape brackets, which SARIF reads as links (2.1.0, 3.11.6), and invisible characters, and redact passwords."""
    lines = (visible(redacted(part)) for part in message.split("\n"))
    return re.sub(r"\[(?=[^\[\]]*\]\()", r"\\[", "\n".join(lines))


def _location(path: str, span: Span) -> dict[str, Any]:
    return {"artifactLocation": {"uri": quote(path), "uriBaseId": "%SRCROOT%"}, "region": _region(span)}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": max(span.end_column, span.column if span.line == span.end_line else 1),
    }


def _related(number: int, note: Note) -> dict[str, Any]:
    assert note.path is not None
    assert note.span is not None
    return {"id": number, "message": {"text": _text(note.message)}, "physicalLocation": _location(note.path, note.span)}


def _fix(path: str, fix: Fix) -> dict[str, Any]:
    replacements = [{"deletedRegion": _region(e.span), "insertedContent": {"text": e.text}} for e in fix.edits]
    change = {"artifactLocation": {"uri": quote(path), "uriBaseId": "%SRCROOT%"}, "replacements": replacements}
    return {"description": {"text": fix.title}, "artifactChanges": [change]}
