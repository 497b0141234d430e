"""changes.json: what changed in every release, newest first, for whoever moves from one version to another.

Its contract is `ChangesFile`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from skills_build.emit.context import EmitContext
from skills_build.emit.json import document, dumps, plain
from skills_build.model.bundle import Artifact
from skills_build.model.release import Bump, ChangeKind, ChangesFile, ReleaseEntry, RuleChange

SCHEMA = "urn:codexc:schema:changes:1"


def changes(edition: EmitContext) -> Artifact:
    """Write changes.json for all releases up to this edition's."""
    data = ChangesFile(codex=edition.config.namespace, releases=edition.history)
    return Artifact(path="changes.json", data=dumps(document(SCHEMA, data), depth=4))


def change_data(change: RuleChange) -> dict[str, object]:
    """One change as JSON; what is unknown is left out."""
    data: dict[str, object] = plain(change)
    return data


def entries(releases: Iterable[Mapping[str, Any]]) -> tuple[ReleaseEntry, ...]:
    """The releases of a file that passed its schema."""
    return tuple(
        ReleaseEntry(
            version=release["version"],
            as_of=release["as_of"],
            bump=release["bump"],
            changes=tuple(_change(change) for change in release["changes"]),
        )
        for release in releases
    )


def _change(data: Mapping[str, Any]) -> RuleChange:
    return RuleChange(**{**data, "kind": ChangeKind(data["kind"]), "bump": Bump[data["bump"].upper()]})
