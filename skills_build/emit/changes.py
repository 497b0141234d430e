"""changes.json: what changed in every release, newest first, for whoever moves from one version to another.

Its contract is `ChangesFile`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from skills_build.emit.edition import Edition
from skills_build.emit.json_out import document, dumps, plain
from skills_build.model.bundle import Artifact
from skills_build.model.release import Bump, Change, ChangesFile, Entry, Kind

SCHEMA = "urn:codexc:schema:changes:1"


def changes(edition: Edition) -> Artifact:
    """Write changes.json for all releases up to this edition's."""
    data = ChangesFile(codex=edition.config.namespace, releases=edition.history)
    return Artifact(path="changes.json", data=dumps(document(SCHEMA, data), depth=4))


def change_data(change: Change) -> dict[str, object]:
    """One change as JSON; what is unknown is left out."""
    data: dict[str, object] = plain(change)
    return data


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
