"""codex.releases.json: the record that `codexc release` keeps next to the standards.

Its contract is `releases.schema.json`. Builds read it to set the versions of skills; it is not edited by hand.
"""

from typing import Any, Final

from skills_build.emit.changes import entries
from skills_build.emit.json import document, dumps
from skills_build.errors import CodexError
from skills_build.json_input import parse_limited_json
from skills_build.model.release import RECORD, Released, ReleasedSkill, ReleasesFile
from skills_build.schema import violations

SCHEMA: Final = "urn:codexc:schema:releases:1"


def load_record(data: bytes, *, schema: str) -> Released:
    """Read a record; `schema` is the text of its JSON Schema. Raises `CodexError` if it is damaged."""
    hint = f"restore `{RECORD}` from the last release's commit; do not edit it by hand"
    try:
        record: Any = parse_limited_json(data)
    except (ValueError, RecursionError) as error:
        raise CodexError(f"`{RECORD}` is not JSON: {error}", hint=hint) from error
    errors = violations(schema, record)
    if errors:
        place = ".".join(str(part) for part in errors[0].key) or "its top"
        raise CodexError(f"`{RECORD}` is damaged at {place}: {errors[0].message}", hint=hint)
    history = entries(record["releases"])
    return Released(
        version=history[0].version,
        as_of=history[0].as_of,
        commit=record["commit"],
        tree=record["tree"],
        skills={
            name: ReleasedSkill(version=row["version"], tree=row["tree"]) for name, row in record["skills"].items()
        },
        history=history,
    )


def dump_record(released: Released) -> bytes:
    """Write a record; `released.history` starts with the release itself."""
    record = ReleasesFile(
        commit=released.commit,
        tree=released.tree,
        skills=dict(sorted(released.skills.items())),
        releases=released.history,
    )
    return dumps(document(SCHEMA, record), depth=4)
