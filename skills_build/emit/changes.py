"""changes.json: what changed in every release, newest first, for whoever moves from one version to another.

Its contract is `changes.schema.json`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from skills_build.emit.edition import Edition
from skills_build.emit.json_out import dumps
from skills_build.model.bundle import Artifact
from skills_build.model.release import Bump, Change, Entry, Kind

SCHEMA = "urn:codexc:schema:changes:1"


def changes(edition: Edition) -> Artifact:
    """Write changes.json for all releases up to this edition's."""
    data = {
        "$schema": SCHEMA,
        "codex": edition.config.namespace,
        "releases": [entry_data(one) for one in edition.history],
    }
    return Artifact(path="changes.json", data=dumps(data, depth=4))


def entry_data(entry: Entry) -> dict[str, object]:
    """One release as JSON."""
    return {
        "version": entry.version,
        "as_of": entry.as_of,
        "bump": entry.bump,
        "changes": [change_data(one) for one in entry.changes],
    }


def change_data(change: Change) -> dict[str, object]:
    """One change as JSON; what is unknown is left out."""
    data: dict[str, object] = {field.name: getattr(change, field.name) for field in fields(change)}
    data |= {"kind": str(change.kind), "bump": change.bump.word}
    return {key: value for key, value in data.items() if value is not None}


def entries(releases: Iterable[Mapping[str, Any]]) -> tuple[Entry, ...]:
    """The releases of a file that passed its schema."""
    return tuple(
        Entry(
            version=one["version"],
            as_of=one["as_of"],
            bump=one["bump"],
            changes=tuple(_change(change) for change in one["changes"]),
        )
        for one in releases
    )


def _change(data: Mapping[str, Any]) -> Change:
    return Change(**{**data, "kind": Kind(data["kind"]), "bump": Bump[data["bump"].upper()]})
