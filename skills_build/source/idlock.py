"""`codex.ids.lock`: every id and slug ever assigned. JSON with one line per id, in the order of the standards.

Two branches that each add a rule change different lines, so that git merges them, except next to each other.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Finding, Span
from skills_build.frozen import dataclass
from skills_build.json_input import OversizeError, parse_limited_json
from skills_build.model.codex import LockedId
from skills_build.schema import convert, violations
from skills_build.source.conflicts import conflict_findings

_HELP: Final = "after a merge conflict, run `codexc build --resolve`"
SCHEMA_ID: Final = "urn:codexc:schema:ids-lock:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdsLock:
    """The whole file."""

    ids: tuple[LockedId, ...]
    """In the order of the standards, one line each."""


def load_id_lock(text: str, *, path: str, schema: str) -> tuple[tuple[LockedId, ...], tuple[Finding, ...]]:
    """Read a lock. An invalid lock, such as one with conflict markers, gives no ids and a finding."""
    if conflicts := conflict_findings(text.split("\n"), path=path):
        return (), tuple(replace(conflict, help=_HELP) for conflict in conflicts)
    try:
        data = parse_limited_json(text.encode())
    except (ValueError, RecursionError) as error:
        line, column = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (1, 1)
        message = "the id lock is too large" if isinstance(error, OversizeError) else "the id lock is not valid JSON"
        return (), (
            Finding(code="CX004", message=message, path=path, span=Span(line, column, line, column), help=_HELP),
        )
    wrong = violations(schema, data)
    if wrong:
        keys = [".".join(str(k) for k in v.key) for v in wrong[:1]]
        return (), (Finding(code="CX007", message=f"`{keys[0]}`: {wrong[0].message}", path=path),)
    return convert({"ids": data["ids"]}, IdsLock).ids, ()


def dump_id_lock(ids: Iterable[LockedId]) -> str:
    """Write a lock, in the given order."""
    rows = [_row(entry) for entry in ids]
    body = ",\n".join(f"    {row}" for row in rows)
    return (
        f'{{\n  "$schema": "{SCHEMA_ID}",\n  "ids": [\n{body}\n  ]\n}}\n'
        if rows
        else f'{{\n  "$schema": "{SCHEMA_ID}",\n  "ids": []\n}}\n'
    )


def _row(entry: LockedId) -> str:
    data = {"id": entry.id, "slug": entry.slug, "file": entry.file, "title": entry.title}
    if entry.withdrawn:
        data["withdrawn"] = entry.withdrawn
    return json.dumps(data, ensure_ascii=False)
