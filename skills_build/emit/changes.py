"""changes.json: what changed in every release, newest first, for readers who move between versions.

Its contract is `ChangesFile`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from skills_build.emit.context import EmitContext
from skills_build.emit.json import document, dumps
from skills_build.model.bundle import Artifact
from skills_build.model.plain import plain
from skills_build.model.release import Bump, ChangeKind, ChangesFile, ReleaseEntry, RuleChange

SCHEMA = "urn:codexc:schema:changes:1"


def changes(context: EmitContext) -> Artifact:
    """Write changes.json for all releases up to the current one."""
    data = ChangesFile(codex=context.config.namespace, releases=context.history)
    return Artifact(path="changes.json", data=dumps(document(SCHEMA, data), depth=4))


def change_data(change: RuleChange) -> dict[str, object]:
    """Return one change as JSON values; unknown values are left out."""
    data: dict[str, object] = plain(change)
    return data


def entries(releases: Iterable[Mapping[str, Any]]) -> tuple[ReleaseEntry, ...]:
    """Read the releases of a changes.json or record that passed its schema."""
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
