"""A released bundle: one archive of everything, one for each skill, the manifest that vouches for them, provenance."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from skills_build.emit.json import dumps
from skills_build.emit.tree import sha256
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from skills_build.release.archive import SKILL, WHOLE, ArchiveLimits, pack
from skills_build.release.provenance import Origin, provenance

MANIFEST: Final = "manifest.json"
PROVENANCE: Final = "provenance.json"
SIGNATURE: Final = ".sig"
"""What a detached signature's name adds to that of the file it signs."""
SIGNATURES: Final = (SIGNATURE, ".sigstore.json")
"""Every such ending that may lie in a bundle; sigstore's are made by others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle's files by name, all in one folder. `whole` is the name of the archive that holds everything."""

    namespace: str
    version: str
    whole: str
    files: Mapping[str, bytes]

    @property
    def folder(self) -> str:
        """What the bundle's folder is called."""
        return folder_name(self.namespace, self.version)


def folder_name(namespace: str, version: str) -> str:
    """What the folder of a bundle is called; the archive of everything has the same name."""
    return f"{namespace}-{version}"


def bundle(artifacts: Sequence[Artifact], *, previous: str | None, bump: str, origin: Origin) -> Bundle:
    """Make a bundle of what was emitted. Raises `CodexError` where it is larger than installers take."""
    built: dict[str, Any] = json.loads(next(artifact.data for artifact in artifacts if artifact.path == MANIFEST))
    others = [artifact for artifact in artifacts if artifact.path != MANIFEST]
    skills = {one["name"]: f"{one['name']}-{one['version']}.tar.gz" for one in built["skills"]}
    archives = {file: _skill_archive(name, others) for name, file in skills.items()}
    built["release"] = {
        "commit": origin.commit,
        "previous": previous,
        "bump": bump,
        "files": {
            one.path: {"mode": f"{one.mode:04o}", "sha256": sha256(one.data)}
            for one in sorted(others, key=lambda file: file.path)
        },
        "archives": {name: _archive(file, archives[file]) for name, file in skills.items()},
    }
    manifest = dumps(built, depth=3)
    name = folder_name(built["namespace"], built["version"])
    whole = f"{name}.tar.gz"
    packed = _packed([*others, Artifact(path=MANIFEST, data=manifest)], whole, WHOLE)
    files = {MANIFEST: manifest, whole: packed, **archives}
    files[PROVENANCE] = provenance(built, {file: sha256(data) for file, data in files.items()}, origin)
    return Bundle(
        namespace=built["namespace"], version=built["version"], whole=whole, files=dict(sorted(files.items()))
    )


def _archive(file: str, data: bytes) -> dict[str, object]:
    return {"file": file, "sha256": sha256(data), "bytes": len(data)}


def _skill_archive(name: str, artifacts: Sequence[Artifact]) -> bytes:
    start = f"skills/{name}/"
    inside = [
        Artifact(path=artifact.path.removeprefix(start), data=artifact.data, mode=artifact.mode)
        for artifact in artifacts
        if artifact.path.startswith(start)
    ]
    return _packed(inside, name, SKILL)


def _packed(files: Sequence[Artifact], name: str, limits: ArchiveLimits) -> bytes:
    hint = "split it, or leave out targets"
    if len(files) > limits.files:
        raise CodexError(f"{name} would hold {len(files):,} files; installers take {limits.files:,}", hint=hint)
    data = pack(files)
    if len(data) > limits.packed:
        raise CodexError(f"{name} would have {len(data):,} bytes; installers take {limits.packed:,}", hint=hint)
    return data
