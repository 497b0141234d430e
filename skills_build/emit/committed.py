"""The manifest as a build writes it into a repository: one line per file and per rule, and nothing that adds up others.

Two branches that each add a rule change different lines of it, so that git merges them without a driver. Totals,
digests of files, positions and the day of the build depend on all rules; only a released manifest has them
(docs/decisions/0028). Readers of an output folder compute them again from its files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from skills_build.emit.json import dumps
from skills_build.emit.tree import sha256, tree_digest
from skills_build.model.bundle import Artifact

MANIFEST: Final = "manifest.json"
DERIVED: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("tree", "clients", "quotes"),
    "skills": ("bytes", "rules", "tree", "files"),
    "fragments": ("bytes", "lines", "sha256", "always", "folded", "rules"),
    "rules": ("line", "source_line"),
    "tombstones": ("source_line",),
}
"""What a released manifest has in addition, at its top and in each row of a list."""
_DAY: Final = "as_of"


def committed(artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
    """Return the files of a build as they are written into a repository."""
    paths = {artifact.path: f"{artifact.mode:04o}" for artifact in artifacts if artifact.path != MANIFEST}
    return tuple(_committed(artifact, paths) if artifact.path == MANIFEST else artifact for artifact in artifacts)


def _committed(manifest: Artifact, modes: Mapping[str, str]) -> Artifact:
    data: dict[str, Any] = msgspec.json.decode(manifest.data)
    kept = {key: value for key, value in data.items() if key not in (_DAY, *DERIVED[""])}
    for name, derived in DERIVED.items():
        if name:
            rows = ({key: value for key, value in row.items() if key not in derived} for row in data[name])
            kept[name] = list(rows)
    kept["files"] = dict(sorted(modes.items()))
    return Artifact(path=MANIFEST, data=dumps(kept, depth=2))


def is_committed(manifest: Mapping[str, Any]) -> bool:
    """Whether a manifest is one that a build wrote into a repository, and not yet complete."""
    return "files" in manifest and "tree" not in manifest


def completed(files: Sequence[Artifact]) -> tuple[Artifact, ...]:
    """Return the files of an output folder, with the digests that their manifest leaves out; others are kept.

    What only the standards know (lines, the day) stays unknown.
    """
    manifest = next((file for file in files if file.path == MANIFEST), None)
    try:
        data = msgspec.json.decode(manifest.data) if manifest else None
    except (msgspec.DecodeError, RecursionError):
        return tuple(files)
    if not isinstance(data, dict) or not is_committed(data):
        return tuple(files)
    present = {file.path: file for file in files if file.path != MANIFEST}
    whole = Artifact(path=MANIFEST, data=dumps(_completed(data, present), depth=2))
    return tuple(whole if file.path == MANIFEST else file for file in files)


def _completed(data: Mapping[str, Any], present: Mapping[str, Artifact]) -> dict[str, Any]:
    return {
        **data,
        "tree": tree_digest(present.values()),
        "skills": [_skill(row, present) for row in _rows(data, "skills")],
        "fragments": [_fragment(row, present) for row in _rows(data, "fragments")],
    }


def _rows(data: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    rows = data.get(name)
    return (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else iter(())


def _skill(row: Mapping[str, Any], present: Mapping[str, Artifact]) -> dict[str, Any]:
    folder = f"skills/{row.get('name')}"
    own = [file for path, file in present.items() if path.startswith(f"{folder}/")]
    digests = {file.path.removeprefix(f"{folder}/"): sha256(file.data) for file in own}
    return {**row, "bytes": _size(own), "tree": tree_digest(own, under=folder), "files": digests}


def _size(files: Iterable[Artifact]) -> int:
    return sum(len(file.data) for file in files)


def _fragment(row: Mapping[str, Any], present: Mapping[str, Artifact]) -> dict[str, Any]:
    file = present.get(str(row.get("path")), Artifact(path="", data=b""))
    return {**row, "bytes": len(file.data), "lines": file.data.count(b"\n"), "sha256": sha256(file.data)}
