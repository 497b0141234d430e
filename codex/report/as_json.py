"""Diagnostics as JSON: an object with a list; lines and columns count from 1, ends are exclusive.

`document_as_json` writes other reports, as their schemas describe.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from skills_build.diagnostics import Diagnostic, Fix, Note, Span
from skills_build.emit.json import document, dumps
from skills_build.inert import redacted


def render(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], *, read: Mapping[str, object] | None = None
) -> str:
    """Return the diagnostics as a JSON document. `read` are more keys: what was read."""
    return json.dumps({"version": 1, "diagnostics": [_row(d) for d in diagnostics], **(read or {})}, indent=2) + "\n"


def document_as_json(schema: str, value: object) -> str:
    """Return a report as its schema describes, without passwords and tokens in URLs."""
    return dumps(_redacted(document(schema, value)), depth=3).decode()


def _redacted(value: object) -> object:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {key: _redacted(below) for key, below in value.items()}
    return [_redacted(below) for below in value] if isinstance(value, list) else value


def _row(diagnostic: Diagnostic) -> dict[str, Any]:
    finding = diagnostic.finding
    return {
        "code": finding.code,
        "name": diagnostic.name,
        "severity": str(diagnostic.severity),
        "message": finding.message,
        "path": finding.path,
        "span": _span(finding.span),
        "notes": [_note(note) for note in finding.notes],
        "help": finding.help,
        "fix": _fix(finding.fix) if finding.fix else None,
        "consequences": [{"code": c.code, "message": c.finding.message} for c in diagnostic.consequences],
    }


def _span(span: Span) -> dict[str, int]:
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def _note(note: Note) -> dict[str, Any]:
    return {"message": note.message, "path": note.path, "span": _span(note.span) if note.span else None}


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "unsafe": fix.unsafe,
        "edits": [{"span": _span(e.span), "text": e.text} for e in fix.edits],
    }
